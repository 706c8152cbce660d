"""Panel pairs: which panels of a workspace are duplicates of each other or neighbours, as their pixels say.

Panels are taken in the order of their ids, so that neither the order of arrival nor the number of parts matters.
Those of one figure aren't compared, nor those of one volume, movie or entry: what is alike there is no duplicate.
In two works of one family `curation.same_picture` decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import NamedTuple

from curation.confirm import DIFFERENT, Compared, View, compared
from curation.duplicates import Doubtful, Edge, Proposal, Sketch, proposals
from curation.gathered_sketches import gathered
from curation.members import Member
from curation.pair_memory import key_of, pair_memory
from curation.panel_views import views
from curation.sketch_bytes import unpacked
from pipeline.engine import cores, read_stamps
from pipeline.pace import Pace
from pipeline.store import part_path, read_rows
from pipeline.workspace import PANELS, Workspace
from schemas.manifest_sections import Dedup

_AT_ONCE = 96
"""Pictures held while pairs are compared, at 5 MB each at most."""


class Origin(NamedTuple):
    """Where a panel comes from, in few bytes."""

    id: str
    at: int
    figure: bytes
    family: bytes
    work: bytes
    is_article: bool


def proposed_pairs(workspace: Workspace, asked: Sequence[Origin], settings: Dedup) -> dict[tuple[int, int], Proposal]:
    """Return the pairs of places of panels whose pixels should be looked at, that of the lower id first."""
    ordered = sorted(asked)
    folder = workspace.cache / "duplicates"
    folder.mkdir(parents=True, exist_ok=True)
    near = proposals(gathered(_sketches(workspace, ordered), len(ordered), folder), settings)
    return {
        (ordered[one].at, ordered[other].at): proposal
        for (one, other), proposal in near.items()
        if _may_be_duplicates(ordered[one], ordered[other])
    }


def _may_be_duplicates(one: Origin, other: Origin) -> bool:
    if one.family != other.family:
        return True
    return one.is_article and one.work == other.work and one.figure != other.figure


def _sketches(workspace: Workspace, ordered: Sequence[Origin]) -> Iterator[tuple[int, Sketch]]:
    """Yield the sketches of panels, each with its place in `ordered`, part by part."""
    place_of = {origin.at: place for place, origin in enumerate(ordered)}
    at = 0
    for part in sorted(read_stamps(workspace, PANELS)):
        for row in read_rows(part_path(workspace.stage(PANELS), part), ["sketch"], batch=256):
            if at in place_of:
                yield place_of[at], unpacked(row["sketch"])
            at += 1


def same_panels(
    workspace: Workspace, proposed: Mapping[tuple[int, int], Proposal], of: Mapping[int, Member]
) -> Iterator[Edge | Doubtful]:
    """Yield the proposed pairs that the pixels confirm, as `Edge` of places, and those that are on the verge.

    One may be both. What was looked at once is remembered.
    """
    pace = Pace("comparing panels", len(proposed))
    with pair_memory(workspace.cache / "duplicates") as memory, ThreadPoolExecutor(cores()) as pool:
        for lot in _lots(sorted(proposed, key=lambda pair: _where(pair, of))):
            keys = {pair: _key(pair, proposed[pair], of) for pair in lot}
            known = memory.recall(list(keys.values()))
            left = [pair for pair in lot if keys[pair] not in known]
            said = _looked_at(workspace, left, proposed, of, pool)
            memory.keep((keys[pair], found) for pair, found in said.items())
            pace.step(len(lot))
            for pair in lot:
                yield from _told(pair, proposed[pair].distance, said[pair] if pair in said else known[keys[pair]])


def _told(pair: tuple[int, int], distance: int, said: Compared) -> Iterator[Edge | Doubtful]:
    if said.found is not None:
        yield Edge(*pair, distance, said.found)
    if said.is_doubtful:
        yield Doubtful(*pair, distance, said)


def _where(pair: tuple[int, int], of: Mapping[int, Member]) -> tuple[tuple[int, int, int], ...]:
    """Return a sort key that brings together what lies together on disk."""
    return tuple((of[at].part, of[at].figure_row, at) for at in pair)


def _lots(pairs: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield pairs in lots that speak of few pictures each."""
    lot: list[tuple[int, int]] = []
    pictures: set[int] = set()
    for pair in pairs:
        if len(pictures.union(pair)) > _AT_ONCE:
            yield lot
            lot, pictures = [], set()
        lot.append(pair)
        pictures.update(pair)
    if lot:
        yield lot


def _key(pair: tuple[int, int], proposal: Proposal, of: Mapping[int, Member]) -> str:
    seen = [(of[at].source_sha256, of[at].shown, of[at].box) for at in pair]
    return key_of(*seen, proposal.orientation, proposal.by_hash)


def _looked_at(
    workspace: Workspace,
    pairs: Sequence[tuple[int, int]],
    proposed: Mapping[tuple[int, int], Proposal],
    of: Mapping[int, Member],
    pool: Executor,
) -> dict[tuple[int, int], Compared]:
    seen = views(workspace, [of[at] for at in sorted({at for pair in pairs for at in pair})], pool)
    return dict(zip(pairs, pool.map(lambda pair: _compared(pair, proposed[pair], seen), pairs), strict=True))


def _compared(pair: tuple[int, int], proposal: Proposal, seen: Mapping[int, View]) -> Compared:
    one, other = (seen.get(at) for at in pair)
    if one is None or other is None:
        return DIFFERENT
    return compared(one, other, proposal.orientation, as_wholes=proposal.by_hash)
