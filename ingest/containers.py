"""Containers: the files that belong to articles, wherever they lie: a folder, a zip, a MECA file, a tar."""

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ingest.archives import MAX_MEMBER_BYTES, TarMembers, ZipMembers
from schemas.errors import ArchiveError

ZIP_SUFFIXES = (".zip", ".meca")
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz")
_ZIP_MAGIC = b"PK"
_TAR_MAGIC_AT = 257  # POSIX.1-1988, ustar header


class FolderFiles:
    """The files under a folder; a link that leaves it can be seen but not read."""

    def __init__(self, root: Path, names: Sequence[str] | None = None) -> None:
        self._root = root.resolve()
        self._names = list(names) if names is not None else sorted(walk(self._root))

    def names(self) -> Sequence[str]:
        """Return the names relative to the folder, '/'-separated."""
        return self._names

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            ArchiveError: it is gone, unreadable, too large, or a link to the outside.
        """
        path = self._root / name
        where = str(path)
        try:
            if not path.resolve().is_relative_to(self._root):
                raise ArchiveError("archive_link", "a link that leaves its folder", where=where)
            if path.stat().st_size > MAX_MEMBER_BYTES:
                raise ArchiveError("archive_bomb", f"larger than {MAX_MEMBER_BYTES} bytes", where=where)
            return path.read_bytes()
        except OSError as error:
            raise ArchiveError("file_unreadable", str(error), where=where) from error

    def retrieved_at(self, name: str) -> datetime | None:  # noqa: ARG002  (the protocol's)
        """Return None: a local file doesn't tell."""
        return None

    def close(self) -> None:
        """Do nothing: no file is kept open."""


def walk(root: Path) -> Iterator[str]:
    """Yield the names of the files under `root`, folder by folder in sorted order; linked folders as one name."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        inside = Path(folder).relative_to(root)
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *linked]):
            if opens_at_once(Path(folder) / name):
                yield (inside / name).as_posix()


def opens_at_once(path: Path) -> bool:
    """Return False for pipes, devices and sockets: reading one may never end."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True  # it fails, with its reason, when it is read
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def is_container(path: Path) -> bool:
    """Return whether `path` is an archive by its name."""
    return path.name.lower().endswith((*ZIP_SUFFIXES, *TAR_SUFFIXES))


def open_files(path: Path) -> FolderFiles | ZipMembers | TarMembers:
    """Return the files in `path`: a folder, or an archive told by its content.

    Raises:
        ArchiveError: the archive is hostile, broken or too large.
    """
    if path.is_dir():
        return FolderFiles(path)
    try:
        with path.open("rb") as file:
            head = file.read(_TAR_MAGIC_AT + 5)
    except OSError as error:
        raise ArchiveError("file_unreadable", str(error), where=str(path)) from error
    if head.startswith(_ZIP_MAGIC):
        return ZipMembers(path)
    if head.startswith((b"\x1f\x8b", b"\xfd7zXZ")) or head[_TAR_MAGIC_AT:] == b"ustar":
        return TarMembers(path)
    reason = "archive_empty" if not head else "archive_broken"
    raise ArchiveError(reason, f"neither zip nor tar: begins with {head[:12]!r}", where=str(path))
