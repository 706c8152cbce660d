"""Groups: what panels share (`3-groups`): which are one picture, which works are one family, and which copy stays.

One row a panel, in the order of the parts. Rows of the same figure (one work harvested twice), of the same bytes,
and of the same picture in two works of a family (a preprint and its article) form a cluster; one of them stays by
the rule in `curation.keepers`, which reads content only, so the order of arrival doesn't matter. Of an entry of a
notebook that is there in two states no picture of the older one stays, also one that the newer lacks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from curation.families import read_families
from curation.keepers import keeper_of
from curation.members import NOTEBOOKS, Member, greys, members, picture_of
from curation.same_picture import Picture, near_pictures, same_pictures
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.store import fingerprint
from pipeline.union import join, root_of
from pipeline.workspace import GROUPS, PANELS, Workspace
from schemas.records import Elsewhere, Group, Outcome, make_id

_SEEN_AT_ONCE = 2048
"""Pictures whose pixels are held, at 36 kB each; a family isn't split, so one that has more counts more."""


def stage() -> Stage:
    """Return the stage that groups the panels of all parts."""
    return Stage(GROUPS, 4, {}, Group, _plan, _work)


def _plan(workspace: Workspace) -> dict[int, Planned]:
    stamps = read_stamps(workspace, PANELS)
    made_from = fingerprint(sorted((number, stamp.fingerprint) for number, stamp in stamps.items()))
    return {0: Planned(made_from, sum(stamp.counts.kept for stamp in stamps.values()))}


def _work(workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    """Look three times over the narrow columns: who belongs together, who is in those clusters, what they share."""
    family_of = read_families(workspace)
    outline = _outlined(workspace, family_of)
    gathered = _gathered(workspace, family_of, outline)
    digests: dict[str, str] = {}
    for member, _ in members(workspace, family_of):
        cluster = gathered.get(root_of(outline.cluster_of, member.at))
        group = _group(member, cluster, is_old=_is_old(member, outline.newest))
        part = str(group.part)
        digests[part] = fingerprint(digests.get(part), group.model_dump())
        yield group
    notes.extra["digests"] = digests


@lru_cache(maxsize=1024)  # the panels of an article come one after the other
def _key(*parts: str | None) -> bytes:
    """Return what stands for `parts`: keys of 16 bytes are all that is held of every panel and family."""
    return bytes.fromhex(make_id(*parts))


class _Outline(NamedTuple):
    """What a first look at all panels tells."""

    cluster_of: list[int]
    """By equal ids and equal (bytes, box)."""
    families: set[bytes]
    """Those of several works."""
    newest: dict[bytes, str]
    """By entry of a notebook: its newest state."""


def _is_old(member: Member, newest: Mapping[bytes, str]) -> bool:
    """Return whether a panel is of a state of its entry of which a newer one is there."""
    if member.source not in NOTEBOOKS or not member.version:
        return False
    return member.version < newest[_key(member.family_key)]


def _outlined(workspace: Workspace, family_of: Mapping[str, str]) -> _Outline:
    parent: list[int] = []
    first: dict[bytes, int] = {}
    work_of: dict[bytes, bytes] = {}
    several: set[bytes] = set()
    newest: dict[bytes, str] = {}
    for member, _ in members(workspace, family_of):
        parent.append(member.at)
        if member.source in NOTEBOOKS and member.version:
            entry = _key(member.family_key)
            newest[entry] = max(newest.get(entry, ""), member.version)
        pixels = (member.source_sha256, member.shown, str(member.box))
        same = ((member.figure_id, member.panel_label), pixels)
        for parts in same:
            join(parent, first.setdefault(_key(*parts), member.at), member.at)
        if member.is_article:
            family, work = _key(member.family_key), _key(*member.work)
            if work_of.setdefault(family, work) != work:
                several.add(family)
    return _Outline([root_of(parent, at) for at in range(len(parent))], several, newest)


class _Cluster(NamedTuple):
    """What the panels of one picture share."""

    id: str
    keeper: Member
    copies: list[Elsewhere]
    """Where else the keeper's picture is."""


def _gathered(workspace: Workspace, family_of: Mapping[str, str], outline: _Outline) -> dict[int, _Cluster]:
    """Join in `outline` what is one picture in two works of a family; return the clusters of several."""
    cluster_of, families, newest = outline
    several = {cluster for cluster, size in Counter(cluster_of).items() if size > 1}
    held: list[Member] = []
    pictures: dict[bytes, list[Picture]] = defaultdict(list)
    for member, row in members(workspace, family_of) if several or families else ():
        in_family = member.is_article and _key(member.family_key) in families
        if in_family:
            pictures[_key(member.family_key)].append(picture_of(member, row, cluster_of[member.at]))
        if in_family or cluster_of[member.at] in several:
            held.append(member)
    for one, other in _same(workspace, pictures.values(), {member.at: member for member in held}):
        join(cluster_of, one, other)
    clusters: dict[int, list[Member]] = defaultdict(list)
    for member in held:
        clusters[root_of(cluster_of, member.at)].append(member)
    return {root: _cluster(same, newest) for root, same in clusters.items() if len(same) > 1}


def _same(
    workspace: Workspace, families: Iterable[list[Picture]], of: Mapping[int, Member]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of places that are one picture, looking at the pixels of some families at a time."""
    waiting: list[list[Picture]] = []
    wanted: set[int] = set()
    for family in families:
        waiting.append(family)
        wanted |= near_pictures(family)
        if len(wanted) >= _SEEN_AT_ONCE:
            yield from _same_now(workspace, waiting, [of[at] for at in wanted])
            waiting, wanted = [], set()
    yield from _same_now(workspace, waiting, [of[at] for at in wanted])


def _same_now(
    workspace: Workspace, families: Iterable[list[Picture]], wanted: Iterable[Member]
) -> Iterator[tuple[int, int]]:
    seen = greys(workspace, wanted)
    for family in families:
        yield from same_pictures(family, seen)


def _cluster(same: Sequence[Member], newest: Mapping[bytes, str]) -> _Cluster:
    keeper = keeper_of([member for member in same if not _is_old(member, newest)] or same)
    own = (keeper.figure_id, keeper.license)
    others = {_elsewhere(other) for other in same if (other.figure_id, other.license) != own}
    copies = sorted(others, key=lambda other: (other.source, other.source_id, other.license or ""))
    return _Cluster(make_id(*sorted({member.id for member in same})), keeper, copies)


def _elsewhere(member: Member) -> Elsewhere:
    return Elsewhere(source=member.source, source_id=member.source_id, license=member.license)


def _group(member: Member, cluster: _Cluster | None, *, is_old: bool) -> Group:
    alone = Group(
        part=member.part,
        id=member.id,
        figure_id=member.figure_id,
        figure_row=member.figure_row,
        source_id=member.source_id,
        figure_label=member.figure_label,
        family=make_id(member.family_key),
        keeps=not is_old,
    )
    if cluster is None or (is_old and member.at == cluster.keeper.at):
        return alone
    keeps = member.at == cluster.keeper.at
    shared = {
        "duplicate_cluster": cluster.id,
        "keeper": cluster.keeper.id,
        "keeps": keeps,
        "also_in": cluster.copies if keeps else [_elsewhere(cluster.keeper)],
    }
    return alone.model_copy(update=shared)
