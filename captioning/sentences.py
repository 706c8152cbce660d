"""Sentences: a text cut where a sentence ends, but not behind "Fig." or "D." of a species."""

import re
from typing import NamedTuple

_END = re.compile(r"[.!?;]['\")\]]*(?=\s)|\n[ \t]*\n")
_SHORT = re.compile(
    r"(?:\b(?:figs?|eds?|refs?|approx|ca|cf|vs|e\.g|i\.e|etc|al|no|nos|sp|spp|var|subsp|str|dr|st|resp|min|max|avg|"
    r"conc|wt|vol|temp|mag|[A-Za-z])|\b[A-Z]\.[A-Z])\.$",
    re.IGNORECASE,
)
_LOOK_BACK = 12


class Sentence(NamedTuple):
    """A sentence of a text, from start to end."""

    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text, by place; blanks around them belong to none."""
    found, start = [], 0
    for mark in _END.finditer(text):
        if text[mark.start()] == "." and _SHORT.search(text[max(0, mark.start() - _LOOK_BACK) : mark.start() + 1]):
            continue
        found.append((start, mark.end()))
        start = mark.end()
    found.append((start, len(text)))
    return [Sentence(*_trimmed(text, *span)) for span in found if text[slice(*span)].strip()]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))
