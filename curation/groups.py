"""Groups: what panels share (`3-groups`): identical pictures, families, and which copy stays.

One row a panel, in the order of the parts. Rows of the same figure (one work harvested twice) or the same bytes
form a cluster; one of them stays by the rule in `_preference`, which reads content only, so the order of
arrival doesn't matter.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import FIGURES, GROUPS, PANELS, Workspace
from schemas.licence import permits, requires_attribution
from schemas.records import Elsewhere, Group, Outcome, make_id

_PREPRINTS = frozenset({"biorxiv", "medrxiv"})
_COLUMNS = ["id", "source", "source_id", "figure_label", "license", "source_sha256", "family_key", "caption"]

_PANEL_COLUMNS = ["id", "figure_id", "figure_row", "panel_label", "box"]


class Member(NamedTuple):
    """What matters of a panel for grouping."""

    at: int
    """Its place among the panels of all parts."""
    part: int
    id: str
    figure_id: str
    figure_row: int
    panel_label: str | None
    source: str
    source_id: str
    figure_label: str | None
    license: str | None
    source_sha256: str
    family_key: str
    box: tuple[int, ...]
    caption_length: int

    @property
    def area_px(self) -> int:
        """Return how much the panel shows."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


def stage() -> Stage:
    """Return the stage that groups the panels of all parts."""
    return Stage(GROUPS, 1, {}, Group, _plan, _work)


def _plan(workspace: Workspace) -> dict[int, Planned]:
    stamps = read_stamps(workspace, PANELS)
    made_from = fingerprint(sorted((number, stamp.fingerprint) for number, stamp in stamps.items()))
    return {0: Planned(made_from, sum(stamp.counts.kept for stamp in stamps.values()))}


def _work(workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    """Look three times over the narrow columns: who belongs together, who is in those clusters, what they share."""
    cluster_of = _clusters(_members(workspace))
    several = {cluster for cluster, size in Counter(cluster_of).items() if size > 1}
    gathered: dict[int, list[Member]] = defaultdict(list)
    for member in _members(workspace) if several else ():
        if cluster_of[member.at] in several:
            gathered[cluster_of[member.at]].append(member)
    digests: dict[str, str] = {}
    for member in _members(workspace):
        group = _group(member, gathered.get(cluster_of[member.at], []))
        part = str(group.part)
        digests[part] = fingerprint(digests.get(part), group.model_dump())
        yield group
    notes.extra["digests"] = digests


def _members(workspace: Workspace) -> Iterator[Member]:
    """Yield the panels of all parts, in order, numbered."""
    numbers = count()
    for part in sorted(read_stamps(workspace, PANELS)):
        figures = list(read_rows(part_path(workspace.stage(FIGURES), part), _COLUMNS))
        for panel in read_rows(part_path(workspace.stage(PANELS), part), _PANEL_COLUMNS):
            figure = figures[panel["figure_row"]]
            told = {name: figure[name] for name in _COLUMNS[1:-1]}
            yield Member(
                at=next(numbers),
                part=part,
                id=panel["id"],
                figure_id=panel["figure_id"],
                figure_row=panel["figure_row"],
                panel_label=panel["panel_label"],
                box=tuple(panel["box"]),
                caption_length=len(figure["caption"]),
                **told,
            )


def _clusters(members: Iterable[Member]) -> list[int]:
    """Return the cluster of each member: union-find over equal ids and equal (bytes, box)."""
    parent: list[int] = []
    first: dict[bytes, int] = {}  # keys of 16 bytes: these are all that is held of every panel
    for member in members:
        parent.append(member.at)
        for key in (make_id(member.figure_id, member.panel_label), make_id(member.source_sha256, str(member.box))):
            _union(parent, first.setdefault(bytes.fromhex(key), member.at), member.at)
    return [_root(parent, at) for at in range(len(parent))]


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


def _union(parent: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(parent, one), _root(parent, other)))
    parent[high] = low


def _freedom(license_id: str | None) -> int:
    may = permits(license_id)
    return sum((may.copy, may.crop, may.recaption, may.commercial, not requires_attribution(license_id)))


def _preference(member: Member) -> tuple[Any, ...]:
    """Return the sort key of the copy that stays: published, freer, larger, richer; the rest breaks ties."""
    return (
        member.source in _PREPRINTS,
        -_freedom(member.license),
        -member.area_px,
        -member.caption_length,
        member.id,
        member.source_sha256,
        member.part,
    )


def _group(member: Member, cluster: list[Member]) -> Group:
    alone = Group(
        part=member.part,
        id=member.id,
        figure_id=member.figure_id,
        figure_row=member.figure_row,
        source_id=member.source_id,
        figure_label=member.figure_label,
        family=make_id(member.family_key),
    )
    if not cluster:
        return alone
    keeper = min(cluster, key=_preference)
    shared = {
        "duplicate_cluster": make_id(*sorted({other.id for other in cluster})),
        "keeper": keeper.id,
        "keeps": member.at == keeper.at,
        "also_in": _elsewhere(member, cluster),
    }
    return alone.model_copy(update=shared)


def _elsewhere(member: Member, cluster: list[Member]) -> list[Elsewhere]:
    others = {(other.source, other.source_id, other.license) for other in cluster if other.id != member.id}
    return [
        Elsewhere(source=source, source_id=source_id, license=license_id)
        for source, source_id, license_id in sorted(others, key=str)
    ]
