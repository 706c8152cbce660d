"""Reading: a text beside its evidence, and whether the evidence carries one of its words."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captioning.carried import Carried, is_short_form
from captioning.letters import Token, as_code
from captioning.word_lists import claims, kin

_OPENING = re.compile(r"[(\[\"'\u201c:;/]\s*$|\n\s*$")
_CAPITALS = frozenset(
    {"panel", "panels", "figure", "figures", "fig", "figs", "scale", "bar", "arrow", "arrows", "inset"}
)
"""Words that are written with a capital within a sentence and name nothing."""


class Reading(NamedTuple):
    """A text, cut, beside what its evidence carries."""

    text: str
    cut: Sequence[Token]
    evidence: Carried
    starts: frozenset[int]
    """Tokens that begin a sentence."""
    titles: frozenset[int]
    """Tokens of sentences written Like This."""


def is_carried(reading: Reading, at: int) -> bool:
    """Return whether the evidence has a word in any form, one that carries it, or a symbol of the same letters."""
    token, evidence = reading.cut[at], reading.evidence
    same = token.stem in evidence.stems and len(token.stem) > 2
    return same or _by_kin(token, evidence) or code_is_carried(reading, at)


def _by_kin(token: Token, evidence: Carried) -> bool:
    return token.stem in evidence.beside or not evidence.kin.isdisjoint(kin().groups_of.get(token.stem, ()))


def code_is_carried(reading: Reading, at: int) -> bool:
    """Return whether a symbol is in the evidence, by itself or with the pieces beside it, or is short for its words."""
    token, codes = reading.cut[at], reading.evidence.codes
    code = as_code(token.form)
    if not code.isdigit() and (code in codes or (token.text[-1:] == "s" and code[:-1] in codes)):
        return True
    if is_short_form(token.text) and any(code in initials for initials in reading.evidence.initials):
        return True
    joined = list(_joined(reading, at))
    return any(each in codes for each in joined) or (not joined and code in codes)


def _joined(reading: Reading, at: int) -> Iterator[str]:
    cut = reading.cut
    code = as_code(cut[at].form)
    if at and cut[at].start - cut[at - 1].end <= 1:
        yield as_code(cut[at - 1].form) + code
    if at + 1 < len(cut) and cut[at + 1].start - cut[at].end <= 1:
        yield code + as_code(cut[at + 1].form)


def claimed(reading: Reading, at: int) -> str:
    """Return the check of a plain word that claims something nevertheless."""
    known, token = claims(), reading.cut[at]
    for first in (at - 1, at):
        if first >= 0 and first + 1 < len(reading.cut):
            check = known.pairs.get((reading.cut[first].stem, reading.cut[first + 1].stem))
            if check and not is_carried(reading, first):
                return check
    return known.forms.get(token.form) or known.stems.get(token.stem) or ""


def is_name_by_case(reading: Reading, at: int) -> bool:
    """Return whether a word has a capital within a sentence, as Fast Green and Texas Red have."""
    token = reading.cut[at]
    if not token.text[0].isupper() or token.text.isupper() or token.form in _CAPITALS:
        return False
    return not (at in reading.starts or at in reading.titles or opens(reading, at))


def opens(reading: Reading, at: int) -> bool:
    """Return whether a bracket, a colon or the like stands before a token."""
    start = reading.cut[at].start
    return bool(_OPENING.search(reading.text[max(0, start - 4) : start]))


def is_title(cut: Sequence[Token], inside: range) -> bool:
    """Return whether tokens are written Like This."""
    long = [cut[at] for at in inside if len(cut[at].text) > 3 and cut[at].text.isalpha()]
    return len(long) > 2 and all(token.text[0].isupper() for token in long)
