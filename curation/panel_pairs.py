"""Panel pairs: which panels of a workspace are duplicates of each other or neighbours, as their pixels say.

Panels are taken in the order of their ids, so that neither the order of arrival nor the number of parts matters.
Those of one figure aren't compared, nor those of one volume, movie or entry: what is alike there is no duplicate.
In two works of one family `curation.same_picture` decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from curation.band_tasks import Joining
from curation.confirm import DIFFERENT, Compared, View, compared
from curation.duplicates import Doubtful, Edge, Proposal, Sketch, proposals
from curation.gathered_sketches import gathered
from curation.members import Member
from curation.pair_memory import PairMemory, key_of, pair_memory
from curation.panel_views import views
from curation.sketch_bytes import unpacked
from pipeline.engine import read_stamps
from pipeline.pace import Pace
from pipeline.processes import Workers, here
from pipeline.store import part_path, read_rows
from pipeline.workspace import PANELS, Workspace
from schemas.manifest_sections import Dedup

_AT_ONCE = 64
"""Pictures that a worker holds while pairs are compared, at 5 MB each at most."""
_RECALLED_AT_ONCE = 4096

_Pair: TypeAlias = tuple[int, int]
"""Two panels by their places."""


class Origin(NamedTuple):
    """Where a panel comes from, in few bytes."""

    id: str
    at: int
    figure: bytes
    family: bytes
    work: bytes
    is_article: bool


def proposed_pairs(
    workspace: Workspace, asked: Sequence[Origin], settings: Dedup, spread: Workers = here
) -> dict[_Pair, Proposal]:
    """Return the pairs of places of panels whose pixels should be looked at, that of the lower id first.

    Of many panels `spread` looks through the hashes, band by band.
    """
    ordered = sorted(asked)
    folder = workspace.cache / "duplicates"
    folder.mkdir(parents=True, exist_ok=True)
    sketches = gathered(_sketches(workspace, ordered), len(ordered), folder)
    near = proposals(sketches, settings, Joining(folder, spread))
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


@dataclass(frozen=True)
class _Lot:
    """Pairs that speak of few pictures, to be looked at together."""

    workspace: Workspace
    pairs: tuple[_Pair, ...]
    proposed: tuple[Proposal, ...]
    members: tuple[Member, ...]


def same_panels(
    workspace: Workspace, proposed: Mapping[_Pair, Proposal], of: Mapping[int, Member], spread: Workers = here
) -> Iterator[Edge | Doubtful]:
    """Yield the proposed pairs that the pixels confirm, as `Edge` of places, and those that are on the verge.

    One may be both. What was looked at once is remembered; lots of the others go to `spread`.
    """
    ordered = sorted(proposed, key=lambda pair: _where(pair, of))
    with pair_memory(workspace.cache / "duplicates") as memory:
        known = dict(_recalled(memory, ordered, proposed, of))
        telling = {pair: said for pair, said in known.items() if _tells(said)}
        lots = list(_lots(workspace, [pair for pair in ordered if pair not in known], proposed, of))
        del known
        pace = Pace("comparing panels", sum(len(lot.pairs) for lot in lots))
        for some in spread(_looked_at, lots):
            memory.keep((_key(pair, proposed[pair], of), said) for pair, said in some)
            telling |= {pair: said for pair, said in some if _tells(said)}
            pace.step(len(some))
    for pair in ordered:
        if pair in telling:
            yield from _told(pair, proposed[pair].distance, telling[pair])


def _tells(said: Compared) -> bool:
    """Return whether `_told` has something to yield: of most pairs nothing need be held."""
    return said.found is not None or said.is_doubtful


def _told(pair: _Pair, distance: int, said: Compared) -> Iterator[Edge | Doubtful]:
    if said.found is not None:
        yield Edge(*pair, distance, said.found)
    if said.is_doubtful:
        yield Doubtful(*pair, distance, said)


def _where(pair: _Pair, of: Mapping[int, Member]) -> tuple[tuple[int, int, int], ...]:
    """Return a sort key that brings together what lies together on disk."""
    return tuple((of[at].part, of[at].figure_row, at) for at in pair)


def _recalled(
    memory: PairMemory, pairs: Sequence[_Pair], proposed: Mapping[_Pair, Proposal], of: Mapping[int, Member]
) -> Iterator[tuple[_Pair, Compared]]:
    """Yield what is remembered of pairs."""
    for start in range(0, len(pairs), _RECALLED_AT_ONCE):
        keys = {pair: _key(pair, proposed[pair], of) for pair in pairs[start : start + _RECALLED_AT_ONCE]}
        known = memory.recall(list(keys.values()))
        yield from ((pair, known[key]) for pair, key in keys.items() if key in known)


def _lots(
    workspace: Workspace, pairs: Iterable[_Pair], proposed: Mapping[_Pair, Proposal], of: Mapping[int, Member]
) -> Iterator[_Lot]:
    """Yield pairs in lots that speak of few pictures each."""

    def lot() -> _Lot:
        members = tuple(of[at] for at in sorted(pictures))
        return _Lot(workspace, tuple(held), tuple(proposed[pair] for pair in held), members)

    held: list[_Pair] = []
    pictures: set[int] = set()
    for pair in pairs:
        if len(pictures.union(pair)) > _AT_ONCE:
            yield lot()
            held, pictures = [], set()
        held.append(pair)
        pictures.update(pair)
    if held:
        yield lot()


def _key(pair: _Pair, proposal: Proposal, of: Mapping[int, Member]) -> str:
    seen = [(of[at].source_sha256, of[at].shown, of[at].box) for at in pair]
    return key_of(*seen, proposal.orientation, proposal.by_hash)


def _looked_at(lot: _Lot) -> list[tuple[_Pair, Compared]]:
    """Return what the pixels say of the pairs of a lot; this is what runs in a worker."""
    seen = views(lot.workspace, lot.members)
    return [(pair, _compared(pair, proposal, seen)) for pair, proposal in zip(lot.pairs, lot.proposed, strict=True)]


def _compared(pair: _Pair, proposal: Proposal, seen: Mapping[int, View]) -> Compared:
    one, other = (seen.get(at) for at in pair)
    if one is None or other is None:
        return DIFFERENT
    return compared(one, other, proposal.orientation, as_wholes=proposal.by_hash)
