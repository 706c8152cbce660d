"""Evaluate VQA: the wing's second verb: a model's answers to checked questions, as figures, table, plot and page."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from captioning.asked import Asked, Outcome
from captioning.asking import Service, answers
from captioning.checkpoint_asking import LocalModel, asked_locally
from captioning.vqa_asking import BLIND_TOKENS, Ask, Manner, given_answers
from captioning.vqa_items import Item, chosen, letter, shown_order
from captioning.vqa_layouts import QuestionSet, questions_of
from captioning.vqa_marks import Mark, marked
from captioning.vqa_page import page, plot
from captioning.vqa_results import Judged, Results, results_of
from captioning.vqa_sets import opened
from captioning.vqa_tables import markdown_table
from pipeline.workspace import write_whole
from schemas.errors import ModelServerError, UsageError
from schemas.manifest import CaptioningSettings

ANSWERS = "answers.sqlite"
"""Where in the folder of an evaluation answers are kept: the same command again asks nothing twice."""

_OPTIONS: Final = {
    "captioning.endpoints": "--endpoint",
    "captioning.key": "--key",
    ", model and key in the manifest": ", --model and --key",
}
"""What the client calls its settings, and what this command does."""


@dataclass(frozen=True)
class Endpoints:
    """Servers that are asked, and how."""

    urls: Sequence[str]
    model: str | None
    revision: str | None = None
    key_variable: str | None = None
    """The environment variable with the servers' key."""


@dataclass(frozen=True)
class Judge:
    """Somebody who is asked, and who that is."""

    judged: Judged
    ask: Ask


def open_questions(
    place: str, *, view: str | None = None, split: str | None = None, index_base: int | None = None
) -> QuestionSet:
    """Return the questions of a dataset, a folder, a file or a set of the Hub.

    Raises:
        UsageError: there are none, or their right answers can't be told.
    """
    return questions_of(opened(place, view=view, split=split), index_base=index_base)


def limited(found: QuestionSet, limit: int | None, seed: int) -> QuestionSet:
    """Return a set with so many of its questions, by chance; a larger limit adds to those of a smaller one."""
    return replace(found, items=tuple(chosen(found.items, limit, seed)))


def served_judge(servers: Endpoints, manner: Manner, cache: Path, environment: Mapping[str, str]) -> Judge:
    """Return a model that servers have; its answers are kept in `cache`.

    Raises:
        UsageError: the address, the model or the key is missing, or can't be.
    """
    if not servers.model:
        raise UsageError("no model is named.", where="--model", mend="Give the name that the server calls it.")
    service = Service(_settings(servers, manner), cache, _key(servers, environment))
    judged = Judged(model=servers.model, revision=servers.revision)

    def ask(requests: Iterable[Asked], total: int) -> Iterator[Outcome]:
        with _in_options():
            yield from answers(requests, service, total=total, in_order=False)

    return Judge(judged, ask)


@contextmanager
def _in_options() -> Iterator[None]:
    """Let an error that speaks of a manifest speak of this command's options."""
    try:
        yield
    except (ModelServerError, UsageError) as error:
        where, mend = error.where, error.mend
        for said, option in _OPTIONS.items():
            where, mend = where.replace(said, option), mend.replace(said, option)
        raise type(error)(error.what, where=where, mend=mend) from error


def checkpoint_judge(model: LocalModel, manner: Manner, cache: Path) -> Judge:
    """Return a model that lies in a folder of this machine; its answers are kept in `cache`."""
    settings = CaptioningSettings(model="checkpoint", revision=model.revision, image_side_px=manner.image_side_px)
    judged = Judged(model=model.name, revision=model.revision, sees=model.sees)
    return Judge(judged, lambda requests, total: asked_locally(requests, model, settings, cache, total))


def evaluate(found: QuestionSet, judge: Judge, manner: Manner, out: Path, *, blind: bool = False) -> Results:
    """Ask every question, write what came of it into `out`, and return it; `blind` asks without pictures too.

    Raises:
        ModelServerError: no server answers for long; all answers so far are kept, and the same command goes on.
    """
    marks = _marks(found, found.items, manner, judge)
    by_letter = [item for item in found.items if item.options]
    unseen = _marks(found, by_letter, _blind(manner), judge) if blind else []
    results = results_of(found, judge.judged, marks, manner, unseen)
    _write(out, found, marks, results, manner)
    return results


def _blind(manner: Manner) -> Manner:
    return replace(manner, blind=True, letter_tokens=max(manner.letter_tokens, BLIND_TOKENS))


def _marks(found: QuestionSet, items: Sequence[Item], manner: Manner, judge: Judge) -> list[Mark]:
    return marked(items, given_answers(found, items, manner, judge.ask), manner)


def _write(out: Path, found: QuestionSet, marks: Sequence[Mark], results: Results, manner: Manner) -> None:
    """Write the answers first and the figures last."""
    lines = [json.dumps(_line(mark, manner), ensure_ascii=False) for mark in marks]
    write_whole(out / "answers.jsonl", "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    write_whole(out / "plot.svg", plot(results).encode("utf-8", "backslashreplace"))
    write_whole(out / "index.html", page(found, marks, results, manner).encode("utf-8", "backslashreplace"))
    write_whole(out / "results.md", markdown_table(results).encode("utf-8", "backslashreplace"))
    write_whole(out / "results.json", (results.model_dump_json(indent=2) + "\n").encode())


def _line(mark: Mark, manner: Manner) -> dict[str, object]:
    """Return what is kept of an item's answer; `shown` are places in the file, in the order of the letters."""
    item, order = mark.item, shown_order(mark.item, manner.order_seed)
    right = None if item.answer_index is None else letter(order.index(item.answer_index))
    named = None if mark.choice is None else letter(order.index(mark.choice))
    return {
        "id": item.id,
        "row": item.row,
        "task": item.task,
        "shown": order,
        "right": right if item.options else item.masks or item.boxes,
        "answer": named if item.options else mark.places,
        "worth": round(mark.worth, 6),
        "unparsable": mark.fault,
        "unanswered": None if mark.given.was_answered else mark.given.reason,
        "said": mark.given.text,
    }


def _settings(servers: Endpoints, manner: Manner) -> CaptioningSettings:
    from pydantic import ValidationError

    try:
        return CaptioningSettings(
            backend="openai",
            endpoints=tuple(servers.urls),
            model=servers.model,
            revision=servers.revision,
            image_side_px=manner.image_side_px,
        )
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(str(step) for step in told["loc"][:1])
        raise UsageError(f"can't be used: {told['msg']}.", where=f"--{where.removesuffix('s')}") from None


def _key(servers: Endpoints, environment: Mapping[str, str]) -> str | None:
    if servers.key_variable is None:
        return None
    key = environment.get(servers.key_variable, "")
    if not key:
        mend = f"Set it: export {servers.key_variable}=..."
        raise UsageError(f"the variable {servers.key_variable} isn't set.", where="--key", mend=mend)
    return key
