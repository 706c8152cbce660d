"""Species: short names of species that a text has named in full, "D. melanogaster" after "Drosophila melanogaster"."""

import re
from collections.abc import Iterable, Iterator

_BINOMIAL = re.compile(r"([A-Z])[a-z]{2,}\s+([a-z][a-z-]{2,})")
_SHORT = re.compile(r"\b([A-Z])\.\s?([a-z][a-z-]{2,})\b")


def short_names(text: str, named: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, term) for short names of the species that `named`, as (start, end, term), tells in full."""
    full: dict[tuple[str, str], int] = {}
    for start, end, term in named:
        if binomial := _BINOMIAL.fullmatch(text, start, end):
            full.setdefault((binomial[1], binomial[2]), term)
    for match in _SHORT.finditer(text) if full else ():
        meant = full.get((match[1], match[2]))
        if meant is not None:
            yield match.start(), match.end(), meant
