"""Engine: brings a stage up to date, part by part, doing only what is missing or changed.

A stage is a plan (which parts there are, and what each is made from) and a function that yields a part's
rows. Parts know nothing of each other, so any number of workers gives the same bytes.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Literal, Protocol, TypeVar

from pipeline import decisions, store
from pipeline.decisions import Decided
from pipeline.replay import IGNORED
from pipeline.store import Counts, Order, Stamp, fingerprint
from pipeline.workspace import Workspace, read_json, write_json
from schemas.errors import BricksError
from schemas.records import Outcome, Record

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GLANCE_S = 0.5


@dataclass
class Notes:
    """What a part's work has to tell beside its rows; both go into the part's stamp."""

    replayed: set[str] = field(default_factory=set)
    """Marks of the decisions that speak of the part."""
    ignored: dict[str, str] = field(default_factory=dict)
    """Of these, the marks of those that were not carried out, and why."""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """A part that a stage shall have."""

    made_from: str
    """Fingerprint of its inputs."""
    found: int | None = None
    """Rows it is given; None for the first stage, which brings them."""


class Work(Protocol):
    """Yields what becomes of a part's input; it is sent to other processes, so it is a top-level function."""

    def __call__(self, workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]: ...


def _by_id(folder_of: Workspace, name: str, number: int, decided: Decided) -> set[str]:
    ids = store.part_ids(folder_of.stage(name), number)
    return {said.mark for key in ids & decided.keys() for said in decided[key]}


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline: rows of one kind, made part by part."""

    name: str
    version: int
    """Raised by hand when the stage's output changes."""
    settings: Mapping[str, Any]
    """The slice of the manifest that the stage reads."""
    model: type[Record]
    plan: Callable[[Workspace], dict[int, Planned]]
    work: Work
    touched: Callable[[Workspace, str, int, Decided], set[str]] = _by_id
    """Returns the marks of the decisions that speak of a part."""
    ahead: "Callable[[Workspace, Sequence[int], int], None] | None" = None
    """Called once, in this process, with the numbers of the parts that are to be made and the rows they are given."""

    def base(self, planned: Planned) -> str:
        """Return the fingerprint of a part before any decision."""
        return fingerprint(self.name, self.version, self.settings, planned.made_from)


@dataclass(frozen=True)
class PartJob:
    """A part to be made, with all that its worker has to know."""

    stage: Stage
    workspace: Workspace
    number: int
    planned: Planned
    decided: Decided
    why: str
    """new, changed or decided."""


@dataclass(frozen=True)
class PartDone:
    """A part was made; `total` parts of the stage are to be made in this run."""

    stage: str
    number: int
    counts: Counts
    seconds: float
    done: int
    total: int


@dataclass(frozen=True)
class StageBegins:
    """A stage is about to make parts, for these reasons; the others are as they would be made now."""

    stage: str
    reasons: dict[str, int]
    current: int


Listener = Callable[[PartDone | StageBegins], None]


def _make(job: PartJob) -> tuple[int, Counts, float]:
    """Make one part; this is what runs in a worker."""
    started, notes = time.perf_counter(), Notes()
    stage, folder = job.stage, job.workspace.stage(job.stage.name)
    outcomes = stage.work(job.workspace, job.number, job.decided, notes)
    counts = store.write_part(
        Order(folder, job.number, stage.model, stage.base(job.planned)),
        _noting(outcomes, job.decided, notes),
        found=job.planned.found,
        note=lambda: (sorted(notes.replayed), notes.extra | _told_of(notes.ignored)),
    )
    return job.number, counts, time.perf_counter() - started


def _told_of(ignored: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {IGNORED: dict(sorted(ignored.items()))} if ignored else {}


def _noting(outcomes: Iterable[Outcome], decided: Decided, notes: Notes) -> Iterator[Outcome]:
    for outcome in outcomes:
        notes.replayed.update(said.mark for said in decided.get(getattr(outcome, "id", ""), ()))
        yield outcome


Given = TypeVar("Given")
_Done = TypeVar("_Done")


class Workers(Protocol):
    """Calls a function on every job, in whatever order they get done; both travel to other processes."""

    def __call__(self, function: Callable[[Given], _Done], jobs: Sequence[Given]) -> Iterator[_Done]: ...


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(count: int, preload: Sequence[str] = ()) -> Iterator[Workers]:
    """Yield something that does jobs: this process for one worker, else `count` processes.

    `preload` names the modules that the processes import once for all of them.
    """
    if count <= 1:
        yield _here
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    with ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            yield partial(_in_pool, pool)
        except BaseException:
            with _undisturbed():
                pool.shutdown(wait=False, cancel_futures=True)
                for process in multiprocessing.active_children():
                    process.terminate()  # a part that is half made is made again
            raise


def _here(function: Callable[[Given], _Done], jobs: Sequence[Given]) -> Iterator[_Done]:
    yield from map(function, jobs)


def _end_with_parent() -> None:
    """Let this process end when the one that started it is killed: nobody writes after a run is over.

    An interruption from the keyboard reaches every process of a terminal; it is the parent's to act on.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off what a signal would raise: in the midst of the pool it leaves a lock held for good, and nothing ends.

    Blocking the signal wouldn't do, since any other thread may take it; its handler runs in this one all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    handlers = {number: handler for number in _STOPS if callable(handler := signal.getsignal(number))}
    for number in handlers:
        signal.signal(number, lambda *said: came.append(said))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        handlers[signal.Signals(came[0][0])](*came[0])


def _in_pool(pool: ProcessPoolExecutor, function: Callable[[Given], _Done], jobs: Sequence[Given]) -> Iterator[_Done]:
    if len(jobs) == 1:  # not worth a process
        yield function(jobs[0])
        return
    done: SimpleQueue[Future[_Done]] = SimpleQueue()
    try:
        with _undisturbed():
            for job in jobs:
                pool.submit(function, job).add_done_callback(done.put)
        for _ in jobs:
            future = _next_of(done)
            with _undisturbed():
                result = future.result()
            yield result
    except BrokenProcessPool as error:
        raise BricksError(
            "a worker process was killed, perhaps for want of memory.",
            mend="What is done is safe: run the same command again, with fewer --workers if it lasts.",
        ) from error


def _next_of(done: SimpleQueue[_Done]) -> _Done:
    """Wait for what gets done next, with a glance now and then at signals that another thread took."""
    while True:
        try:
            return done.get(timeout=_GLANCE_S)
        except Empty:
            continue


def why_stale(
    stage: Stage, workspace: Workspace, number: int, *, planned: Planned, decided: Decided
) -> Literal["new", "changed", "decided"] | None:
    """Return why a part has to be made; None where it stands there as it would be made now."""
    stamp = store.read_stamp(workspace.stage(stage.name), number)
    if stamp is None or not store.is_whole(workspace.stage(stage.name), number, stamp):
        return "new"
    if stamp.base != stage.base(planned):
        return "changed"
    marks = {said.mark for many in decided.values() for said in many}
    if not marks.issuperset(stamp.decided):
        return "decided"
    touched = marks - set(stamp.decided) and stage.touched(workspace, stage.name, number, decided)
    return "decided" if touched and touched - set(stamp.decided) else None


def stale_parts(stage: Stage, workspace: Workspace) -> list[PartJob]:
    """Return the parts of `stage` that are missing or changed, as things stand."""
    decided = decisions.in_force(decisions.read(workspace.decisions), stage.name)
    reasons = (
        (number, planned, why_stale(stage, workspace, number, planned=planned, decided=decided))
        for number, planned in sorted(stage.plan(workspace).items())
    )
    return [PartJob(stage, workspace, number, planned, decided, why) for number, planned, why in reasons if why]


def forecast(workspace: Workspace, stages: Sequence[Stage], *, has_news: bool) -> list[dict[str, Any]]:
    """Return which stages a run would work on: those with stale parts, and all after them.

    `has_news` says that the sources have something that is not here.
    """
    runs, told = has_news or not workspace.ledger.is_file(), []
    for stage in stages:
        parts = None if runs else len(stale_parts(stage, workspace))
        runs = runs or bool(parts) or not workspace.stage(stage.name).is_dir()
        told.append({"name": stage.name, "state": "RUN" if runs else "CACHED", "parts": parts})
    return told


def bring_up_to_date(
    stage: Stage, workspace: Workspace, make: Workers, *, listen: Listener = lambda _: None
) -> list[int]:
    """Make the parts of `stage` that are missing or changed, and return their numbers."""
    folder = workspace.stage(stage.name)
    folder.mkdir(parents=True, exist_ok=True)
    store.sweep(folder)
    for number in set(store.part_numbers(folder)) - stage.plan(workspace).keys():
        store.remove_part(folder, number)
    stale = stale_parts(stage, workspace)
    if stale:
        reasons = dict(sorted(Counter(job.why for job in stale).items()))
        listen(StageBegins(stage.name, reasons, len(store.part_numbers(folder)) - len(stale) + reasons.get("new", 0)))
        _write_state(stage, workspace, complete=False)
        if stage.ahead:
            stage.ahead(workspace, [job.number for job in stale], sum(job.planned.found or 0 for job in stale))
    for done, (number, counts, seconds) in enumerate(make(_make, stale), start=1):
        listen(PartDone(stage.name, number, counts, seconds, done, len(stale)))
    _write_state(stage, workspace, complete=True)
    return [job.number for job in stale]


def _write_state(stage: Stage, workspace: Workspace, *, complete: bool) -> None:
    """Write `stage.json`: what the parts say, added up."""
    stamps = read_stamps(workspace, stage.name)
    state = {
        "version": stage.version,
        "fingerprint": fingerprint(sorted((n, stamp.fingerprint) for n, stamp in stamps.items())),
        "counts": asdict(sum((stamp.counts for stamp in stamps.values()), Counts())),
        "parts": len(stamps),
        "complete": complete,
    }
    path = workspace.stage(stage.name) / "stage.json"
    if read_json(path) != state:
        write_json(path, state)


def read_stamps(workspace: Workspace, name: str) -> dict[int, Stamp]:
    """Return the stamps of all parts of a stage."""
    folder = workspace.stage(name)
    stamps = {number: store.read_stamp(folder, number) for number in store.part_numbers(folder)}
    return {number: stamp for number, stamp in stamps.items() if stamp is not None}
