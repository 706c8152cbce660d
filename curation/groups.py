"""Groups: what panels share (`3-groups`): which are one picture, which works are one family, and which copy stays.

One row a panel, in the order of the parts. Rows of the same figure (one work harvested twice), of the same bytes,
of the same picture in two works of a family (a preprint and its article), and of panels that `curation.panel_pairs`
finds alike form a cluster; which of them stay `curation.standings` says, reading content only, so the order of
arrival doesn't matter. Of an entry of a notebook that is there in two states no picture of the older one stays, also
one that the newer lacks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from curation.confirm import VERSION as CONFIRM_VERSION
from curation.contamination import VERSION as CONTAMINATION_VERSION
from curation.decided_pairs import Named, apart, decided_pairs, ids_in, tell_joined, with_decided
from curation.duplicates import Doubtful, Edge
from curation.families import read_families
from curation.keepers import keeper_of
from curation.members import NOTEBOOKS, Member, greys, members, picture_of
from curation.panel_contamination import Decontamination, looked_for
from curation.panel_pairs import Origin, proposed_pairs, same_panels
from curation.same_picture import Picture, near_pictures, same_pictures
from curation.standings import Standing, doubts_of, join_copies, standings
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.processes import Workers
from pipeline.replay import Replay
from pipeline.store import fingerprint
from pipeline.union import join, root_of
from pipeline.workspace import GROUPS, PANELS, Workspace
from schemas.manifest_sections import Dedup
from schemas.records import Doubt, Group, Outcome, make_id

_SEEN_AT_ONCE = 2048
"""Pictures whose pixels are held, at 36 kB each; a family isn't split, so one that has more counts more."""


def stage(asked: Decontamination) -> Stage:
    """Return the stage that groups the panels of all parts, and looks for those that benchmarks hold.

    Raises:
        UsageError: a benchmark isn't there.
    """
    settings: dict[str, Any] = {"dedup": asked.dedup.model_dump(), "confirm": CONFIRM_VERSION}
    if asked.benchmarks:
        encoder = asked.encoder and asked.encoder.model_dump(mode="json")
        settings["benchmarks"] = [CONTAMINATION_VERSION, asked.state, encoder]
    return Stage(GROUPS, 8, settings, Group, _plan, partial(_work, asked))


def _plan(workspace: Workspace) -> dict[int, Planned]:
    stamps = read_stamps(workspace, PANELS)
    made_from = fingerprint(sorted((number, stamp.fingerprint) for number, stamp in stamps.items()))
    return {0: Planned(made_from, sum(stamp.counts.kept for stamp in stamps.values()))}


def _work(
    asked: Decontamination, workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    """Look several times over the narrow columns: who belongs together, whom to compare, what they share."""
    family_of = read_families(workspace)
    outline, replay = _outlined(workspace, family_of, ids_in(decided)), Replay(decided, notes.ignored)
    standing_of, doubts = _standings(workspace, family_of, outline, _Comparing(asked.dedup, notes.spread), replay)
    hits_of, notes.extra["benchmarks"] = looked_for(workspace, asked)
    digests: dict[str, str] = {}
    for member, _ in members(workspace, family_of):
        group = _group(member, standing_of.get(member.at), is_old=_is_old(member, outline.newest))
        beside = {"contamination": hits_of.get(member.at, []), "doubts": doubts.get(member.at, [])}
        group = group.model_copy(update=beside)
        part = str(group.part)
        digests[part] = fingerprint(digests.get(part), group.model_dump(exclude={"edges", "doubts"}))
        yield group
    notes.extra["digests"] = digests


@lru_cache(maxsize=1024)  # the panels of an article come one after the other
def _key(*parts: str | None) -> bytes:
    """Return what stands for `parts`: keys of 16 bytes are all that is held of every panel and family."""
    return bytes.fromhex(make_id(*parts))


class _Comparing(NamedTuple):
    """How panels are compared."""

    dedup: Dedup
    spread: Workers
    """Does the jobs that it is cut into."""


class _Outline(NamedTuple):
    """What a first look at all panels tells."""

    same: list[int]
    """A forest of places: equal ids and equal (bytes, box)."""
    families: set[bytes]
    """Those of several works."""
    newest: dict[bytes, str]
    """By entry of a notebook: its newest state."""
    named: dict[str, Named]
    """The panels that decisions name, where one stands first."""


def _is_old(member: Member, newest: Mapping[bytes, str]) -> bool:
    """Return whether a panel is of a state of its entry of which a newer one is there."""
    if member.source not in NOTEBOOKS or not member.version:
        return False
    return member.version < newest[_key(member.family_key)]


def _outlined(workspace: Workspace, family_of: Mapping[str, str], asked: frozenset[str]) -> _Outline:
    parent: list[int] = []
    first: dict[bytes, int] = {}
    work_of: dict[bytes, bytes] = {}
    several: set[bytes] = set()
    newest: dict[bytes, str] = {}
    named: dict[str, Named] = {}
    for member, row in members(workspace, family_of):
        if member.id in asked:
            named.setdefault(member.id, Named(member, int(row["phash"], 16)))
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
    return _Outline([root_of(parent, at) for at in range(len(parent))], several, newest, named)


def _standings(
    workspace: Workspace, family_of: Mapping[str, str], outline: _Outline, comparing: _Comparing, replay: Replay
) -> tuple[dict[int, Standing], dict[int, list[Doubt]]]:
    """Return what every panel that isn't alone has in common with others, and the doubts about each."""
    pairs = decided_pairs(outline.named, replay)
    held, alone = _looked_over(workspace, family_of, outline, apart(pairs, outline.same, replay))
    asked = [*alone, *(_origin(member) for member in _keepers(held, outline))]
    proposed = proposed_pairs(workspace, asked, *comparing)
    wanted = {at for pair in proposed for at in pair} | {at for pair in pairs for at in pair.places}
    if wanted - held.keys():
        held |= {member.at: member for member, _ in members(workspace, family_of) if member.at in wanted}
    said = list(same_panels(workspace, proposed, held, comparing.spread))
    found = [edge for edge in said if isinstance(edge, Edge)]
    edges = with_decided(found, pairs, outline.same, replay)
    join_copies(outline.same, edges)
    tell_joined(pairs, outline.same, replay)
    several = {root_of(outline.same, at) for at, member in held.items() if root_of(outline.same, at) != at}
    in_edges = {at for edge in edges for at in (edge.one, edge.other)}
    told = {at: one for at, one in held.items() if at in in_edges or root_of(outline.same, at) in several}
    old = frozenset(at for at, member in told.items() if _is_old(member, outline.newest))
    doubts = doubts_of([doubt for doubt in said if isinstance(doubt, Doubtful)], held)
    return standings(told, outline.same, edges, old), doubts


def _looked_over(
    workspace: Workspace, family_of: Mapping[str, str], outline: _Outline, different: set[frozenset[int]]
) -> tuple[dict[int, Member], list[Origin]]:
    """Join what is one picture in two works of a family; return those of several, and what those alone come from.

    Two classes that stand in `different` aren't joined.
    """
    same, families, newest, _ = outline
    class_of = tuple(same) if different else ()
    several = {root for root, size in Counter(same).items() if size > 1}
    held: dict[int, Member] = {}
    alone: list[Origin] = []
    pictures: dict[bytes, list[Picture]] = defaultdict(list)
    for member, row in members(workspace, family_of):
        in_family = member.is_article and _key(member.family_key) in families
        if in_family:
            pictures[_key(member.family_key)].append(picture_of(member, row, same[member.at]))
        if in_family or same[member.at] in several:
            held[member.at] = member
        elif not _is_old(member, newest):
            alone.append(_origin(member))
    for one, other in _same(workspace, pictures.values(), held):
        if not different or frozenset((class_of[one], class_of[other])) not in different:
            join(same, one, other)
    return held, alone


def _keepers(held: Mapping[int, Member], outline: _Outline) -> Iterator[Member]:
    """Yield one of each set of pictures that are known to be one: the others needn't be compared."""
    classes: dict[int, list[Member]] = defaultdict(list)
    for at, member in held.items():
        if not _is_old(member, outline.newest):
            classes[root_of(outline.same, at)].append(member)
    yield from map(keeper_of, classes.values())


def _origin(member: Member) -> Origin:
    figure, family, work = (_key(*parts) for parts in ((member.figure_id,), (member.family_key,), member.work))
    return Origin(member.id, member.at, figure, family, work, member.is_article)


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


def _group(member: Member, standing: Standing | None, *, is_old: bool) -> Group:
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
    if standing is None or (is_old and member.at == standing.keeper.at):
        return alone
    shared = {
        "duplicate_cluster": standing.cluster,
        "keeper": standing.keeper.id,
        "keeps": standing.keeps,
        "also_in": standing.also_in,
        "edges": standing.edges,
    }
    return alone.model_copy(update=shared)
