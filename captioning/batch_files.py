"""Batch files: the same questions as lines of OpenAI's batch format, for `vllm run-batch` or a paid batch service.

What is answered there is read into the same file of answers; so a run after it, or another `write_batches`, goes on
from there: panels whose first answer can't be used are in the next batch, with what was wrong.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from pydantic import BaseModel

from captioning.answers import Answers
from captioning.asked import Answered, Asked, NotAnswered
from captioning.asking import Service
from captioning.picture_parts import Inline
from captioning.replies import Reply, is_by, reply_of
from captioning.request_bodies import Question, canonical, on_the_wire
from captioning.settled import settle
from captioning.troubles import Means, Trouble, trouble_of_status
from pipeline.plain_lines import lines_of
from schemas.errors import PixelError

_URL = "/v1/chat/completions"
_MOST_LINES, _MOST_BYTES = 50_000, 190_000_000
"""Of one file: OpenAI takes 50,000 lines and 200 MB."""


class Written(NamedTuple):
    """What became of the panels: lines in files, or nothing left to ask."""

    files: tuple[Path, ...]
    lines: int
    settled: tuple[Answered | NotAnswered, ...]


class Read(NamedTuple):
    """What came of a file of results: answers kept, and lines that hold none, with the reason and the words."""

    kept: int
    refused: tuple[tuple[str, str, str], ...]


def write_batches(requests: Iterable[Asked], service: Service, folder: Path) -> Written:
    """Write what is still to be asked as `batch-00000.jsonl`, `batch-00001.jsonl`, ... into `folder`."""
    settled: list[Answered | NotAnswered] = []
    files, seen = _Files(folder), set[str]()
    with Answers(service.cache) as answers:
        for asked in requests:
            question = settle(asked, service.settings, answers)
            line = _line(question, asked, service) if isinstance(question, Question) else question
            if not isinstance(line, bytes):
                settled.append(line)
            elif isinstance(question, Question) and question.key not in seen:
                seen.add(question.key)
                answers.note_batched([question])
                files.add(line)
    return Written(files.close(), files.lines, tuple(settled))


def read_results(path: Path, service: Service) -> Read:
    """Keep the answers in a file of results."""
    kept, refused = 0, list[tuple[str, str, str]]()
    with Answers(service.cache) as answers:
        for number, line in lines_of(path, _Result):
            if isinstance(line, str):
                refused.append((f"{path.name}:{number}", "no_answer", line))
                continue
            reply = _reply(line, service.settings.model)
            if isinstance(reply, Trouble):
                refused.append((line.custom_id, reply.reason, reply.detail))
            elif answers.keep_batched(line.custom_id, reply):
                kept += 1
            else:
                refused.append((line.custom_id, "no_answer", "nobody asked this question here"))
    return Read(kept, tuple(refused))


class _Result(BaseModel):
    """A line of results, as far as it matters."""

    custom_id: str
    response: dict[str, Any] | None = None
    error: Any = None


def _reply(line: _Result, model: str | None) -> Reply | Trouble:
    response = line.response or {}
    status, body = response.get("status_code", 0), response.get("body")
    reply = reply_of(body) if status == 200 else None
    if reply is not None and model and not is_by(body, model):
        return Trouble(Means.GIVE_UP, "request_rejected", f"answers as another model, where {model!r} was asked")
    if reply is not None:
        return reply
    return trouble_of_status(status if isinstance(status, int) else 0, {}, json.dumps(line.error or body))


def _line(question: Question, asked: Asked, service: Service) -> bytes | NotAnswered:
    try:
        picture = Inline().ready(asked.picture, service.settings.image_side_px) if asked.picture else None
    except PixelError as error:
        return NotAnswered(asked.id, error.reason, error.detail)
    head = canonical({"custom_id": question.key, "method": "POST", "url": _URL})
    return b'{"body":' + on_the_wire(question, picture) + b"," + head[1:] + b"\n"


class _Files:
    """Files of lines, a new one when one is full; each appears when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, list[Path]()
        self._half: BinaryIO | None = None
        self._here = self._bytes = self.lines = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, line: bytes) -> None:
        if self._half is not None and (self._here >= _MOST_LINES or self._bytes + len(line) > _MOST_BYTES):
            self.close()
        if self._half is None:
            self._half = (self._folder / f".{len(self._files):05d}.half").open("wb")
            self._here = self._bytes = 0
        self._half.write(line)
        self._here, self._bytes, self.lines = self._here + 1, self._bytes + len(line), self.lines + 1

    def close(self) -> tuple[Path, ...]:
        if self._half is not None:
            self._half.close()
            path = self._folder / f"batch-{len(self._files):05d}.jsonl"
            self._files.append(Path(self._half.name).replace(path))
            self._half = None
        return tuple(self._files)
