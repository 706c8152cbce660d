"""Same picture: finds the figures that two works of one family share, though no byte of their files is the same.

A preprint's TIFF is the publisher's JPEG: smaller, compressed, its white margin cut. Perceptual hashes are then a
few bits apart; so are those of two plots of one template, and of a figure before and after its revision. So the pixels
decide between pictures whose hashes are near; where they can't, the figure's number and words have a say. Each
figure has at most one counterpart in another work. `benchmarks.one_work` measures the constants below.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import log
from typing import NamedTuple
from zlib import crc32

from curation.same_pixels import Grey, difference

MAX_DISTANCE = 16
"""Bits of 64 between the hashes of one picture: a margin added costs that much."""
MAX_DIFFERENCE = 0.18
"""Of the block that differs most: 0.11 in the worst of 500 changed pictures, 0.23 in the nearest other figure of an
article; of 626 figures with a part replaced or painted over, one lies below."""
_NEAREST = 6
"""Counterparts of a picture whose pixels are looked at, in each other work."""
_DOUBT_IN_PIXELS = 0.01
"""Difference that a bit of doubt outweighs: twins that only noise tells apart go by number and words."""
MAX_ASPECT = 0.08
"""Natural logarithm of the quotient of the aspect ratios: 3 % of margin on two sides are 0.06."""
_OTHER_LABEL, _NO_LABEL, _OTHER_WORDS, _FLAT = 12, 6, 8, 8
"""Bits by which the limit shrinks: the numbers differ, one has none, no word is shared, a hash says little."""
_SAME_WORDS = 0.6
"""Part of the words that edited captions still share, beyond which they are as good as equal."""
_DOUBT_IN_RANK = 1 / 3
"""Bits of the hash that a bit of such doubt outweighs when the best counterpart is chosen."""
_MARGIN, _TINY_MARGIN, _TINY_DISTANCE = 3.0, 0.5, 4
"""Bits that the next best must be farther away, and how few do where the hashes are nearly equal."""
_FEW_BITS = 24
"""Hashes split their 64 bits at the median: with fewer set, or more unset, most of the picture is flat."""
_WORD_BITS = 1024

_FIGURE_WORD = re.compile(r"\b(?:figures?|figs?|images?)\b")
_SUPPLEMENT = re.compile(r"\b(?:supplementary|supplementa[lr]|supporting|supplement|suppl?)\b\W*s?")
_WORD = re.compile(r"[^\W_]+")


class Picture(NamedTuple):
    """What is compared of a panel."""

    at: int
    id: str
    work: tuple[str, str, str]
    """Names one version of one work at one source; its pictures are never the same picture."""
    cluster: int
    """What is known to be the same: equal bytes, or one figure harvested twice."""
    kind: tuple[bool, str]
    """Whether it is a whole figure, and the version of the hash; only pictures of one kind are compared."""
    phash: int
    aspect: float
    """Width through height."""
    label: str
    words: int
    """The caption's words as bits."""


class _Pair(NamedTuple):
    """Two pictures that may be one; sorts by rank, then by content."""

    rank: float
    ids: tuple[str, str]
    distance: int
    limit: float
    one: Picture
    other: Picture
    is_sure: bool = False
    """Whether the pixels say that they are one."""


def label_key(figure_label: str | None, panel_label: str | None = None) -> str:
    """Return what two spellings of a figure's number share; empty where it has no number.

    >>> label_key("Figure 2."), label_key("Fig. S3"), label_key("Supplementary Figure S3"), label_key("Figure.")
    ('2', 's3', 's3', '')
    """
    plain = _SUPPLEMENT.sub("s", _FIGURE_WORD.sub("", (figure_label or "").lower()))
    key = "".join(_WORD.findall(plain))
    return f"{key}{(panel_label or '').lower()}" if any(letter.isdigit() for letter in key) else ""


def word_bits(text: str) -> int:
    """Return a set of 1024 bits with a bit for each word of `text`: captions are compared without being held."""
    bits = 0
    for word in set(_WORD.findall(text.lower())):
        bits |= 1 << crc32(word.encode()) % _WORD_BITS
    return bits


def near_pictures(family: Iterable[Picture]) -> set[int]:
    """Return the places of the pictures whose pixels `same_pictures` wants to see."""
    between, _ = _between_works(family)
    return {picture.at for pairs in between for pair in pairs for picture in (pair.one, pair.other)}


def same_pictures(family: Iterable[Picture], seen: Mapping[int, Grey]) -> list[tuple[int, int]]:
    """Return the places of pictures of different works that are one, as pairs; each work gives at most one to a set.

    `seen` holds what `near_pictures` asks for; where a picture is missing, number and words decide.
    """
    between, held = _between_works(family)
    pairs = [pair for near in between for pair in _counterparts(_looked_at(near, seen))]
    return [(pair.one.at, pair.other.at) for pair in _joined(sorted(pairs), held)]


def _between_works(family: Iterable[Picture]) -> tuple[list[list[_Pair]], Mapping[int, set[tuple[str, str, str]]]]:
    """Return the pairs that may be one, for each two works, and the works that hold each cluster."""
    works: dict[tuple[str, str, str], dict[int, Picture]] = defaultdict(dict)
    held: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
    for picture in family:
        first = works[picture.work].setdefault(picture.cluster, picture)
        works[picture.work][picture.cluster] = min(first, picture, key=lambda one: one.id)
        held[picture.cluster].add(picture.work)
    two = combinations(sorted(works), 2)
    return [_near(_alone(works[one], works[other]), _alone(works[other], works[one])) for one, other in two], held


def _alone(work: Mapping[int, Picture], other: Mapping[int, Picture]) -> list[Picture]:
    """Return the pictures of a work that the other isn't known to hold."""
    return [picture for cluster, picture in work.items() if cluster not in other]


def _near(work: Sequence[Picture], other: Sequence[Picture]) -> list[_Pair]:
    """Return the pairs that may be one, the nearest first: for each picture its `_NEAREST`."""
    pairs = sorted(pair for one in work for two in other if (pair := _pair(one, two)) is not None)
    of_picture: Counter[str] = Counter()
    near = []
    for pair in pairs:
        of_picture.update(pair.ids)
        if min(of_picture[key] for key in pair.ids) <= _NEAREST:
            near.append(pair)
    return near


def _looked_at(near: Iterable[_Pair], seen: Mapping[int, Grey]) -> list[_Pair]:
    """Return the pairs that the pixels don't deny, those first that the pixels confirm."""
    left = []
    for pair in near:
        one, other = seen.get(pair.one.at), seen.get(pair.other.at)
        apart = None if one is None or other is None else difference(one, other)
        if apart is None:
            left.append(pair)
        elif apart <= MAX_DIFFERENCE:
            rank = apart + _DOUBT_IN_PIXELS * (MAX_DISTANCE - pair.limit) - MAX_DISTANCE
            left.append(pair._replace(rank=rank, is_sure=True))
    return sorted(left)


def _counterparts(pairs: Sequence[_Pair]) -> Iterator[_Pair]:
    """Yield the pairs that are one picture: the nearest first; unless pixels say it, only what no rival comes near."""
    of_picture: dict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        for key in pair.ids:
            of_picture[key].append(pair)
    taken: set[str] = set()
    for pair in pairs:
        is_one = pair.is_sure or (pair.distance <= pair.limit and _is_clear(pair, of_picture, taken))
        if is_one and taken.isdisjoint(pair.ids):
            taken.update(pair.ids)
            yield pair


def _pair(one: Picture, other: Picture) -> _Pair | None:
    """Return two pictures with what speaks for and against their being one; None where nothing could."""
    distance = (one.phash ^ other.phash).bit_count()
    is_near = distance <= MAX_DISTANCE and abs(log(one.aspect / other.aspect)) <= MAX_ASPECT
    if one.kind != other.kind or not is_near:
        return None
    doubt = _doubt(one, other)
    ids = (min(one.id, other.id), max(one.id, other.id))
    return _Pair(distance + _DOUBT_IN_RANK * doubt, ids, distance, MAX_DISTANCE - doubt, one, other)


def _doubt(one: Picture, other: Picture) -> float:
    """Return the bits by which two hashes must be nearer than where number and words agree."""
    doubt = 0 if one.label == other.label else _OTHER_LABEL
    doubt = doubt if one.label and other.label else _NO_LABEL
    flat = any(not _FEW_BITS <= picture.phash.bit_count() <= 64 - _FEW_BITS for picture in (one, other))
    return doubt + _OTHER_WORDS * (1 - _shared(one.words, other.words)) + _FLAT * flat


def _shared(one: int, other: int) -> float:
    """Return how far two captions share their words, 1 from `_SAME_WORDS` on; half where one has none."""
    if not (one and other):
        return 0.5
    return min(1.0, (one & other).bit_count() / (one | other).bit_count() / _SAME_WORDS)


def _is_clear(pair: _Pair, of_picture: Mapping[str, Sequence[_Pair]], taken: set[str]) -> bool:
    """Return whether no other counterpart that is left comes near this one."""
    margin = _TINY_MARGIN if pair.distance <= _TINY_DISTANCE else _MARGIN
    rivals = (rival for key in pair.ids for rival in of_picture[key] if rival is not pair)
    return all(rival.rank >= pair.rank + margin for rival in rivals if taken.isdisjoint(rival.ids))


def _joined(pairs: Iterable[_Pair], held: Mapping[int, set[tuple[str, str, str]]]) -> Iterator[_Pair]:
    """Yield the pairs, the surest first, that put no two pictures of one work into one set."""
    root = {cluster: cluster for cluster in held}
    works = {cluster: set(of) for cluster, of in held.items()}
    for pair in pairs:
        one, other = root[pair.one.cluster], root[pair.other.cluster]
        if one != other and works[one].isdisjoint(works[other]):
            works[one] |= works[other]
            root.update({cluster: one for cluster, now in root.items() if now == other})
            yield pair
