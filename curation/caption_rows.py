"""Panels that a caption names by nothing but their order: "From left to right: DAPI, GFP and merge"."""

import re
from typing import NamedTuple

_SIDES = {"left": ("left", "middle", "right"), "top": ("top", "middle", "bottom")}
_ROW = re.compile(
    r"\b(?:from\s)?(left|top)\sto\s(?:right|bottom):\s((?:[^().;:]|\.(?=\d)|\([^(),.;:]{1,60}\)){3,200}(?:\.(?=\s|$)|\s*$))",
    re.IGNORECASE,
)
_COMMA, _AND = re.compile(r",\s(?:and\s)?"), re.compile(r"\sand\s")
_LETTER = re.compile(r"\w")


class Row(NamedTuple):
    """A list from side to side: where it stands, and the words of each place."""

    start: int
    end: int
    panels: tuple[tuple[str, tuple[int, int]], ...]


def in_a_row(caption: str) -> Row | None:
    """Return the one list of a caption whose two or three places have names; None where it is longer or unclear.

    >>> in_a_row("From left to right: DAPI, GFP.").panels
    (('left', (20, 24)), ('right', (26, 30)))
    """
    rows = list(_ROW.finditer(caption))
    items = _items(rows[0][2], rows[0].start(2)) if len(rows) == 1 else []
    if len(items) not in {2, 3} or not all(_LETTER.search(caption, *item) for item in items):
        return None
    sides = _SIDES[rows[0][1].lower()]
    named = sides if len(items) == 3 else (sides[0], sides[2])
    return Row(*rows[0].span(), tuple(zip(named, items, strict=True)))


def _items(listed: str, start: int) -> list[tuple[int, int]]:
    """Return the spans of what is listed; none where "and" may stand within one."""
    joints = list(_COMMA.finditer(listed))
    last = joints[-1] if joints else None
    ands = list(_AND.finditer(listed, last.end() if last else 0))
    if last and (_AND.search(listed, 0, last.start()) or (ands and "and" in last[0])):
        return []
    joints += ands
    begins = [0, *(joint.end() for joint in joints)]
    ends = [*(joint.start() for joint in joints), len(listed)]
    return [(start + begin, start + end) for begin, end in zip(begins, ends, strict=True)]
