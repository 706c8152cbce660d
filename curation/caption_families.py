"""Which candidates are this caption's markers: the way of writing whose labels run A, B, C without gaps."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from curation.caption_labels import Kind, parts_of, place
from curation.caption_markers import BRACKETS, Marker, Style

_FREE: frozenset[Style] = frozenset({"bracket", "half", "mixed"})
"""What marks a panel in the midst of a phrase too."""
_WAYS: tuple[tuple[frozenset[Style], float], ...] = (
    (BRACKETS, 1.0),
    (frozenset({"colon"}), 0.95),
    (frozenset({"dot"}), 0.95),
    (frozenset({"panel"}), 0.8),
    (frozenset({"comma"}), 0.9),
    (frozenset({"bare"}), 0.85),
    (frozenset({"colon", "dot", "comma", "half"}), 0.85),
    (BRACKETS | {"mixed"}, 0.8),
    (BRACKETS | {"mixed", "colon", "dot", "panel"}, 0.7),
)
_SERIAL = 0.6
_KINDS: tuple[tuple[Kind, float], ...] = (("upper", 1.0), ("lower", 1.0), ("roman", 0.6), ("number", 0.4))


class Family(NamedTuple):
    """Markers that belong together, and how sure it is that they mark panels."""

    markers: tuple[Marker, ...]
    labels: frozenset[str]
    kind: Kind
    score: float


def _run(members: Sequence[Marker], kind: Kind, seen: frozenset[str]) -> set[int]:
    """Return the places that follow each other from the first on.

    One missing is forgiven where more than one label follows it, a clause opens there, or the picture shows it.
    """
    shown = {place(label, kind) for label in seen}
    opening = {place(label, kind) for marker in members if marker.opens >= 2 for label in marker.labels}
    places = sorted({place(label, kind) for marker in members for label in marker.labels})
    run: list[int] = []
    missing = 0
    for index, at in enumerate(places):
        gap = at - run[-1] if run else 1
        is_followed = len(run) > 4 or places[index + 1 : index + 2] == [at + 1]
        if gap > 1 and at not in shown and (gap > 2 or missing > 1 or not (at in opening or is_followed)):
            break
        missing += gap - 1
        run.append(at)
    return set(run)


def _opens_enough(marker: Marker, kind: Kind) -> bool:
    if marker.style == "bare":
        return marker.opens == 3 or (kind == "lower" and marker.opens >= 1)
    return marker.opens >= 2


def _may_follow(marker: Marker) -> bool:
    """Tell whether a marker may stand without a pause before it, where it is the very next of a row."""
    return marker.style in {"dot", "half"} or (marker.style in {"comma", "colon"} and marker.opens == 1)


def _chain(members: Sequence[Marker], kind: Kind) -> list[Marker]:
    """Return the markers that open clauses and follow each other in the text as in the alphabet."""
    opening = [marker for marker in members if _opens_enough(marker, kind) or _may_follow(marker)]
    chain: list[Marker] = []
    at = 0
    has_second = any(marker.opens == 3 and place(marker.labels[0], kind) == 2 for marker in opening)
    for marker in opening:
        first, last = place(marker.labels[0], kind), max(place(label, kind) for label in marker.labels)
        if marker.opens < 2 and (first != at + 1 or not (at or has_second)):
            continue
        if len(chain) == 1 and first == 1 and last >= at and marker.opens >= chain[0].opens:  # "A new", then "A Text"
            chain, at = [marker], last
        elif (at and at < first <= at + 2) or (not chain and first == 1):
            chain.append(marker)
            at = max(at, last)
    return chain


def _serial(members: Sequence[Marker], kind: Kind) -> list[Marker]:
    """Return bare labels that follow each other without any pause, three at least: "1 Habitus 2 Head 3 Wing"."""
    bare = [marker for marker in members if marker.style == "bare" and len(marker.labels) == 1]
    best: list[Marker] = []
    for index, marker in enumerate(bare):
        at = place(marker.labels[0], kind)
        if marker.opens < (3 if at > 1 else 1) or (at > 1 and kind != "number"):
            continue
        chain = [marker]
        for more in bare[index + 1 :]:
            if place(more.labels[0], kind) == at + len(chain):
                chain.append(more)
        if len(chain) > max(2, len(best)):
            best = chain
    return best


def _is_kind(marker: Marker, kind: Kind) -> bool:
    return all(place(label, kind) for label in marker.labels)


def _of(members: Sequence[Marker], kind: Kind, *, ways: frozenset[Style], seen: frozenset[str]) -> list[Marker]:
    """Return the markers of one way of writing, all of a kind, that are consistent with each other."""
    members = [marker for marker in members if marker.style in ways]
    if kind == "roman" and not any(len(label) > 1 for marker in members for label in marker.labels):
        return []
    if not ways >= BRACKETS or kind == "number":
        return _chain(members, kind)
    members = [marker for marker in members if marker.style in _FREE or marker.opens >= 2]
    for _ in range(3):  # a marker that goes takes its labels along, and with them perhaps what made others follow
        run = _run(members, kind, seen)
        kept = [marker for marker in members if all(place(label, kind) in run for label in marker.labels)]
        if len(kept) == len(members):
            break
        members = kept
    return members


def _labels(markers: Iterable[Marker]) -> frozenset[str]:
    return frozenset(label for marker in markers for label in marker.labels)


def _score(markers: Sequence[Marker], kind: Kind, weight: float, seen: frozenset[str]) -> float:
    """Return how many panels the markers name, weighed by how little else they could be."""
    labels = _labels(markers)
    places = {place(label, kind) for label in labels}
    if not labels or (1 not in places and (len(places) == 1 or kind == "roman")):
        return 0.0
    if len(markers) == 1 and (markers[0].opens < 2 or not (markers[0].style == "bracket" or len(labels) > 1)):
        return 0.0
    begins = 1 in places and place(markers[0].labels[0], kind) <= 2
    opening = sum(marker.opens >= 2 for marker in markers) / len(markers)
    return (len(places) + len(labels & seen) + opening / 2 + begins) * weight * (1.0 if 1 in places else 0.6)


def _spread(markers: Sequence[Marker], members: Sequence[Marker]) -> float:
    """Return how much of the caption markers span: the panels' do it wholly, a list inside one panel does not."""
    whole = members[-1].start - members[0].start
    return 0.6 + 0.4 * (markers[-1].start - markers[0].start) / whole if whole and len(markers) > 1 else 1.0


def _completed(family: Family, members: Sequence[Marker]) -> Family:
    """Add markers written otherwise: of labels that are known, and of labels that are missing where they stand."""
    added = list(family.markers)
    groups = [marker.labels for marker in added]
    chosen, known = set(added), set(family.labels)
    first = {place(label, family.kind): marker.start for marker in reversed(added) for label in marker.labels}
    for marker in members:
        if marker in chosen or not _is_kind(marker, family.kind):
            continue
        own = {place(label, family.kind) for label in marker.labels}
        is_known = known.issuperset(marker.labels) and (
            marker.style in {"bracket", "mixed", "half", "colon", "panel"}
            or (marker.opens == 3 and any(set(marker.labels) < set(group) for group in groups))
        )
        if is_known or (_fills(marker, own, first) and not known.issuperset(marker.labels)):
            known |= set(marker.labels)
            groups.append(marker.labels)
            first = {**dict.fromkeys(own, marker.start), **first}
            added.append(marker)
    return family._replace(markers=_disjoint(added), labels=frozenset(known))


def _fills(marker: Marker, own: set[int], first: Mapping[int, int]) -> bool:
    """Tell whether a marker names what is missing, at a place that fits the order of the others."""
    if marker.opens < (3 if marker.style == "bare" else 2) or not own <= {*range(1, max(first) + 1 + len(own))}:
        return False
    lower = (start for at, start in first.items() if at < min(own))
    higher = (start for at, start in first.items() if at > max(own))
    is_between = all(start < marker.start for start in lower) and all(start > marker.start for start in higher)
    return is_between or marker.style not in {"bare", "comma", "dot"}


def _disjoint(markers: Iterable[Marker]) -> tuple[Marker, ...]:
    kept: list[Marker] = []
    for marker in sorted(markers, key=lambda each: (each.start, -each.end)):
        if not kept or marker.start >= kept[-1].end:
            kept.append(marker)
    return tuple(kept)


def family_of(members: Sequence[Marker], seen: Iterable[str] = ()) -> Family | None:
    """Return the markers of a caption; None where nothing runs. `seen` are the letters of the picture, in any case."""
    seen = frozenset(form for label in seen for form in (label.upper(), label.lower()))
    best: Family | None = None
    for kind, prior in _KINDS:
        if best is not None and kind in {"roman", "number"}:
            break
        of_kind = _without_names([marker for marker in members if _is_kind(marker, kind)])
        for ways, weight in _ways_of(of_kind):
            markers = _of(of_kind, kind, ways=ways, seen=seen)
            score = _score(markers, kind, prior * weight * _spread(markers, members), seen) if markers else 0.0
            if score and (best is None or score > best.score):
                best = Family(tuple(markers), _labels(markers), kind, score)
        if serial := _serial(of_kind, kind) if kind in {"upper", "number"} else []:
            score = len(serial) * _SERIAL
            if best is None or score > best.score:
                best = Family(tuple(serial), _labels(serial), kind, score)
    return best and _completed(best, members)


def _without_names(members: Sequence[Marker]) -> list[Marker]:
    """Leave out what is a name, such as the protein C6: numbered panels come in rows, A1 and A2, or A1 and B1."""
    numbered = {parts_of(label)[:2] for marker in members for label in marker.labels if parts_of(label)[1]}
    rows = Counter(letters for letters, _ in numbered if letters)
    firsts = sum(number == "1" for letters, number in numbered if letters)
    names = {each for each in numbered if each[0] and rows[each[0]] < 2 and not (each[1] == "1" and firsts > 1)}
    return [marker for marker in members if not any(parts_of(label)[:2] in names for label in marker.labels)]


def _ways_of(members: Sequence[Marker]) -> Iterator[tuple[frozenset[Style], float]]:
    """Yield the ways of writing that occur, each once, the likeliest first."""
    present = {marker.style for marker in members}
    tried: set[frozenset[Style]] = set()
    for ways, weight in _WAYS:
        if (those := ways & present) and those not in tried:
            tried.add(those)
            yield ways, weight


_PAIRS = (("left", "right"), ("top", "bottom"), ("upper", "lower"))


def by_number(markers: Sequence[Marker]) -> Family | None:
    """Return letters behind the figure's number, where there are three at least, or all begin sentences."""
    markers = _disjoint(markers)
    labels = _labels(markers)
    least = 2 if all(marker.opens == 3 for marker in markers) else 3
    return Family(markers, labels, "upper", 1.0) if len(labels) >= least else None


def by_side(markers: Sequence[Marker]) -> Family | None:
    """Return panels named by their place, where both sides are named."""
    markers = _disjoint(markers)
    labels = _labels(markers)
    words = {word for label in labels for word in label.split()}
    return Family(markers, labels, "upper", 0.5) if any(words.issuperset(pair) for pair in _PAIRS) else None
