"""Standings: of the pictures of a cluster, which stay, and what else is known of where they are.

A cluster is all that edges join. Copies of one picture, also turned or inverted, are one class, of which one stays. A
cut-out goes too where a picture that shows all of it stays, is of its kind and has no stricter licence; two figures
that show one cut-out are different pictures, and both stay. So do neighbours.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from curation.confirm import Kind
from curation.duplicates import Doubtful, Edge
from curation.keepers import is_stricter, keeper_of, preference
from curation.members import Member
from pipeline.union import join, root_of
from schemas.records import Doubt, Elsewhere, Likeness, make_id

_ONE_PICTURE = frozenset({Kind.COPY, Kind.ORIENTED})
_PART = frozenset({Kind.CROP, Kind.INSET})


class Standing(NamedTuple):
    """What a panel has in common with the others of its cluster."""

    cluster: str
    keeper: Member
    """The picture that stays for it; itself where it stays."""
    keeps: bool
    also_in: list[Elsewhere]
    edges: list[Likeness]


def join_copies(same: list[int], edges: Iterable[Edge]) -> None:
    """Join in `same` the places of panels that are one picture."""
    for edge in edges:
        if edge.found.kind in _ONE_PICTURE:
            join(same, edge.one, edge.other)


def standings(
    held: Mapping[int, Member], same: list[int], edges: Sequence[Edge], old: frozenset[int] = frozenset()
) -> dict[int, Standing]:
    """Return the standing of every panel in `held` that isn't alone, by its place.

    `same` says who is one picture with whom, `old` which panels don't stay whatever the others are. All panels of a
    class of several, and both ends of each edge, are held.
    """
    classes: dict[int, list[Member]] = defaultdict(list)
    for at, member in held.items():
        classes[root_of(same, at)].append(member)
    keepers = {
        root: keeper_of([one for one in members if one.at not in old] or members) for root, members in classes.items()
    }
    parts = sorted({_part_of(edge, same) for edge in edges if edge.found.kind in _PART})
    return dict(_stand(classes, keepers, _into(parts, keepers), _Known(same, edges, parts)))


class _Known(NamedTuple):
    same: list[int]
    edges: Sequence[Edge]
    parts: Sequence[tuple[int, int]]


def _part_of(edge: Edge, same: list[int]) -> tuple[int, int]:
    """Return the class that is shown in full, and that which shows more."""
    one, other = root_of(same, edge.one), root_of(same, edge.other)
    return (one, other) if edge.found.of_one >= edge.found.of_other else (other, one)


def _into(parts: Sequence[tuple[int, int]], keepers: Mapping[int, Member]) -> dict[int, int]:
    """Return the classes that go, each with one that shows what it does."""
    into = {root: root for root in keepers}
    for part, whole in sorted(parts, key=lambda pair: tuple(preference(keepers[root]) for root in reversed(pair))):
        goes = into[part] == part and root_of(into, whole) != part
        alike = keepers[part].panel_kind == keepers[whole].panel_kind
        if goes and alike and not is_stricter(keepers[whole].license, keepers[part].license):
            into[part] = whole
    return into


def _stand(
    classes: Mapping[int, Sequence[Member]], keepers: Mapping[int, Member], into: dict[int, int], known: _Known
) -> Iterator[tuple[int, Standing]]:
    clusters, places = _clusters(classes, known), _places(classes, keepers, known.parts)
    likenesses = _likenesses(known.edges, {member.at: member for members in classes.values() for member in members})
    for root, members in classes.items():
        if len(members) == 1 and members[0].at not in likenesses:
            continue
        keeper = keepers[root_of(into, root)]
        for member in members:
            keeps = member.at == keeper.at
            also_in = places[root] if keeps else [_elsewhere(keeper)]
            yield member.at, Standing(clusters[root], keeper, keeps, also_in, likenesses.get(member.at, []))


def _clusters(classes: Mapping[int, Sequence[Member]], known: _Known) -> dict[int, str]:
    """Return the id of each class's cluster: of the ids of all panels in it."""
    tied = {root: root for root in classes}
    for edge in known.edges:
        join(tied, root_of(known.same, edge.one), root_of(known.same, edge.other))
    ids: dict[int, set[str]] = defaultdict(set)
    for root, members in classes.items():
        ids[root_of(tied, root)].update(member.id for member in members)
    named = {top: make_id(*sorted(of)) for top, of in ids.items()}
    return {root: named[root_of(tied, root)] for root in classes}


def _places(
    classes: Mapping[int, Sequence[Member]], keepers: Mapping[int, Member], parts: Iterable[tuple[int, int]]
) -> dict[int, list[Elsewhere]]:
    """Return where else the pixels of each class's keeper are, in whole or in part."""
    near: dict[int, set[int]] = {root: {root} for root in classes}
    for part, whole in parts:
        near[part].add(whole)
        near[whole].add(part)
    found: dict[int, list[Elsewhere]] = {}
    for root, keeper in keepers.items():
        own = (keeper.figure_id, keeper.license)
        others = (member for other in near[root] for member in classes[other])
        copies = {_elsewhere(other) for other in others if (other.figure_id, other.license) != own}
        found[root] = sorted(copies, key=lambda other: (other.source, other.source_id, other.license or ""))
    return found


def _elsewhere(member: Member) -> Elsewhere:
    return Elsewhere(source=member.source, source_id=member.source_id, license=member.license)


def _likenesses(edges: Iterable[Edge], of: Mapping[int, Member]) -> dict[int, list[Likeness]]:
    found: dict[int, list[Likeness]] = defaultdict(list)
    for edge in edges:
        for at, other in ((edge.one, edge.other), (edge.other, edge.one)):
            found[at].append(
                Likeness(
                    id=of[other].id,
                    kind=edge.found.kind.value,
                    distance=edge.distance,
                    correlation=round(edge.found.correlation, 4),
                    share=round(edge.found.share, 4),
                    by="review" if edge.by_review else "pixels",
                )
            )
    return {at: sorted(each, key=lambda like: like.id) for at, each in found.items()}


def doubts_of(doubtful: Iterable[Doubtful], of: Mapping[int, Member]) -> dict[int, list[Doubt]]:
    """Return the doubts about each panel, by its place: what the pixels say of it and another, and nearly don't."""
    found: dict[int, list[Doubt]] = defaultdict(list)
    for doubt in doubtful:
        said = doubt.compared
        for at, other in ((doubt.one, doubt.other), (doubt.other, doubt.one)):
            found[at].append(
                Doubt(
                    id=of[other].id,
                    kind=said.found.kind.value if said.found else "different",
                    distance=doubt.distance,
                    correlation=round(said.correlation, 4),
                    share=round(said.share, 4),
                )
            )
    return {at: sorted(each, key=lambda doubt: doubt.id) for at, each in found.items()}
