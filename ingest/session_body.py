"""Bodies: what an answer promises to be, poured to disk under a size limit while its digests are taken."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from schemas.errors import SourceError

_HEAD_BYTES = 2048
_MIB = 1 << 20
_BOM = b"\xef\xbb\xbf"
_PACKED = frozenset({"", "identity", "gzip", "x-gzip"})
"""Encodings of a body that are undone; several in a row, or others, may unpack without measure."""
_CAME = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_HTML = re.compile(rb"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Promise:
    """What the answer has to be; anything else is a failure and is not kept."""

    kind: Literal["xml", "json", "image", "zip", "bytes"]
    max_bytes: int
    check: Callable[[bytes], object] | None = None
    """Raises SourceError for a body that is of the kind and yet no answer."""
    piece: str | None = None
    """A range of the file, as RFC 9110 has it: bytes=0-99. The piece is asked for, promised and kept."""
    stamp: str = ""
    """Of what state of a thing it is, as its owner dates it: what is kept of another state is no answer."""


XML = Promise("xml", 128 * _MIB)
JSON = Promise("json", 64 * _MIB)
IMAGE = Promise("image", 512 * _MIB)
ZIP = Promise("zip", 4096 * _MIB)
BYTES = Promise("bytes", 4096 * _MIB)


@dataclass(frozen=True)
class Poured:
    """What is known of a body once it has been written."""

    size_bytes: int
    sha256: str
    md5: str
    head: bytes


def pour(chunks: Iterable[bytes], file: BinaryIO, max_bytes: int) -> Poured:
    """Write `chunks` to `file` and return their size and digests.

    Raises:
        SourceError: too_large, as soon as more than `max_bytes` have come, unpacked.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    head, size_bytes = b"", 0
    for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise SourceError("too_large", f"more than {max_bytes} bytes")
        head += chunk[: max(0, _HEAD_BYTES - len(head))]
        sha256.update(chunk)
        md5.update(chunk)
        file.write(chunk)
    return Poured(size_bytes, sha256.hexdigest(), md5.hexdigest(), head)


def looks_like_html(head: bytes) -> bool:
    """Return whether a body that starts with `head` is a web page.

    >>> looks_like_html(b"<!DOCTYPE html><title>PMC</title>"), looks_like_html(b"<article/>")
    (True, False)
    """
    return _HTML.match(head.removeprefix(_BOM)) is not None


def is_piece(asked: str, first: int, last: int, size_bytes: int) -> bool:
    """Return whether the bytes `first` to `last` of a file are those of the range `asked`, as far as it has them.

    >>> is_piece("bytes=-4", 6, 9, 10), is_piece("bytes=0-99", 0, 9, 10), is_piece("bytes=0-4", 0, 9, 10)
    (True, True, False)
    """
    start, _, end = asked.removeprefix("bytes=").partition("-")
    if not start:
        return (first, last) == (max(0, size_bytes - int(end)), size_bytes - 1)
    return first == int(start) and last == min(int(end or size_bytes), size_bytes - 1)


def examine(poured: Poured, promise: Promise, path: Path) -> None:
    """Compare the body at `path` with what was promised.

    Raises:
        SourceError: html_instead, empty, not_xml, not_json, not_zip, truncated, or what the promise's own check says.
    """
    start = poured.head.removeprefix(_BOM).lstrip()[:1]
    if looks_like_html(poured.head):
        raise SourceError("html_instead", f"a web page where {promise.kind} was promised")
    if not poured.size_bytes:
        raise SourceError("empty", "nothing came")
    if promise.kind == "xml" and start != b"<" and not poured.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError("not_xml", f"starts with {poured.head[:20]!r}")
    if promise.kind == "zip":
        _check_zip(poured.head, path)
    if promise.kind == "json" or promise.check:
        body = path.read_bytes()
        if promise.kind == "json":
            _check_json(body)
        if promise.check:
            promise.check(body)


def _check_json(body: bytes) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceError("not_json", f"{type(error).__name__} in {body[:20]!r}…") from error


def _check_zip(head: bytes, path: Path) -> None:
    # A zip that is streamed tells nobody how long it is; what was cut lacks the directory at its end.
    if not head.startswith(b"PK"):
        raise SourceError("not_zip", f"starts with {head[:20]!r}")
    if not zipfile.is_zipfile(path):
        raise SourceError("truncated", "the zip has no directory at its end")


def written(chunks: Iterable[bytes], path: Path, promise: Promise) -> Poured:
    """Write a body to `path` and return what is known of it; never more than was promised."""
    with path.open("wb") as file:
        return pour(chunks, file, promise.max_bytes)


def refuse_encoding(headers: Mapping[str, str]) -> None:
    """Refuse a body that is packed in a way that may unpack without measure.

    Raises:
        SourceError: undecodable.
    """
    encoding = headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _PACKED:
        raise SourceError("undecodable", f"packed as {encoding[:40]!r}, and identity was asked for")


def refuse_other_piece(headers: Mapping[str, str], piece: str | None) -> None:
    """Refuse another range than the one that was asked for.

    Raises:
        SourceError: range_refused.
    """
    if piece is None:
        return
    told = headers.get("Content-Range", "")
    came = _CAME.fullmatch(told.strip())
    if came is None or not is_piece(piece, *map(int, came.groups())):
        raise SourceError("range_refused", f"{piece} was asked for, {told[:60]!r} came")
