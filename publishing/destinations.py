"""Destinations: a folder here, or one that fsspec reaches, into which files are put, each absent or whole."""

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from publishing.dataset_files import sha256_of
from schemas.errors import SourceError

HALF = "PUBLISHING.part"
"""The file that is being written; it gets its own name once it is whole."""
PIECE_BYTES = 1 << 20


class Destination(Protocol):
    """Where files are put; names are relative, with "/" between folders."""

    @property
    def shown(self) -> str:
        """What people are told, without anybody's password."""

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, so that reading it again costs little."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file."""

    def read(self, name: str) -> bytes:
        """Return a small file."""

    def sum_of(self, name: str) -> str:
        """Return the sha256 of a file, read a piece at a time."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file, whole or not at all."""

    def remove(self, names: Collection[str]) -> None:
        """Remove files, and the folders that are empty then."""


@dataclass(frozen=True)
class LocalFolder:
    """A folder of this machine."""

    root: Path
    is_here: bool = True

    @property
    def shown(self) -> str:
        """Return its path."""
        return str(self.root)

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file; what is a link, or no file, has a name that nothing of ours has."""
        found: dict[str, int] = {}
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                found[f"{name} (no plain file)"] = 0
            elif path.is_file():
                found[name] = path.stat().st_size
        return found

    def read(self, name: str) -> bytes:
        """Return a small file."""
        return (self.root / name).read_bytes()

    def sum_of(self, name: str) -> str:
        """Return the sha256 of a file."""
        return sha256_of(self.root / name)

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file under another name, and rename it once it lies on the disk."""
        path, half = self.root / name, self.root / HALF
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("wb") as handle:
            handle.writelines(pieces)
            handle.flush()
            os.fsync(handle.fileno())
        half.replace(path)

    def remove(self, names: Collection[str]) -> None:
        """Remove files, and the folders that are empty then."""
        for name in names:
            (self.root / name).unlink(missing_ok=True)
        for folder in sorted(_folders(names), reverse=True):
            if (self.root / folder).is_dir() and not any((self.root / folder).iterdir()):
                (self.root / folder).rmdir()


@dataclass(frozen=True)
class RemoteFolder:
    """A folder that fsspec reaches."""

    files: Any
    """The file system, of fsspec's."""
    root: str
    shown: str
    puts_whole: bool
    """Whether a file appears there only once all of it has arrived, as in an object store."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    is_here: bool = False

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file; a folder that isn't there has none."""
        with self._blamed():
            self.files.invalidate_cache()
            try:
                found = self.files.find(self.root, detail=True)
            except FileNotFoundError:
                return {}
        start = len(self.root.strip("/")) + 1 if self.root.strip("/") else 0
        return {path.lstrip("/")[start:]: int(told["size"] or 0) for path, told in sorted(found.items())}

    def read(self, name: str) -> bytes:
        """Return a small file."""
        return b"".join(self._pieces(name))

    def sum_of(self, name: str) -> str:
        """Return the sha256 of a file, fetched a piece at a time."""
        digest = hashlib.sha256()
        for piece in self._pieces(name):
            digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, name: str) -> Iterator[bytes]:
        with self._blamed(), self.files.open(self._path(name), "rb") as handle:
            while piece := handle.read(PIECE_BYTES):
                yield piece

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file; where half of one could be seen, under another name first."""
        with self._blamed():
            if self.puts_whole:
                self._write(self._path(name), pieces)
                return
            self.files.makedirs(self._path(name).rpartition("/")[0], exist_ok=True)
            self._write(self._path(HALF), pieces)
            if self.files.exists(self._path(name)):
                self.files.rm_file(self._path(name))  # not every server renames onto a file
            self.files.mv(self._path(HALF), self._path(name))

    def _write(self, path: str, pieces: Iterable[bytes]) -> None:
        handle = self.files.open(path, "wb")
        try:
            handle.writelines(pieces)
        except BaseException:
            handle.close()  # which makes a store show what has arrived
            self.files.rm_file(path)
            raise
        handle.close()

    def remove(self, names: Collection[str]) -> None:
        """Remove files, and the folders that are empty then."""
        with self._blamed():
            for name in names:
                self.files.rm_file(self._path(name))
            self.files.invalidate_cache()
            for folder in sorted(_folders(names), reverse=True):
                if self.files.isdir(self._path(folder)) and not self.files.find(self._path(folder)):
                    self.files.rmdir(self._path(folder))

    def _path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Turn whatever a file system raises into one error that says where, and shows no password."""
        try:
            yield
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001  (each file system has errors of its own)
            said = " ".join(str(error).split()) or type(error).__name__
            for secret in self.secrets:
                said = said.replace(secret, "***")
            raise SourceError("destination_failed", said[:300], where=self.shown) from None


def _folders(names: Iterable[str]) -> set[str]:
    """Return the folders above files, but the root."""
    return {folder for name in names for folder in _above(name)}


def _above(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name
