"""Archives: the members of a zip or tar, read into memory and never onto the disk, hostile ones refused.

A whole archive is refused for what only an attacker writes: names that leave it, links, devices, bombs. A member
that is encrypted or whose checksum fails costs only itself, and so does a name that two members bear which differ:
nobody can say which of them is meant. Limits are checked on what is read, not on headers.
"""

import gzip
import lzma
import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from schemas.errors import ArchiveError

MAX_MEMBERS = 50_000
MAX_MEMBER_BYTES = 512 * 2**20
MAX_TOTAL_BYTES = 8 * 2**30
MAX_KEPT_BYTES = 2 * 2**30
MAX_RATIO = 200
_RATIO_COUNTS_FROM_BYTES = 64 * 2**20
"""Blank TIFFs shrink by more than any ratio; below this size that hurts nobody."""
_BLOCK_BYTES = 2**20
_MOST_NAME_CHARS, _MOST_LAYERS = 4096, 16
"""No file system has longer paths; nobody but an attacker escapes a name again and again."""
_MAX_DIRECTORY_BYTES = MAX_MEMBERS * 512
"""A zip's list of members is read as a whole before they can be counted."""
_END, _END_64 = b"PK\5\6", b"PK\6\6"  # PKWARE's APPNOTE 6.3.10, 4.3.16 and 4.3.14
_END_BYTES = 22 + 2**16 + 20 + 56
_ENCRYPTED = 0x1
_TWICE = "two members have this name and differ"
_NEVER_ASKED_FOR = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|mov|mp4|m4v|avi|mpe?g|wmv|flv|mp3|wav|zip|gz|tar|rar|7z|csv|txt|tsv|html?|json)$",
    re.IGNORECASE,
)
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
)


class ZipMembers:
    """The members of a zip; each is decompressed when it is read."""

    def __init__(self, path: Path, file: IO[bytes] | None = None) -> None:
        """Open the zip at `path`; or the one in `file`, which is open, and `path` its name."""
        self._path = path
        try:
            _check_directory(path, file)
            self._zip = zipfile.ZipFile(path if file is None else file)
        except (*_BROKEN, ValueError) as error:
            raise ArchiveError("archive_broken", str(error), where=str(path)) from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._ambiguous: set[str] = set()
        for name, member in self._checked(self._zip.infolist()):
            first = self._members.setdefault(name, member)
            if (first.CRC, first.file_size) != (member.CRC, member.file_size):
                self._ambiguous.add(name)
        self._names = sorted(self._members)

    def names(self) -> Sequence[str]:
        """Return the names of the files, sorted."""
        return self._names

    def checksum(self, name: str) -> str:
        """Return what the directory says of a member's bytes: their CRC and their number."""
        return f"{self._members[name].CRC:08x}-{self._members[name].file_size}"

    def read(self, name: str) -> bytes:
        """Return a member's bytes, its checksum verified.

        Raises:
            ArchiveError: the member is not there, ambiguous, encrypted, broken or larger than it says.
        """
        return b"".join(self.blocks(name))

    def size_bytes(self, name: str) -> int:
        """Return how many bytes a member has at most; more are never read. 0 for one that is not there."""
        member = self._members.get(name)
        return member.file_size if member else 0

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a member's bytes in blocks, its checksum verified at their end.

        Raises:
            ArchiveError: the member is not there, ambiguous, encrypted, broken or larger than it says.
        """
        where = f"{self._path}:{name}"
        member = self._members.get(name)
        if member is None:
            raise ArchiveError("archive_no_member", "no such member", where=where)
        if name in self._ambiguous:
            raise ArchiveError("archive_ambiguous", _TWICE, where=where)
        if member.flag_bits & _ENCRYPTED:
            raise ArchiveError("archive_encrypted", "the member needs a password", where=where)
        left_bytes = min(member.file_size, MAX_MEMBER_BYTES)
        try:
            with self._zip.open(member) as stream:
                while block := stream.read(min(left_bytes + 1, _BLOCK_BYTES)):
                    left_bytes -= len(block)
                    if left_bytes < 0:
                        detail = f"holds more than the {member.file_size} bytes it says"
                        raise ArchiveError("archive_bomb", detail, where=where)
                    yield block
        except (*_BROKEN, RuntimeError, ValueError) as error:
            raise ArchiveError("archive_broken", str(error), where=where) from error

    def retrieved_at(self, name: str) -> datetime | None:  # noqa: ARG002  (the protocol's)
        """Return None: a local file doesn't tell."""
        return None

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _packed_bytes(self) -> int:
        packed = self._zip.fp
        return packed.seek(0, os.SEEK_END) if packed is not None else 0

    def _checked(self, members: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        where, total_bytes, packed_bytes = str(self._path), 0, self._packed_bytes()
        _check_count(len(members), where)
        for member in members:
            name = safe_name(member.orig_filename, where=where)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                raise ArchiveError("archive_link", f"{name} is a link or a device", where=where)
            total_bytes += member.file_size
            _check_size(total_bytes, packed_bytes, where)
            if name and not member.is_dir() and not member.orig_filename.endswith("\\"):
                yield name, member


class TarMembers:
    """The members of a tar, compressed or not, read in one pass; what can't be XML or a picture is not kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blobs: dict[str, bytes | None] = {}
        self._ambiguous: set[str] = set()
        try:
            with (
                _stream(path) as stream,
                tarfile.open(fileobj=stream, mode="r|", bufsize=_BLOCK_BYTES) as tar,
            ):
                self._keep(tar)
        except ArchiveError:
            raise
        except (*_BROKEN, ValueError) as error:
            raise ArchiveError("archive_broken", str(error), where=str(path)) from error
        self._names = sorted(self._blobs)

    def names(self) -> Sequence[str]:
        """Return the names of the files, sorted."""
        return self._names

    def read(self, name: str) -> bytes:
        """Return a member's bytes.

        Raises:
            ArchiveError: the member is not there, ambiguous, or of a kind or size that is not kept.
        """
        if name in self._ambiguous:
            raise ArchiveError("archive_ambiguous", _TWICE, where=f"{self._path}:{name}")
        blob = self._blobs.get(name)
        if blob is None:
            reason = "archive_member_not_kept" if name in self._blobs else "archive_no_member"
            raise ArchiveError(reason, "too large, or neither XML nor a picture", where=f"{self._path}:{name}")
        return blob

    def retrieved_at(self, name: str) -> datetime | None:  # noqa: ARG002  (the protocol's)
        """Return None: a local file doesn't tell."""
        return None

    def close(self) -> None:
        """Let the members go."""
        self._blobs.clear()

    def _keep(self, tar: tarfile.TarFile) -> None:
        kept_bytes, where = 0, str(self._path)
        for count, member in enumerate(tar, 1):
            _check_count(count, where)
            name = safe_name(member.name, where=where)
            if not (member.isreg() or member.isdir()):
                raise ArchiveError("archive_link", f"{name} is a link or a device", where=where)
            if member.isdir() or not name:
                continue
            _check_size(member.size, self._path.stat().st_size, where)  # before a lying head is skipped over
            fits = member.size <= MAX_MEMBER_BYTES and kept_bytes + member.size <= MAX_KEPT_BYTES
            wanted = fits and not _NEVER_ASKED_FOR.search(name)
            stream = tar.extractfile(member) if wanted else None
            blob = stream.read() if stream else None
            if self._blobs.setdefault(name, blob) != blob:
                self._ambiguous.add(name)
            kept_bytes += len(blob or b"")


class _Counted:
    """A stream that stops a bomb while it is read."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path = stream, path
        self._packed_bytes = path.stat().st_size
        self._read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block = self._stream.read(size)
        self._read_bytes += len(block)
        _check_size(self._read_bytes, self._packed_bytes, str(self._path))
        return block


@contextmanager
def _stream(path: Path) -> Iterator[Any]:
    """Open a tar, whatever it is compressed with."""
    with path.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=file) as stream:
                yield _Counted(stream, path)  # type: ignore[arg-type]
        elif magic.startswith(b"\xfd7zXZ"):
            with lzma.LZMAFile(file) as unpacked:
                yield _Counted(unpacked, path)
        else:
            yield _Counted(file, path)


def safe_name(name: str, *, where: str) -> str:
    """Return a member's name with '/' for every separator.

    Raises:
        ArchiveError: `archive_unsafe_name`, when it could lie outside the archive, however it is written.
    """
    if len(name) > _MOST_NAME_CHARS:
        raise ArchiveError("archive_unsafe_name", f"{name[:40]!r}… has {len(name)} characters", where=where)
    for form in _decoded(name, where):
        plain = form.replace("\\", "/")
        parts = plain.split("/")
        if "\x00" in plain or plain.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", plain):
            raise ArchiveError("archive_unsafe_name", repr(name), where=where)
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})


def _decoded(name: str, where: str) -> Iterator[str]:
    """Yield `name`, and what it becomes as its percent-escapes are undone one layer after the other."""
    plain = name
    for _ in range(_MOST_LAYERS):
        yield plain
        plainer = unquote(plain)
        if plainer == plain:
            return
        plain = plainer
    raise ArchiveError("archive_unsafe_name", f"{name[:40]!r}… is escaped over and over", where=where)


def _check_directory(path: Path, file: IO[bytes] | None) -> None:
    """Refuse a zip whose list of members is too long to be read."""
    with nullcontext(file) if file is not None else path.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - _END_BYTES))
        tail = stream.read(_END_BYTES)
        stream.seek(0)
    at, at_64 = tail.rfind(_END), tail.rfind(_END_64)
    sizes = [int.from_bytes(tail[at + 12 : at + 16], "little")] if at >= 0 else []
    if at_64 >= 0 and sizes == [0xFFFFFFFF]:
        sizes = [int.from_bytes(tail[at_64 + 40 : at_64 + 48], "little")]
    if max(sizes, default=0) > _MAX_DIRECTORY_BYTES:
        raise ArchiveError("archive_too_many_files", f"its list of members has {sizes[0]} bytes", where=str(path))


def _check_count(count: int, where: str) -> None:
    if count > MAX_MEMBERS:
        raise ArchiveError("archive_too_many_files", f"more than {MAX_MEMBERS} members", where=where)


def _check_size(plain_bytes: int, packed_bytes: int, where: str) -> None:
    too_dense = plain_bytes > _RATIO_COUNTS_FROM_BYTES and plain_bytes > MAX_RATIO * max(packed_bytes, 1)
    if too_dense or plain_bytes > MAX_TOTAL_BYTES:
        detail = f"{packed_bytes} bytes unfold to more than {plain_bytes}"
        raise ArchiveError("archive_bomb", detail, where=where)
