"""Text grams: a text as hashes of its runs of 8 or 13 words, which tell whether another text repeats it.

The words are not in them, but whoever holds a sentence can ask whether it is there.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Grams = npt.NDArray[np.uint64]

LONG, SHORT = 13, 8
"""Words of a run; texts of fewer words than two long runs are told by short ones."""
MOST_CHARACTERS = 4_000_000
_WORD = re.compile(r"[^\W_]+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIXED = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: letters and digits, in one form and case.

    >>> words_of("Fig. 1: DNA-damage (green)")
    ['fig', '1', 'dna', 'damage', 'green']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold())


def own_grams(text: str) -> Grams:
    """Return the distinct runs by which a benchmark's text is told; none where it has fewer than `SHORT` words."""
    hashes = _hashed(words_of(text))
    return np.unique(_runs(hashes, LONG if len(hashes) >= 2 * LONG else SHORT))


@lru_cache(maxsize=256)  # the panels of a figure share their caption
def all_grams(text: str) -> Grams:
    """Return the distinct runs of both lengths: what a text may share with texts of either kind."""
    hashes = _hashed(words_of(text))
    return np.unique(np.concatenate([_runs(hashes, LONG), _runs(hashes, SHORT)]))


def digest_of(text: str) -> int:
    """Return what stands for the words of a text."""
    return int.from_bytes(blake2b(" ".join(words_of(text)).encode(), digest_size=8).digest(), "little")


def _hashed(words: list[str]) -> Grams:
    known = {word: int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little") for word in set(words)}
    return np.array([known[word] for word in words], np.uint64)


def _runs(hashes: Grams, length: int) -> Grams:
    """Return a hash for each run: a polynomial of its words' hashes, mixed (as splitmix64 does)."""
    count = len(hashes) - length + 1
    if count < 1:
        return np.zeros(0, np.uint64)
    runs = np.full(count, length, np.uint64)
    for at in range(length):
        runs = runs * _FACTOR + hashes[at : at + count]
    for shift, factor in zip((30, 27), _MIXED, strict=True):
        runs = (runs ^ (runs >> np.uint64(shift))) * factor
    return runs ^ (runs >> np.uint64(31))
