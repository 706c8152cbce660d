"""Mask COCO pairs: which COCO file tells of which image; what is listed badly costs only the image that it names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from ingest.mask_coco_index import Fault, Listed, index_of
from ingest.mask_pairs import MaskError, Pair, names_in, reasoned
from ingest.mask_patterns import pattern_of
from schemas.mask_layouts import MaskLayout


class _File(NamedTuple):
    """What a COCO file lists, or why it can't be read."""

    name: str
    listed: Sequence[Listed]
    faults: Sequence[Fault]
    error: MaskError | None = None


_Named = TypeVar("_Named", Listed, Fault)


def coco_pairs(root: Path, layout: MaskLayout, cache: Path) -> list[Pair]:
    """Return every image under `root` with the COCO file that tells of it, and what has no counterpart."""
    names = names_in(root)
    wanted, annotations = pattern_of(layout.images or ""), pattern_of(layout.masks or "")
    ignored = pattern_of(layout.ignore) if layout.ignore else None
    told = [name for name in names if annotations.captures(name) is not None]
    pictures = {name for name in names if name not in told and wanted.captures(name) is not None}
    if ignored:
        pictures = {name for name in pictures if ignored.captures(name) is None}
    files = [_read(root, name, cache) for name in told]
    claims, lost = _claims(files, pictures)
    unread = [file.name for file in files if file.error]
    spoilt = {pair.image: pair for pair in reversed(list(_spoilt(files, pictures, claims)))}
    judged = [
        spoilt.pop(name) if name in spoilt else _judged(name, claims.get(name, ()), unread) for name in sorted(pictures)
    ]
    whole = [Pair(file.name, (), file.error.reason, file.error.detail) for file in files if file.error]
    return [*judged, *whole, *lost, *reversed(spoilt.values())]


def _read(root: Path, name: str, cache: Path) -> _File:
    try:
        with reasoned("coco_unreadable"):
            index = index_of(root / name, cache)
            return _File(name, index.images(), index.faults())
    except MaskError as error:
        return _File(name, (), (), error)


def _claims(files: Sequence[_File], pictures: set[str]) -> tuple[Mapping[str, list[str]], list[Pair]]:
    """Return the files that name each picture, and the names that fit none or several."""
    claims: dict[str, list[str]] = defaultdict(list)
    lost = []
    for file in files:
        for claimed, one in _claimed(file.listed, pictures):
            if len(claimed) == 1:
                claims[claimed[0]].append(file.name)
            else:
                what = f"may be {' or '.join(claimed[:3])}" if claimed else "is not there"
                reason = "image_ambiguous" if claimed else "image_missing"
                lost.append(Pair(f"{file.name}/{one.name}", (), reason, f"{file.name} names {one.name}, which {what}"))
    return claims, lost


def _spoilt(files: Sequence[_File], pictures: set[str], claims: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    """Yield what is listed badly: as the picture that it names, unless that is listed well too."""
    for file in files:
        for number, (claimed, fault) in enumerate(_claimed(file.faults, pictures), 1):
            is_of_picture = len(claimed) == 1 and claimed[0] not in claims
            name = claimed[0] if is_of_picture else f"{file.name}/{fault.name or f'fault {number}'}"
            yield Pair(name, (), fault.reason, f"{file.name}: {fault.detail}")


def _claimed(listed: Sequence[_Named], pictures: set[str]) -> list[tuple[list[str], _Named]]:
    """Return, for each listed image, the files that it may be: by its whole name, else by its name alone."""
    by_base = defaultdict(list)
    for name in sorted(pictures):
        by_base[name.rpartition("/")[2]].append(name)
    found = []
    for one in listed:
        same = by_base.get(one.name.rpartition("/")[2], [])
        found.append(([name for name in same if is_called(name, one.name)] or same, one))
    return found


def is_called(name: str, listed: str) -> bool:
    """Return whether a file may be the one that a COCO file lists, which may lack folders."""
    return name == listed or name.endswith(f"/{listed}")


def _judged(name: str, files: Sequence[str], unread: Sequence[str]) -> Pair:
    if not files and unread:
        said = f"no COCO file that can be read names this image, and {' and '.join(unread[:3])} can't be read"
        return Pair(name, (), "coco_unreadable", said)
    if not files:
        return Pair(name, (), "mask_missing", "no COCO file names this image")
    if len(files) > 1:
        return Pair(name, (), "mask_ambiguous", f"is named {len(files)} times, by {' and '.join(dict.fromkeys(files))}")
    return Pair(name, tuple(files))
