"""Sample entries: where the images with masks of a folder or a dataset lie, and which part each is said to be.

Nothing is decoded here. A place is one of: `<set>/images` beside `<set>/masks` for each set, one set's folder, either
with a folder a part (`<set>/train/images`), or a dataset of bricks with its view `segmentation` in Parquet or Arrow.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from schemas.errors import UsageError
from training.sample_tables import names_in, tables_in

IMAGES: Final = "images"
MASKS: Final = "masks"
VIEWS: Final = ("segmentation", "segmentation-noncommercial")
_ENDINGS: Final = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp"})
_MASK_STEMS: Final = ("{}", "{}_mask", "{}_masks", "{}_label", "{}_labels")
_WORDS: Final = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_MEND: Final = (
    "Give <set>/images with <set>/masks, one set's folder, or a dataset of bricks with the view segmentation."
)


class Entry(NamedTuple):
    """An image with its mask, not read yet."""

    dataset: str
    name: str
    image: Path
    """The image's file; a Parquet or Arrow file where `row` says which row of it."""
    mask: Path | None = None
    """None where there is none, or where the row holds it."""
    row: int | None = None
    said: str | None = None
    """train, validation or test, where whoever published the set says so."""
    is_published: bool = False
    """Whether `said` is the split of a dataset of bricks, which holds for all its sets together."""


def entries_at(data: Path) -> list[Entry]:
    """Return what lies at a place, by set and name, in the order in which people count: 2 before 10.

    Raises:
        UsageError: there is nothing of the kind.
    """
    if not data.is_dir():
        raise UsageError("there is no such folder.", where=str(data), mend=_MEND)
    found = list(_published(data)) or list(_folders(data))
    if not found:
        raise UsageError("holds no images with masks.", where=str(data), mend=_MEND)
    return sorted(found, key=lambda entry: (entry.dataset, _counted(entry.name), entry.row or 0))


def part_word(word: str | None) -> str | None:
    """Return train, validation or test for the word that a set has for it; None where it has another."""
    return _WORDS.get((word or "").strip().lower())


def _counted(name: str) -> list[tuple[int, str]]:
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d+)", name)]


def _folders(data: Path) -> Iterator[Entry]:
    if _is_set(data) or any(_is_set(part) for part in _parts(data)):
        yield from _set(data, _name(data))
        return
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        yield from _set(folder, folder.name)


def _name(data: Path) -> str:
    """Return what a set is called: as its folder, or as the run whose `dataset` it is."""
    whole = data.resolve()
    return whole.parent.name if whole.name == "dataset" and whole.parent.name else whole.name


def _is_set(folder: Path) -> bool:
    return (folder / IMAGES).is_dir()


def _parts(folder: Path) -> list[Path]:
    """Return the folders of a set that are called as parts are, and hold one."""
    return [path for path in sorted(folder.iterdir()) if part_word(path.name) and path.is_dir()]


def _set(folder: Path, name: str) -> Iterator[Entry]:
    if _is_set(folder):
        yield from _named_parts(list(_pairs(folder, name)))
    for part in _parts(folder):
        for entry in _pairs(part, name) if _is_set(part) else ():
            yield entry._replace(name=f"{part.name}/{entry.name}", said=part_word(part.name))


def _pairs(folder: Path, name: str) -> Iterator[Entry]:
    masks = _by_stem(folder / MASKS)
    for image in _pictures(folder / IMAGES):
        found = (masks.get(form.format(image.stem)) for form in _MASK_STEMS)
        yield Entry(name, image.stem, image, next((mask for mask in found if mask), None))


def _by_stem(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in reversed(_pictures(folder))} if folder.is_dir() else {}


def _pictures(folder: Path) -> list[Path]:
    """Return the files that are called as pictures are; no pipe or device, which would be waited for without end."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS and path.is_file())


def _named_parts(pairs: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the entries with the part that their names begin with (`train_set1`, `val-07`), if all begin with one."""
    words = [part_word(re.split(r"[_.-]", entry.name)[0]) for entry in pairs]
    all_say = None not in words and len(set(words)) > 1
    for entry, word in zip(pairs, words, strict=True):
        yield entry._replace(said=word) if all_say else entry


def _published(data: Path) -> Iterator[Entry]:
    """Yield the rows of a dataset of bricks: its splits stand; where all is in train, those of the sets' publishers."""
    found = [entry for place in (data / "dataset", data) for view in VIEWS for entry in _view(place, view)]
    if {entry.said for entry, _ in found} != {"train"}:
        yield from (entry for entry, _ in found)
        return
    for entry, official in found:
        yield entry._replace(said=part_word(official), is_published=False)


def _view(place: Path, view: str) -> Iterator[tuple[Entry, str | None]]:
    for file in tables_in(place / view):
        yield from _rows(file, _name(place))


def _rows(file: Path, otherwise: str) -> Iterator[tuple[Entry, str | None]]:
    """Yield the rows of a table with the split that each set's publisher told; columns with pictures aren't read."""
    split = part_word(file.parent.name if file.suffix == ".arrow" else file.name.split("-")[0])
    for at, (key, dataset, official) in enumerate(names_in(file, ("id", "dataset", "official_split"))):
        yield Entry(dataset or otherwise, str(key), file, row=at, said=split, is_published=True), official
