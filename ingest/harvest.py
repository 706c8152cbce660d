"""Harvest: the wing's verb (`1-figures`): asks the sources what there is, and brings it part by part.

A part is an immutable batch of items: the ledger gives each new item a place once. A part whose only news is a
takedown is written again from itself, without asking the source.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ingest.connector import IN_DOUBT, Connector, Item
from pipeline import ledger, store
from pipeline.decisions import REMOVED, Decided, Decision, selectors, takedown_of
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.ledger import Entry
from pipeline.listed import left_of
from pipeline.pace import Pace
from pipeline.refusals import refuse_shortage
from pipeline.store import fingerprint, part_path, read_models, read_rows
from pipeline.workspace import FIGURES, Workspace
from schemas.errors import MACHINE_FAULTS, ReasonedError, WorkspaceError
from schemas.records import Dropped, Failed, Figure, Outcome, make_id

VERSION = 1
_ITEMS_PER_PART = 32
_BYTES_PER_PART = 16 << 20
_ENTRY = ("locator", "source", "key", "stamp", "size_bytes")
_SELECTORS = ["id", "source_id", "source_sha256", "article.doi"]

_log = logging.getLogger(__name__)

Routes = Mapping[str, Connector]
"""The connectors by route: "pmc/path", "pmc/live"."""


def take_stock(workspace: Workspace, connectors: Iterable[tuple[str, Connector]], limit: int | None) -> int:
    """Ask every source what there is, give new items a part, and return how many were new.

    `limit` bounds the items of each source.
    """
    found = chain.from_iterable(
        (_entry(route, item) for item in Pace(f"listing {route}").over(islice(connector.find(), limit)))
        for route, connector in connectors
    )
    with ledger.opened(workspace.ledger) as book:
        new = book.assign(found, most_items=_ITEMS_PER_PART, most_bytes=_BYTES_PER_PART)
        book.keep_highest()
        book.keep_newest(IN_DOUBT)
    return new


def _entry(route: str, item: Item) -> Entry:
    return Entry(locator_of(route, item), route, item.key, item.stamp, item.size_bytes)


def locator_of(route: str, item: Item) -> str:
    """Return the name of an item's present state in the ledger."""
    return f"{route}:{item.key}@{item.stamp}"


def stage(routes: Callable[[], Routes], *, at_home: bool = False) -> Stage:
    """Return the stage that brings figures; `routes` is called in each worker and must be picklable.

    It is made `at_home` where sources are asked over the network: all workers keep to one pace.
    """
    return Stage(FIGURES, VERSION, {}, Figure, _plan, partial(_work, routes), _touched, at_home=at_home)


def _made_from(entries: Iterable[Entry], attempt: int) -> str:
    return fingerprint([entry.locator for entry in entries], attempt)


def _plan(workspace: Workspace) -> dict[int, Planned]:
    with ledger.reading(workspace.ledger) as book:
        attempts, parts = book.attempts(), book.parts()
    tries = {part: attempts.get(part, 0) for part in parts}
    return {
        part: Planned(_made_from(entries, tries[part]), given=(tries[part], entries)) for part, entries in parts.items()
    }


def _work(
    routes: Callable[[], Routes], workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    attempt, entries = notes.given
    made_from = _made_from(entries, attempt)
    notes.extra.update(items=[], attempt=attempt, made_from=made_from)
    stamp = store.read_stamp(workspace.stage(FIGURES), number)
    standing = None
    if stamp is not None and stamp.extra.get("made_from") == made_from and _only_grows(stamp, decided):
        standing = _standing(workspace, number, stamp)
    if standing is not None:
        batches = standing
    else:
        connectors = routes()
        batches = ((_named(entry), _fetched(connectors.get(entry.source), entry)) for entry in entries)
    yield from _kept_of(batches, decided, notes)


def _only_grows(stamp: store.Stamp, decided: Decided) -> bool:
    """Return whether all that was taken down is still to be down: nothing must come back."""
    return {said.mark for many in decided.values() for said in many}.issuperset(stamp.decided)


def _named(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _ENTRY}


Batch = tuple[dict[str, Any], Iterable[Outcome]]
"""An item as the stamp names it, and what became of it."""


def _kept_of(batches: Iterable[Batch], decided: Decided, notes: Notes) -> Iterator[Outcome]:
    """Yield what stays of each item after takedowns, and note what each item came to."""
    for item, outcomes in Pace("items of a part of 1-figures").over(batches):
        tally: dict[str, Counter[str]] = {side: Counter() for side in ("kept", "dropped", "failed")}
        for outcome in outcomes:
            kept = _after_takedown(outcome, decided, notes)
            side, reason = store.side_of(kept)
            tally[side][reason] += 1
            yield kept
        left = {side: dict(sorted(tally[side].items())) for side in ("dropped", "failed")}
        notes.extra["items"].append({**item, "rows": tally["kept"][""], **left})


def _after_takedown(outcome: Outcome, decided: Decided, notes: Notes) -> Outcome:
    if not decided or not isinstance(outcome, Figure):
        return outcome
    takedown = takedown_of(decided, _selectors(outcome))
    if takedown is None:
        return outcome
    notes.replayed.add(takedown.mark)
    return _dropped(outcome, REMOVED, takedown_detail(takedown))


def takedown_detail(takedown: Decision) -> str:
    """Return what the dropped row says of a takedown."""
    return f"{takedown.reason} (by {takedown.field}, {takedown.who})"


def _selectors(figure: Figure) -> dict[str, str | None]:
    doi = figure.article.doi if figure.article else None
    return selectors(figure.id, figure.source_sha256, figure.source_id, doi)


def _dropped(figure: Figure, reason: str, detail: str) -> Dropped:
    return Dropped(
        id=figure.id,
        stage=FIGURES,
        reason=reason,
        detail=detail,
        label=figure.figure_label,
        source_id=figure.source_id,
    )


def _fetched(connector: Connector | None, entry: Entry) -> Iterator[Outcome]:
    """Yield what the connector brings; whatever goes wrong with an item costs that item only."""
    if connector is None:
        yield _failed(entry, "source_removed", "the manifest has no such source any more")
        return
    item = Item(source=entry.source.partition("/")[0], key=entry.key, stamp=entry.stamp, size_bytes=entry.size_bytes)
    try:
        for outcome in (brought := connector.fetch(item)):
            _refuse_other(outcome, brought)
            yield (outcome.model_copy(update={"locator": entry.locator}) if isinstance(outcome, Failed) else outcome)
    except ReasonedError as error:
        yield _failed(entry, error.reason, error.detail)
    except OSError as error:
        if error.errno in MACHINE_FAULTS:
            raise  # no space, no right: the run's trouble, not the item's
        yield _failed(entry, "unreadable", f"{type(error).__name__}: {error.strerror}")
    except Exception as error:  # noqa: BLE001  a bug on one strange input must not end a run of weeks; it is listed and counted
        refuse_shortage(error)
        _log.exception("unexpected error on %s", entry.locator)
        yield _failed(entry, "unexpected_error", f"{type(error).__name__}: {error}")


def _refuse_other(outcome: object, brought: object) -> None:
    """Refuse what a plug-in brings that is nothing of ours, and say where it does.

    Raises:
        TypeError: it is.
    """
    if not isinstance(outcome, Figure | Dropped):
        frame = getattr(brought, "gi_frame", None)
        place = f" (at {frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
        raise TypeError(f"fetch yielded a {type(outcome).__name__}, which is no Figure, Dropped or Failed{place}")


def _failed(entry: Entry, reason: str, detail: str) -> Failed:
    return Failed(
        id=make_id(entry.source, entry.key),
        stage=FIGURES,
        reason=reason,
        detail=detail,
        source_id=entry.key,
        locator=entry.locator,
    )


def _standing(workspace: Workspace, number: int, stamp: store.Stamp) -> Iterator[Batch] | None:
    """Return what a part holds now, item by item; None where the files beside its rows are not what they were."""
    folder = workspace.stage(FIGURES)
    there = {row["id"] for row in read_rows(part_path(folder, number), ["id"], batch=4096)}
    sides: dict[str, type[Dropped]] = {"dropped": Dropped, "failed": Failed}
    try:
        left = [
            model.model_validate(row)
            for side, model in sides.items()
            for row in read_rows(part_path(folder / side, number))
            # a kill may have left the drops of a takedown beside the rows it hadn't taken yet
            if not (row["reason"] == REMOVED and row["id"] in there)
        ]
    except WorkspaceError:
        return None
    said = sum(stamp.counts.dropped.values()) + sum(stamp.counts.failed.values())
    return _items(workspace, number, stamp, left) if len(left) == said else None


def _items(workspace: Workspace, number: int, stamp: store.Stamp, left: list[Dropped]) -> Iterator[Batch]:
    rows = read_models(part_path(workspace.stage(FIGURES), number), Figure, batch=8)
    for item in stamp.extra["items"]:
        yield item, chain(_of_item(left, item), islice(rows, item["rows"]))


def _of_item(left: list[Dropped], item: Mapping[str, Any]) -> Iterator[Dropped]:
    """Take from `left`, in its order, what the stamp says had left this item."""
    for side, model in (("dropped", Dropped), ("failed", Failed)):
        for reason, number in item[side].items():
            mine = [row for row in left if type(row) is model and row.reason == reason][:number]
            for row in mine:
                left.remove(row)
            yield from mine


def _touched(workspace: Workspace, name: str, number: int, decided: Decided) -> set[str]:
    """Return the marks of the takedowns that name a row which still stands in the part."""
    marks = set()
    for row in read_rows(part_path(workspace.stage(name), number), _SELECTORS, batch=1024):
        doi = (row["article"] or {}).get("doi")
        takedown = takedown_of(decided, selectors(row["id"], row["source_sha256"], row["source_id"], doi))
        if takedown is not None:
            marks.add(takedown.mark)
    return marks


def evict(workspace: Workspace, routes: Routes) -> None:
    """Let the connectors forget what parts without failures were made of: their rows hold the bytes now.

    What a part with failures was made of is kept, so that trying again costs only what failed; not so where
    something was taken down.
    """
    if not cache_of(workspace).is_dir():
        return
    stamps = read_stamps(workspace, FIGURES)
    safe = {n for n, stamp in stamps.items() if not stamp.counts.failed or REMOVED in stamp.counts.dropped}
    with ledger.reading(workspace.ledger) as book:
        entries = [entry for number, entries in book.parts().items() if number in safe for entry in entries]
    for route, connector in routes.items():
        forget = getattr(connector, "evict", None)
        if forget is not None:
            forget([_item(entry) for entry in entries if entry.source == route])


def _item(entry: Entry) -> Item:
    source = entry.source.partition("/")[0]
    return Item(source=source, key=entry.key, stamp=entry.stamp, size_bytes=entry.size_bytes)


def ask_again(workspace: Workspace, reason: str | None) -> int:
    """Ask for the parts to be made again that failed, or dropped something, with `reason`; return their number.

    Without a reason: every part that has a failure. What the sources no longer list isn't asked for again.
    """
    sides = ("failed",) if reason is None else ("failed", "dropped")
    parts = {
        number
        for side in sides
        for number, row in left_of(workspace, FIGURES, side)
        if reason is None or row["reason"] == reason
    }
    with ledger.opened(workspace.ledger) as book:
        book.try_again(sorted(parts))
    return len(parts)


def cache_of(workspace: Workspace) -> Path:
    """Return where the connectors keep what came over the network."""
    return workspace.cache / "http"
