"""Letters: a text as the checks read it, cut into tokens whose places are those of the text as it was given."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

_TOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_SPACES = frozenset("\t\u2028\u2029")
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad")
_PRIMES = frozenset("\u2032\u2019\u2018\u02b9\u02bc\u00b4")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e]")
SUPERSCRIPT = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
_SUPERSCRIPTS = frozenset(SUPERSCRIPT + "\u207a\u207b")

_GREEK = {
    "\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma", "\u03b4": "delta", "\u03b5": "epsilon", "\u03b6": "zeta",
    "\u03b7": "eta", "\u03b8": "theta", "\u03ba": "kappa", "\u03bb": "lambda", "\u03bc": "mu", "\u03c0": "pi",
    "\u03c1": "rho", "\u03c3": "sigma", "\u03c4": "tau", "\u03c6": "phi", "\u03c7": "chi", "\u03c8": "psi",
    "\u03c9": "omega",
}  # fmt: skip
_SPELLINGS = (
    (re.compile(r"(?<=[a-z])our(?=s|ed|ing|$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
    (re.compile(r"^fibre"), "fiber"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"(?<=[a-z])aem(?=[a-z])"), "em"),
    (re.compile(r"^haem"), "hem"),
    (re.compile(r"^oe(?=[a-z]{4})"), "e"),
    (re.compile(r"is(?=(?:e|ed|es|ing|ation|ations)$)"), "iz"),
    (re.compile(r"yse(?=[ds]?$)"), "yze"),
    (re.compile(r"ll(?=(?:ed|ing)$)"), "l"),
)
_IRREGULAR = {
    "mice": "mouse", "cortices": "cortex", "cortical": "cortex", "matrices": "matrix", "feet": "foot",
    "teeth": "tooth", "leaves": "leaf", "men": "man", "women": "woman", "children": "child", "lumina": "lumen",
    "foramina": "foramen", "indices": "index", "apices": "apex", "apical": "apex", "grown": "grow", "grew": "grow",
    "shown": "show", "seen": "see", "saw": "see", "taken": "take", "took": "take", "bound": "bind", "fed": "feed",
    "acini": "acinus", "acinar": "acinus", "villi": "villus", "villous": "villus", "foci": "focus",
    "focal": "focus", "fungi": "fungus", "fungal": "fungus", "cervical": "cervix", "thoracic": "thorax",
    "pelvic": "pelvis", "vertebrae": "vertebra", "vertebral": "vertebra", "bacilli": "bacillus",
    "bacillary": "bacillus", "hyphae": "hypha", "hyphal": "hypha", "septa": "septum", "septal": "septum",
    "septate": "septum", "testes": "testis", "lay": "lie", "found": "find", "made": "make", "kept": "keep",
    "dying": "die", "lost": "loss", "arose": "arise", "arisen": "arise", "given": "give", "gave": "give",
    "chosen": "choose", "drawn": "draw", "split": "split",
}  # fmt: skip
_ENDING = re.compile(r"(?:ial|ion|ous|ae|al|ar|us|um|on|is|ic|ia|ies|es|[aeiys])$")


class _Same(dict[int, str]):
    """One character for one, so that places stay: dashes, blanks and primes of all kinds, wide and slanted letters."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if letter in _DASHES:
            self[code] = "-"
        elif letter in _PRIMES:
            self[code] = "'"
        elif letter in _SPACES or unicodedata.category(letter) == "Zs":
            self[code] = " "
        else:
            usual = unicodedata.normalize("NFKC", letter)
            self[code] = letter if letter in _SUPERSCRIPTS or len(usual) != 1 else usual
        return self[code]


_SAME = _Same()


def smooth(text: str) -> str:
    """Return a text of the same length with one letter for all that look alike.

    >>> smooth("5\u2013\uff11\uff10\u2009\u00b5m")
    '5-10 \u03bcm'
    """
    return text.translate(_SAME)


def visible(text: str) -> tuple[str, list[int] | None]:
    """Return a text without letters that nobody sees, and where each letter stood; None where there are none."""
    if not _INVISIBLE.search(text):
        return text, None
    places = [at for at, letter in enumerate(text) if not _INVISIBLE.match(letter)]
    return "".join(text[at] for at in places), [*places, len(text)]


class Token(NamedTuple):
    """A run of letters and digits, in the text from start to end."""

    start: int
    end: int
    text: str
    form: str
    """In lower case, a Greek letter by its name."""
    stem: str


def tokens(smoothed: str) -> list[Token]:
    """Return the tokens of a text that is `smooth`."""
    return [Token(found.start(), found.end(), *_read(found[0])) for found in _TOKEN.finditer(smoothed)]


@lru_cache(maxsize=1 << 13)  # numbers and names of strangers come once: more would only grow
def _read(word: str) -> tuple[str, str, str]:
    form = unicodedata.normalize("NFKC", word[:100]).casefold()
    form = _GREEK.get(form, form)
    return word, form, stem(form)


_ENGLISH = snowballstemmer.stemmer("english")


@lru_cache(maxsize=1 << 13)  # numbers and names of strangers come once: more would only grow
def stem(form: str) -> str:
    """Return what a word has in common with its other numbers, cases, spellings and the words made of it.

    >>> stem("nuclei") == stem("nucleus") == stem("nuclear"), stem("mitochondria") == stem("mitochondrial")
    (True, True)
    >>> stem("localisation") == stem("localized"), stem("tumours") == stem("tumor"), stem("labelled") == stem("label")
    (True, True, True)
    """
    if not form.isalpha() or not form.isascii() or len(form) < 4:
        return form
    for pattern, usual in _SPELLINGS:
        form = pattern.sub(usual, form)
    short: str = _ENGLISH.stemWord(_IRREGULAR.get(form, form))
    if short.endswith("at") and len(short) > 6 and form.rstrip("s").endswith("ation"):  # "starvation" is of "starved"
        short = short[:-2]
    while len(short) > 5:
        shorter = _ENDING.sub("", short)
        if shorter == short or len(shorter) < 5:
            break
        short = shorter
    return short


def as_code(form: str) -> str:
    """Return a piece of a symbol as symbols are compared: Greek letters by their Latin ones.

    >>> as_code("alpha"), as_code("tnf\u03b1"), as_code("hek293t")
    ('a', 'tnfa', 'hek293t')
    """
    if form in _LATIN:
        return _LATIN[form]
    return "".join(_LATIN.get(_GREEK.get(letter, letter), letter) for letter in form) if not form.isascii() else form


_LATIN = {name: name[0] for name in _GREEK.values()}
