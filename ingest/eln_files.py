"""ELN files: the members of an export, found by what the crate calls them, each checked against its digest."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from ingest.archives import ZipMembers, safe_name
from ingest.eln_crate import MAX_METADATA_BYTES, METADATA, Node, is_absolute, key_of, many, plain_key, text_of
from ingest.eln_entries import ElnFile
from ingest.eln_names import members_meant
from schemas.errors import ArchiveError, ReasonedError

_SIGNATURE = f"{METADATA}.minisig"
_NOT_OURS = re.compile(r"(?:^|/)(?:__MACOSX(?:/|$)|\.DS_Store$|Thumbs\.db$)")
"""What operating systems leave in zips."""
_DIGESTS = ("sha256", "sha512", "sha1", "md5", "checksum", "contentHash")
_BYTES = re.compile(r"[0-9]{1,18}")
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""By the number of hex digits: an example of the consortium's writes an MD5 under `sha256`."""


class ElnError(ReasonedError):
    """A file of an export that can't be taken."""


class Digest(NamedTuple):
    """A digest that a crate states."""

    algorithm: str
    hex: str


class ElnMembers:
    """The files of an export, below its one root folder."""

    def __init__(self, path: Path, file: IO[bytes] | None = None) -> None:
        """Open the export at `path`; or the one in `file`, which is open, and `path` its name.

        Raises:
            ArchiveError: it is no zip, hostile, or has no root folder, several, or no metadata.
        """
        self._zip = ZipMembers(path, file)
        self.folder = self._root_folder()
        self._by_key = {key_of(name.removeprefix(f"{self.folder}/")): name for name in reversed(self._zip.names())}
        self._by_plain: dict[str, list[str]] = {}
        for key in self._by_key:
            self._by_plain.setdefault(plain_key(key), []).append(key)
        self._meant: dict[str, str | None] = {}

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def metadata(self) -> bytes:
        """Return the bytes of the crate's metadata file.

        Raises:
            ArchiveError: eln_metadata_too_large.
        """
        return self._small(METADATA, MAX_METADATA_BYTES)

    def signature(self) -> bytes | None:
        """Return the bytes of the signature of the metadata file; None where there is none."""
        return self._small(_SIGNATURE, 1 << 16) if _SIGNATURE in self._by_key else None

    def public_key(self) -> bytes | None:
        """Return the key that PASTA puts beside the signature; None where there is none."""
        return self._small("ro-crate.pubkey", 1 << 12) if "ro-crate.pubkey" in self._by_key else None

    def describe(self, ids: Mapping[str, Sequence[str]]) -> None:
        """Find the member that each id of the crate means; `ids` are all of them, by their plain keys."""
        self._meant = members_meant(ids, self._by_plain)

    def holds(self, key: str) -> bool:
        """Return whether an id of the crate means a member."""
        return self._meant.get(key) is not None

    def member(self, file: ElnFile) -> str:
        """Return the name of a file inside the zip.

        Raises:
            ElnError: remote_file, image_missing, file_ambiguous, or a path that leaves the crate.
        """
        if is_absolute(file.key):
            raise ElnError("remote_file", "lies outside the export and is not fetched")
        try:
            safe_name(str(file.node.get("@id", file.key)), where="")
        except ArchiveError as error:
            raise ElnError(error.reason, "the crate names a path that leaves it") from error
        if file.key not in self._meant:
            raise ElnError("image_missing", "the crate describes it, and it isn't in the export")
        found = self._meant[file.key]
        if found is None:
            there = ", ".join(self._by_plain[plain_key(file.key)])
            raise ElnError("file_ambiguous", f"nobody can say which file is meant; there: {there}")
        return self._by_key[found]

    def undescribed(self) -> list[str]:
        """Return the paths of the members that the crate does not describe, its preview apart."""
        unclear = {plain_key(key) for key, found in self._meant.items() if found is None}
        described = {*self._meant.values(), *(key for plain in unclear for key in self._by_plain[plain])}
        paths = (key for key in self._by_key if key not in described and not key.startswith("ro-crate-"))
        return sorted(path for path in paths if not _NOT_OURS.search(path))

    def stamp(self, file: ElnFile) -> str:
        """Return what the zip's directory says of a file's bytes; "" where it isn't there."""
        found = self._meant.get(file.key)
        return self._zip.checksum(self._by_key[found]) if found is not None else ""

    def blob(self, name: str, node: Node) -> tuple[bytes, dict[str, str]]:
        """Return a member's bytes and, by name, how its digest and its size were checked.

        Raises:
            ElnError: digest_mismatch.
            ArchiveError: it can't be read.
        """
        blob = self._zip.read(name)
        told = {"checksum": _checked(node, iter([blob]))}
        stated = text_of(node.get("contentSize"))
        if _BYTES.fullmatch(stated) and stated.lstrip("0") != str(len(blob)).lstrip("0"):
            told["content_size"] = f"{len(blob)} bytes, and the crate says {stated}"
        return blob, told

    def size_bytes(self, name: str) -> int:
        """Return how many bytes a member has at most; nothing of it is read."""
        return self._zip.size_bytes(name)

    def head(self, name: str) -> bytes:
        """Return how a member begins.

        Raises:
            ArchiveError: it can't be read.
        """
        return next(self._zip.blocks(name), b"")[:16]

    def verify(self, name: str, node: Node) -> str:
        """Return how a member's digest was checked, without keeping its bytes.

        Raises:
            ElnError: digest_mismatch.
            ArchiveError: it can't be read.
        """
        return _checked(node, self._zip.blocks(name))

    def _small(self, key: str, most_bytes: int) -> bytes:
        name, read = self._by_key[key], bytearray()
        for block in self._zip.blocks(name):
            read += block
            if len(read) > most_bytes:
                raise ArchiveError("eln_metadata_too_large", f"{key} is larger than {most_bytes} bytes")
        return bytes(read)

    def _root_folder(self) -> str:
        names = [name for name in self._zip.names() if not _NOT_OURS.search(name)]
        tops = {name.partition("/")[0] if "/" in name else "" for name in names}
        if not any(name.rpartition("/")[2] == METADATA and name.count("/") <= 1 for name in names):
            raise ArchiveError("eln_no_metadata", f"has no {METADATA} in its root folder: no export of a notebook")
        if len(tops) != 1 or tops == {""}:
            folders = ", ".join(sorted(top or "(files beside it)" for top in tops)[:5])
            raise ArchiveError("eln_not_one_root", f"must hold exactly one root folder, and holds {folders}")
        return tops.pop()


def digest_of(node: Node) -> Digest | None:
    """Return the digest that a file states, told by its length; None where it states none that can be read.

    >>> digest_of({"sha256": "d41d8cd98f00b204e9800998ecf8427e"}).algorithm
    'md5'
    """
    for key in _DIGESTS:
        for each in many(node.get(key)):
            found = re.fullmatch(r"(?:[a-z0-9-]+:)?([0-9a-f]+)", text_of(each).lower())
            if found and len(found[1]) in _ALGORITHMS:
                return Digest(_ALGORITHMS[len(found[1])], found[1])
    return None


def _checked(node: Node, blocks: Iterator[bytes]) -> str:
    digest = digest_of(node)
    if digest is None:
        return "unreadable" if any(text_of(node.get(key)) for key in _DIGESTS) else "none"
    hasher = hashlib.new(digest.algorithm, usedforsecurity=False)
    for block in blocks:
        hasher.update(block)
    if hasher.hexdigest() != digest.hex:
        detail = f"its {digest.algorithm} is {hasher.hexdigest()}, and the crate says {digest.hex}"
        raise ElnError("digest_mismatch", detail)
    return digest.algorithm
