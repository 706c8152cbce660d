"""Mask pairs: which masks belong to which image, by what the wildcards of their patterns stand for; never a guess.

An image and a mask belong together when their wildcards stand for the same. A mask's name may carry one of the
usual endings more (cell_01_mask for cell_01), and a name that only repeats its folder counts once, so that
`1/images/1.png` goes with `1/masks/*.png`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ingest.containers import walk
from ingest.mask_patterns import Captures, Pattern, pattern_of
from schemas.errors import MACHINE_FAULTS, ReasonedError
from schemas.mask_layouts import MaskLayout

ENDINGS = (
    *("_mask", "_masks", "_label", "_labels", "_seg", "_segmentation", "_cp_masks", "_instance", "_instances"),
    *("_instanceids", "_anno", "_gt", "-mask", "-masks", "-label", "-labels"),
)
"""What the names of masks carry beside the image's."""

STORES = (".zarr", ".n5")
"""Endings of folders that are one file to us."""


class MaskError(ReasonedError):
    """An image whose mask is missing, ambiguous or can't be read; it becomes a drop with this reason."""


@contextmanager
def reasoned(reason: str) -> Iterator[None]:
    """Turn what the system says of one file into a MaskError; what is wrong with the machine stays what it is."""
    try:
        yield
    except OSError as error:
        if error.errno in MACHINE_FAULTS:
            raise
        raise MaskError(reason, f"{type(error).__name__}: {error.strerror or error}") from error


class Pair(NamedTuple):
    """An image and its masks, or why it has none; names are relative to the folder of the set."""

    image: str
    masks: tuple[str, ...]
    reason: str | None = None
    detail: str = ""


Lookup = Callable[[Captures], Sequence[str]]
"""Returns the masks whose first wildcards stand for the given."""


def names_in(root: Path) -> list[str]:
    """Return the names of the files under `root`, sorted; a Zarr store is one name, what systems leave behind none."""
    found: dict[str, None] = {}
    for name in walk(root):
        parts = name.split("/")
        if parts[-1].startswith("._") or "__MACOSX" in parts:
            continue
        store = next((at for at, part in enumerate(parts) if part.lower().endswith(STORES)), len(parts))
        found["/".join(parts[: store + 1])] = None
    return list(found)


def takes_many(layout: MaskLayout) -> bool:
    """Return whether an image may have several masks: one an object."""
    return layout.format == "binary"


def pairs_in(names: Sequence[str], layout: MaskLayout) -> Iterator[Pair]:
    """Yield every image among `names` with its masks, then every mask that no image has."""
    wanted, pattern, many = pattern_of(layout.images or ""), pattern_of(layout.masks or ""), takes_many(layout)
    left_out = pattern_of(layout.ignore) if layout.ignore else None
    names = [name for name in names if not (left_out and left_out.captures(name) is not None)]
    captured = {name: found for name in names if (found := pattern.captures(name)) is not None}
    pictures = {name: found for name in names if name not in captured and (found := wanted.captures(name)) is not None}
    lookup = _among(captured)
    found_masks = {name: _masks_of(has, pattern, lookup, many=many) for name, has in pictures.items()}
    claims = Counter(mask for belonging in found_masks.values() for mask in belonging)
    for name, belonging in found_masks.items():
        yield _judged(name, belonging, claims, many=many)
    for mask in captured:
        if mask not in claims:
            yield Pair(mask, (), "image_missing", "no image has the name of this mask")


def masks_of(image: str, root: Path, layout: MaskLayout) -> tuple[str, ...]:
    """Return the masks of one image, looking only where they can lie.

    Raises:
        MaskError: there is none, or more than one may be meant.
    """
    captures, pattern = pattern_of(layout.images or "").captures(image), pattern_of(layout.masks or "")
    found = _masks_of(captures or (), pattern, _on_disk(root, pattern), many=takes_many(layout))
    found = [mask for mask in found if not (layout.ignore and pattern_of(layout.ignore).captures(mask) is not None)]
    pair = _judged(image, found, Counter(found), many=takes_many(layout))
    if pair.reason:
        raise MaskError(pair.reason, pair.detail)
    return pair.masks


def _judged(name: str, found: Sequence[str], claims: Counter[str], *, many: bool) -> Pair:
    if not found:
        return Pair(name, (), "mask_missing", "no mask has the name of this image")
    if len(found) > 1 and not many:
        return Pair(name, (), "mask_ambiguous", f"may be {' or '.join(found[:3])}")
    if shared := next((mask for mask in found if claims[mask] > 1), None):
        return Pair(name, (), "mask_ambiguous", f"{shared} may belong to another image too")
    return Pair(name, tuple(found))


def _masks_of(captures: Captures, pattern: Pattern, lookup: Lookup, *, many: bool) -> list[str]:
    found = (mask for values in _meant(_identity(captures), pattern.wildcards, many=many) for mask in lookup(values))
    return sorted(dict.fromkeys(found))


def _identity(captures: Captures) -> Captures:
    """Return what tells an image from others: a name that repeats its folder says nothing new."""
    return captures[:-1] if len(captures) > 1 and captures[-1] == captures[-2] else captures


def _meant(identity: Captures, wildcards: int, *, many: bool) -> Iterator[Captures]:
    """Yield what a mask's wildcards may stand for, for an image of this identity."""
    if wildcards < len(identity):
        return  # the mask's name can't tell one image from another
    if not identity or (many and wildcards > len(identity)):
        yield identity
        return
    for ending in ("", *ENDINGS):
        last = identity[-1] + ending
        if wildcards == len(identity):
            yield (*identity[:-1], last)
        elif wildcards == len(identity) + 1:
            yield (*identity, last)


def _among(captured: dict[str, Captures]) -> Lookup:
    """Return a lookup among names whose wildcards are known."""
    by_start: dict[int, dict[Captures, list[str]]] = {}

    def lookup(values: Captures) -> Sequence[str]:
        if len(values) not in by_start:
            starts = defaultdict(list)
            for name, found in captured.items():
                starts[found[: len(values)]].append(name)
            by_start[len(values)] = starts
        return by_start[len(values)].get(values, ())

    return lookup


def _on_disk(root: Path, pattern: Pattern) -> Lookup:
    """Return a lookup that asks the disk, and only where the masks can lie."""

    def lookup(values: Captures) -> Sequence[str]:
        narrowed = pattern.filled(values)
        if not narrowed.wildcards:
            return [name for name in narrowed.spelled_out() if (root / name).exists()]
        folder = narrowed.folder
        below: Iterable[str] = names_in(root / folder) if (root / folder).is_dir() else ()
        inside = (f"{folder}/{name}" if folder else name for name in below)
        return [name for name in inside if pattern.captures(name) and narrowed.captures(name) is not None]

    return lookup
