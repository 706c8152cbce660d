"""Benchmark texts: which of a benchmark's texts another text repeats, and how much of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.hamming import spans
from curation.hash_rows import MOST_ROWS
from curation.text_grams import Grams, all_grams

LEAST_SHARE = 0.5
"""Of a text's runs of words that another must have to repeat it; as Tulu 3 asks (Lambert et al. 2024, section 3.2)."""


@dataclass(frozen=True)
class Texts:
    """Texts by their runs of words; runs that many texts have tell none of them, and aren't here."""

    grams: Grams
    """Of all texts, in order."""
    owner: npt.NDArray[np.int32]
    """Which text each is of."""
    sizes: npt.NDArray[np.int64]
    """Runs of each text."""

    def share(self, said: Iterable[str]) -> float:
        """Return the largest share of one text that the texts of a panel repeat, together."""
        found = [all_grams(text) for text in said]
        asked = np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)
        if not len(asked) or not len(self.grams):
            return 0.0
        first = np.searchsorted(self.grams, asked, "left")
        here = spans(first, np.searchsorted(self.grams, asked, "right") - first)
        if not len(here):
            return 0.0
        texts, shared = np.unique(self.owner[here], return_counts=True)
        return float(np.max(shared / self.sizes[texts]))


def texts_of(grams: Sequence[Grams]) -> Texts:
    """Return texts, each given by its distinct runs, ready to be asked."""
    every = np.concatenate([np.zeros(0, np.uint64), *grams])
    owner = np.repeat(np.arange(len(grams), dtype=np.int32), [len(each) for each in grams])
    order = np.argsort(every, kind="stable")
    every, owner = every[order], owner[order]
    starts = np.flatnonzero(np.diff(every, prepend=every[:1] - np.uint64(1)))
    times = np.diff(starts, append=len(every))
    tells = np.repeat(times <= MOST_ROWS, times)
    return Texts(every[tells], owner[tells], np.bincount(owner[tells], minlength=len(grams)))
