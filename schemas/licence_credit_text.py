"""Licence credit text: a caption's letters as the patterns read them, and where in the caption each of them stands.

Full-width letters, letters in two pieces, entities that were escaped, and spaces of no width are written plainly; what
is all in capitals, or all without, gets them where a sentence has them.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.licence_credit_letters import with_latin_capitals

_ODD: Final = re.compile(
    r"&(?:amp;){0,3}(?:[a-zA-Z]{2,8}|#\d{2,5}|#[xX][\da-fA-F]{2,5});|\(TM\)|[a-zA-Z][\u0300-\u036f]{1,9}"
    r"|[^\x00-\x7f][\u0300-\u036f]{0,9}|[\t\n\v\f\r]"
)
_ENTITY_DEPTH = 4
_PLAIN: Final = {
    **dict.fromkeys(map(chr, range(0x2010, 0x2016)), "-"),
    **dict.fromkeys(["\u2019", "\u2018", "\u02bc"], "'"),
    **dict.fromkeys(["\u24b8", "\u24d2"], "\u00a9"),
    **dict.fromkeys(["\u2122", "\u00ae", "\u2120", "\u00ad", "\u200c", "\u200d", "(TM)"], ""),
    **dict.fromkeys(["\t", "\n", "\v", "\f", "\r", "\u2028", "\u2029"], " "),
}
_NO_WIDTH: Final = frozenset("\u200b\u2060\ufeff\u200e\u200f")
_SMALL: Final = (
    "a|after|al|an|and|are|as|at|been|book|by|courtesy|credit|et|for|from|has|in|is|kind|kindly|of|on|or|our"
    "|permission|the|this|to|was|were|with"
)
_SMALL_WORD: Final = re.compile(rf"\b(?:{_SMALL})\b", re.IGNORECASE)
_SHOUTED: Final = re.compile(r"\b[A-Z]{3,}+(?:[^A-Za-z]{1,12}+[A-Z]++(?![a-z])){1,60}")
_SAYS_WHOSE: Final = ("FROM ", " BY ", "AFTER ", "ET AL", "PHOTO", "COPYRIGHT", "SOURCE", "CREDIT", "COURTESY")
_WORD: Final = re.compile(r"[^\W\d_]+")
_FIRST_OF_MANY: Final = re.compile(r"(?<![^\W_])[a-z]{3,30}(?=,? et al\b)")
_DATED: Final = re.compile(
    r"\b([Ff]rom |[Aa]fter )([a-z]{3,30})(?:( and | & )([a-z]{3,30}))?(?=,? (?:\((?:1[89]|20)\d\d\)|(?:1[89]"
    r"|20)\d\d(?=[.;)]|$)))"
)
_YEARS: Final = ("(18", "(19", "(20", " 18", " 19", " 20")
_HIDDEN: Final = re.compile(
    "[\n\t\u2028\u2029\u00ad\u00ae\u0300-\u036f\u200b-\u200f\u2060\u2122\u24b8\u24d2\ufb00-\ufb06\ufeff\uff01-"
    "\uff5e\U0001d400-\U0001d7ff]"
)
_SPACES: Final = ("\u00a0", "\u2009", "\u202f")
_DASHES: Final = ("\u2013", "\u2014", "\u2010", "\u2011")


class Plain(NamedTuple):
    """A caption as the patterns read it."""

    text: str
    caption: str
    space: str
    """What stands for a space of no width."""

    def places(self) -> Sequence[int]:
        """Return where in the caption each letter of the text, and its end, stands."""
        if self.text == self.caption:
            return range(len(self.text) + 1)
        found: list[int] = []
        last = 0
        for piece in _ODD.finditer(self.caption):
            found.extend(range(last, piece.start()))
            found.extend([piece.start()] * len(_plain(piece[0], self.space)))
            last = piece.end()
        return [*found, *range(last, len(self.caption) + 1)]


def hint_text(caption: str) -> str | None:
    """Return a caption as hints are looked for in it; None where it is written in letters by which none is found."""
    if "&" in caption or "\n" in caption or "(TM)" in caption:
        return None
    if caption.isascii():
        return caption.lower()
    if _HIDDEN.search(caption):
        return None
    for space in _SPACES:
        caption = caption.replace(space, " ")
    for dash in _DASHES:
        caption = caption.replace(dash, "-")
    return caption.lower()


def plain_texts(caption: str) -> list[Plain]:
    r"""Return a caption as it can be read: twice where it has spaces of no width, which part words or don't.

    >>> [one.text for one in plain_texts("Adapted from R&amp;ouml;e")] == ["Adapted from R\xf6e"]
    True
    """
    spaces = ("", " ") if not _NO_WIDTH.isdisjoint(caption) else ("",)
    return [Plain(_written_plainly(caption, space), caption, space) for space in spaces]


def _written_plainly(caption: str, space: str) -> str:
    return _ODD.sub(lambda piece: _plain(piece[0], space), caption)


@lru_cache(maxsize=4096)
def _plain(piece: str, space: str) -> str:
    known = _PLAIN.get(piece)
    if known is not None:
        return known
    if piece in _NO_WIDTH:
        return space
    for _ in range(_ENTITY_DEPTH if piece[0] == "&" else 0):
        piece = html.unescape(piece)
    return unicodedata.normalize("NFKC", piece)


def recased(text: str) -> str:
    """Return a text with capitals where a sentence has them, where all are, or a name in a citation is not.

    >>> recased("A CELL. ADAPTED FROM ROE ET AL. (2010); modified from doe et al.")
    'A Cell. Adapted from Roe et al. (2010); modified from Doe et al.'
    """
    text = with_latin_capitals(text)
    if any(word in text for word in _SAYS_WHOSE):
        text = _SHOUTED.sub(_spoken, text)
    if " et al" in text:
        text = _FIRST_OF_MANY.sub(lambda name: name[0].capitalize(), text)
    if not any(mark in text for mark in _YEARS):
        return text
    return _DATED.sub(_names, text)


def _names(cited: re.Match[str]) -> str:
    first, second = cited[2].capitalize(), (cited[4] or "").capitalize()
    return f"{cited[1]}{first}{cited[3] or ''}{second}"


def _spoken(shouted: re.Match[str]) -> str:
    if not any(word in shouted[0] for word in _SAYS_WHOSE):
        return shouted[0]
    text = _WORD.sub(lambda word: word[0][0] + word[0][1:].lower(), shouted[0])
    return _SMALL_WORD.sub(lambda word: word[0].lower(), text)
