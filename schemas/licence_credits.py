"""Licence credits: the words by which a caption says that its picture is somebody else's.

A credit is a small sentence: [what] + a verb of reuse + [whose]. "Adapted from Smith et al. (2010)" is one where the
picture is meant: named by a word for pictures, by a panel's letter, or not named at all, at the start of a clause.
Of a protocol, an antibody or data the same words say nothing of the picture.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from schemas.licence_credit_form import Form, ready
from schemas.licence_credit_forms import forms_in
from schemas.licence_credit_letters import UPPER
from schemas.licence_credit_text import Plain, hint_text, plain_texts, recased
from schemas.licence_credit_words import OTHERS, PICTURES


class Credit(NamedTuple):
    """A clause of a caption that gives its picture to somebody else."""

    words: str
    """The whole clause, as it is written."""
    is_reuse: bool
    """False where it only tells who made or gave the picture."""


_END: Final = re.compile(r"[.!?](?=[)\]\"']* |$)[)\]\"']*|;(?= )")
_SHORTENED: Final = re.compile(
    r"(?:\b(?:et al|[Ff]igs?|[Rr]efs?|[Dd]rs?|Profs?|vol|[Nn]o|pp?|St|vs|[Cc]f|ca|e\.g|i\.e|Mr|Mrs|Ms|[Ee]ds?|J|Proc"
    rf"|Natl|Acad|Sci|Biol|Ltd|Inc|approx|Suppl|var|sp|spp|Abb)|(?:^|[ (.\-]){UPPER})$"
)
_BE: Final = re.compile(
    r"\b(?:is|are|was|were|been|be|wurden?|ist|sind|est|fue|foi)(?: \w+ly)?(?: an?| the)?(?: kind| generous)? $"
)
_AROUND_A_VERB: Final = re.compile(
    r"(?:\b(?:[Kk]indly|[Gg]enerously|[Oo]riginally|[Uu]npublished,?|previously|partly|partially|slightly|freely"
    r"|in part|as|graciously|both"
    r"|all|also|kind|generous|an?|gentilmente|with|and|by|re-?used|used|shown|published|included|here|has|have"
    r"|had|been) ?)+$"
)
_NO_NOUN: Final = re.compile(
    r"^[\s,\-]*(?:(?:[\[(]?(?:[A-Za-z](?:\d|[ivx]{1,3})?|\d\d?)(?: ?[-,&/]| and|[\])]|\b)[\s,]*){1,8}[\])]?[:.,]? ?)?"
    r"(?:(?i:left|right|top|bottom|upper|lower|middle|above|below|centre|center|it|this|these|they|which|that"
    r"|inset)\b[ ,:]*)*$"
)
"""Nothing, panels' letters, or a pronoun: the picture is meant."""
_LETTERS = r"(?:[ ,&\-]+(?:[A-Za-z]|\d+\w?|and)\b)*"
_NAMED: Final = re.compile(rf"\b(?i:{PICTURES})(?![\w'\-])(?! (?:analys|process|acquisi|stack|set\b|data))")
_HEAD: Final = re.compile(rf"\b(?i:{PICTURES})(?![\w'\-]){_LETTERS}\W*$")
_OTHER: Final = re.compile(rf"\b(?i:{OTHERS})\b")
_LAST_OTHER: Final = re.compile(rf"\b(?i:{OTHERS})\b[\s,]*(?:[\w\-]+ )?[\s,]*$")
_AWAY: Final = re.compile(
    r"\b(?:with|using|by|via|following|per|according|through|stained|expressing|carrying|treated|that|which|where"
    r"|is|are|was|were)\b"
)
_VERB: Final = re.compile(
    r"\b(?:is|are|was|were|has|have|had|shows?|showed|can|may|did|does|do|we|as|see|compare|similar|reproduces?"
    r"|indicates?)\b"
)
_SHOWN: Final = re.compile(r"\b(?:is|are|was|were) (?:shown|depicted|illustrated|drawn|represented|presented)\b")
_PARTS: Final = re.compile(
    r"\b(?i:parts?|portions?|half|all|some|most|both|one) of (?=(?:the|this|these)\b)"
    r"|\bpanels? of (?=[\w\- ]{0,20}(?:antibod|lines|kinase|marker|gene|strain|primer|compound|drug|mutant))"
)
_CLAUSES: Final = re.compile(r", (?:and |while |whereas )?| and (?=the\b)")
_PREPOSITION: Final = re.compile(
    r"^(?:In|For|From|On|With|To|As|After|At)\b|(?<!^)\b(?:of|in|from|for|with|showing|depicting|at|on|to|by|taken"
    r"|under|between|de|del|do|da|di|der|des|von)\b"
)
_PERMITTED_VERB: Final = re.compile(
    r"\b(?i:re-?printed|re-?produced|re-?published|re-?used|re-?drawn|adapted|adopted|modified|copied|used"
    r"|published|shown|taken|included|provided|presented|drawn|borrowed|reproduit\w*|reproducid\w*|reproduzid\w*"
    r"|riprodott\w|abdruck"
    r"|abgedruckt)\b"
)
_PERMITTED: Final = re.compile(r"(?i:(?:by|with|under|through|mit|avec|con|com|per)\b)")
_SENTENCE_OVER: Final = re.compile(
    rf"[)\]]*(?:,? \(?[A-Za-z]\)|(?: ?[\[(][^)\]]{{0,40}}[)\]])*(?: {UPPER}|[^\w,;.]*(?:[.;]|$"
    r"|,? with [\w ]{0,40}(?:[.;)]|$)|,? (?:by|and|slightly|modified|redrawn|altered|changed|ver\u00e4ndert"
    r"|modifiziert)\b)))"
)
_IS_SUBJECT: Final = re.compile(r"[^\w.;]*(?:was|were) (?!re-?(?:prod|print|publ|used))")
_MOST_CREDITS = 8
_CLAUSE_CHARACTERS = 500
_BRACKET_CHARACTERS = 200
"""How far a bracket may stay open: one that is never closed swallows no more."""


def credits_of(caption: str) -> list[Credit]:
    """Return the clauses of a caption that say that its picture, or a part of it, is somebody else's.

    >>> [credit.words for credit in credits_of("A cell. Adapted from Roe et al. (2010).")]
    ['Adapted from Roe et al. (2010).']
    >>> credits_of("A cell. The protocol was adapted from Roe et al. (2010).")
    []
    """
    lowered = hint_text(caption)
    forms = None if lowered is None else forms_in(lowered)
    if forms is not None and not forms:
        return []
    read = ((one, forms or forms_in(one.text.lower())) for one in plain_texts(caption))
    return list(dict.fromkeys(credit for one, theirs in read for credit in _found(one, theirs)))


def _found(caption: Plain, forms: Sequence[Form]) -> list[Credit]:
    text = recased(caption.text)
    matches = [(form, match) for form in forms for match in islice(ready(form.pattern).finditer(text), _MOST_CREDITS)]
    ends = _ends(text) if matches else []
    found: dict[tuple[int, int], bool] = {}
    for form, match in matches:
        clause = _clause(ends, match)
        is_word = not (match[0][0].isalnum() and text[match.start() - 1 : match.start()].isalnum())
        if is_word and _is_the_pictures(form, text, clause, match):
            found[clause] = found.get(clause, False) or form.is_reuse
    places = caption.places() if found else ()
    words = (
        (caption.caption[places[start] : places[end]].strip(" ;"), is_reuse)
        for (start, end), is_reuse in sorted(found.items())
    )
    return [Credit(*one) for one in words]


def _clause(ends: Sequence[int], match: re.Match[str]) -> tuple[int, int]:
    """Return where the clause around a match begins and ends."""
    return ends[bisect_right(ends, match.start()) - 1], ends[bisect_left(ends, match.end())]


def _ends(text: str) -> list[int]:
    """Return where the clauses of `text` end, 0 first: at a full stop outside of brackets, or a semicolon."""
    ends = [0]
    for found in _END.finditer(text):
        within = found[0] != ";" and _is_open(text[max(ends[-1], found.start() - _BRACKET_CHARACTERS) : found.start()])
        if not within and not _SHORTENED.search(text, max(0, found.start() - 12), found.start()):
            ends.append(found.end())
    return [*ends, len(text)]


def _is_open(text: str) -> bool:
    """Return whether a bracket is open at the end of `text`."""
    return "(" in text and ")" not in text[text.rindex("(") :]


def _without_verb(before: str) -> str:
    """Return what stands before the verb of "reprinted (…) with permission"; all where there is none."""
    verbs = list(_PERMITTED_VERB.finditer(before))
    return before[: verbs[-1].start()] if verbs else before


def _is_the_pictures(form: Form, text: str, clause: tuple[int, int], match: re.Match[str]) -> bool:
    """Return whether the subject of a credit is the picture."""
    start = max(clause[0], match.start() - _CLAUSE_CHARACTERS)
    before, behind = text[start : match.start()], text[match.end() : clause[1]]
    if form.subject == "any":
        return not form.before or bool(form.before.search(before))
    if _PERMITTED.match(match[0]):
        before = _without_verb(before)
    is_finite = bool(_BE.search(before))
    host, mark, said = _split(_AROUND_A_VERB.sub("", _BE.sub("", before)))
    strict = form.subject == "picture"
    if _NO_NOUN.match(said):
        if form.ends and mark != "(" and not _SENTENCE_OVER.match(behind):
            return False
        return bool(_NO_NOUN.match(host)) or _is_title(host, is_apart=True, strict=strict)
    if is_finite:
        clauses = _CLAUSES.split(said.rstrip(" ,"))
        return any(_heads(_HEAD, _PARTS.sub("", phrase)) for phrase in (clauses[0], clauses[-1]))
    if form.ends and _IS_SUBJECT.match(behind):
        return False
    is_apart = said.rstrip().endswith(",")
    return _is_title(said, is_apart=is_apart, strict=strict or (form.ends and not is_apart))


def _split(before: str) -> tuple[str, str, str]:
    """Return what stands before the last bracket that is open, or colon; that mark; and what stands behind it."""
    place = max(before.rfind("("), before.rfind("["))
    if place >= 0 and not set(")]") & set(before[place:]):
        return before[:place], "(", before[place + 1 :]
    return before.rpartition(": ")


def _is_title(phrase: str, *, is_apart: bool, strict: bool) -> bool:
    """Return whether a phrase without a verb is about a picture; one that is not `strict` needn't say so."""
    phrase = _SHOWN.sub("", _PARTS.sub("", phrase)).rstrip(" ,")
    named = [one for one in _NAMED.finditer(phrase) if one[0].islower() or _NO_NOUN.match(phrase, 0, one.start())]
    if named:
        rest = phrase[named[-1].end() :]
        return not _AWAY.search(rest) and not (strict and not is_apart and _LAST_OTHER.search(rest))
    if strict or _VERB.search(phrase):
        return False
    return not _heads(_OTHER, phrase) and (is_apart or not _LAST_OTHER.search(phrase))


def _heads(things: re.Pattern[str], phrase: str) -> bool:
    """Return whether one of `things` is what a phrase speaks of: it stands before any preposition."""
    opening = _PREPOSITION.search(phrase)
    return bool(things.search(phrase[: opening.start()] if opening else phrase))
