"""Licence exceptions: the figures, or who knows what, that a statement takes out of the licence that it gives.

The patterns read the same text as those of `schemas.licence_grammar`.
"""

import re
from typing import Final, NamedTuple

from schemas.licence_grammar import IMAGES, things_in, words_of

_ITEM = r"(?:s ?)?\d+(?:\.\d+)?(?:-?[a-z]-[a-z]\b|[a-z]\b|\([a-z]\))?"
_FIGURES: Final = re.compile(
    r"\b(?P<kind>fig(?:ure)?|scheme|plate|chart|box|image|photo|video|movie|map)(?:e?s)?[ .]{0,2}"
    rf"(?P<numbers>{_ITEM}(?: ?(?:,|&|-|and|to|or|,? and) ?(?:fig(?:ure)?s?\.? ?)?{_ITEM})*)"
)
_NUMBER: Final = re.compile(r"(?P<range>(?:-|\bto) ?(?:fig(?:ure)?s?\.? ?)?)?(?P<series>\bs ?)?(?P<number>\d+)")
_DIGIT: Final = re.compile(r"\d")
_MOST_FIGURES = 200
_TARGET_CHARACTERS = 120

_LOGOS = r"(?:logos?|trade ?marks?)"
_HARMLESS: Final = re.compile(
    r"\b(?:except(?:ing)?(?: for)?(?: in cases?)?,? (?:where|when|as|if|otherwise)|unless)\b[^.;:_]{0,60}?"
    r"\b(?:noted|stated|indicated|specified|marked|acknowledged|credited|mentioned|identified)\b"
    r"(?: otherwise)?(?! ?[:(])"
    r"|\b(?:except(?:ing)?(?: for)?|excluding|other than|apart from|with the exception of"
    r"|do(?:es)? not (?:include|cover|apply to|extend to)) (?:any |the |all )*"
    rf"(?:third[ -]part(?:y|ies)(?:'s)?(?: (?:materials?|contents?|images?))*+|{_LOGOS})(?:,? (?:and|or) {_LOGOS})*+"
    r"(?! ?[,&]| and\b| or\b)"
)
"""Exceptions that say nothing of a figure: what they speak of is told where it stands."""
_EXCEPT: Final = re.compile(
    r"\b(?:except(?:ing)?|exceptions?(?= ?(?::|is|are))|with the exceptions? of|excluding|other than|apart from"
    r"|aside from|save for|but not(?! limited)|not including"
    r"|(?P<verb>(?:does|do|shall|will) not (?:include|cover|(?:apply|extend) to)))\b(?: (?:for|of|to|is|are))?:?"
)
_TARGET: Final = re.compile(r"[ (]*(?:(?:the|all|any|panels? [a-z](?:,? (?:and )?[a-z])* (?:of|in)|parts? of) )*")
_AND_MORE: Final = re.compile(rf"[ ,]*(?:and|or|,) (?:\w+ ){{0,3}}{IMAGES}\b")
_OF_A_LICENCE: Final = re.compile(r"\blicen[cs]e|\b(?:it|this|these terms) (?:does|do|shall|will) not\b|^\W*except")
_NEVER = r"\b(?:not|never|no longer|neither|cannot)\b"
_TAKEN: Final = re.compile(
    rf"{_NEVER}[^.;]{{0,50}}\b(?:cover|includ|licen|subject|part of|available|fall|distribut)"
    r"|\b(?:exclud|exempt|except|withheld|permission|copyright|courtesy|reserved|own(?:ed|s)\b|belongs? to|restricted"
    r"|outside|getty|shutterstock|alamy)"
    r"|\d[a-z]? (?:is|are) not\b|\bpropert(?:y|ies) of\b|\u00a9"
)
_DENIED: Final = re.compile(
    rf"(?:{_NEVER}(?: \w+){{0,2}} (?:cover|includ|licen[cs]ed|part|available|subject|publish|distrib|releas|govern"
    r"|fall)|\b(?:exclud|exempt|outside))[^.;]{0,60}(?:\blicen[cs]e\b|creative commons|\bcc[ -]by\b)"
)
_LEFT_OUT: Final = re.compile(
    rf"(?:^\W*|\b(?:it|they|{IMAGES}) )(?:is|are|was|were) (?:not (?:covered|included|licen[cs]ed)|excluded)\b"
)
"""Says so only beside a licence: images are excluded from a count, too."""
_OUT: Final = re.compile(
    rf"\b{IMAGES}\b[^.;]*?(?:\u00a9|\(c\) ?\d|\b(?:without|minus|exclud\w+|except\w*|prohibit\w+|forbid\w*"
    r"|(?:not|never|no longer)(?= (?:\w+ )?(?:cover|includ|licen|permi|allow|availab|part|subject|free|open|re-?us"
    r"|be\b))"
    r"|restrict\w+|reserved|all rights|courtesy|propert(?:y|ies) of|with (?:the )?(?:kind )?permission"
    r"|(?:by|of) permission|belongs?|owned|remains? with|protected|subject to"
    r"|(?:other|different|separate|own) (?:terms|licen)\w*"
    r"|copyright(?:ed)? (?!holder|owner|law|notice|clear|transf|protect|permi))\b)"
    rf"|\brights (?:in|to|of) (?:the |all |these )?{IMAGES}\b"
    r"|\b(?:not|no|without|w/o|minus|exclud\w+)"
    r"(?: (?:applicable|valid|including|the|any|all|these|to|for|of|third|party))*"
    rf" {IMAGES}\b"
)
_CREDIT: Final = re.compile(rf"\b(?!\w+(?<!s)\b){IMAGES}\b|\b{IMAGES} (?:is|are|was|were|remains?|belongs?)\b")
"""What a credit hasn't: several pictures, or a sentence about one; "photo \u00a9 Roe, CC BY" licenses the photo."""
_CONDITIONAL: Final = re.compile(r"\bif\b|\bcopyright protection\b")


class Taken(NamedTuple):
    """What a sentence takes out of a licence."""

    figures: frozenset[str]
    unclear: bool
    """True where it takes out what no rule can point at."""
    rest: str
    """The sentence without its exceptions; as long as it was."""


def figure_names(text: str) -> frozenset[str]:
    """Return the figures that `text` names by number, in one spelling; panels stand for their figure.

    >>> sorted(figure_names("figs. 2a and 5-6, scheme 1"))
    ['figure 2', 'figure 5', 'figure 6', 'scheme 1']
    """
    if not _DIGIT.search(text):
        return frozenset()
    return frozenset(name for found in _FIGURES.finditer(text) for name in _numbered(found))


def _numbered(found: re.Match[str]) -> list[str]:
    kind = "figure" if found["kind"] == "fig" else found["kind"]
    names: list[str] = []
    last = 0
    for one in _NUMBER.finditer(found["numbers"]):
        series, number = "s" if one["series"] else "", int(one["number"])
        first = last + 1 if one["range"] and last < number <= last + _MOST_FIGURES else number
        names += [f"{kind} {series}{each}" for each in range(first, number + 1)]
        last = number
    return names


def without_harmless(text: str) -> str:
    """Return `text` without the exceptions that every publisher makes; it stays as long as it was."""
    if (
        "except" not in text
        and "unless" not in text
        and "third" not in text
        and "trade" not in text
        and "logo" not in text
    ):
        return text
    return _HARMLESS.sub(lambda found: " " * len(found[0]), text)


def taken_out(sentence: str, *, names_a_licence: bool) -> Taken:
    """Return what `sentence` excepts from a licence that it or a sentence near it names."""
    figures: set[str] = set()
    rest, place = [], 0
    for found in _EXCEPT.finditer(sentence):
        if not (names_a_licence or _OF_A_LICENCE.search(sentence)) or (found["verb"] and _CONDITIONAL.search(sentence)):
            continue
        target = _TARGET.match(sentence, found.end())
        listed = _FIGURES.match(sentence, target.end()) if target else None
        harmless = listed or _is_another_thing(sentence[found.end() : found.end() + _TARGET_CHARACTERS])
        if not harmless or (listed and _AND_MORE.match(sentence, listed.end())):
            return Taken(frozenset(figures), unclear=True, rest=sentence)
        figures.update(_numbered(listed) if listed else ())
        end = listed.end() if listed else found.end()
        rest += [sentence[place : found.start()], " " * (end - found.start())]
        place = end
    return Taken(frozenset(figures), unclear=False, rest="".join([*rest, sentence[place:]]))


def _is_another_thing(target: str) -> bool:
    phrase = re.split(r"[.;,()_]", target)[0]
    return set(things_in(phrase, words_of(phrase))) == {"other"} or bool(re.match(r"\W*(?:the )?tables?\b", phrase))


def is_taken(sentence: str, figures: frozenset[str], *, may_credit: bool = False) -> bool:
    """Return whether a clause that names no licence says that `figures`, or pictures at large, are somebody else's.

    One that `may_credit` stands before a licence, and may tell whose picture it is.
    """
    if "if " in sentence and _CONDITIONAL.search(sentence):
        return False
    if may_credit and not _CREDIT.search(sentence):
        return False
    if figures:
        return bool(_TAKEN.search(sentence))
    return bool(_DENIED.search(sentence) or _LEFT_OUT.search(sentence) or _OUT.search(sentence))


def denies_a_licence(text: str) -> bool:
    """Return whether a text that names no licence keeps its work out of one."""
    return bool(_DENIED.search(text)) and not _CONDITIONAL.search(text)
