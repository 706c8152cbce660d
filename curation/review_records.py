"""Review records: items with the verdicts on them, as they are given to other programs and taken from them."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from typing import Any, NamedTuple

from pydantic import AwareDatetime, TypeAdapter

from curation import review_reading as reading
from curation.review_desk import Desk
from curation.review_memory import left_out
from curation.review_outcomes import DIFFERENT, DROP, VERDICT, Standing, decision_stage
from curation.review_standings import catch_up, item_of, standing
from curation.review_terms import Search, refuse_unknown
from curation.review_verdicts import MOST_NAME, Said, as_second, decisions_of, superseded
from pipeline.asked import append_asked
from pipeline.decisions import Decision
from pipeline.workspace import PANELS
from schemas.errors import UsageError
from schemas.records import Record
from schemas.review import ReviewItem

Read = tuple[str, "SaidVerdict | str"]
"""An item's key, and a verdict on it; or why that can't be read."""
_AT_ONCE = 256
"""Verdicts that are written at a time."""
_WHEN = TypeAdapter(AwareDatetime)
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""Nobody reviewed before."""
_AHEAD = timedelta(days=1)
"""How far the clocks of two machines may be apart."""


class SaidVerdict(Record):
    """One person's verdict on an item."""

    who: str
    when: AwareDatetime
    verdict: str
    """accept, reject, edit."""
    value: Any = None
    reason: str = ""
    whole: bool = False
    second: bool = False
    """Whether it was given blind, after another's."""


class ReviewRecord(NamedTuple):
    """An item, how it stands, and what was said of it."""

    item: ReviewItem
    state: str
    verdicts: tuple[SaidVerdict, ...]


class Taken(NamedTuple):
    """What became of the verdicts of a file."""

    taken: int
    known: int
    """Said before."""
    other: int
    """About an item that isn't asked, or shows something else now."""
    refused: list[str]
    """Those that can't be said of their item, with why."""
    unplaced: list[str]
    """Those about other items: the item's key, and what was said."""


def records(desk: Desk) -> Iterator[ReviewRecord]:
    """Yield all that is asked, in its order, with the verdicts in force; then what else was decided, on what it was."""
    with desk.index() as index:
        for queue in desk.queues:
            for key in [key for key, *_ in reading.listed(index, queue.name)] + reading.left_over(index, queue.name):
                item = item_of(index, queue.name, key)
                if item is not None:
                    stands = standing(index, item)
                    yield ReviewRecord(item, stands.state, tuple(verdicts_of(item, stands)))
        known = reading.all_keys(index)
    for item, stands in left_out(desk.workspace, known):
        yield ReviewRecord(item, "changed", tuple(verdicts_of(item, stands)))


def verdicts_of(item: ReviewItem, stands: Standing) -> Iterator[SaidVerdict]:
    """Yield the verdicts on an item: the one in force, and a second one given blind."""
    for decisions, is_second in ((stands.decided, False), (stands.seconded, True)):
        if decisions and stands.state != "changed" and not stands.ignored:
            yield _verdict(item, decisions, is_second=is_second)


def _verdict(item: ReviewItem, decisions: Sequence[Decision], *, is_second: bool) -> SaidVerdict:
    last = decisions[-1]
    told = {"who": last.who, "when": last.when, "reason": last.reason, "second": is_second}
    places = {_place(each): each.after for each in decisions}
    if any(place.rpartition("/")[2] == VERDICT and after == DROP for place, after in places.items()):
        return SaidVerdict(verdict="reject", whole=True, **told)
    if item.origin == "tags" and any(place.startswith(PANELS) for place in places):
        return SaidVerdict(verdict="edit", value=_tags(places), **told)
    said = next((each for each in decisions if _place(each) == f"{item.stage}/{item.field}"), last)
    after = said.after
    if after in ("accept", said.before):
        return SaidVerdict(verdict="accept", **told)
    if after == "reject" or (after == DIFFERENT and last.reason):
        return SaidVerdict(verdict="reject", **told)
    return SaidVerdict(verdict="edit", value=after, **told)


def _place(decision: Decision) -> str:
    stage = decision_stage(decision)
    return f"{stage}/{decision.field.removeprefix(f'{stage}/')}"


def _tags(places: dict[str, Any]) -> dict[str, Any]:
    told = {place.partition("/")[2]: after for place, after in places.items() if place.startswith(PANELS)}
    changes = told.pop("annotations", None)
    return {"columns": told, **({"annotations": changes} if changes else {})}


def when_of(said: object) -> datetime:
    """Return a time that a file says.

    Raises:
        UsageError: it says none.
    """
    try:
        return _WHEN.validate_python(said)
    except ValueError as error:
        raise UsageError(f"{str(said)[:60]!r} is no time with a zone.") from error


def read_each(key: str, said: Iterable[Any], read: Callable[[Any], SaidVerdict]) -> Iterator[Read]:
    """Yield what a file says of an item, verdict by verdict; of one that can't be read, why."""
    for each in said:
        try:
            yield key, read(each)
        except UsageError as error:
            yield key, error.what
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
            yield key, f"can't be read: {type(error).__name__} {' '.join(str(error).split())[:80]}"


def take(desk: Desk, told: Iterable[Read], *, as_typed: bool = False) -> Taken:
    """Write down the verdicts on items, each given by the item's key; what was said before is left out.

    Tags that are no known term are refused unless `as_typed`.
    """
    known = None if as_typed else desk.terms
    sums, refused, unplaced = Counter[str](), list[str](), list[str]()
    with desk.index() as index:
        for batch in _batches(told):
            decisions: list[Decision] = []
            placed: list[ReviewItem] = []
            for key, said in batch:
                try:
                    item, made = _of_item(index, key, said, known)
                except UsageError as error:
                    refused.append(f"{key}: {error.what}")
                    continue
                decisions += made or ()
                placed += [item] if item and made else []
                unplaced += [_unplaced(key, said)] if made is None else []
                sums["other" if made is None else "taken" if made else "known"] += 1
            if decisions:
                append_asked(desk.workspace, decisions, placed)
                catch_up(index, desk.workspace)
    return Taken(sums["taken"], sums["known"], sums["other"], refused, unplaced)


def _unplaced(key: str, said: SaidVerdict | str) -> str:
    if isinstance(said, str):
        return f"{key}: {said}"
    value = f" {json.dumps(said.value, ensure_ascii=False)}" if said.value is not None else ""
    return f"{key}: {said.verdict}{value} by {said.who} at {said.when.isoformat()}"


def _batches(told: Iterable[Read]) -> Iterator[list[Read]]:
    """Yield verdicts, some at a time and never two on one item: the second is judged by the first."""
    batch: dict[str, Read] = {}
    for key, said in told:
        if key in batch or len(batch) == _AT_ONCE:
            yield list(batch.values())
            batch = {}
        batch[key] = (key, said)
    yield list(batch.values())


def _of_item(
    index: Connection, key: str, said: SaidVerdict | str, known: Search | None
) -> tuple[ReviewItem | None, list[Decision] | None]:
    """Return an item and the decisions that a verdict is, none where it was said before; None where there is no such.

    Raises:
        UsageError: it can't be said of the item.
    """
    if isinstance(said, str):
        raise UsageError(said)
    _refuse_signature(said)
    queue = reading.queue_of_key(index, key)
    item = item_of(index, queue, key) if queue else None
    if item is not None and known is not None:
        refuse_unknown(known, item, said.value, "", mend="Import it with --as-typed to keep it.")
    return item, None if item is None else _decisions(item, standing(index, item), said)


def _refuse_signature(said: SaidVerdict) -> None:
    """Refuse names that the page wouldn't take either, and times that can't be true.

    Raises:
        UsageError: it is such.
    """
    if len(said.who) > MOST_NAME or not said.who.isprintable():
        raise UsageError(f"a reviewer's name has at most {MOST_NAME} characters, all of writing.")
    if not _FIRST <= said.when <= datetime.now(UTC) + _AHEAD:
        raise UsageError(f"{said.when.isoformat()} can't be when it was said.")


def _decisions(item: ReviewItem, stands: Standing, said: SaidVerdict) -> list[Decision]:
    """Return the decisions that a verdict is; none where it was said before."""
    before = list(verdicts_of(item, stands))
    if any(_same(said, each) for each in before):
        return []
    told = Said(said.verdict, said.value, said.reason, whole=said.whole)
    first = decisions_of(item, told, said.who, said.when, is_second=False)
    by_another = stands.state == "answered" and stands.who != said.who and not stands.second
    is_second = said.second and bool(before)
    made = [as_second(one) for one in first] if is_second or by_another else first
    return [*superseded(stands, made), *made]


def _same(one: SaidVerdict, other: SaidVerdict) -> bool:
    fields = ("who", "verdict", "value", "reason", "whole")
    return all(_plain(getattr(one, name)) == _plain(getattr(other, name)) for name in fields)


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True)
