"""Decided pairs: which panels a reviewer says are one picture, or aren't, whatever hashes and pixels say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from curation.confirm import Confirmed, Kind
from curation.duplicates import Edge
from curation.members import Member
from pipeline.decisions import Decided, Decision
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_pair
from pipeline.union import root_of

SAME = "same:"
"""What the fields of decisions on pairs begin with; the higher id of the two follows."""
DIFFERENT = "different"
JOINED = "both are the same bytes, or one picture with a third"
_KINDS = {kind.value: kind for kind in Kind}


class Named(NamedTuple):
    """A panel that a decision names, and its hash."""

    member: Member
    phash: int


class DecidedPair(NamedTuple):
    """Two panels, the lower id first; `kind` is None where they are different pictures."""

    one: Named
    other: Named
    kind: Kind | None
    said: Decision

    @property
    def places(self) -> tuple[int, int]:
        """Return where the two stand among the panels of all parts."""
        return self.one.member.at, self.other.member.at

    def roots(self, same: list[int]) -> frozenset[int]:
        """Return the classes of the two."""
        return frozenset(root_of(same, at) for at in self.places)


def ids_in(decided: Decided) -> frozenset[str]:
    """Return the panels that decisions on pairs name."""
    pairs = ((said.id, said.field.removeprefix(SAME)) for many in decided.values() for said in many if _is_pair(said))
    return frozenset(panel for pair in pairs for panel in pair)


def _is_pair(said: Decision) -> bool:
    return said.field.startswith(SAME)


def decided_pairs(named: Mapping[str, Named], replay: Replay) -> list[DecidedPair]:
    """Return the pairs that hold: both panels are here and show what they showed, in an order of their own."""
    asked = [said for key in sorted(replay.decided) for said in replay.about(key) if _is_pair(said)]
    return [pair for said in asked if said.id in named and (pair := _pair(said, named, replay))]


def _pair(said: Decision, named: Mapping[str, Named], replay: Replay) -> DecidedPair | None:
    one, other = named[said.id], named.get(said.field.removeprefix(SAME))
    kind = _KINDS.get(str(said.after))
    if other is None or other.member.id <= said.id:
        replay.ignore(said, "the other panel isn't here" if other is None else UNREADABLE)
    elif kind is None and said.after != DIFFERENT:
        replay.ignore(said, UNREADABLE)
    elif replay.holding(said, lambda: seen_of_pair(_pixels(one.member), _pixels(other.member))):
        return DecidedPair(one, other, kind, said)
    return None


def _pixels(member: Member) -> tuple[dict[str, str], Sequence[int]]:
    return {"source_sha256": member.source_sha256, "shown": member.shown}, member.box


def apart(pairs: Iterable[DecidedPair], same: list[int], replay: Replay) -> set[frozenset[int]]:
    """Return the pairs of classes that are different pictures; one class can't be told from itself."""
    found = set()
    for pair in pairs:
        roots = pair.roots(same)
        if pair.kind is None and len(roots) == 1:
            replay.ignore(pair.said, JOINED)
        elif pair.kind is None:
            found.add(roots)
    return found


def tell_joined(pairs: Iterable[DecidedPair], same: list[int], replay: Replay) -> None:
    """Note the pairs that are one picture by way of others, though they are different."""
    for pair in pairs:
        if pair.kind is None and len(pair.roots(same)) == 1:
            replay.ignore(pair.said, JOINED)


def with_decided(edges: Iterable[Edge], pairs: Sequence[DecidedPair], same: list[int], replay: Replay) -> list[Edge]:
    """Return the edges as reviewers decided: without those between different pictures, with those that one put in.

    A decision speaks of all that is known to be the same picture as the two.
    """
    gone, told = apart(pairs, same, replay), {pair.roots(same): pair for pair in pairs if pair.kind}
    kept: list[Edge] = []
    for edge in edges:
        roots = frozenset((root_of(same, edge.one), root_of(same, edge.other)))
        pair = told.pop(roots, None)
        if pair is not None and pair.kind is not None:
            kept.append(edge._replace(found=edge.found._replace(kind=pair.kind), by_review=True))
        elif roots not in gone:
            kept.append(edge)
    return [*kept, *(_edge(pair, pair.kind) for roots, pair in told.items() if pair.kind and len(roots) > 1)]


def _edge(pair: DecidedPair, kind: Kind) -> Edge:
    """Return the edge between two panels that nothing but a reviewer joins: the smaller is a part of the larger."""
    one, other = pair.one.member, pair.other.member
    ratio = one.area_px / other.area_px
    found = Confirmed(kind, 0.0, 0.0, min(1.0, 1 / ratio), min(1.0, ratio))
    return Edge(one.at, other.at, (pair.one.phash ^ pair.other.phash).bit_count(), found, by_review=True)
