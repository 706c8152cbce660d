"""VQA naming: whether a text is nothing but the naming of options: by letter, by whole text, or by both."""

import re
from collections.abc import Sequence
from typing import Final

from captioning.vqa_spoken import undressed
from captioning.vqa_wording import corrects, denies

NO_SUCH: Final = -1
"""A letter that wasn't shown."""

BARE: Final = re.compile(r"[(\[{<]?\s?([A-Za-z])\s?[)\]}>]?[.,:;!\u3002]{0,2}")
_LED: Final = re.compile(
    r"(?:[(\[]([A-Za-z])[)\]]|([A-Za-z])(?:[).\]:]|\s*[,\u3001\u2014]|\s+[-\u2013:](?=\s)))\s*:?\s*(?=\S)|([A-Z])\s+(?=\S)"
)
_FOLLOWED: Final = re.compile(r"(.*\S)\s*[(\[]([A-Z])[)\]]")
_REASON: Final = re.compile(r"(.*?),?\s+(?:because|since|due\s+to)\b(.*)", re.DOTALL | re.IGNORECASE)
_REMARK: Final = re.compile(
    r"(.*?),\s+(?:which|as|given|based\s+on|specifically|namely|with)\b(.*)", re.DOTALL | re.IGNORECASE
)
_NOT_OTHERS: Final = re.compile(r"(.*?),?\s+(?:(?:and\s+)?not|rather\s+than|instead\s+of)\s+(.*)", re.DOTALL)
_CONFIRMED: Final = re.compile(
    r"(.*?)\s+is\s+(?:the\s+)?(?:most\s+likely\s+)?(?:correct|right|best|answer)(?:\s+(?:answer|option|choice|one))?",
    re.DOTALL | re.IGNORECASE,
)
_ADDED: Final = re.compile(r"(.*\S)\s*\(([^()]*)\)")
_JOINED: Final = re.compile(r"\s*(?:,\s*(?:or|and)\b|\bor(?:\s+maybe)?\b|\band\b|[/,;&+\u3001])\s*", re.IGNORECASE)
_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])[-\u2010-\u2013](?=[^\W\d_])")
_MICRON: Final = re.compile(r"(?<=\d)\s*(?:um|\u03bcm|microns?|micromet(?:er|re)s?)(?!\w)")
_ARTICLE: Final = re.compile(r"(?:an?|the|The|An)\s+")
_MOST_CHARACTERS: Final = 2_000


def named_by(text: str, options: Sequence[str]) -> set[int]:
    """Return the options, by place, that a text names if it is nothing but their naming, with a reason or without."""
    if len(text) > _MOST_CHARACTERS or not text:
        return set()
    found = _plainly(text, options)
    if found or text.rstrip().endswith("?"):
        return found
    return _with_tail(text.rstrip(" .!\u3002"), options) or _yes_or_no(text, options) or _several(text, options)


def _plainly(text: str, options: Sequence[str]) -> set[int]:
    """Return what a letter, a whole text or both name."""
    whole = {at for at, option in enumerate(options) if same(text, option)}
    bare = BARE.fullmatch(undressed(text))
    if bare:
        at = place(bare[1])
        return whole | ({at} if at < len(options) else set()) or {NO_SUCH}
    return _led(text, options, whole) or whole or _followed(text, options) or _loosely(text, options)


def _led(text: str, options: Sequence[str], whole: set[int]) -> set[int]:
    """Return the option whose letter stands before its own text, or that and another where the text is another's."""
    found = _LED.match(text)
    at = place(found[1] or found[2] or found[3]) if found else len(options)
    if found is None or at >= len(options):
        return set()
    rest = text[found.end() :]
    told = _texts(rest, options) or _texts(rest.rstrip(". ").removeprefix("(").removesuffix(")"), options)
    if at in told:
        return whole | {at}
    return {at} | told if told and not (found[3] and whole) else set()


def _followed(text: str, options: Sequence[str]) -> set[int]:
    """Return the option whose text stands before its letter in brackets."""
    found = _FOLLOWED.fullmatch(text.rstrip(" .!"))
    told = _texts(found[1], options) if found else set[int]()
    return told | {place(found[2])} if found and told and place(found[2]) < len(options) else set()


def _loosely(text: str, options: Sequence[str]) -> set[int]:
    """Return the option whose text this is but for an article."""
    found = _ARTICLE.match(text)
    return _texts(text[found.end() :], options) if found else _texts(text, options)


def _texts(text: str, options: Sequence[str]) -> set[int]:
    """Return the options that a text is, as a whole; else those it is in the plural, or without their brackets."""
    exact = {at for at, option in enumerate(options) if same(text, option)}
    if exact:
        return exact
    plural = {at for at, option in enumerate(options) if option[-1:].isalpha() and same(text, f"{option}s")}
    short = {
        at for at, option in enumerate(options) for own in [_ADDED.fullmatch(option)] if own and same(text, own[1])
    }
    return plural or (short if len(short) == 1 else set())


def _with_tail(text: str, options: Sequence[str]) -> set[int]:
    """Return what is named before a reason, a denial of others, a remark, or a word that it is right."""
    for form in (_CONFIRMED, _REASON, _NOT_OTHERS, _REMARK, _ADDED):
        found = form.fullmatch(text)
        named = _plainly(found[1], options) or _confirmed(found[1], options) if found else set[int]()
        if found and named and form is _CONFIRMED:
            return named
        if found and named and _is_harmless(form, found[2], named, options):
            return named
    return set()


def _confirmed(text: str, options: Sequence[str]) -> set[int]:
    found = _CONFIRMED.fullmatch(text)
    return _plainly(found[1], options) if found else set()


def _is_harmless(form: re.Pattern[str], tail: str, named: set[int], options: Sequence[str]) -> bool:
    if form is _NOT_OTHERS:
        others = named_by(tail, options) if tail else set[int]()
        return bool(others) and not others & named
    if form is _REASON:
        return not corrects(tail)
    numbers = all(not any(map(str.isalpha, options[at])) for at in named if at >= 0)
    others = mentioned(tail, options) - named
    return not (
        denies(tail)
        or corrects(tail)
        or others
        or re.search(r"\bwould\b|%", tail)
        or (numbers and re.search(r"\d", tail))
    )


def _yes_or_no(text: str, options: Sequence[str]) -> set[int]:
    """Return the yes or no that a sentence begins with, as an option, where nothing behind it turns or names."""
    first, _, rest = text.partition(",")
    turns = corrects(rest) or mentioned(rest, options) or _YES_NO & set(re.findall(r"\w+", rest.casefold()))
    is_one = first.casefold() in _YES_NO and rest and not turns
    return {at for at, option in enumerate(options) if is_one and same(first, option)}


def _several(text: str, options: Sequence[str]) -> set[int]:
    """Return the options of a list of names: each part names one."""
    parts = [part for part in _JOINED.split(text) if part]
    if not 1 < len(parts) <= 2 * len(options):
        return set()
    each = [_plainly(part, options) for part in parts]
    return set().union(*each) if all(each) and {NO_SUCH} not in each else set()


_LETTER: Final = re.compile(
    r"(?<![A-Za-z0-9'\u2019&/])(?!A\s+(?!or\b|and\b|nor\b|is\b)[a-z])(?!I\s+[a-z])([A-Z])(?![A-Za-z0-9'\u2019&])"
)
_YES_NO: Final = {"yes", "no"}
"""Options whose texts are words of any sentence."""


def mentioned(text: str, options: Sequence[str]) -> set[int]:
    """Return the options that a text speaks of, by letter or by text, in whatever words."""
    own = re.compile(rf"(?<!\w)(?:{any_of(options)})(?!\w)", re.IGNORECASE)
    said = {words for words in own.findall(text) if words.casefold() not in _YES_NO}
    told = {at for words in said for at, option in enumerate(options) if same(words, option)}
    letters = {place(one) for one in _LETTER.findall(own.sub(" ", text))}
    return told | {at for at in letters if at < len(options)}


def any_of(options: Sequence[str]) -> str:
    """Return a pattern of the options' texts, the longest first; one that nothing fits where they have none."""
    texts = sorted((undressed(option) for option in options if undressed(option)), key=len, reverse=True)
    return "|".join(map(re.escape, texts)) or "(?!)"


def place(one: str) -> int:
    """Return the place of the option that a letter names, from 0."""
    return ord(one.upper()) - ord("A")


def same(text: str, option: str) -> bool:
    """Return whether two texts are one but for what `folded` takes away."""
    return bool(option.strip()) and folded(text) == folded(option)


def folded(text: str) -> str:
    """Return a text as options are compared: without dress, capitals, hyphens in words, blanks around signs.

    >>> folded("1.2 microns") == folded("1.2\u00b5m.")
    True
    """
    plain = undressed(text).replace("\u00b5", "\u03bc").casefold()
    joined = re.sub(r"\s*&\s*", "&", _MICRON.sub(" \u03bcm", _HYPHEN.sub(" ", plain)))
    return joined.rstrip(". \u3002!") or plain
