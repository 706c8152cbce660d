"""Phrasing: how a text may not speak: hedges, templates, markup, repetition, too little or too much."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from captioning.letters import Token
from captioning.sentences import Sentence
from captioning.unsupported import Place

_HEDGE = re.compile(
    r"\b(?:likely|unlikely|perhaps|probabl[ey]|possibl[ey]|presumabl[ey]|maybe|supposedly|apparently|seemingly|"
    r"conceivably|potentially|might|may(?= (?:be|have|not|also|represent|indicate|reflect|show|correspond))|could be|"
    r"seems?|seemed|appears? to|appeared to|suggest(?:s|ing|ed|ive)?|it is thought|i think|i believe|hint(?:s|ing)? at|"
    r"consistent with|reminiscent of|presumed|assumed|hypothe[st]i[sz]ed?|in all likelihood|uncertain|unclear)\b",
    re.IGNORECASE,
)
_PICTURE = (
    r"(?:(?:microscop\w+|fluorescen\w+|confocal|electron|light|representative|given|provided|above|following|"
    r"first|second|present|current|grayscale|colou?r)\s{1,4}){0,3}"
    r"(?:images?|figures?|pictures?|photos?|photographs?|panels?|micrographs?|photomicrographs?)"
)
_SHOWS = (
    r"(?:shows?|depicts?|displays?|illustrates?|presents?|portrays?|features?|reveals?|demonstrates?|captures?|"
    r"contains?|represents?|provides?|highlights?|is an?|are|(?:appears?|seems?) to)\b"
)
_TEMPLATE = re.compile(
    r"(?:^|(?<=[.!?;:]\s)|(?<=\n))[ \t]{0,8}(?:(?:here|overall|in summary|in conclusion),?\s{1,4})?"
    r"(?:(?:this|the|these|that|our)\s{1,4}"
    + _PICTURE
    + r"\s{1,4}(?:(?:here|also|clearly|above)\s{1,4})?"
    + _SHOWS
    + r"|(?:we|you|one)\s{1,4}(?:can\s{1,4})?(?:see|observe)\b|it\s{1,4}(?:shows?|depicts?|displays?|illustrates?)\b)"
    r"|\b(?:in|from) (?:this|the|these) " + _PICTURE + r",? (?:we|you|one|there|it)\b"
    r"|\bas an ai\b|\bi(?:'m| am) (?:sorry|unable)\b|\b(?:here is|here's|sure,|certainly[,!]) ",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</?[A-Za-z!][^<>\n]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});|```|\*\*|^[ \t]{0,40}#{1,6}\s|^[ \t]{0,40}[-*\u2022]\s|\bhttps?://\S{1,200}|"
    r"<\|[^|>\n]{0,40}\|>|\[/?INST\]|^[ \t]{0,40}(?:system|user|assistant|human)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_ROW = 12
"""So many tokens in a row may not come twice, unless they do in the evidence."""


def refused_phrases(text: str, evidence: str) -> Iterator[Place]:
    """Yield hedges, templates and markup of a text that don't stand so in its evidence."""
    for check, pattern in (("hedges", _HEDGE), ("templates", _TEMPLATE), ("markup", _MARKUP)):
        for found in pattern.finditer(text):
            said = found[0].strip()
            if said.lower() not in evidence:
                start = found.start() + len(found[0]) - len(found[0].lstrip())
                yield Place(start, start + len(said), check)


def repeated(
    cut: Sequence[Token], cuts: Sequence[tuple[Sentence, range]], pieces: Sequence[Sequence[Token]]
) -> Iterator[Place]:
    """Yield what a text says again word for word, oftener than its evidence: words, sentences, rows of words."""
    known = Counter(" ".join(row) for piece in pieces for row in _rows([token.form for token in piece]))
    seen: Counter[str] = Counter()
    for sentence, inside in cuts:
        words = [cut[at].form for at in inside]
        if len(words) < 3:
            continue
        key = " ".join(words)
        seen[key] += 1
        whole = " ".join([token.form for piece in pieces for token in piece]) if seen[key] > 1 else ""
        if seen[key] > 1 and whole.count(key) < seen[key]:
            yield Place(sentence.start, sentence.end, "repetition")
    forms = [token.form for token in cut]
    rows: Counter[str] = Counter()
    for at, row in enumerate(_rows(forms)):
        key = " ".join(row)
        rows[key] += 1
        if rows[key] > max(1, known[key]):
            yield Place(cut[at].start, cut[at + _ROW - 1].end, "repetition")
    doubled = _doubled(cut)
    if doubled:
        known_pairs = {form for piece in pieces for form, _ in _doubled(piece)}
        yield from (Place(start, end, "repetition") for form, (start, end) in doubled if form not in known_pairs)


def _doubled(cut: Sequence[Token]) -> list[tuple[str, tuple[int, int]]]:
    """Return the words that follow themselves, with the place of the second."""
    return [
        (two.form, (two.start, two.end))
        for one, two in pairwise(cut)
        if one.form == two.form and one.form.isalpha() and len(one.form) > 1 and two.start - one.end == 1
    ]


def _rows(forms: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(len(forms) - _ROW + 1):
        yield forms[at : at + _ROW]
