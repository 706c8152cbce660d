"""Name claims: names and words that no fact carries, each under the class that it seems to be of.

A word needs no fact when it is a plain English one that claims nothing, or says what a picture shows by itself. All
others must stand in the evidence: as they are, in another form, as another name of the same term, or as one of the
words that carry each other. So a name that nobody has ever listed is refused as well.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captioning.carried import Carried, initials_of, is_code, is_short_form
from captioning.letters import Token, as_code
from captioning.quantities import Quantity
from captioning.sentences import Sentence
from captioning.term_names import Meant, names_in
from captioning.unsupported import Place
from captioning.word_lists import claims, grammar, kin, plain, units, visual

_DRUG = re.compile(
    r"(?:mycin|cillin|azole|statin|tinib|ciclib|rafenib|limus|platin|taxel|bicin|dopa|caine|amide|idine|olol|prazole|"
    r"sartan|azepam|oxacin|parib|mab|zomib|tamoxifen|oxifen|steroid|sone|olone|pril|vir|barbital|cyclin|cycline|"
    r"poside|antrone|fungin|avir|terone|estradiol|azide|idone|apine|setron|triptan|gliptin|fibrate|phylline)e?s?$"
)
_LATIN_NAME = re.compile(r"[A-Z][a-z]{2,}")
_EPITHET = re.compile(
    r"[a-z]{3,}(?:us|is|um|ii|ae|ensis|ense|ans|oides|ica|icus|ata|atus|osa|osus|ella|ina|inus|aris|ale|ea|ia|i|a)$"
)
_LIKENED = re.compile(r"-(?:shaped|like)\b")
_LINE = re.compile(r"\s?(?:cells?|cell lines?|line)\b")
_OPENING = re.compile(r"[(\[\"'\u201c:;/]\s*$|\n\s*$")
_NAMED_BESIDE = frozenset("panel panels figure figures fig figs scale bar box arrow arrows arrowhead inset table "
                          "dna rna i".split())  # fmt: skip
_PANEL_BEFORE = re.compile(
    r"\b(?:panels?|figs?\.?|figures?|insets?)\s*(?:[A-Za-z]\s?(?:,|-|and|to)\s?)*$", re.IGNORECASE
)


class Words(NamedTuple):
    """What was found of a text's words."""

    unsupported: list[Place]
    known: frozenset[int]
    """Tokens of names whose term the evidence names; a number among them is no number."""
    tied: frozenset[int]
    """Tokens that a fact carries and that say more than grammar does."""
    seen: frozenset[int]
    """Tokens that say what a picture shows by itself."""


class _Reading(NamedTuple):
    text: str
    cut: Sequence[Token]
    evidence: Carried
    starts: frozenset[int]
    """Tokens that begin a sentence."""
    titles: frozenset[int]
    """Tokens of sentences written Like This."""


def unsupported_words(
    text: str, cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], numbers: Sequence[Quantity],
    evidence: Carried,
) -> Words:  # fmt: skip
    """Return which tokens of a text aren't carried, which are, and which need no fact."""
    starts = frozenset(tokens[0] for _, tokens in cuts if tokens)
    titles = frozenset(at for _, tokens in cuts if _is_title(cut, tokens) for at in tokens)
    reading = _Reading(text, cut, evidence, starts, titles)
    counted = _within(cut, numbers)
    known, refused = _terms(reading, counted)
    known |= _long_forms(reading)
    places, tied, seen = [], set(known), set()
    for at, token in enumerate(cut):
        if at in known or at in counted:
            continue
        if at in refused:
            places.append(Place(token.start, token.end, refused[at]))
            continue
        check = _judge(reading, at)
        if check == _TIED:
            tied.add(at)
        elif check == _SEEN:
            seen.add(at)
        elif check:
            places.append(Place(token.start, token.end, check))
    return Words(places, frozenset(known), frozenset(tied), frozenset(seen))


_TIED, _SEEN = "tied", "seen"


def _within(cut: Sequence[Token], numbers: Sequence[Quantity]) -> frozenset[int]:
    """Return the tokens that are part of a number or its unit."""
    inside, at = set(), 0
    for number in numbers:
        while at < len(cut) and cut[at].start < number.start:
            at += 1
        while at < len(cut) and cut[at].end <= number.end:
            inside.add(at)
            at += 1
    return frozenset(inside)


def _terms(reading: _Reading, counted: frozenset[int]) -> tuple[set[int], dict[int, str]]:
    """Return the tokens of names whose term the evidence names, and those of longer names whose term it doesn't."""
    known: set[int] = set()
    refused: dict[int, str] = {}
    for meant in names_in(reading.cut, reading.evidence.meanings):
        inside = range(meant.first, meant.last)
        if meant.meanings & reading.evidence.meanings:
            known.update(inside)
        elif len(inside) > 1 and not counted.intersection(inside) and not _carried_apart(reading, meant):
            refused |= dict.fromkeys(inside, meant.check)
    return known, refused


def _long_forms(reading: _Reading) -> set[int]:
    """Return the tokens of what the evidence says in short: "dorsal root ganglion" where it has DRG."""
    initials = initials_of(reading.cut)
    found: set[int] = set()
    for short in reading.evidence.short_forms:
        at = initials.find(short)
        while at >= 0:
            found.update(range(at, at + len(short)))
            at = initials.find(short, at + 1)
    return found


def _carried_apart(reading: _Reading, meant: Meant) -> bool:
    """Return whether each word of a name is in the evidence, or none of them claims anything."""
    cut, evidence = reading.cut[meant.first : meant.last], reading.evidence
    return all(token.stem in evidence.stems or token.form in visual() for token in cut)


def _judge(reading: _Reading, at: int) -> str:
    """Return under which check a token is refused; else whether it is tied to a fact, or seen, or neither ("")."""
    token, evidence = reading.cut[at], reading.evidence
    if token.form in grammar():
        return (
            ""
            if token.text.islower() or at in reading.starts or token.form in evidence.forms
            else _by_case(reading, at, "")
        )
    if token.form in evidence.forms:
        return _TIED
    if len(token.text) == 1:
        return _single(reading, at)
    if _is_carried(reading, at):
        return _TIED
    if is_code(token.text) and not (token.text.isupper() and token.form in visual()):
        return _class_of(reading, at)
    if _LIKENED.match(reading.text, token.end):
        return _SEEN
    if claimed := _claimed(reading, at):
        return claimed
    if token.form in visual():
        return _by_case(reading, at, _SEEN)
    return _by_case(reading, at, "") if token.form in plain() else _class_of(reading, at)


def _is_carried(reading: _Reading, at: int) -> bool:
    token, evidence = reading.cut[at], reading.evidence
    same = token.stem in evidence.stems and len(token.stem) > 2
    return same or _by_kin(token, evidence) or _code_is_carried(reading, at)


def _by_case(reading: _Reading, at: int, else_: str) -> str:
    """Return the check of names for a word with a capital within a sentence, as Fast Green and Texas Red have."""
    return "names" if _is_name_by_case(reading, at) else else_


def _single(reading: _Reading, at: int) -> str:
    """Judge a single letter: an article, an axis, the letter of a panel, a genus cut short, or part of a name."""
    token, evidence = reading.cut[at], reading.evidence
    before, after = reading.text[max(0, token.start - 24) : token.start], reading.text[token.end : token.end + 2]
    if token.text in "aAI" and (token.text == "a" or at in reading.starts or _OPENING.search(before)):
        if token.text != "I" and after[:1] not in {")", ","}:
            return ""
    if token.form in {"x", "y", "z", "s", "t"} and (after[:1] in {"-", " "} or before.endswith("'")):
        return ""
    if token.text.upper() in evidence.letters and not after.startswith("-"):
        return ""
    if as_code(token.form) in evidence.codes or _code_is_carried(reading, at):
        return ""
    if after.startswith(".") and at + 1 < len(reading.cut) and reading.cut[at + 1].form in evidence.forms:
        return "" if any(form.startswith(token.form) for form in evidence.forms if len(form) > 1) else "organisms"
    alone = before.endswith("(") and after[:1] in {")", ",", "-"}
    return "panels" if alone or _PANEL_BEFORE.search(before) or not token.text.isalpha() else "names"


def _code_is_carried(reading: _Reading, at: int) -> bool:
    """Return whether a symbol is in the evidence, by itself or with the pieces beside it."""
    token, codes = reading.cut[at], reading.evidence.codes
    code = as_code(token.form)
    if code.isdigit():
        return any(joined in codes for joined in _joined(reading, at))
    if code in codes or (token.text[-1:] == "s" and code[:-1] in codes):
        return True
    if is_short_form(token.text) and any(code in initials for initials in reading.evidence.initials):
        return True
    return any(joined in codes for joined in _joined(reading, at))


def _joined(reading: _Reading, at: int) -> Iterator[str]:
    cut = reading.cut
    code = as_code(cut[at].form)
    if at and cut[at].start - cut[at - 1].end <= 1:
        yield as_code(cut[at - 1].form) + code
    if at + 1 < len(cut) and cut[at + 1].start - cut[at].end <= 1:
        yield code + as_code(cut[at + 1].form)


def _claimed(reading: _Reading, at: int) -> str:
    """Return the check of a plain word that claims something nevertheless."""
    known, token = claims(), reading.cut[at]
    for first in (at - 1, at):
        if first >= 0 and first + 1 < len(reading.cut):
            check = known.pairs.get((reading.cut[first].stem, reading.cut[first + 1].stem))
            if check and not _is_carried(reading, first):
                return check
    return known.forms.get(token.form) or known.stems.get(token.stem) or ""


def _by_kin(token: Token, evidence: Carried) -> bool:
    return token.stem in evidence.beside or not evidence.kin.isdisjoint(kin().groups_of.get(token.stem, ()))


def _is_name_by_case(reading: _Reading, at: int) -> bool:
    """Return whether a word has a capital within a sentence, as Fast Green and Texas Red have."""
    token = reading.cut[at]
    if not token.text[0].isupper() or token.text.isupper() or token.form in _NAMED_BESIDE:
        return False
    if at in reading.starts or at in reading.titles:
        return False
    return not _OPENING.search(reading.text[max(0, token.start - 4) : token.start])


def _is_title(cut: Sequence[Token], inside: range) -> bool:
    long = [cut[at] for at in inside if len(cut[at].text) > 3 and cut[at].text.isalpha()]
    return len(long) > 2 and all(token.text[0].isupper() for token in long)


def _class_of(reading: _Reading, at: int) -> str:
    """Return the class that a name without a fact seems to be of."""
    token = reading.cut[at]
    if meant := next(names_in([token]), None):
        return meant.check
    if claimed := _claimed(reading, at):
        return claimed
    if token.form in units()[1]:
        return ""
    if _DRUG.search(token.form) and token.text.isalpha():
        return "treatments"
    if is_code(token.text):
        return "cell_lines" if _LINE.match(reading.text, token.end) else "names"
    if _LATIN_NAME.fullmatch(token.text) and at + 1 < len(reading.cut):
        return "organisms" if _EPITHET.fullmatch(reading.cut[at + 1].text) else "names"
    if at and _EPITHET.fullmatch(token.text) and _LATIN_NAME.fullmatch(reading.cut[at - 1].text):
        return "organisms"
    return "names" if token.text[0].isupper() and at not in reading.starts else "words"
