"""Standing: which decisions are in force and carried out, and why the others aren't."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.decisions import Decision
from pipeline.engine import read_stamps
from pipeline.replay import IGNORED
from pipeline.workspace import STAGES, Workspace


class Standing(NamedTuple):
    """What has become of a decision."""

    state: str
    """in force, ignored, waiting, replaced, withdrawn, withdrawal, second verdict."""
    why: str = ""


def standing_of(
    workspace: Workspace, log: Sequence[Decision], asked: Iterable[Decision]
) -> Iterator[tuple[Decision, Standing]]:
    """Yield each decision that is asked about with what has become of it; `log` is all that was decided."""
    newest = {(said.stage, said.id, said.field): said for said in log}
    marks = {stage: _marks(workspace, stage) for stage in STAGES}
    for said in asked:
        newer = newest[said.stage, said.id, said.field]
        yield said, _by_log(said, newer) or _by_stage(said, *marks[said.stage])


def ignored_of(workspace: Workspace) -> dict[str, str]:
    """Return the marks of the decisions that stages did not carry out, and why."""
    stamps = (stamp for stage in STAGES for stamp in read_stamps(workspace, stage).values())
    return {mark: why for stamp in stamps for mark, why in stamp.extra.get(IGNORED, {}).items()}


def _marks(workspace: Workspace, stage: str) -> tuple[set[str], dict[str, str]]:
    """Return the decisions that speak of a stage's parts, and why some were not carried out."""
    stamps = read_stamps(workspace, stage).values()
    decided = {mark for stamp in stamps for mark in stamp.decided}
    return decided, {mark: why for stamp in stamps for mark, why in stamp.extra.get(IGNORED, {}).items()}


def _by_log(said: Decision, newer: Decision) -> Standing | None:
    """Return what the log alone says."""
    if said is not newer:
        state = "withdrawn" if newer.is_withdrawal else "replaced"
        return Standing(state, f"by {newer.who} at {newer.when.isoformat(timespec='seconds')}")
    if said.is_withdrawal:
        return Standing("withdrawal", "nothing is in force on the field")
    if said.stage not in STAGES:
        return Standing("second verdict", "it counts for agreement alone")
    return None


def _by_stage(said: Decision, decided: set[str], ignored: dict[str, str]) -> Standing:
    if said.mark in ignored:
        return Standing("ignored", ignored[said.mark])
    if said.mark in decided:
        return Standing("in force")
    return Standing("waiting", f"{said.stage} has no such record now, or the next run carries it out")
