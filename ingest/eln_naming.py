"""ELN naming: which paragraphs of an entry call a file by its name, all names found in one walk through the words."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_MOST_WORDS = 24
"""Of one name: a longer one isn't looked for."""
_MOST_ALIKE = 100
"""Names that differ by the marks before and after their words alone, as "+dox" and "-dox" do."""


class _Names(NamedTuple):
    """Names to look for, by their part from the first word to the last."""

    by_core: Mapping[str, Sequence[str]]
    sizes: Mapping[str, frozenset[int]]
    """How many words names have that begin with a word."""


def composed(text: str) -> str:
    """Return a text in small letters, each with its accent composed, as names are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def naming(texts: Iterable[str], names: Iterable[str]) -> dict[str, list[int]]:
    """Return, by each name that is called, the places of the texts that call it.

    >>> naming(["see a.png", "a.png and B c.tif", "xa.png"], ["a.png", "B c.tif", "d.png"])
    {'a.png': [0, 1], 'B c.tif': [1]}
    """
    wanted = {name: composed(name) for name in names}
    known, places = _names(wanted.values()), dict[str, list[int]]()
    for at, text in enumerate(texts if known.sizes else ()):
        for name in dict.fromkeys(_called(composed(text), known)):
            places.setdefault(name, []).append(at)
    return {name: places[plain] for name, plain in wanted.items() if plain in places}


def _names(plain: Iterable[str]) -> _Names:
    by_core: dict[str, list[str]] = {}
    sizes: dict[str, set[int]] = {}
    for name in dict.fromkeys(plain):
        words = list(islice(_WORD.finditer(name), _MOST_WORDS + 1))
        if 0 < len(words) <= _MOST_WORDS:
            alike = by_core.setdefault(name[words[0].start() : words[-1].end()], [])
            alike += [name] if len(alike) < _MOST_ALIKE else []
            sizes.setdefault(words[0][0], set()).add(len(words))
    return _Names(by_core, {word: frozenset(each) for word, each in sizes.items()})


def _called(text: str, known: _Names) -> Iterator[str]:
    """Yield the names that a text calls, whole words each."""
    for first in _WORD.finditer(text):
        sizes = known.sizes.get(first[0])
        if not sizes:
            continue
        for size, last in enumerate(islice(_WORD.finditer(text, first.start()), max(sizes)), 1):
            core = text[first.start() : last.end()]
            for name in known.by_core.get(core, ()) if size in sizes else ():
                start = first.start() - name.index(core)
                if _stands(text, start, name):
                    yield name


def _stands(text: str, start: int, name: str) -> bool:
    """Return whether a name stands at a place, with no letter before or after it."""
    if start < 0 or not text.startswith(name, start):
        return False
    around = (text[start - 1 : start], text[start + len(name) : start + len(name) + 1])
    return not any(_WORD.match(each) for each in around)
