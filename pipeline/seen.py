"""Seen: the hash of what a reviewer is shown, for each thing that may be asked.

The page that asks and the stage that replays the answer call the same function on rows of the stages. What an answer
changes is no part of its hash where the answer stands by itself: boxes are hashed by their picture, not by where they
were. So a row that was made with the answer still has the hash under which it was given. Texts and questions, and
columns of tags, are asked about as they stood before: `5-captioned` keeps their hashes in `reviewed`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.decisions import content_hash
from pipeline.shown_evidence import shown_evidence
from schemas.panel_records import Conflict
from schemas.questions import Question
from schemas.records import Elsewhere

Row = Mapping[str, Any]


def seen_of_boxes(figure: Row) -> str:
    """Return the hash of a figure and its caption: what boxes are drawn on; `boxes` at 2-panels."""
    return content_hash("boxes", *_pixels(figure), figure["caption"])


def seen_of_spans(figure: Row, label: str | None, box: Sequence[int]) -> str:
    """Return the hash of a panel in its figure, and the figure's caption; `subcaption_spans` at 2-panels."""
    return content_hash("spans", *_pixels(figure), figure["caption"], label, list(box))


def seen_of_annotations(figure: Row, label: str | None, subcaption: str) -> str:
    """Return the hash of the texts that a panel's annotations stand in; `annotations` at 2-panels."""
    mentions = [(mention["id"], mention["text"]) for mention in figure["mentions"]]
    facts = [(fact["name"], fact["value"]) for fact in figure["facts"]]
    return content_hash("annotations", label, subcaption, mentions, (figure["article"] or {}).get("title"), facts)


def seen_of_conflicts(conflicts: Iterable[Conflict]) -> str:
    """Return the hash of what disagrees: of one column at 2-panels, of `tags` or `panels` at 4-curated."""
    return content_hash(*(conflict.model_dump() for conflict in conflicts))


def seen_of_pair(one: tuple[Row, Sequence[int]], other: tuple[Row, Sequence[int]]) -> str:
    """Return the hash of the pixels of two panels, given as figure and box, in either order; `same:…` at 3-groups."""
    return content_hash("pair", *sorted(str([*_pixels(figure), list(box)]) for figure, box in (one, other)))


def seen_of_license(figure: Row, also_in: Iterable[Elsewhere]) -> str:
    """Return the hash of what a source says of a licence, and of copies that have another.

    It stands for `license` at 4-curated, and for `verdict` there from any queue.
    """
    told = (figure["license"], figure["license_evidence"], figure["third_party"])
    return content_hash(*told, *(copy.model_dump() for copy in also_in if copy.license != figure["license"]))


def seen_of_kind(kind: str | None, confidence: float | None, box: Sequence[int]) -> str:
    """Return the hash of what kind a panel is taken for; `kind` at 4-curated."""
    return content_hash("kind", kind, confidence, list(box))


def seen_of_text(figure: Row, panel: Row, text: str, prompt: str) -> str:
    """Return the hash of a distilled text and the panel beside it; `text` at 5-captioned.

    Of a row that was reviewed it is asked for by `reviewed`: its text may be the reviewer's.
    """
    facts = [(fact["name"], fact["value"]) for fact in figure["facts"]]
    return content_hash("text", *_pixels(figure), list(panel["box"]), panel["subcaption"], facts, prompt, text)


def seen_of_question(figure: Row, panel: Row, question: Question) -> str:
    """Return the hash of a question, its panel, and the evidence beside it; `question:<id>` at 5-captioned."""
    told = [list(each.values()) for each in shown_evidence(figure, panel)]
    return content_hash("question", *_pixels(figure), list(panel["box"]), question.model_dump(mode="json"), told)


def _pixels(figure: Row) -> tuple[str, str]:
    """Return what names the picture that is shown of a file."""
    return figure["source_sha256"], str(figure["shown"] or "")
