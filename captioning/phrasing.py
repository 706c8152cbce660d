"""Phrasing: how a text may not speak: hedges, templates, markup, repetition, too little or too much."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from captioning.letters import Token, tokens
from captioning.sentences import Sentence, sentences
from captioning.unsupported import Place
from captioning.word_lists import grammar

_HEDGE = re.compile(
    r"\b(?:likely|unlikely|perhaps|probabl[ey]|possibl[ey]|presumabl[ey]|maybe|supposedly|apparently|seemingly|"
    r"conceivably|potentially|might|may(?= (?:be|have|not|also|represent|indicate|reflect|show|correspond))|"
    r"could be(?! (?:seen|detected|observed|found|identified|measured|distinguished|used))|"
    r"seems?|seemed|appears? to|appeared to|suggest(?:s|ing|ed|ive)?|it is thought|i think|i believe|hint(?:s|ing)? at|"
    r"consistent with|reminiscent of|presumed|assumed|hypothe[st]i[sz]ed?|in all likelihood|uncertain|unclear|arguably|"
    r"plausibl[ey]|ostensibly|allegedly|putative(?:ly)?|as if|as though|looks? like|resembl(?:es?|ing)|believed to|"
    r"thought to|interpreted as|more or less|sort of|must be|would be|may (?:assume|well)|kind of|roughly|"
    r"would appear|would think|apparent to)\b",
    re.IGNORECASE,
)
_PICTURE = (
    r"(?:(?:microscop\w+|fluorescen\w+|confocal|electron|light|representative|given|provided|above|following|"
    r"first|second|present|current|grayscale|colou?r)\s{1,4}){0,3}"
    r"(?:images?|figures?|pictures?|photos?|photographs?|panels?|micrographs?|photomicrographs?)"
)
_SHOWS = (
    r"(?:shows?|depicts?|displays?|illustrates?|presents?|portrays?|features?|reveals?|demonstrates?|captures?|"
    r"is (?:showing|depicting|displaying)|contains?|represents?|provides?|highlights?|"
    r"is an?|are|(?:appears?|seems?) to)\b"
)
_TEMPLATE = re.compile(
    r"(?:^|(?<=[.!?;:]\s)|(?<=\n))[ \t]{0,8}(?:(?:here|overall|in summary|in conclusion),?\s{1,4})?"
    r"(?:(?:this|the|these|that|our)\s{1,4}"
    + _PICTURE
    + r"\s{1,4}(?:(?:here|also|clearly|above)\s{1,4})?"
    + _SHOWS
    + r"|(?:we|you|one)\s{1,4}(?:can\s{1,4})?(?:see|observe)\b|it\s{1,4}(?:shows?|depicts?|displays?|illustrates?)\b)"
    r"|\b(?:in|from) (?:this|the|these) " + _PICTURE + r"\b"
    r"|(?:^|(?<=[.!?;:]\s)|(?<=\n))(?:(?:shown|depicted|pictured|seen|displayed)(?: here)? (?:is|are)\b|"
    r"(?:this is )?an? " + _PICTURE + r" (?:of|with|that|showing)\b|(?:this|these) shows?\b|looking at\b|"
    r"(?:as )?(?:can be )?(?:seen|shown|depicted)(?: in\b|,)|(?:the|this) (?:view|plot|graph|diagram|scene|chart) "
    + _SHOWS
    + r"|"
    r"(?:the|this) " + _PICTURE + r" (?:has|have|consists? of)\b|caption:|as requested\b|based on the caption\b|"
    r"according to the (?:facts|caption)\b|sorry\b)"
    r"|\bas an ai\b|\bi(?:'m| am) (?:sorry|unable)\b|\b(?:here is|here's|sure[,!]|certainly[,!]) ",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</?[A-Za-z!][^<>\n\u2264\u2265]{0,200}>|"
    r"&(?:[a-z]{2,8}|#\d{1,6});|```|\*\*|^[ \t]{0,40}#{1,6}\s|^[ \t]{0,40}[-*\u2022]\s|\bhttps?://\S{1,200}|"
    r"<\|[^|>\n]{0,40}\|>|\[/?INST\]|^\s{0,40}\{\s{0,40}\"|"
    r"^\s{0,40}\|[^\n]{0,400}\|[ \t]{0,40}$|^[ \t]{0,40}(?:system|user|assistant|human)\s*:|"
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\$[^$\n]{1,80}\$",
    re.IGNORECASE | re.MULTILINE,
)
_OTHERS = re.compile(
    r"\b(?:next|previous|neighbou?ring|adjacent|other|preceding|following|left-hand|right-hand) panels?\b",
    re.IGNORECASE,
)
_ROW = 12
"""So many tokens in a row may not come twice, unless they do in the evidence."""


_BLANKS = " \t\r\n"
_REFUSED = (("hedges", _HEDGE), ("templates", _TEMPLATE), ("markup", _MARKUP), ("panels", _OTHERS))


def refused_phrases(text: str, evidence: str) -> Iterator[Place]:
    """Yield hedges, templates and markup of a text that don't stand so in its evidence."""
    for check, pattern in _REFUSED:
        for found in pattern.finditer(text):
            said = found[0].strip(_BLANKS)
            if not _stands_in(said.lower(), evidence, check):
                start = found.start() + len(found[0]) - len(found[0].lstrip(_BLANKS))
                yield Place(start, start + len(said), check)


def _stands_in(said: str, evidence: str, check: str) -> bool:
    """Return whether evidence says the same words, not a part of others; only its own markup excuses markup."""
    if check == "markup" and not any(map(str.isalnum, said)):
        return said in {found[0].strip(_BLANKS) for found in _MARKUP.finditer(evidence)}
    return re.search(rf"(?<!\w){re.escape(said)}(?!\w)", evidence) is not None


def repeated(
    cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], pieces: Sequence[tuple[str, Sequence[Token]]]
) -> Iterator[Place]:
    """Yield what a text says again word for word, oftener than its evidence: sentences, rows of words, words."""
    yield from _sentences_again(cut, cuts, [text for text, _ in pieces])
    yield from _rows_again(cut, [evidence for _, evidence in pieces])
    yield from _said_again(cut, cuts, pieces)
    doubled = _doubled(cut)
    known = {form for _, evidence in pieces for form, _ in _doubled(evidence)} if doubled else set()
    yield from (Place(start, end, "repetition") for form, (start, end) in doubled if form not in known)


def _sentences_again(
    cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], texts: Sequence[str]
) -> Iterator[Place]:
    said = [(sentence, tuple([cut[at].form for at in inside])) for sentence, inside in cuts if len(inside) > 2]
    times = Counter(forms for _, forms in said)
    if len(times) == len(said):
        return
    known: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        known.update(tuple([token.form for token in tokens(text[start:end])]) for start, end in sentences(text))
    seen: Counter[tuple[str, ...]] = Counter()
    for sentence, forms in said:
        seen[forms] += 1
        if seen[forms] > max(1, known[forms]):
            yield Place(sentence.start, sentence.end, "repetition")


_ALIKE = 0.75
"""The share of their words that two sentences have in common of which one only says the other again."""
_FEWEST = 3


def _said_again(
    cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], pieces: Sequence[tuple[str, Sequence[Token]]]
) -> Iterator[Place]:
    """Yield sentences that say another's words in another order, unless the evidence has two as much alike."""
    said = [(sentence, _content(cut[at] for at in inside)) for sentence, inside in cuts]
    again = [later for at, (later, words) in enumerate(said) if any(_alike(words, before) for _, before in said[:at])]
    if again and not any(_alike(one, two) for one, two in combinations(_told(pieces), 2)):
        yield from (Place(sentence.start, sentence.end, "repetition") for sentence in again)


def _told(pieces: Sequence[tuple[str, Sequence[Token]]]) -> list[frozenset[str]]:
    return [_content(tokens(text[start:end])) for text, _ in pieces for start, end in sentences(text)][:_MOST_SENTENCES]


def _content(cut: Iterable[Token]) -> frozenset[str]:
    return frozenset(token.stem for token in cut if token.form not in grammar())


def _alike(one: frozenset[str], two: frozenset[str]) -> bool:
    return min(len(one), len(two)) >= _FEWEST and len(one & two) >= _ALIKE * len(one | two)


_MOST_SENTENCES = 200


def _rows_again(cut: Sequence[Token], pieces: Sequence[Sequence[Token]]) -> Iterator[Place]:
    rows = _rows(cut)
    if len(set(rows)) == len(rows):
        return
    known = Counter(row for piece in pieces for row in _rows(piece))
    seen: Counter[tuple[str, ...]] = Counter()
    for at, row in enumerate(rows):
        seen[row] += 1
        if seen[row] > max(1, known[row]):
            yield Place(cut[at].start, cut[at + _ROW - 1].end, "repetition")


def _rows(cut: Sequence[Token]) -> list[tuple[str, ...]]:
    forms = [token.form for token in cut]
    return [tuple(forms[at : at + _ROW]) for at in range(len(forms) - _ROW + 1)]


def _doubled(cut: Sequence[Token]) -> list[tuple[str, tuple[int, int]]]:
    """Return the words that follow themselves, with the place of the second."""
    return [
        (two.form, (two.start, two.end))
        for one, two in pairwise(cut)
        if one.form == two.form and one.form.isalpha() and len(one.form) > 1 and two.start - one.end == 1
    ]
