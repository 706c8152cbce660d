"""Inflection: whether words in a text are a name, in another number, case or spelling; and a name's adjectives.

Rules hold by ontology: a Latin genus keeps its capital and has no plural, an abbreviation keeps its case.
"""

import re
from functools import lru_cache

from curation.words import singulars, spelled, words_of

_CODE = re.compile(r".{1,2}|.*[A-Z].*[A-Z].*|(?=.*[A-Z])(?=.*\d).*|[a-z]{1,3}[A-Z\d].*")
_SHOUTED = re.compile(r"[A-Z]{1,5}")


@lru_cache(maxsize=1 << 16)
def is_code(name: str) -> bool:
    """Return whether a name is an abbreviation or a symbol, whose case tells it from a word.

    >>> is_code("ER"), is_code("Cy3"), is_code("eGFP"), is_code("Golgi"), is_code("axon"), is_code("T cell")
    (True, True, True, False, False, False)
    """
    words = words_of(name)
    return len(words) == 1 and bool(_CODE.fullmatch(words[0]))


def is_shouted(said: str) -> bool:
    """Return whether `said` is so short, and all capitals, that it rather is an abbreviation than a word.

    >>> is_shouted("FISH"), is_shouted("MOUSE BRAIN"), is_shouted("Fish")
    (True, False, False)
    """
    return bool(_SHOUTED.fullmatch(said))


def same_code(said: str, name: str) -> bool:
    """Return whether `said` is the abbreviation `name`, or its plural."""
    return said in (name, f"{name}s")


@lru_cache(maxsize=1 << 16)
def _inflects(said: str, name: str) -> bool:
    ours, theirs = spelled(said), spelled(name)
    return ours == theirs or not singulars(ours).isdisjoint(singulars(theirs))


def same_words(said: tuple[str, ...], name: tuple[str, ...], *, plural: bool) -> bool:
    """Return whether the words of a text are those of a name, apart from case, spelling and number.

    >>> same_words(("Hair", "cells"), ("hair", "cell"), plural=True)
    True
    >>> same_words(("hair", "cells"), ("hair", "cell"), plural=False)
    False
    """
    if len(said) != len(name):
        return False
    if not plural:
        return [spelled(word) for word in said] == [spelled(word) for word in name]
    return all(_inflects(ours, theirs) for ours, theirs in zip(said, name, strict=True))


def is_latin(name: str) -> bool:
    """Return whether a taxon's name is a scientific one: it has its capital also within a sentence."""
    return name[:1].isupper() and not is_code(name)


_ADJECTIVES = (
    ("us", ("al", "ar", "ic", "ous")),
    ("um", ("al", "ar", "ic")),
    ("ion", ("ial", "ionic")),
    ("on", ("onal", "onic", "al")),
    ("a", ("al", "ar", "ic", "ary")),
    ("is", ("al", "ic", "icular")),
    ("le", ("ular",)),
    ("ex", ("ical",)),
    ("e", ("al", "ic", "ar", "atic")),
    ("ry", ("rial", "ric")),
    ("y", ("ic", "al")),
    ("o", ("onic",)),
    ("", ("al", "ic", "ar")),
)


def adjectives(noun: str) -> list[str]:
    """Return what the adjective of a single word may be; most of them are no words, and are never met.

    >>> "nuclear" in adjectives("nucleus"), "neuronal" in adjectives("neuron"), "cortical" in adjectives("cortex")
    (True, True, True)
    """
    if len(noun) < 4 or not noun.isalpha() or not noun.islower():
        return []
    ending, makes = next(rule for rule in _ADJECTIVES if noun.endswith(rule[0]))
    root = noun.removesuffix(ending) if ending else noun
    return [root + suffix for suffix in makes]


def inversions(name: str) -> list[str]:
    """Return "B A" for a name "A of B".

    >>> inversions("epithelium of retina")
    ['retina epithelium']
    """
    first, of, second = name.partition(" of ")
    if not of or " of " in second or "," in name or len(second.split()) > 3:
        return []
    return [f"{second.removeprefix('the ')} {first}"]


def head_of(name: str) -> str | None:
    """Return "A" for a name "A of B" where A has two words or more and isn't one of a row.

    >>> head_of("outer nuclear layer of retina"), head_of("head of femur"), head_of("layer 2 of piriform cortex")
    ('outer nuclear layer', None, None)
    """
    first, of, _ = name.partition(" of ")
    words = first.split()
    return first if of and len(words) > 1 and len(words[-1]) > 1 else None


_BRACKETED = re.compile(r"([^()]{3,}) \(([^()]{3,})\)")


def bracketed(name: str) -> list[str]:
    """Return both names of "PALM (photoactivation localization microscopy)", and "mCherry" for "mCherryFP".

    >>> bracketed("scanning electron microscopy (SEM)"), bracketed("mCherryFP")
    (['scanning electron microscopy', 'SEM'], ['mCherry'])
    """
    if both := _BRACKETED.fullmatch(name):
        return [both[1], both[2]]
    return [name.removesuffix("FP")] if name.endswith("FP") and len(name) > 5 else []


def dyes(name: str) -> list[str]:
    """Return how a dye is called in a laboratory.

    >>> dyes("Cy3 dye"), dyes("Alexa Fluor 488")
    (['Cy3'], ['AlexaFluor 488', 'Alexa 488', 'Alexa488', 'AlexaFluor488', 'Alexa Fluor488'])
    """
    if name.endswith(" dye") and len(name) > 6:
        return [name.removesuffix(" dye")]
    if name.startswith("Alexa Fluor "):
        number = name.rpartition(" ")[2]
        return [f"{brand}{number}" for brand in ("AlexaFluor ", "Alexa ", "Alexa", "AlexaFluor", "Alexa Fluor")]
    return []


# How English makes a noun and an adjective of a group's Latin name.
_VERNACULAR = (
    ("viridae", ("virus", "viral")),
    ("idae", ("id",)),
    ("inae", ("ine",)),
    ("mycetes", ("mycete",)),
    ("zoa", ("zoan",)),
    ("ota", ("ote", "otic")),
    ("poda", ("pod",)),
    ("oda", ("ode",)),
    ("ata", ("ate",)),
    ("stomia", ("stome",)),
    ("aea", ("aeal", "aeon")),
    ("ei", ("",)),
)


def vernaculars(latin: str) -> list[str]:
    """Return how English may call a group that has a Latin name of one word.

    >>> vernaculars("Retroviridae"), vernaculars("Eukaryota"), vernaculars("Mus")
    (['retrovirus', 'retroviral'], ['eukaryote', 'eukaryotic'], [])
    """
    if not latin.isalpha() or len(latin) < 7:
        return []
    for ending, makes in _VERNACULAR:
        if latin.endswith(ending):
            return [latin[: -len(ending)].lower() + suffix for suffix in makes]
    return []
