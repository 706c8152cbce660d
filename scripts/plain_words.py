"""Plain words: English words that claim nothing of a picture; writes captioning/words/plain.txt.

    python -m scripts.plain_words SCOWL WORDNET

SCOWL and WORDNET are the folders of Debian's packages `scowl` and `wordnet-base`. Kept are verbs, adverbs and
adjectives, and nouns of acts, thoughts, places, times, shapes and the like; left out are words that name a living
thing, a part of a body, a substance, a food, a person, a state of health or a tool in more than a fifth of their uses
in WordNet's counted texts, and adjectives that are made of such a noun.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

WRITTEN = Path(__file__).parent.parent / "captioning" / "words" / "plain.txt"
_HEAD = """\
# English words that claim nothing of a picture. Written by scripts/plain_words.py from SCOWL (copyright 2000-2011
# Kevin Atkinson; free to use with this notice) and the word classes and counts of WordNet 3.0 (copyright 2006
# Princeton University; free to use with this notice). Not edited by hand: what is wrong here is put right in
# claims.tsv and visual.txt beside this file.
"""

_SIZES = (10, 20, 35, 40, 50)
_COMMON = (10, 20)
_DIALECTS = ("english", "american", "british")

# Lexicographer files (wordnet.princeton.edu/documentation/lexnames5wn): adjectives made of nouns, animals, bodies,
# food, natural objects, persons, phenomena, plants, processes, states, substances.
_NAMING = frozenset({1, 5, 8, 13, 17, 18, 19, 20, 22, 26, 27})
_TOOLS = 6
_MOST_NAMING = 0.2

_ENDINGS = {
    "n": (("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
          ("ies", "y")),
    "v": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "a": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "r": (),
}  # fmt: skip
_FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
_KINDS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}


class WordNet:
    """How often each word is used in each class of meaning, a use more than counted, since counts are few."""

    def __init__(self, folder: Path) -> None:
        self._uses: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._irregular: dict[tuple[str, str], str] = {}
        for kind, name in _FILES.items():
            self._read_senses(kind, folder / f"data.{name}")
            for line in (folder / f"{name}.exc").read_text().splitlines():
                form, lemma, *_ = line.split()
                self._irregular[kind, form] = lemma
        for line in (folder / "cntlist.rev").read_text().splitlines():
            key, _, count = line.split()
            word, _, place = key.rpartition("%")
            kind, lex_file, *_ = place.split(":")
            self._uses[_KINDS[kind], word][int(lex_file)] += int(count)

    def _read_senses(self, kind: str, path: Path) -> None:
        for line in path.read_text().splitlines():
            if not line.startswith(" "):
                _, lex_file, _, count, *rest = line.split()
                for word in rest[: 2 * int(count, 16) : 2]:
                    plain = re.sub(r"\(\w+\)$", "", word).lower()
                    self._uses[kind, plain][int(lex_file)] += 0.5

    def uses(self, form: str) -> Mapping[int, float]:
        """Return how often a word in any form is used in each class."""
        total: dict[int, float] = defaultdict(float)
        for known in {(kind, lemma) for kind in _FILES for lemma in self._lemmas(kind, form)}:
            for lex_file, count in self._uses.get(known, {}).items():
                total[lex_file] += count
        return total

    def _lemmas(self, kind: str, form: str) -> Iterator[str]:
        yield form
        if (kind, form) in self._irregular:
            yield self._irregular[kind, form]
        for ending, instead in _ENDINGS[kind]:
            if form.endswith(ending) and len(form) > len(ending) + 2:
                yield form.removesuffix(ending) + instead
                bare = form.removesuffix(ending)
                if kind == "v" and len(bare) > 3 and bare[-1] == bare[-2]:  # "stopped"
                    yield bare[:-1]


def is_plain(uses: Mapping[int, float], *, common: bool) -> bool:
    """Return whether a word names no thing; one that WordNet doesn't have is a word of grammar if it is common."""
    total = sum(uses.values())
    if not total:
        return common
    naming = sum(uses.get(lex_file, 0) for lex_file in _NAMING) + (0 if common else uses.get(_TOOLS, 0))
    return naming / total <= _MOST_NAMING


def words(folder: Path, sizes: Iterable[int]) -> set[str]:
    """Return the words of some of SCOWL's sizes, without those in the possessive."""
    paths = [folder / f"{dialect}-words.{size}" for dialect in _DIALECTS for size in sizes]
    found = (word for path in paths if path.is_file() for word in path.read_text(encoding="latin-1").split())
    return {word for word in found if word.isascii() and word.isalpha() and word.islower() and len(word) > 1}


def main() -> None:
    """Write the list."""
    scowl, wordnet = Path(sys.argv[1]), WordNet(Path(sys.argv[2]))
    common = words(scowl, _COMMON)
    plain = sorted(word for word in words(scowl, _SIZES) if is_plain(wordnet.uses(word), common=word in common))
    WRITTEN.write_text(_HEAD + "\n".join(plain) + "\n", encoding="utf-8")
    print(f"{len(plain)} words in {WRITTEN.name}")


if __name__ == "__main__":
    main()
