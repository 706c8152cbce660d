"""Name claims: names and words that no fact carries, each under the class that it seems to be of.

A word needs no fact when it is a plain English one that claims nothing, or says what a picture shows by itself. All
others must stand in the evidence: as they are, in another form, as another name of the same term, or as one of the
words that carry each other. So a name that nobody has ever listed is refused as well.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captioning.carried import Carried, initials_of, is_code
from captioning.letters import Token
from captioning.name_classes import class_of
from captioning.quantities import Quantity
from captioning.reading import Reading, claimed, is_carried, is_name_by_case, is_title
from captioning.sentences import Sentence
from captioning.single_letters import judge_letter
from captioning.term_names import Meant, names_in
from captioning.unsupported import Place
from captioning.word_lists import claims, grammar, plain, units, visual

_TIED, _SEEN, _FREE = "tied", "seen", ""
"""What a token may be that isn't refused: carried by a fact, seen in the picture, or neither."""
_LIKENED = re.compile(r"-(?:shaped|like)\b")


class Words(NamedTuple):
    """What was found of a text's words; tokens by their place in the text."""

    unsupported: list[Place]
    known: frozenset[int]
    """Of names whose term the evidence names; a number among them is no number."""
    tied: frozenset[int]
    """Carried by a fact, and more than grammar."""
    seen: frozenset[int]
    """What a picture shows by itself."""


def unsupported_words(
    text: str,
    cut: Sequence[Token],
    cuts: Sequence[tuple[Sentence, range]],
    numbers: Sequence[Quantity],
    evidence: Carried,
) -> Words:
    """Return which tokens of a text aren't carried, which are, and which need no fact."""
    starts = frozenset(inside[0] for _, inside in cuts if inside)
    titles = frozenset(at for _, inside in cuts if is_title(cut, inside) for at in inside)
    reading = Reading(text, cut, evidence, starts, titles)
    counted = _within(cut, numbers)
    known, refused = _terms(reading, counted)
    known |= _long_forms(reading)
    free = known | counted
    told = {at: refused.get(at) or _judge(reading, at) for at in range(len(cut)) if at not in free}
    places = [Place(cut[at].start, cut[at].end, check) for at, check in told.items() if check not in _UNREFUSED]
    tied = known | {at for at, check in told.items() if check == _TIED}
    return Words(
        places, frozenset(known), frozenset(tied), frozenset(at for at, check in told.items() if check == _SEEN)
    )


_UNREFUSED = {_TIED, _SEEN, _FREE}


def _within(cut: Sequence[Token], numbers: Sequence[Quantity]) -> set[int]:
    """Return the tokens that are part of a number or its unit."""
    inside, at = set(), 0
    for number in numbers:
        while at < len(cut) and cut[at].start < number.start:
            at += 1
        while at < len(cut) and cut[at].end <= number.end:
            inside.add(at)
            at += 1
    return inside


def _terms(reading: Reading, counted: set[int]) -> tuple[set[int], dict[int, str]]:
    """Return the tokens of names whose term the evidence names, and those of longer names whose term it doesn't."""
    known: set[int] = set()
    refused: dict[int, str] = {}
    for meant in names_in(reading.cut, reading.evidence.meanings):
        inside = range(meant.first, meant.last)
        if meant.meanings & reading.evidence.meanings:
            known.update(inside)
        elif len(inside) > 1 and counted.isdisjoint(inside) and not _carried_apart(reading, meant):
            refused |= dict.fromkeys(inside, meant.check)
    return known, refused


def _carried_apart(reading: Reading, meant: Meant) -> bool:
    """Return whether each word of a name is carried, or says what is seen; a letter alone is no word."""
    said = range(meant.first, meant.last)
    words = (reading.cut[at] for at in said)
    return all(
        token.form in visual() or (len(token.form) > 1 and is_carried(reading, at))
        for at, token in zip(said, words, strict=True)
    )


def _long_forms(reading: Reading) -> set[int]:
    """Return the tokens of what the evidence says in short: "dorsal root ganglion" where it has DRG."""
    initials = initials_of(reading.cut)
    found: set[int] = set()
    for short in reading.evidence.short_forms:
        for match in re.finditer(short, initials):
            found.update(range(*match.span()))
    return found


def _judge(reading: Reading, at: int) -> str:
    """Return under which check a token is refused; else what it is."""
    return next(answer for answer in _answers(reading, at) if answer is not None)


def _other_number(form: str) -> str:
    return form[:-1] if form.endswith("s") else f"{form}s"


def _answers(reading: Reading, at: int) -> Iterator[str | None]:
    """Yield what each rule says of a token, the strongest first; None where it says nothing."""
    token, evidence = reading.cut[at], reading.evidence
    named = "names" if is_name_by_case(reading, at) and token.form not in evidence.forms else None
    if token.form in grammar():
        yield named or _FREE
    same = token.form in evidence.forms and not token.form.isdigit()
    if len(token.text) == 1:
        yield judge_letter(reading, at) or (_TIED if same else _FREE)
    yield _TIED if same else None
    yield claims().forms.get(token.form) if _other_number(token.form) not in evidence.forms else None
    yield _TIED if is_carried(reading, at) else None
    if is_code(token.text) and not (token.text.isupper() and token.form in visual()):
        yield class_of(reading, at)
    yield _SEEN if _LIKENED.match(reading.text, token.end) else None
    yield claimed(reading, at) or named
    yield _SEEN if token.form in visual() else None
    yield _FREE if token.form in plain() or token.form in units()[1] else None
    yield class_of(reading, at)
