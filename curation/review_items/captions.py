"""Captions: texts that were made of a panel's evidence, beside that evidence."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curation.review_items.joined import JoinedPanel, filed, told_of
from pipeline.seen import seen_of_text
from pipeline.shown_evidence import shown_evidence
from pipeline.workspace import CAPTIONED
from schemas.manifest import Queue
from schemas.review import ReviewItem

_VERBATIM = "verbatim"


def items(queue: Queue, panels: Iterable[JoinedPanel]) -> Iterator[ReviewItem]:
    """Yield an item for each panel whose text isn't its caption word for word."""
    for one in panels:
        if one.captioned is not None and one.captioned["distilled"]["prompt"] != _VERBATIM:
            yield _item(queue, one, one.captioned)


def _item(queue: Queue, one: JoinedPanel, row: Mapping[str, Any]) -> ReviewItem:
    text = row["distilled"]
    return ReviewItem(
        **filed(queue, one),
        origin="captions",
        stage=CAPTIONED,
        id=one.panel["id"],
        field="text",
        content_hash=_seen(one, row),
        question="Is all of this text true of the picture, and carried by the evidence?",
        shown={
            **told_of(one),
            "value": {"text": text["text"]},
            "text": text["text"],
            "model": text["model"],
            "prompt": text["prompt"],
            "checks": text["checks"],
            "refused": row["refused"],
            "evidence": evidence_of(one),
        },
        pictures=(one.place,),
        also=one.whole,
    )


def _seen(one: JoinedPanel, row: Mapping[str, Any]) -> str:
    """Return the hash of the text as it stood before anybody decided about it."""
    text = row["distilled"]
    reviewed = reviewed_of(row, "text")
    return reviewed or seen_of_text(one.figure, one.panel, text["text"], text["prompt"])


def reviewed_of(row: Mapping[str, Any], field: str) -> str | None:
    """Return the hash that a field of a row had before somebody decided about it, if somebody did."""
    told = (each for each in row.get("reviewed") or () if each["field"] == field)
    return next((each["seen"] for each in told), None)


def evidence_of(one: JoinedPanel) -> list[dict[str, str]]:
    """Return what is known of a panel."""
    return shown_evidence(one.figure, one.panel)
