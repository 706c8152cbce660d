"""Licence credit letters: which letters may begin a name, in any script."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

UPPER: Final = "[A-Z\u00c0-\u00d6\u00d8-\u00dd]"
LOWER: Final = "[^\\W\\d_A-Z\u00c0-\u00de]"
IDEOGRAPH: Final = "\u00de"
"""What every letter of a script without capitals is read as."""
_CAPITAL = "X"
_BEYOND_LATIN: Final = re.compile("[^\x00-\u00ff]")


def with_latin_capitals(text: str) -> str:
    """Return a text with every capital of another script as one of ours: patterns of all capitals are slow to build.

    >>> with_latin_capitals("\u0418\u0432\u0430\u043d\u043e\u0432") == "X\u0432\u0430\u043d\u043e\u0432"
    True
    """
    return text if text.isascii() else _BEYOND_LATIN.sub(_latin, text)


def _latin(letter: re.Match[str]) -> str:
    return _capital_for(letter[0])


@lru_cache(maxsize=4096)
def _capital_for(letter: str) -> str:
    if letter.isupper():
        return _CAPITAL
    return IDEOGRAPH if unicodedata.category(letter) in {"Lo", "Lt"} else letter
