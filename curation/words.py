"""Words: a text cut into tokens, each with a form under which its spellings and numbers meet.

The form is a stem that is too coarse on purpose: "nuclei" and "nucleus" meet under one, and so may words that have
nothing to do with each other. It finds candidates; `curation.inflection` says which of them are meant.
"""

import re
from functools import lru_cache
from typing import NamedTuple

# A hyphen within or beside a word joins ("T-cell" is "T cell"); between blanks it parts, as does an empty line.
# "'s" belongs to the word before it. Words come first: nearly all of a text is words.
_TOKEN = re.compile(r"[^\W_]+|(?<=\w)['\u2019]s\b|[^\w\s\-\u2010-\u2015\u00ad]|\n\s*\n|(?<!\S)[-\u2010-\u2015](?!\S)|_")
_POSSESSIVE = ("'s", "\u2019s")

_GREEK = {
    "\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma", "\u03b4": "delta", "\u03b5": "epsilon", "\u03b6": "zeta",
    "\u03b7": "eta", "\u03b8": "theta", "\u03ba": "kappa", "\u03bb": "lambda", "\u03bc": "mu", "\u00b5": "mu",
    "\u03c0": "pi", "\u03c1": "rho", "\u03c3": "sigma", "\u03c4": "tau", "\u03c6": "phi", "\u03c7": "chi",
    "\u03c8": "psi", "\u03c9": "omega",
}  # fmt: skip
_GREEK_WORD = re.compile(f"[{''.join(_GREEK)}]+")

# British beside American spelling, and what chemists write either way.
_SPELLINGS = (
    (re.compile(r"(?<=[a-z])our(?=s?$|ed$|ing$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
    (re.compile(r"^fibre"), "fiber"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"^sulph"), "sulf"),
    (re.compile(r"disc(?=s?$)"), "disk"),
    (re.compile(r"(?<=[a-z])[ao]e(?=[a-z]{2})"), "e"),
    (re.compile(r"^[ao]e(?=[a-z]{4})"), "e"),
    (re.compile(r"isation(?=s?$)"), "ization"),
)
_IRREGULAR = {
    "cortices": "cortex", "vertices": "vertex", "apices": "apex", "matrices": "matrix", "appendices": "appendix",
    "calyces": "calyx", "phalanges": "phalanx", "feet": "foot", "teeth": "tooth", "mice": "mouse", "leaves": "leaf",
    "halves": "half", "hooves": "hoof", "calves": "calf", "men": "man", "women": "woman", "children": "child",
    "viscera": "viscus", "genera": "genus", "corpora": "corpus", "crura": "crus", "foramina": "foramen",
    "lumina": "lumen", "stomata": "stoma", "somata": "soma", "oxen": "ox", "geese": "goose", "lice": "louse",
    "larynges": "larynx", "ova": "ovum", "specula": "speculum", "humeri": "humerus", "femora": "femur",
    "axes": "axis", "criteria": "criterion", "dentes": "dens", "fornices": "fornix", "cervices": "cervix",
    "varices": "varix", "helices": "helix", "indices": "index", "meninges": "meninx", "tibiae": "tibia",
}  # fmt: skip
_ENDING = re.compile(r"(?:ies|us|um|on|is|ae|[aeiy])$")
_LONGEST_TOKEN = 100
_MOST_FORMS = 1 << 15


class Cut(NamedTuple):
    """A text's tokens: three lists of one length."""

    starts: list[int]
    ends: list[int]
    forms: list[str]


def spelled(word: str) -> str:
    """Return a word in lower case, Greek letters by name, spelled the American way.

    >>> spelled("\u03b1"), spelled("Oesophagus"), spelled("haematoxylin"), spelled("Tumour")
    ('alpha', 'esophagus', 'hematoxylin', 'tumor')
    """
    low = word.lower()
    if _GREEK_WORD.fullmatch(low):  # not within a word: "µm" is no "mum"
        return "".join(map(_GREEK.__getitem__, low))
    if len(low) > 3:
        for pattern, new in _SPELLINGS:
            low = pattern.sub(new, low)
    return low


def singulars(word: str) -> set[str]:
    """Return the words that `word`, as `spelled`, may be the plural of, and itself.

    >>> sorted(singulars("viruses")), sorted(singulars("axons")), sorted(singulars("rates"))
    (['virus', 'viruse', 'viruses', 'virusis'], ['axon', 'axons'], ['rate', 'rates', 'ratis'])
    """
    found = {word, _IRREGULAR.get(word, word)}
    if len(word) > 3:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            found.add(word[:-1])
        if word.endswith("es"):
            found.add(word[:-2] + "is")
        if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
            found.add(word[:-2])
        if word.endswith("ies"):
            found.add(word[:-3] + "y")
        found |= _latin(word)
    return found


def _latin(word: str) -> set[str]:
    if word.endswith("mata"):
        return {word[:-2]}
    if word.endswith("ae"):
        return {word[:-1]}
    if word.endswith("a"):
        return {word[:-1] + "um", word[:-1] + "on"}
    return {word[:-1] + "us"} if word.endswith("i") else set()


def stem(word: str) -> str:
    """Return the form under which a word meets its plurals.

    >>> stem("nuclei") == stem("Nucleus"), stem("mitochondria") == stem("mitochondrion"), stem("bodies") == stem("body")
    (True, True, True)
    >>> stem("axons") == stem("axon")
    True
    """
    low = spelled(word[:_LONGEST_TOKEN])
    low = _IRREGULAR.get(low, low)
    while len(low) > 3:
        bare = low[:-1] if low[-1] == "s" and low[-2] not in "sui" else low
        shorter = _ENDING.sub("", bare)
        if len(shorter) < 3:
            shorter = bare
        if shorter == low:
            break
        low = shorter
    return low


class Forms(dict[str, str]):
    """Stems that were made once; words repeat."""

    def __missing__(self, word: str) -> str:
        if len(self) > _MOST_FORMS:
            self.clear()
        found = self[word] = "" if word in _POSSESSIVE else "\n" if word.isspace() else stem(word)
        return found


_FORMS = Forms()


PARAGRAPH = 1 << 14
"""Characters up to which what was made of a text is kept: the figures of an article share its paragraphs."""


def cut(text: str) -> Cut:
    """Return the tokens of a text that bear a form, in order."""
    return _kept_cut(text) if len(text) < PARAGRAPH else _cut(text)


def _cut(text: str) -> Cut:
    spans = [match.span() for match in _TOKEN.finditer(text)]
    forms = [_FORMS[text[start:end]] for start, end in spans]
    if "" in forms:
        kept = [(span, form) for span, form in zip(spans, forms, strict=True) if form]
        spans, forms = [span for span, _ in kept], [form for _, form in kept]
    return Cut([start for start, _ in spans], [end for _, end in spans], forms)


_kept_cut = lru_cache(maxsize=128)(_cut)


def key_of(name: str) -> str:
    """Return the forms of a name in a row, with a blank at both ends: what the automaton looks for."""
    return f" {' '.join([form for word in _TOKEN.findall(name) if (form := _FORMS[word])])} "


def words_of(text: str) -> tuple[str, ...]:
    """Return the tokens of a text that bear a form, as written."""
    return tuple([word for word in _TOKEN.findall(text) if word not in _POSSESSIVE])
