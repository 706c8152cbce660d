"""VQA letters: which option an answer names, read strictly: one option, or why it is none."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from captioning.vqa_items import letter

Unparsable = Literal["empty", "refused", "cut", "several", "no_option", "no_such_option", "no_places"]
"""Why an answer counts as none: and so as wrong."""

_THOUGHT: Final = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_BOXED: Final = re.compile(r"\\boxed\{\s*(?:\\text\{)?\s*([A-Za-z])\s*\}?\s*\}")
_DRESS: Final = str.maketrans("", "", '*_`"$')
_BARE: Final = re.compile(r"[(\[]?([A-Za-z])[)\]]?[.:]?")
_LED: Final = re.compile(r"(?:[(\[]([A-Za-z])[)\]]|([A-Za-z])(?:[).\]:]|\s+[-\u2013\u2014:](?=\s)))[\s:.,-]*(?=\S)")
_STATED: Final = re.compile(
    r"\b(?:answer|choice|option)(?:\s+(?:is|would\s+be|should\s+be))?\s*[:=\uff1a]?\s*(?:option\s+|choice\s+)?"
    r"(?:[(\[]([A-Za-z])[)\]]|([A-Z])(?![A-Za-z0-9'\u2019]))",
    re.IGNORECASE,
)
_ONE_MORE: Final = re.compile(
    r"(?:[(\[]([A-Z])[)\]]|(?<![A-Za-z0-9])([A-Z])[)](?!\w)|\b(?:or|and|option|answer|choice)\s+([A-Z])(?![A-Za-z0-9'\u2019]))"
)
_ENDS: Final = re.compile(r"[)\].]*(?:\s|$)*$")
_REFUSES: Final = re.compile(
    r"^(?:i(?:'|\u2019)?m\s+|i\s+am\s+)?(?:so\s+|very\s+)?(?:sorry|unable|afraid)\b|^i\s+(?:can\s?not|can(?:'|\u2019)t|won(?:'|\u2019)t)\b",
    re.IGNORECASE,
)


def named_option(answer: str, options: Sequence[str]) -> int | Unparsable:
    """Return which of the options, in the order they were shown, an answer names, from 0; or why it names none.

    Taken are a letter alone ("B", "b", "(B)", "B)", "B."), also in a line before others, a letter before words
    ("B) text"), a statement ("Answer: B", "the answer is (B)"), and an option's whole text. What names two names none.

    >>> named_option("(B) H&E", ["PAS", "H&E"])
    1
    """
    text = plain_answer(answer)
    if not text:
        return "empty"
    told = _bare(text) or _whole(text, options) or _listed(text)
    told = told or _first_line(answer, options) or _led(text, options) or _stated(text)
    found = _one_of(told, len(options))
    if found == "no_option" and _REFUSES.search(text):
        return "refused"
    return found


def spoken(answer: str) -> str:
    """Return an answer without thoughts before it."""
    return _THOUGHT.sub(" ", answer).strip()


def plain_answer(answer: str) -> str:
    """Return an answer without thoughts before it, marks of emphasis and fences."""
    text = _BOXED.sub(r" (\1) ", spoken(answer))
    return " ".join(text.translate(_DRESS).split())


def _one_of(letters: Iterable[str], count: int) -> int | Unparsable:
    """Return the place of the only letter."""
    named = {ord(one.upper()) - ord("A") for one in letters}
    if len(named) > 1:
        return "several"
    if not named:
        return "no_option"
    place = named.pop()
    return place if place < count else "no_such_option"


def _bare(text: str) -> list[str]:
    found = _BARE.fullmatch(text)
    return [found[1]] if found else []


def _whole(text: str, options: Sequence[str]) -> list[str]:
    """Return the letter of the option whose text this is; of all where several read the same."""
    return [letter(at) for at, option in enumerate(options) if _same(text, option)]


def _listed(text: str) -> list[str]:
    """Return the letters of a text that is nothing but several: "A or B", "A, C"."""
    between = r"(?:\s*[,/]\s*|\s+(?:or|and)\s+|\s+)"
    one = r"[(\[]?[A-Z][)\]]?"
    return re.findall("[A-Z]", text) if re.fullmatch(rf"{one}(?:{between}{one})+\.?", text) else []


def _first_line(answer: str, options: Sequence[str]) -> list[str]:
    """Return the letter that is alone in the first of several lines, and every other that the rest names."""
    first, _, rest = spoken(answer).partition("\n")
    found = _bare(plain_answer(first)) if rest else []
    return [*found, *(_named_in(plain_answer(rest), options) if found else [])]


def _led(text: str, options: Sequence[str]) -> list[str]:
    """Return the letter before some words, and every other that these name."""
    found = _LED.match(text) or _before_own_text(text, options)
    if found is None:
        return []
    rest = text[found.end() :]
    others = [letter(at) for at, option in enumerate(options) if _same(rest, option)]
    if _letter(found) in others:  # two options may read the same
        others = []
    return [_letter(found), *others, *_named_in(rest if not others else "", options)]


def _before_own_text(text: str, options: Sequence[str]) -> "re.Match[str] | None":
    """Return the letter that stands before its option's text with only a blank between."""
    found = re.match(r"([A-Z])()\s+(?=\S)", text)
    place = ord(found[1]) - ord("A") if found else len(options)
    return found if found and place < len(options) and _same(text[found.end() :], options[place]) else None


def _stated(text: str) -> list[str]:
    """Return the letters of every "answer is" in a text, with those that are named in the same breath."""
    said = []
    for found in _STATED.finditer(text):
        if found[2] and found[2].islower() and not _ENDS.match(text, found.end()):  # "the answer is a cell"
            continue
        after = re.match(
            r"[)\].:]*\s*(?:,|/|&|or|and)\s+(?:option\s+)?[(\[]?([A-Z])(?![A-Za-z0-9'\u2019])", text[found.end() :]
        )
        said += [_letter(found), *([after[1]] if after else [])]
    return said


def _named_in(rest: str, options: Sequence[str]) -> list[str]:
    """Return letters that further words name as options, unless they stand in the options' own texts."""
    for option in options:
        rest = rest.replace(option, " ")
    return [found[1] or found[2] or found[3] for found in _ONE_MORE.finditer(rest)]


def _letter(found: "re.Match[str]") -> str:
    return str(found[1] or found[2])


def _same(text: str, option: str) -> bool:
    return bool(option.strip()) and _folded(text) == _folded(option)


def _folded(text: str) -> str:
    return " ".join(text.translate(_DRESS).casefold().split()).rstrip(". ")
