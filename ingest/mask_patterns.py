"""Mask patterns: which names a pattern matches, and what its wildcards stand for in each.

`*` and `?` stay within a name, `**/` crosses folders, `{png,tif}` is one of these; all but the last are captured.
A pattern that ends with `*` means pictures and arrays of every kind, and their endings aren't part of the name.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Literal, NamedTuple

_PIECE = re.compile(
    r"(?P<folders>\*\*/)|(?P<all>\*\*)|(?P<star>\*)|(?P<one>\?)|(?P<set>\[[^\]/]+\])|\{(?P<either>[^{}/]*)\}"
)
_WILD = {"folders": "(?:(.*)/)?", "all": "(.*)", "star": "([^/]*)", "one": "([^/])"}

_ENDINGS = (
    *("png", "tif", "tiff", "jpg", "jpeg", "bmp", "gif", "webp", "jp2", "json"),
    *("h5", "hdf5", "hdf", "npz", "npy", "mat", "nii", "nii.gz", "zarr"),
)
"""What `*` at the end of a pattern stands before, so that a.jpg and a.png have one name."""

Captures = tuple[str, ...]
"""What the wildcards of a pattern stand for, in their order."""


class _Piece(NamedTuple):
    kind: Literal["text", "wild", "either"]
    text: str
    """Text as it stands; of a wildcard its regular expression; of `{a,b}` the words with commas."""
    crosses: bool = False
    """Whether a wildcard takes the slash after it."""


@dataclass(frozen=True)
class Pattern:
    """A pattern over names relative to a folder."""

    pieces: tuple[_Piece, ...]

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile("".join(map(_regex_of, self.pieces)), re.DOTALL)

    @property
    def wildcards(self) -> int:
        """Return how many wildcards are captured."""
        return sum(piece.kind == "wild" for piece in self.pieces)

    def captures(self, name: str) -> Captures | None:
        """Return what the wildcards stand for in `name`; None where it doesn't match."""
        found = self._regex.fullmatch(name)
        return tuple(part or "" for part in found.groups()) if found else None

    def filled(self, values: Captures) -> "Pattern":
        """Return the pattern with its first wildcards replaced by `values`."""
        left = iter(values)
        return Pattern(tuple(_fill(piece, left) for piece in self.pieces))

    def spelled_out(self) -> Iterator[str]:
        """Yield the names that a pattern without wildcards means."""
        yield from map("".join, product(*(_choices(piece) for piece in self.pieces)))

    @property
    def folder(self) -> str:
        """Return the folder below which all its matches lie; "" for the root."""
        fixed = ""
        for piece in self.pieces:
            if piece.kind != "text":
                break
            fixed += piece.text
        return fixed.rpartition("/")[0]


@lru_cache(maxsize=64)
def pattern_of(text: str) -> Pattern:
    """Return the pattern that `text` writes.

    >>> pattern_of("*/images/*.{png,tif}").captures("a/images/b.tif")
    ('a', 'b')
    """
    text = text.removeprefix("./")
    if text.endswith("*") and not text.endswith("**"):
        text += f".{{{','.join([*_ENDINGS, *map(str.upper, _ENDINGS)])}}}"
    return Pattern(tuple(_pieces(text)))


def _pieces(text: str) -> Iterator[_Piece]:
    done = 0
    for found in _PIECE.finditer(text):
        if found.start() > done:
            yield _Piece("text", text[done : found.start()])
        done = found.end()
        kind = str(found.lastgroup)
        if kind == "either":
            yield _Piece("either", found["either"])
        elif kind == "set":
            yield _Piece("wild", f"({found['set'].replace('[!', '[^', 1)})")
        else:
            yield _Piece("wild", _WILD[kind], crosses=kind == "folders")
    if done < len(text):
        yield _Piece("text", text[done:])


def _regex_of(piece: _Piece) -> str:
    if piece.kind == "wild":
        return piece.text
    if piece.kind == "either":
        return f"(?:{'|'.join(map(re.escape, piece.text.split(',')))})"
    return re.escape(piece.text)


def _fill(piece: _Piece, values: Iterator[str]) -> _Piece:
    value = next(values, None) if piece.kind == "wild" else None
    if value is None:
        return piece
    return _Piece("text", f"{value}/" if piece.crosses and value else value)


def _choices(piece: _Piece) -> Sequence[str]:
    return piece.text.split(",") if piece.kind == "either" else (piece.text,)
