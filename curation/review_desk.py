"""Review desk: one workspace's queues as a server works on them: what to show next, and what is written down."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from curation import review_reading as reading
from curation.review_index import bring_up_to_date, signature
from curation.review_items.origins import queues_of
from curation.review_outcomes import Standing
from curation.review_standings import catch_up, item_of, standing
from curation.review_tables import index_of
from curation.review_verdicts import Said, decisions_of, superseded, withdrawals
from pipeline.asked import append_asked
from pipeline.decisions import append
from pipeline.workspace import STAGES, Workspace, read_json
from schemas.errors import UsageError, WorkspaceError
from schemas.manifest import Manifest, Queue
from schemas.review import ReviewItem


@dataclass(frozen=True)
class Shown:
    """An item as one reviewer sees it."""

    item: ReviewItem
    standing: Standing
    """Empty where the reviewer is to look blind."""
    is_second: bool
    """Whether somebody decided before, which isn't shown."""
    number: int | None
    """Its place among what is asked, from 0; None where it isn't in the sample."""
    previous: str | None
    next: str | None


@dataclass
class Desk:
    """A workspace with its manifest, shared by the requests of a server."""

    workspace: Workspace
    manifest: Manifest
    writing: threading.Lock = field(default_factory=threading.Lock)
    making: threading.Lock = field(default_factory=threading.Lock)
    made: tuple[int, ...] = ()
    terms: Callable[[str], list[dict[str, str]]] = lambda _: []
    """Looks words up in the manifest's ontologies."""

    @property
    def queues(self) -> list[Queue]:
        """Return the queues, in the manifest's order."""
        return queues_of(self.manifest)

    def queue(self, name: str) -> Queue | None:
        """Return the queue of that name."""
        return next((queue for queue in self.queues if queue.name == name), None)

    @contextmanager
    def index(self) -> Iterator[Connection]:
        """Yield the index."""
        with index_of(self.workspace) as connection:
            yield connection

    def refresh(self) -> threading.Thread | None:
        """Take in what a run has made since, unless it is still at work; pages are shown meanwhile as they were."""
        if signature(self.workspace) == self.made or self.making.locked() or not _is_complete(self.workspace):
            return None
        thread = threading.Thread(target=self._make, daemon=True)
        thread.start()
        return thread

    def _make(self) -> None:
        now = signature(self.workspace)
        with suppress(WorkspaceError), self.making, self.index() as index:  # between two stages of a run
            bring_up_to_date(index, self.workspace, self.manifest)
            self.made = now

    def show(self, index: Connection, queue: str, key: str, who: str) -> Shown | None:
        """Return an item as a reviewer sees it, None where there is none."""
        item, facts = item_of(index, queue, key), reading.facts_of(index, queue, key)
        if item is None or facts is None:
            return None
        is_second = bool(facts["wants_second"]) and facts["state"] == "answered" and facts["who"] != who
        is_second = is_second and not facts["second"]
        told = Standing() if is_second else standing(index, item)
        beside = reading.beside(index, queue, key)
        return Shown(item, told, is_second, facts["asked"], beside["previous"], beside["next"])

    def decide(self, index: Connection, shown: Shown, said: Said, who: str, *, saw: str = "") -> None:
        """Write a verdict down; it is safe on disk when this returns.

        `saw` is the item's state when the page was made: who answers what others have decided meanwhile, looked blind.

        Raises:
            UsageError: it can't be said of this item.
        """
        if shown.number is None:
            raise UsageError("this one isn't in the sample, so it isn't asked.")
        with self.writing:
            self._decide(index, self.show(index, shown.item.queue, shown.item.key, who) or shown, said, who, saw)

    def _decide(self, index: Connection, shown: Shown, said: Said, who: str, saw: str) -> None:
        before = shown.standing
        overtaken = saw == "open" and before.state == "answered" and before.who != who and not before.second
        again = before.state == "answered" and before.second == who  # a change of mind stays a second look
        is_second = shown.is_second or overtaken or again
        decisions = decisions_of(shown.item, said, who, datetime.now(UTC), is_second=is_second)
        is_said = _is_said(before, decisions)
        if is_said and before.ignored:
            raise UsageError(f"that was decided before, and not carried out: {before.ignored}.")
        if not is_said:
            append_asked(self.workspace, [*superseded(before, decisions), *decisions], [shown.item])
        catch_up(index, self.workspace)

    def undo(self, index: Connection, item: ReviewItem, who: str) -> None:
        """Take a reviewer's own verdict on an item back."""
        taken = withdrawals(standing(index, item), who, datetime.now(UTC))
        if taken:
            append(self.workspace.decisions, taken)
            catch_up(index, self.workspace)
        index.execute("DELETE FROM skips WHERE queue = ? AND key = ? AND who = ?", (item.queue, item.key, who))

    def is_sent(self, index: Connection, nonce: str) -> bool:
        """Return whether a form was taken in before: a page that got no answer sends it again."""
        return index.execute("SELECT 1 FROM sent WHERE nonce = ?", (nonce,)).fetchone() is not None

    def take(self, index: Connection, nonce: str) -> None:
        """Note that a form was taken in."""
        index.execute("INSERT OR IGNORE INTO sent VALUES (?, ?)", (nonce, datetime.now(UTC).isoformat()))


def _is_said(before: Standing, decisions: list[Any]) -> bool:
    """Return whether the same person said the very same already: a form that was sent twice."""

    def told(each: Any) -> str:  # noqa: ANN401
        return json.dumps([each.who, each.stage, each.id, each.field, each.after, each.reason], sort_keys=True)

    known = {told(each) for each in (*before.decided, *before.seconded)}
    return before.state != "changed" and bool(decisions) and all(told(each) in known for each in decisions)


def _is_complete(workspace: Workspace) -> bool:
    states = (read_json(workspace.stage(name) / "stage.json") for name in STAGES)
    return all(not isinstance(state, dict) or state.get("complete") is True for state in states)
