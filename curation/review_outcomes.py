"""Review outcomes: what decisions mean for an item: open, changed, answered, disagreed; right, edited or rejected."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pipeline.decisions import Decision
from schemas.review import ReviewItem

SECOND = "review"
"""The stage of verdicts that were given blind, for agreement only."""
State = Literal["open", "changed", "answered", "disagreed", "moot"]
ACCEPTED, EDITED, REJECTED = "accepted", "edited", "rejected"
VERDICT, DROP = "verdict", "drop"
DIFFERENT = "different"


class Standing(NamedTuple):
    """How an item stands."""

    state: State = "open"
    outcome: str = ""
    """accepted, edited or rejected, where somebody decided."""
    who: str = ""
    second: str = ""
    """Who gave a blind second verdict."""
    decided: tuple[Decision, ...] = ()
    """The decisions that answer it; or the one on other content."""
    seconded: tuple[Decision, ...] = ()
    ignored: str = ""
    """Why the stage didn't carry the decision out, where it didn't: the item is open again."""


def outcome_of(decisions: Iterable[Decision]) -> str:
    """Return what a verdict says of what was shown: it was right, was edited, or was rejected."""
    said = {_outcome(decision) for decision in decisions}
    return next(each for each in (REJECTED, EDITED, ACCEPTED) if each in said)


def _outcome(decision: Decision) -> str:
    after = decision.after
    if after in ("accept", decision.before):
        return ACCEPTED
    is_drop = decision.field.rpartition("/")[2] == VERDICT and after == DROP
    return REJECTED if is_drop or after in ("reject", DIFFERENT) else EDITED


def places_of(item: ReviewItem) -> dict[str, str]:
    """Return every place ("stage/id/field") whose decision answers an item, with the hash of what is shown for it."""
    return {f"{item.stage}/{item.id}/{item.field}": item.content_hash, **item.also}


def standing_of(
    item: ReviewItem, log: Sequence[tuple[int, Decision]], ignored: Mapping[str, str] = MappingProxyType({})
) -> Standing:
    """Return how an item stands after all that was said of its places; `log` is in the order of the log.

    `ignored` has the marks of decisions that a stage did not carry out, and why.
    """
    places = places_of(item)
    newest, seconds = _newest(log, places)
    firsts = {place: said for place, said in newest.items() if said[1].after is not None}
    held = {place: said for place, said in firsts.items() if _holds(item, place, said[1], places[place])}
    if not held:
        stale = tuple(said for _, said in firsts.values() if not _is_carried_out(item, said))
        return Standing("changed", who=stale[-1].who, decided=stale) if stale else Standing()
    if why := _why_ignored(item, held.values(), ignored):
        _, last = max(held.values(), key=lambda each: each[0])
        return Standing("open", who=last.who, decided=tuple(said for _, said in held.values()), ignored=why)
    verdicts = {(said.who, said.when) for _, said in held.values()}
    whole = [told for told in firsts.values() if (told[1].who, told[1].when) in verdicts]
    decided = tuple(said for _, said in sorted(whole, key=lambda each: each[0]))
    if all(said.queue != item.queue for said in decided) and decided[0].after == DROP:
        return Standing("moot", REJECTED, decided[0].who, decided=decided)
    own = tuple(said for said in decided if said.queue == item.queue) or decided
    return _seconded(own, max(number for number, _ in held.values()), seconds)


def _why_ignored(item: ReviewItem, held: Iterable[tuple[int, Decision]], ignored: Mapping[str, str]) -> str:
    """Return why a stage did not carry out the last verdict, or a part of it; "" where it did, or may yet."""
    told = sorted(held, key=lambda each: each[0])
    last = [said for _, said in told if (said.who, said.when) == (told[-1][1].who, told[-1][1].when)]
    whys = (ignored[said.mark] for said in last if said.mark in ignored and said.after != item.shown.get("value"))
    return next(whys, "")


def _newest(
    log: Iterable[tuple[int, Decision]], places: Mapping[str, str]
) -> tuple[dict[str, tuple[int, Decision]], dict[str, tuple[int, Decision]]]:
    """Return the newest decision at each place, and the newest blind second one."""
    firsts: dict[str, tuple[int, Decision]] = {}
    seconds: dict[str, tuple[int, Decision]] = {}
    for number, said in log:
        if said.stage == SECOND:
            stage, _, field = said.field.partition("/")
            place, into = f"{stage}/{said.id}/{field}", seconds
        else:
            place, into = f"{said.stage}/{said.id}/{said.field}", firsts
        if place in places:
            into[place] = (number, said)
    return firsts, {place: told for place, told in seconds.items() if told[1].after is not None}


def _holds(item: ReviewItem, place: str, said: Decision, seen: str) -> bool:
    """Return whether a decision is about what stands there now, or is what stands there now."""
    is_first = place == f"{item.stage}/{item.id}/{item.field}"
    return said.content_hash in ("", seen) or (is_first and said.after == item.shown.get("value"))


def _is_carried_out(item: ReviewItem, said: Decision) -> bool:
    """Return whether a column has the value that somebody set: what is asked is about something else then."""
    columns = item.shown.get("columns", {})
    return said.field in columns and (columns[said.field] or "") == said.after


def _seconded(decided: tuple[Decision, ...], number: int, seconds: Mapping[str, tuple[int, Decision]]) -> Standing:
    """Return the standing of what somebody decided, beside a blind second verdict."""
    outcome, who = outcome_of(decided), decided[-1].who
    told = sorted(seconds.values(), key=lambda each: each[0])
    second = tuple(said for _, said in told)
    if not second:
        return Standing("answered", outcome, who, decided=decided)
    is_settled = number > told[-1][0] or verdict_of(decided) == verdict_of(second)
    return Standing("answered" if is_settled else "disagreed", outcome, who, second[-1].who, decided, second)


def verdict_of(decisions: Iterable[Decision]) -> str:
    """Return what was decided in a form that can be compared: where it is the same, two agree."""
    said = {decision.field.removeprefix(f"{decision_stage(decision)}/"): _after(decision) for decision in decisions}
    return json.dumps(said, sort_keys=True)


def decision_stage(decision: Decision) -> str:
    """Return the stage that a verdict is about: its own, or the one whose decision it repeats blind."""
    return decision.field.partition("/")[0] if decision.stage == SECOND else decision.stage


def _after(decision: Decision) -> Any:  # noqa: ANN401
    return "accept" if decision.after == decision.before else decision.after
