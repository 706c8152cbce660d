"""Licence clauses: whether a licence named in a sentence is given, and to what: its work, a part, another thing.

The subject of the last verb before a licence is what the licence speaks of; a word that denies it, makes it depend
on something or cannot be understood takes it back. The text is that of `schemas.licence_grammar`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.licence_grammar import (
    BREAKS,
    THINGS,
    Scope,
    Word,
    first_thing,
    is_sentence,
    is_unknown,
    named_in,
    noun_phrase,
    things_in,
    words_of,
)

_NOT: Final = re.compile(
    r"\b(?:not|never|neither|nor|cannot|no longer|previously|formerly|outside|exclud\w+|exempt\w*|rather than"
    r"|instead of|without(?! (?:\w+ )?(?:permission|restriction|charge|fee|cost|payment|embargo))|other than"
    r"|except(?:ing)?|lack\w*|missing|revoked|expired|withdr[ae]w\w*|wrongly|mistakenly|incorrectly|erroneously|falsely|unlike"
    r"|contrary to|(?:refus|declin|reject|violat|remov|replac|supersed)\w+|temporar\w+"
    r"|pas|nicht|kein\w*|niet|geen|n[a\u00e3]o|sauf|salvo|excepto|hormis|ohne|sin|sem|senza)\b|n't\b|\bno (?:\w+ )?$"
)
_NOT_AFTER: Final = re.compile(
    r"[^.;]{0,40}?\b(?:(?:(?:does|do|shall|will|is|are|has|was) not|doesn't|isn't) "
    r"(?:appl|cover|exten|includ|valid|been|govern)|(?:was|were|is|has been) (?:revoked|expired|withdrawn|removed"
    r"|incorrect|superseded|replaced|wrong|invalid|void|an error)\b"
    r"|(?:no longer|in error|by mistake|wrongly|erroneously)\b)"
)
_CLAUSE: Final = re.compile(
    r"[.!?](?=[ a-z]|$)|;|\bbut\b|\bhowever\b|(?:,|\band) (?:it )?(?:is|are|was|has been)\b(?! (?:not|no)\b)"
)
_IF: Final = re.compile(
    r"\b(?:if|once|until|cho(?:oses?|osing|se)|(?<!access )(?<!choice )options?|optional|eligible|(?:on|upon) request"
    r"|(?:intend|plan|propose)(?:s|d|ed|ned)? to|compatible|equivalent|similar|like|such as|e\.g|example|whether|upon"
    r"|unless|to publish [^.;_]{0,30}under|pending|see also|explain\w*|explanation|meaning|means|definition|difference"
    r"|lists?|summary|guide|comparison|versus|discuss\w*|recommend\w*|require[sd]?|mandat\w+|offer(?:s|ing)|allow(?:s|ing)"
    r"|support(?:s|ing)|encourag\w+|prefer\w*|advis\w+|suggest\w*|learn|search|select"
    r"|(?<!months )after(?! (?:the first )?(?:\d+|two|six|twelve) months)"
    r"|for (?:articles|papers|works)\b[^.;_]{0,40}\b(?:before|after|since|until|by)"
    r"|provid(?:ed|ing) (?:that )?[^.;_]{0,60}\b(?:paid|pays?|fee|consents?|agree\w*|approv\w*|permission)"
    r"|(?:may|can|shall|will|would|should|could|might|must) (?:\w+ )?be(?:come)? (?:\w+ly )?"
    r"(?:licen[cs]ed|published|released|made|available|deposited)"
    r"|(?:will|would|should|could|might|must) be distributed)\b"
)
_LICENCE = r"(?:(?:international |unported |public )*(?:licen[cs]es?|waiver|dedication|terms))?"
_IF_AFTER: Final = re.compile(
    rf"(?: {_LICENCE})?[ ,)\-]*(?:(?:only|but) )?(?:(?:if|when|once|upon|until|pending)\b|after (?!publication)|style"
    r"|for a fee|on request|fees?\b|[(\[]?(?:expired|revoked|withdrawn|refused|denied|requested|rejected)\b"
    r"|(?:articles|papers|works|publications|journals)\b"
    r"|for (?:the )?(?:first |next )?(?:\w+ )?(?:months?|years?|weeks?|days|duration)\b)|[^.;]{0,40}\?(?=\W|$)"
    r"|[^.;]{0,20}\b(?:from|as of|starting|effective)\b[^.;]{0,12}\d{4}"
    r"|[^.;]{0,30}\b(?:is|was|been) (?:requested|refused|denied|rejected|pending|applied for)\b"
)
_APPLIES: Final = re.compile(
    rf"[ ()_~\]\"'\-]*+{_LICENCE}[ ()_~\]\"'\-]*+"
    r"(?P<strong>(?:also |only |shall )?(?:appl(?:y|ies|ied)|pertains?|extends?)(?: only)? to|covers?\b|governs?\b)?"
    r"(?(strong)|(?:(?:is|are) )?(?:granted |applied |given |used )?(?:for|on|to)\b)(?P<object>[^.;,]{1,80})"
)
_SOME_WORKS: Final = re.compile(r"(?: only)? (?:articles|papers|works|publications|manuscripts)\b")
_BESIDE: Final = re.compile(
    r"(?:[ \-]licen[cs]ed)?(?: ?\((?P<bracket>[^()]{1,60})\)|[ \-](?:open(?:[ -]access)? |public )?)(?!covers? )"
)
_SENTENCE_END: Final = re.compile(r"[.!?]+[)\]\"']*(?: |(?=[A-Z][a-z]))|;")
_SHORTENED: Final = re.compile(r"\b(?:figs?|no|vol|ref|refs|eq|ver|vers|v|dr|st|cf|e\.g|i\.e|n\.c|ca|vs|suppl)\.$")
_OFTEN_LAST: Final = re.compile(r"\b(?:al|ltd|inc|co|corp|gmbh|etc)\.$")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_LEAD_CHARACTERS = 500
_TAIL_CHARACTERS = 120


def sentences(plain: str, written: str) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of `plain` begin and end; `written` is the same text before it was lowered."""
    start = 0
    for found in _SENTENCE_END.finditer(written):
        said = plain[max(start, found.start() - 8) : found.start() + 1]
        goes_on = _OFTEN_LAST.search(said) and not written[found.end() : found.end() + 1].isupper()
        if found[0] != ";" and (_SHORTENED.search(said) or goes_on):
            continue
        yield start, found.end()
        start = found.end()
    if start < len(plain):
        yield start, len(plain)


def scope_of(sentence: str, name: tuple[int, int, bool], before: str, sibling: Scope | None) -> Scope:
    """Return what a licence in `sentence` speaks of; `name` is where it stands, and whether it is an address.

    `before` is the sentence before; `sibling` what the licence before it in the same sentence speaks of.
    """
    start, end, is_address = name
    cut = start > _LEAD_CHARACTERS
    lead = f"... x {sentence[start - _LEAD_CHARACTERS : start]}" if cut else sentence[:start]
    # Words right behind an address don't belong to it, as in "CC BY data" they do.
    tail = f"{')' if is_address else ''}{sentence[end : end + _TAIL_CHARACTERS]}".rstrip()
    if _NOT.search(_CLAUSE.split(lead)[-1]) or _NOT_AFTER.match(tail):
        return "denied"
    if _IF.search(lead) or _IF_AFTER.match(tail):
        return "doubt"
    told = _behind(tail)
    if told:
        return told
    if sibling == "denied":
        sibling = None
    between = lead[lead.rfind("_") + 1 :] if sibling else lead
    return _subject(between, before, sibling) or ("doubt" if cut else "work")


def _behind(tail: str) -> Scope | None:
    """Return what the words after a licence give it to ("applies to the data", "licensed images"), if they do."""
    beside = _BESIDE.match(tail)
    if beside and beside["bracket"]:
        aside = noun_phrase(beside["bracket"])
        if aside in {"other", "part"} and not is_sentence(beside["bracket"]):
            return aside
    kind = first_thing(tail, beside.end()) if beside else None
    if kind and kind != "work":
        return "other" if kind == "other" else "part"
    applies = _APPLIES.match(tail)
    if not applies:
        return None
    found = noun_phrase(applies["object"])
    if _SOME_WORKS.match(applies["object"]):
        return "doubt"
    if applies["strong"]:
        return found or "doubt"
    return found if found in {"other", "part"} else None


def _subject(lead: str, before: str, sibling: Scope | None) -> Scope | None:
    """Return what the clause that ends with `lead` speaks of; None where it doesn't say."""
    words = words_of(lead)
    if sibling and words and words[0].start <= 1:
        words = words[1:]  # "a CC BY article, ..."
    verbs = [place for place, word in enumerate(words) if word.kind == "verb"]
    while verbs:
        verb = verbs.pop()
        first = _after_break(words, verbs[-1] + 1, verb) if verbs else 0
        phrase = words[first:verb]
        if phrase and not any(word.kind == "given" for word in phrase):
            return _of_clause(lead, words, (first, verb), before)
    if sibling and not things_in(lead, words):
        return sibling
    return _without_verb(lead, words) or (None if sibling else _antecedent(before))


def _without_verb(lead: str, words: Sequence[Word]) -> Scope | None:
    kinds = [word.kind for word in words]
    if "uses" in kinds and things_in(lead, words[kinds.index("uses") :]):
        return "other"
    if "made" in kinds or "foreign" in kinds:
        return "doubt"
    told = named_in(lead, words)
    return "doubt" if is_unknown(words[_last_thing(words) :]) else told


def _last_thing(words: Sequence[Word]) -> int:
    return next((place for place in range(len(words) - 1, -1, -1) if words[place].kind in THINGS), 0)


def _after_break(words: Sequence[Word], first: int, last: int) -> int:
    for place in range(first, last):
        if words[place].kind == "relative":
            return place
        if words[place].kind in BREAKS:
            return place + 1
    return last


def _of_clause(lead: str, words: Sequence[Word], span: tuple[int, int], before: str) -> Scope:
    """Return what the subject at `span` stands for, if nothing behind its verb may be meant as well."""
    first, verb = span
    # A sentence may begin without a mark: "2005 Library of Science This article is".
    starts = (place for place in range(verb - 1, first, -1) if _starts_anew(lead, words[place - 1], words[place]))
    first = next(starts, first)
    phrase, predicate = words[first:verb], words[verb:]
    told = _of_subject(lead, words[:first], phrase, before)
    if told is None or (told == "doubt" and lead[words[verb].start : words[verb].end] in {"has", "have", "had"}):
        told = named_in(lead, predicate) or told or "work"
    things = things_in(lead, predicate)
    if told == "work" and is_unknown(predicate):
        return "doubt"
    if told != "work" or set(things) <= {"work"}:
        return told
    # "This is an open access peer review report": what stands behind the verb is the work, if it stands alone.
    is_it = [word.kind for word in phrase] == ["this"] and len(things) == 1 and _is_head(lead, predicate)
    return "work" if is_it else "doubt"


def _is_head(lead: str, words: Sequence[Word]) -> bool:
    upto = next((place for place, word in enumerate(words) if word.kind == "prep"), len(words))
    return bool(things_in(lead, words[:upto]))


def _starts_anew(lead: str, word: Word, following: Word) -> bool:
    return lead[word.start : word.end] == ":" or (following.kind == "this" and word.kind not in {"this", "prep"})


def _of_subject(lead: str, earlier: Sequence[Word], phrase: Sequence[Word], before: str) -> Scope | None:
    """Return what a subject stands for; None for people, rights and terms, whose object tells."""
    kinds = {word.kind for word in phrase}
    if phrase[-1].kind in {"it", "relative"}:
        return _one_of(things_in(lead, [*earlier, *phrase])) or _antecedent(before) or "work"
    told = named_in(lead, phrase)
    if told or "foreign" in kinds or things_in(lead, phrase):
        return told or "doubt"
    if kinds & {"law", "notice", "sign"} and "this" not in kinds:
        return None
    return "doubt" if is_unknown(phrase) and "this" not in kinds else "work"


def _antecedent(before: str) -> Scope | None:
    """Return what the sentence before speaks of, for an "it" in the next."""
    before = _BRACKETS.sub("", before[-_LEAD_CHARACTERS:])
    return _one_of(things_in(before, words_of(before))) if before else None


def _one_of(things: Sequence[Scope]) -> Scope | None:
    """Return what all of `things` are; where they differ, it is in doubt which is meant."""
    kinds = set(things)
    return (kinds.pop() if len(kinds) == 1 else "doubt") if kinds else None
