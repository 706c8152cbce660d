"""Engine: brings a stage up to date, part by part, doing only what is missing or changed.

A stage is a plan (which parts there are, and what each is made from) and a function that yields a part's
rows. Parts know nothing of each other, so any number of workers gives the same bytes.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from pipeline import decisions, store
from pipeline.decisions import Decided
from pipeline.processes import Workers, here
from pipeline.replay import IGNORED
from pipeline.store import Counts, Order, Stamp, fingerprint
from pipeline.workspace import Workspace, read_json, write_json
from schemas.records import Outcome, Record


@dataclass
class Notes:
    """What a part's work is told beside its input, and what it tells beside its rows, for the stamp."""

    given: Any = None
    """What the plan says of the part."""
    spread: Workers = here
    """Does jobs that the work is cut into; only where the part is the only one are they done beside each other."""
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
    given: Any = None
    """What its work is told of it out of the ledger, which a worker may not see; no part of the fingerprint."""


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
    at_home: bool = False
    """True where the work needs what lies on this machine only: a cache, the pace that sources are asked at."""
    inputs: tuple[str, ...] = ()
    """The stages of which a part reads the one of its own number, or the only one; () where it reads more than that."""

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


def make_part(job: PartJob, spread: Workers = here) -> tuple[int, Counts, float]:
    """Make one part, and return its number, its sum, and the seconds it took; this is what runs in a worker."""
    started, notes = time.perf_counter(), Notes(given=job.planned.given, spread=spread)
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


def stale_parts(stage: Stage, workspace: Workspace, plan: Mapping[int, Planned] | None = None) -> list[PartJob]:
    """Return the parts of `stage` that are missing or changed, as things stand; its `plan` is made if not given."""
    decided = decisions.in_force(decisions.read(workspace.decisions), stage.name)
    reasons = (
        (number, planned, why_stale(stage, workspace, number, planned=planned, decided=decided))
        for number, planned in sorted((stage.plan(workspace) if plan is None else plan).items())
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
    plan = stage.plan(workspace)
    for number in set(store.part_numbers(folder)) - plan.keys():
        store.remove_part(folder, number)
    stale = stale_parts(stage, workspace, plan)
    if stale:
        reasons = dict(sorted(Counter(job.why for job in stale).items()))
        listen(StageBegins(stage.name, reasons, len(plan) - len(stale)))
        _write_state(stage, workspace, complete=False)
        if stage.ahead:
            stage.ahead(workspace, [job.number for job in stale], sum(job.planned.found or 0 for job in stale))
    for done, (number, counts, seconds) in enumerate(_made(stage, stale, make), start=1):
        listen(PartDone(stage.name, number, counts, seconds, done, len(stale)))
    if stale:
        store.sweep(folder)  # a worker that died left a half of the part that another made in its place
    _write_state(stage, workspace, complete=True)
    return [job.number for job in stale]


def _made(stage: Stage, jobs: Sequence[PartJob], make: Workers) -> Iterator[tuple[int, Counts, float]]:
    if len(jobs) == 1:  # not worth a worker; what it is cut into may be
        yield make_part(jobs[0], make)
        return
    yield from make(make_part, jobs, at_home=stage.at_home)


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
