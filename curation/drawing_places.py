"""Drawing places: where each image's drawing goes, known before anything is drawn, and never onto an input."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.workspace import write_whole
from schemas.errors import MACHINE_FAULTS, UsageError

_OTHER = "Give a folder, or another NAME.png for the drawing of one image."


def drawing_places(draw: Path, images: Sequence[Path], inputs: Sequence[Path]) -> list[Path]:
    """Return the file of each image's drawing: NAME.png for one, else NAME.panels.png in a folder, which is made.

    A name that is taken by another drawing or by one of `inputs` gets a number.

    Raises:
        UsageError: the file is an input itself, or the folder can't be made.
    """
    if draw.suffix.lower() != ".png" or draw.is_dir():
        _make(draw)
        return list(_in_folder(draw, images, set(_files(inputs))))
    if len(images) > 1:
        raise UsageError("is one file for several drawings", where=f"--draw {draw}", mend="Give a folder.")
    if not set(_files([draw])).isdisjoint(_files(inputs)):
        raise UsageError("is an input, and would be overwritten", where=f"--draw {draw}", mend=_OTHER)
    _make(draw.parent)
    return [draw] * len(images)


def write_drawing(place: Path, blob: bytes) -> None:
    """Write a drawing whole.

    Raises:
        UsageError: nothing can be written there.
    """
    try:
        write_whole(place, blob)
    except OSError as error:
        if error.errno in MACHINE_FAULTS:
            raise
        raise UsageError(f"can't be written: {error.strerror}", where=str(place), mend=_OTHER) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = "Give a folder that can be made, or that is there."
        raise UsageError(f"can't be made: {error.strerror}", where=f"--draw {folder}", mend=mend) from error


def _in_folder(folder: Path, images: Sequence[Path], inputs: set[object]) -> Iterator[Path]:
    taken: set[str] = set()
    for image in images:
        number, name = 1, f"{image.stem}.panels.png"
        while name.casefold() in taken or not inputs.isdisjoint(_files([folder / name])):
            number += 1
            name = f"{image.stem}-{number}.panels.png"
        taken.add(name.casefold())
        yield folder / name


def _files(paths: Sequence[Path]) -> Iterator[object]:
    """Yield what tells each file from all others, by whatever name it is called."""
    for path in paths:
        try:
            told = path.stat()
        except (OSError, ValueError):  # what isn't there can't be overwritten
            continue
        yield told.st_dev, told.st_ino
