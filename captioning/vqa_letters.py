"""VQA letters: which option an answer names, read strictly: one option, or why it is none."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final, Literal

from captioning.vqa_spoken import plain_lines, spoken, undressed

Unparsable = Literal["empty", "refused", "cut", "several", "no_option", "no_such_option", "no_places"]
"""Why an answer counts as none: and so as wrong."""

_BARE: Final = re.compile(r"[(\[{<]?\s?([A-Za-z])\s?[)\]}>]?[.,:;!\u3002]{0,2}")
_LED: Final = re.compile(
    r"(?:[(\[]([A-Za-z])[)\]]|([A-Za-z])(?:[).\]:]|\s+[-\u2013\u2014:](?=\s)))[\s:.,-]*(?=\S)|([A-Z])\s+(?=\S)"
)
_SO: Final = re.compile(
    r"[(\[]?([A-Z])[)\]]?\s*(?:"
    r",?\s+(?:because|since)\b.*|,\s+not\b.*"
    r"|\s+is\s+(?:the\s+)?(?:correct|right|best|answer)(?:\s+(?:answer|option|choice|one))?[.!]?)",
    re.DOTALL,
)
"""A letter with a reason or a denial of others behind it, or one that "is correct"."""
_STATED: Final = re.compile(
    r"\b(?:answer|choice|option)\b(?:\s+(?:is|would\s+be|should\s+be))?\s*[-:=\uff1a\u2013]?\s*(?:(?:option|choice)\s+)?",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(r"[(\[]?([A-Z])(?![A-Za-z0-9'\u2019])")
_ONE_MORE: Final = re.compile(
    r"(?:[(\[]([A-Z])[)\]]|(?<![A-Za-z0-9])([A-Z])[)](?!\w)|\b(?:or|and|option|answer|choice)\s+([A-Z])(?![A-Za-z0-9'\u2019]))"
)
_ALONE: Final = re.compile(r"(?<![A-Za-z0-9'\u2019])(?!A\s+(?!or\b|and\b|nor\b)[a-z])([A-Z])(?![A-Za-z0-9'\u2019])")
_REFUSES: Final = re.compile(
    r"^(?:i(?:'|\u2019)?m\s+|i\s+am\s+)?(?:so\s+|very\s+)?(?:sorry|unable|afraid)\b|^i\s+(?:can\s?not|can(?:'|\u2019)t|won(?:'|\u2019)t)\b",
    re.IGNORECASE,
)
_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011](?=[^\W\d_])")
_NO_SUCH: Final = -1


def named_option(answer: str, options: Sequence[str]) -> int | Unparsable:
    """Return which of the options, in the order they were shown, an answer names, from 0; or why it names none.

    Each line is read for itself. Taken are a letter alone ("B", "(B)", "B."), an option's whole text, a letter before
    its own option's text ("B) text"), one that "is correct" or has a reason behind it ("B because ..."), and any of
    these after "answer", "option" or "choice". A letter before anything else may begin a word or a name, and is none.
    What names two names none: also a text that is one option's and the letter of another.

    >>> named_option("(B) H&E", ["PAS", "H&E"])
    1
    """
    said = spoken(answer)
    if said is None:
        return "cut"
    lines = plain_lines(said)
    if not lines:
        return "empty"
    claims = {one for line in lines for one in _named_in_line(line, options)}
    if not claims:
        text = " ".join(lines)  # an option's text may be broken over lines
        claims = {at for at, option in enumerate(options) if _same(text, option)}
        if not claims:
            return _why_none(text, options)
    return _one_of(claims, _further(lines, options))


def _one_of(claims: set[int], further: set[int]) -> int | Unparsable:
    shown = (claims | further) - {_NO_SUCH}
    if len(shown) > 1:
        return "several"
    return shown.pop() if shown else "no_such_option"


def _why_none(text: str, options: Sequence[str]) -> Unparsable:
    """Return `several` where two options are named, by letter or text, in whatever words."""
    if _REFUSES.search(text):
        return "refused"
    own = re.compile(rf"(?<!\w)(?:{_any_of(options)})(?!\w)", re.IGNORECASE)
    told = {at for words in own.findall(text) for at, option in enumerate(options) if _same(words, option)}
    told |= {place for place in map(_place, _ALONE.findall(own.sub(" ", text))) if place < len(options)}
    return "several" if len(told) > 1 else "no_option"


def _named_in_line(line: str, options: Sequence[str]) -> set[int]:
    """Return the options that a line names, as a whole or in its statements."""
    return _claimed(line, options) or {one for said in _statements(line) for one in _claimed(said, options)}


def _claimed(text: str, options: Sequence[str]) -> set[int]:
    """Return the options that a text names if it is nothing but the naming of options."""
    whole = {at for at, option in enumerate(options) if _same(text, option)}
    bare = _BARE.fullmatch(undressed(text))
    if bare:
        place = _place(bare[1])
        shown = {place} if place < len(options) else set[int]()
        return whole | shown or {_NO_SUCH}
    return _led(text, options, whole) or whole or _so(text, options)


def _led(text: str, options: Sequence[str], whole: set[int]) -> set[int]:
    """Return the option whose letter stands before its own text, or that and another where the text is another's."""
    found = _LED.match(text)
    place = _place(found[1] or found[2] or found[3]) if found else len(options)
    if found is None or place >= len(options):
        return set()
    rest = text[found.end() :]
    if _same(rest, options[place]) or _same(rest.strip("(). "), options[place]):
        return whole | {place}
    if found[3]:  # "B H&E": with only a blank between the text must be all
        return set()
    others = {at for at, option in enumerate(options) if _same(rest, option)}
    if others:
        return {place} | others
    longest = max((option for option in options if _begins(rest, option)), key=len, default=None)
    return {place} if longest == options[place] else set()


def _so(text: str, options: Sequence[str]) -> set[int]:
    found = _SO.fullmatch(text)
    return {_place(found[1])} if found and _place(found[1]) < len(options) else set()


def _statements(line: str) -> Iterator[str]:
    """Yield what stands after each "answer is", as far as the next."""
    found = list(_STATED.finditer(line))
    for one, following in zip_longest(found, found[1:]):
        yield line[one.end() : following.start() if following else None].strip()


def _further(lines: Sequence[str], options: Sequence[str]) -> set[int]:
    """Return what lines name besides, unless it stands in the options' own texts."""
    own, found = re.compile(_any_of(options), re.IGNORECASE), set[int]()
    led = re.compile(rf"(?<![A-Za-z0-9])([A-Z])[).:\]]\s*({_any_of(options)})", re.IGNORECASE)
    for line in lines:
        stated = [_FIRST.match(said) for said in _statements(line) if not _claimed(said, options)]
        more = [one[1] or one[2] or one[3] for one in _ONE_MORE.finditer(own.sub(" ", line))]
        before = [one[1] for one in led.finditer(line) if _same(one[2], "".join(options[_place(one[1]) :][:1]))]
        found |= {_place(one) for one in [*(one[1] for one in stated if one), *more, *before]}
    return {place for place in found if place < len(options)}


def _any_of(options: Sequence[str]) -> str:
    """Return a pattern of the options' texts, the longest first; one that nothing fits where they have none."""
    texts = sorted((undressed(option) for option in options if undressed(option)), key=len, reverse=True)
    return "|".join(map(re.escape, texts)) or "(?!)"


def _place(one: str) -> int:
    return ord(one.upper()) - ord("A")


def _same(text: str, option: str) -> bool:
    return bool(option.strip()) and folded(text) == folded(option)


def _begins(text: str, option: str) -> bool:
    """Return whether a text begins with an option's, and goes on with no part of the same word."""
    said, words = folded(text), folded(option)
    return bool(words) and said.startswith(words) and not said[len(words) : len(words) + 1].isalnum()


def folded(text: str) -> str:
    """Return a text as options are compared: without dress, capitals, hyphens in words and a last full stop."""
    return _HYPHEN.sub(" ", undressed(text).casefold()).rstrip(". ")
