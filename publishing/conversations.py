"""Conversations: the rows of the view `conversations`, a picture with a question and what is answered, for a trainer.

`align` answers with the caption's own words, `sft` with the text that was made from evidence. The instruction comes
before the picture, as in uLLSAM; which of several wordings is asked, the panel's id says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from publishing.joins import Joined
from schemas.features import arrow_schema
from schemas.published_rows import PublishedConversation

IMAGE: Final = "<image>"
VERBATIM: Final = "verbatim"
REVIEW: Final = "review"
"""The check that a reviewer is."""
_ASKED: Final = {
    "align": (
        "Write the caption of this picture.",
        "Give a caption for the image.",
        "How would an article caption this figure?",
        "Caption this micrograph or figure panel.",
    ),
    "sft": (
        "Describe the image in detail.",
        "Describe what this image shows.",
        "What can be seen in this picture? Describe it in detail.",
        "Give a detailed description of the image.",
    ),
}


def conversations(run: Joined) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (place in the run, row) for each text of a panel: first its caption, then what was made of evidence."""
    texts = run.rows.select(["id", "subcaption", "distilled"]).to_pylist()
    for at, told in enumerate(texts):
        for purpose, text in _texts(told):
            yield at, _row(run.rows.slice(at, 1), purpose, _conversation(told["id"], purpose, text))


def _texts(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a trainer may learn: no text that is empty, or that failed a check."""
    if told["subcaption"].strip():
        yield "align", told["subcaption"]
    distilled = told["distilled"]
    if distilled["prompt"] != VERBATIM and distilled["text"].strip() and _is_sound(distilled["checks"] or ()):
        yield "sft", distilled["text"]


def _is_sound(checks: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a text passed its checks; who looked at the picture and the text has the last word."""
    said = [(check["check"], check["passed"]) for check in checks]
    return bool(dict(said).get(REVIEW, all(passed for _, passed in said)))


def _conversation(panel_id: str, purpose: str, text: str) -> list[dict[str, str]]:
    asked = _ASKED[purpose]
    question = asked[int(panel_id[:8], 16) % len(asked)]
    turns = (("user", f"{question}\n{IMAGE}"), ("assistant", _without_tokens(text)))
    return [{"role": role, "content": content} for role, content in turns]


def _without_tokens(text: str) -> str:
    """Return a text in which nothing is taken for the place of a picture."""
    return text.replace(IMAGE, "< image >")


def _row(panel: pa.RecordBatch, purpose: str, conversation: Sequence[dict[str, str]]) -> pa.RecordBatch:
    schema = arrow_schema(PublishedConversation)
    told: dict[str, Any] = {"purpose": purpose, "conversation": conversation}
    told |= _maker(panel["distilled"][0].as_py() if purpose == "sft" else None)
    same = [name for name in schema.names if name not in told]
    columns = dict(zip(same, panel.select(same).columns, strict=True))
    columns |= {name: pa.array([value], schema.field(name).type) for name, value in told.items()}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _maker(distilled: dict[str, Any] | None) -> dict[str, str | None]:
    """Return who made the text: the article, or a prompt and a model."""
    if distilled is None:
        return {"prompt": VERBATIM, "model": None, "revision": None}
    return {name: distilled[name] for name in ("prompt", "model", "revision")}
