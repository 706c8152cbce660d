"""Captions: texts that were made of a panel's evidence, beside that evidence."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curation.review_items.joined import JoinedPanel, stratum_of, told_of
from curation.stated import COLUMNS
from pipeline.seen import seen_of_text
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
        queue=queue.name,
        origin="captions",
        stage=CAPTIONED,
        id=one.panel["id"],
        field="text",
        content_hash=_seen(one, row),
        part=one.part,
        figure_row=one.panel["figure_row"],
        source_id=one.figure["source_id"],
        stratum=stratum_of(one, queue.strata),
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
    """Return what is known of a panel: its own words, facts, columns, and paragraphs that name it."""
    caption, panel, figure = one.figure["caption"], one.panel, one.figure
    spans = [(int(start), int(end)) for start, end in panel["subcaption_spans"]]
    told = [("caption", f"caption:{start}-{end}", caption[start:end]) for start, end in spans]
    told += [] if spans or not panel["subcaption"] else [("caption", "subcaption", panel["subcaption"])]
    told += [(fact["origin"], f"fact:{fact['name']}", _fact(fact)) for fact in figure["facts"]]
    told += [("tags", name, f"{name.replace('_', ' ')}: {panel[name]}") for name in COLUMNS if panel[name]]
    told += [("mention", f"mention:{each['id']}", each["text"]) for each in figure["mentions"] if _names(each, panel)]
    return [{"origin": origin, "where": where, "text": text} for origin, where, text in told]


def _fact(fact: Mapping[str, Any]) -> str:
    return " ".join(word for word in (f"{fact['name']}:", fact["value"], fact["unit"]) if word)


def _names(mention: Mapping[str, Any], panel: Mapping[str, Any]) -> bool:
    label = panel["panel_label"]
    return not (label and mention["panels"]) or label.upper() in map(str.upper, mention["panels"])
