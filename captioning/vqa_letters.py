"""VQA letters: which option an answer names, read strictly: one option, or why it is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from captioning.vqa_naming import BARE, NO_SUCH, mentioned, named_by, same
from captioning.vqa_spoken import plain_lines, spoken
from captioning.vqa_wording import corrects, denies_once, explains, rejects, sentences, takes_back, unsure_of

Unparsable = Literal[
    "empty", "refused", "cut", "several", "taken_back", "other_text", "no_option", "no_such_option", "no_places"
]
"""Why an answer counts as none: and so as wrong."""

_STATED: Final = re.compile(
    r"(?:\b(?:answer|ans|choice|option|letter|selection|assistant|antwort|r\u00e9ponse|respuesta|risposta|resposta)\b"
    r"(?:\s+(?:(?:is|to\s+be)|(?:would|should|must|has\s+to)\s+be))?|\u7b54\u6848\u662f?|\u9009\u62e9?)"
    r"\s*[-:=\u2013]?\s*(?:(?:most\s+)?(?:likely|probably)\s*:?\s*)?(?:(?:option|choice)\s+)?",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"\b(?:(?:i|we)(?:['\u2019](?:d|ll)|\s+(?:would|will|have\s+to|must))?\s+(?:think|believe|guess|say|choose|pick|select|answer"
    r"|go\s+(?:with|for))(?:\s+(?:that\s+)?(?:it|this)(?:['\u2019]s|\s+is))?|(?:my\s+(?:best\s+)?)?guess(?:\s+is|\s+would\s+be)?|(?:most\s+)?(?:likely|probably)"
    r"|(?:it|this)(?:['\u2019]s|\s+is|\s+must\s+be)|so|therefore|thus|hence)\b\s*[,:]?\s+(?:(?:option|choice)\s+)?",
    re.IGNORECASE,
)
_OF_IT: Final = re.compile(
    r"(?:the|this|it)(?:\s+\w+){0,4}\s+(?:is|are)\s+(?:(?:most\s+likely|probably)\s+)?", re.IGNORECASE
)
_SURE: Final = re.compile(r"\bfinal\s+(?:answer|choice)\b|\\boxed", re.IGNORECASE)
_UNTOLD: Final = re.compile(r"\banswer\b[^.]{0,40}\b(?:is|remains)\s+(?:unclear|unknown|uncertain)\b", re.IGNORECASE)
_LABEL: Final = re.compile(r"\b(?:panel|fig(?:ure)?|image|grade)$", re.IGNORECASE)
_REFUSES: Final = re.compile(
    r"^(?:i(?:'|\u2019)?m\s+|i\s+am\s+)?(?:so\s+|very\s+)?(?:sorry|unable|afraid)\b"
    r"|^i\s+(?:can\s?not|can(?:'|\u2019)t|won(?:'|\u2019)t|do(?:n(?:'|\u2019)t|\s+not)\s+see)\b",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(r"[(\[]?[A-Za-z][)\]]\s*\S|[A-Z][:.]\s+\S")


@dataclass(frozen=True)
class _Said:
    """A sentence, and what it names."""

    text: str
    named: set[int] = field(default_factory=set)
    """Options that it says are the answer."""
    spoken_of: set[int] = field(default_factory=set)
    """Options that it has in any words."""
    is_stated: bool = False
    """It says of itself that it is the answer."""


def named_option(answer: str, options: Sequence[str]) -> int | Unparsable:
    """Return which of the options, in the order they were shown, an answer names, from 0; or why it names none.

    Taken are sentences that are nothing but the naming of an option: by a letter alone ("B", "(B)"), by the whole text,
    by both ("B) text"), also behind "the answer is", and with a reason or a denial of others ("B, not A"). What else is
    said may explain, but name no other option, nor take back. The last "answer: ..." stands against all before it but
    another such.

    >>> named_option("(B) H&E", ["PAS", "H&E"])
    1
    """
    said = spoken(answer)
    if said is None:
        return "cut"
    lines = plain_lines(said)
    if not lines:
        return "empty"
    each = _each(lines, options)
    named = [at for at, one in enumerate(each) if one.named]
    if not named:
        text = " ".join(lines)  # an option's text may be broken over lines
        whole = {at for at, option in enumerate(options) if same(text, option)}
        alone = _of_it(text, options) if len(each) == 1 else None
        return _only(whole) if whole else _why_none(text, options) if alone is None else alone
    return _judged(each, named)


def begins_bare(answer: str, options: Sequence[str]) -> bool:
    """Return whether the first line is a letter or an option's text alone: what an answer that was cut must have."""
    lines = plain_lines(spoken(answer) or "")
    return bool(lines) and (BARE.fullmatch(lines[0]) is not None or any(same(lines[0], option) for option in options))


def _judged(each: Sequence[_Said], named: Sequence[int]) -> int | Unparsable:
    stated = [at for at in named if each[at].is_stated]
    claims = set().union(*(each[at].named for at in stated or named))
    last = (stated or named)[-1]
    if stated and _SURE.search(each[last].text):
        claims = each[last].named
    if len(claims) > 1:
        return "several"
    if claims == {NO_SUCH}:
        return "no_such_option"
    before = () if stated else each[:last]
    if any(_UNTOLD.search(one.text) for one in each):
        return "no_option"
    return _unless_unsaid(claims.pop(), before, each[last + 1 :])


def _unless_unsaid(choice: int, before: Sequence[_Said], after: Sequence[_Said]) -> int | Unparsable:
    """Return the choice, unless what stands around it names another option or takes it back."""
    if any(not one.named and _is_rival(one, choice) for one in before):
        return "several"
    is_reason = False
    for one in after:
        is_reason = is_reason or explains(one.text)
        if _is_rival(one, choice, is_reason=is_reason):
            return "several"
        if takes_back(one.text) or (choice in one.spoken_of and rejects(one.text)):
            return "taken_back"
    return choice


def _is_rival(one: _Said, choice: int, *, is_reason: bool = False) -> bool:
    """Return whether a sentence names another option: not where it denies it, nor in a reason that turns nowhere."""
    if one.named - {choice, NO_SUCH}:
        return True
    if not one.spoken_of - {choice}:
        return False
    is_denied = choice not in one.spoken_of and denies_once(one.text)
    return corrects(one.text) or not (is_denied or is_reason)


def _only(claims: set[int]) -> int | Unparsable:
    return claims.pop() if len(claims) == 1 else "several"


def _each(lines: Sequence[str], options: Sequence[str]) -> list[_Said]:
    """Return the sentences of all lines; a line that names an option as a whole is one."""
    known: dict[str, _Said] = {}
    each: list[_Said] = []
    for at, line in enumerate(lines):
        whole = named_by(line, options)
        parts = [line] if whole else sentences(line, options)
        for part in parts:
            known[part] = known.get(part) or _read(part, options, whole)
            is_led = bool(each) and _leads(each[-1].text)
            one = known[part]
            each.append(replace(one, is_stated=True) if is_led and one.named else one)
        if whole and _is_broken(lines, at):
            each[-1] = replace(each[-1], named=set(), is_stated=False)
    return each


def _is_broken(lines: Sequence[str], at: int) -> bool:
    """Return whether a letter on a line of its own is a part of a sentence around it."""
    if not BARE.fullmatch(lines[at]) or not lines[at][0].isupper():
        return False
    goes_on = at + 1 < len(lines) and lines[at + 1][0].islower() and lines[at][-1].isalpha()
    return goes_on or (at > 0 and _LABEL.search(lines[at - 1]) is not None)


def _leads(text: str) -> bool:
    """Return whether a line ends where the answer should come."""
    found = list(_STATED.finditer(text[-200:]))
    return bool(found) and found[-1].end() == len(text[-200:]) and not unsure_of(text[-200:][: found[-1].start()])


def _read(text: str, options: Sequence[str], whole: set[int]) -> _Said:
    spoken_of = mentioned(text, options)
    alone = whole or named_by(text, options)
    if alone:
        return _Said(text, alone, spoken_of)
    for lead, is_stated in ((_STATED, True), (_SAID, False)):
        found = list(lead.finditer(text))
        for one in found[-2:]:
            before, rest = text[: one.start()], text[one.end() :].strip()
            named = _article_aside(named_by(rest, options), one[0], rest)
            since = before[found[0].end() :] if is_stated else before
            if named and not unsure_of(before) and not mentioned(since, options) - named:
                return _Said(text, named, spoken_of, is_stated)
    return _Said(text, set(), spoken_of)


def _article_aside(named: set[int], lead: str, rest: str) -> set[int]:
    """Return what is named, and nothing where "is a" may be a sentence that was broken off."""
    return set() if rest.rstrip(".") == "a" and lead.rstrip()[-1:].isalpha() else named


def _of_it(text: str, options: Sequence[str]) -> int | None:
    """Return the option of an answer that is one sentence and says nothing else: "the stain is H&E"."""
    found = _OF_IT.match(text)
    rest = text[found.end() :] if found else ""
    if found is None or BARE.fullmatch(rest) or unsure_of(found[0]):
        return None
    named = named_by(rest, options)
    return named.pop() if len(named) == 1 and named == mentioned(text, options) else None


def _why_none(text: str, options: Sequence[str]) -> Unparsable:
    """Return `several` where two options are named, by letter or text, in whatever words."""
    if _REFUSES.search(text):
        return "refused"
    if len(mentioned(text, options)) > 1:
        return "several"
    return "other_text" if _OTHER.match(text) else "no_option"
