"""Image items: which files and folders of a path are pictures, and which files are one set."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.containers import opens_at_once
from ingest.local_items import OUTSIDE
from ingest.microscope_files import is_foreign
from ingest.ome_sets import COMPANION_SUFFIXES, TIFF_SUFFIXES, metadata_in, names_in
from ingest.zarr_images import is_zarr
from schemas.errors import ReasonedError

PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tf2", ".tf8", ".btf", ".svs", ".scn", ".ndpi", ".bif", ".lsm"),
    *(".stk", ".qptiff", ".gif", ".webp", ".bmp", ".jp2"),
)
"""Files that are taken as pictures in a folder; a file that is named is taken whatever it is called."""


class Walked(NamedTuple):
    """What is to be read: a file, an OME-Zarr folder, or the first file of a set."""

    path: Path
    given: Path
    """The path that was asked for: the file itself, or the folder that was walked."""
    members: tuple[Path, ...]
    """Files of the set, itself among them; alone: only itself."""

    @property
    def name(self) -> str:
        """Return its name below what was asked for."""
        return self.path.name if self.path == self.given else self.path.relative_to(self.given).as_posix()

    @property
    def leaves(self) -> bool:
        """Return whether it is a link out of the folder that was walked."""
        if not self.path.is_symlink() or self.path == self.given:
            return False
        return not self.path.resolve().is_relative_to(self.given.resolve())


def walk_images(given: Path) -> Iterator[Walked | Path]:
    """Yield the pictures at `given` in sorted order; as bare paths, the files that are none and are passed by."""
    if not given.is_dir() or is_zarr(given):
        yield Walked(given, given, _set_of(given) if given.is_file() else (given,))
        return
    in_a_set: set[Path] = set()
    for path in _below(given):
        name = path.name.lower()
        if path in in_a_set:
            continue
        if not (path.is_dir() or name.endswith((*PICTURE_SUFFIXES, *COMPANION_SUFFIXES)) or is_foreign(path)):
            yield path
            continue
        members = _set_of(path)
        in_a_set.update(members)
        yield Walked(path, given, members)


def _below(root: Path) -> Iterator[Path]:
    """Yield the files and Zarr folders under `root`, folder by folder in sorted order."""
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders.sort()
        whole = [name for name in folders if (here / name).is_symlink() or is_zarr(here / name)]
        folders[:] = [name for name in folders if name not in whole]
        for name in sorted([*files, *whole]):
            if opens_at_once(here / name) and not name.startswith("."):
                yield here / name


def _set_of(path: Path) -> tuple[Path, ...]:
    """Return the files that name each other as one set, sorted; only the file itself where it stands alone."""
    name = path.name.lower()
    if path.is_dir() or path.is_symlink() or not name.endswith((*COMPANION_SUFFIXES, *TIFF_SUFFIXES)):
        return (path,)
    found, ahead = {path}, [path]
    while ahead:
        for other in _named_by(ahead.pop()):
            if other not in found and other.is_file() and not other.is_symlink():
                found.add(other)
                ahead.append(other)
    return tuple(sorted(found))


def _named_by(path: Path) -> Sequence[Path]:
    try:
        names = names_in(metadata_in(path) or b"")
    except (ReasonedError, OSError):
        return []  # it is found, and fails when it is read
    return [path.parent / name for name in names if Path(name).name == name]


def stamp_of(walked: Walked) -> tuple[str, int]:
    """Return what changes when one of the files changes, and their size in bytes."""
    if walked.leaves:
        return OUTSIDE, 0
    if walked.path.is_dir():
        files = sorted(path for path in walked.path.rglob("*") if path.is_file())
        return _digest(files, walked.path), sum(path.stat().st_size for path in files)
    if len(walked.members) == 1:
        return _stat(walked.path)
    return _digest(walked.members, walked.path.parent), sum(path.stat().st_size for path in walked.members)


def _digest(paths: Sequence[Path], root: Path) -> str:
    told = "\n".join(f"{path.relative_to(root).as_posix()}\0{_stat(path)[0]}" for path in paths)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _stat(path: Path) -> tuple[str, int]:
    try:
        status = path.stat()
    except OSError:
        return "unreadable", 0
    return f"{status.st_size}-{status.st_mtime_ns}", status.st_size
