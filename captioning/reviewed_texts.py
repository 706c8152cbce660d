"""Reviewed texts: a panel's text as a reviewer accepted, edited or rejected it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

from captioning.curated_panels import CuratedPanel
from captioning.faithful import judge
from pipeline.decisions import Decision
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_text
from schemas.captioned import Captioned, Check, Distilled
from schemas.licence import permits
from schemas.refused_text import Refused
from schemas.reviewed import Reviewed

TEXT, REVIEW = "text", "review"
"""The field of decisions on texts; the check, and the reason of what is refused, that a reviewer stands for."""
VERBATIM = "verbatim"
FIGURE_COLUMNS = ("source_sha256", "shown")
"""What is read of a figure beside its evidence, to know what a reviewer was shown."""
PANEL_COLUMNS = ("box",)

Verdict = Literal["accepted", "edited", "rejected"]
_BY_WORD: dict[object, Verdict] = {"accept": "accepted", "reject": "rejected"}


class _Change(NamedTuple):
    verdict: Verdict
    text: str = ""


def with_decided_text(
    made: Captioned, one: CuratedPanel, evidence: Callable[[], Sequence[str]], replay: Replay
) -> Captioned:
    """Return a row with its text as a reviewer decided; `evidence` returns what a text may be made of.

    An edit stands word for word whatever the checks say of it; what they say is kept. In the place of a rejected text
    stands the caption's own, and nobody is asked for another.
    """
    before = made.distilled
    seen = partial(seen_of_text, one.figure, one.panel, before.text, before.prompt)
    said = replay.on(made.id, TEXT, seen)
    change = _change(said) if said else None
    why = UNREADABLE if change is None else "" if change.verdict == "accepted" else _why_not_changed(one, before)
    if said is None or change is None or why:
        if said:
            replay.ignore(said, why)
        return made
    told: dict[str, object] = {"distilled": _decided(before, change, one, evidence)}
    if change.verdict == "rejected":
        detail = f"{said.who}: {said.reason or 'rejected'}"
        told["refused"] = Refused(reason=REVIEW, detail=detail, text=before.text)
    note = Reviewed(field=TEXT, verdict=change.verdict, who=said.who, seen=seen())
    return made.model_copy(update={**told, "reviewed": [*made.reviewed, note]})


def _change(said: Decision) -> _Change | None:
    """Return what was decided; None where that can't be read."""
    match said.after:
        case str() as word if word in _BY_WORD:
            return _Change(_BY_WORD[word])
        case {"text": str(text), **rest} if text.strip() and not rest:
            return _Change("edited", text)
        case _:
            return None


def _why_not_changed(one: CuratedPanel, before: Distilled) -> str:
    if not permits(one.row["license"]).recaption:
        return "the licence lets no other words than the caption's own stand with the picture"
    if before.prompt == VERBATIM:
        return "the caption's own words stand there"
    return ""


def _decided(before: Distilled, change: _Change, one: CuratedPanel, evidence: Callable[[], Sequence[str]]) -> Distilled:
    review = Check(check=REVIEW, passed=change.verdict != "rejected", detail=change.verdict)
    if change.verdict == "accepted":
        return before.model_copy(update={"checks": [*before.checks, review]})
    if change.verdict == "rejected":
        return Distilled(text=one.panel["subcaption"], prompt=VERBATIM, checks=[review])
    checks = [*judge(change.text, evidence()).checks, review]
    return before.model_copy(update={"text": change.text, "checks": checks})
