"""Footer sums: a Parquet file's footer tells its own sum, as pages do, so that what a disk changes in it is told.

The sum stands among the footer's keys, as long as what stood in its place while it was taken.
"""

import hashlib
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

_KEY, _BLANK = b"bricks.footer", b"0" * 32
_TAIL_BYTES = 8
"""The footer's length and Parquet's name, which end a file."""
PLACE: Final = MappingProxyType({_KEY: _BLANK})
"""What a file's keys must hold when it is closed, for its footer to be summed."""


def sum_footer(path: Path) -> None:
    """Put the sum where `PLACE` holds room for it."""
    with path.open("r+b") as file:
        start, footer = _footer(file)
        at = _place_in(footer)
        assert footer[at : at + len(_BLANK)] == _BLANK
        file.seek(start + at)
        file.write(_sum_of(footer, at))


def is_footer_right(path: Path) -> bool:
    """Return whether a footer is as it was summed; that of a file without a sum is taken as it is."""
    with path.open("rb") as file:
        _, footer = _footer(file)
    at = _place_in(footer)
    return at < 0 or footer[at : at + len(_BLANK)] == _sum_of(footer, at)


def _footer(file: BinaryIO) -> tuple[int, bytes]:
    """Return where a file's footer begins, and its bytes."""
    end = file.seek(-_TAIL_BYTES, 2)
    start = file.seek(max(0, end - int.from_bytes(file.read(4), "little")))
    return start, file.read(end - start)


def _place_in(footer: bytes) -> int:
    """Return where the sum stands; Thrift tells a key, one byte of kind, one of length, and the value. -1: nowhere."""
    key = footer.rfind(_KEY)
    return key if key < 0 else key + len(_KEY) + 2


def _sum_of(footer: bytes, at: int) -> bytes:
    blank = footer[:at] + _BLANK + footer[at + len(_BLANK) :]
    return hashlib.blake2b(blank, digest_size=len(_BLANK) // 2).hexdigest().encode()
