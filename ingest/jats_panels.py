"""JATS panels: the panel letters that stand after a figure's number: "Fig. 1A", "2 (a-c)", "3B, D and 3F".

Within the link everything that looks like a letter is one; in the sentence around it a letter may as well be a
word ("a protein"), a variable ("n = 3") or a name ("T cells"), so there it must look like a list of panels.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_FAR = 5
"""Letters further apart than this, outside the link, are no list of panels: "Fig. 4D, R2 of"."""

_DASH = "\u2010-\u2015\u2212-"
_SUFFIX = "(?:[\u2032\u2033'\u2019]+|\\d|i{1,3}|iv|v)?"
_ENDS = rf"(?![A-Za-z\d])(?![{_DASH}](?!i{{2,3}}\b|iv\b)[A-Za-z]{{2}})"
_ITEM = rf"(?P<again>[A-Z]{{0,2}}\d+\s?)?(?P<open>\()?(?P<letter>[A-Za-z])(?={_SUFFIX}{_ENDS}){_SUFFIX}(?P<close>\))?"
_ASIDE = r"(?:\s*\((?:left|right|top|bottom|upper|lower|middle|insets?)\b[^()]{0,20}\))?"

NUMBER = re.compile(r"(?<![A-Za-z\d.])([A-Z]{0,2}\d+)", re.IGNORECASE)
"""A figure's number: 1, S2."""

_FIRST = re.compile(rf"(?P<gap>\s*[,:]?\s*\(?(?:panels?\s+)?|\s*){_ITEM}")
_RANGE = re.compile(rf"(?P<gap>\s*(?:[{_DASH}]|\bto\b|\bthrough\b)\s*){_ITEM}")
_NEXT = re.compile(rf"(?P<gap>\)?{_ASIDE}\s*(?:[,;/&+]|\band\b|\bor\b)\s*(?:and\s+|or\s+|&\s*)?|\s*(?=\()){_ITEM}")
_JOINED = re.compile(r"\s?([A-Z]{2,5}|[a-z]{2,5})(?![A-Za-z])")
_BARE = re.compile(rf"\s*{_ITEM}")
_LONGEST_BARE = len("A\u2013C, E")
_A_WORD_FOLLOWS = re.compile(r"\s+[a-z]")
_A_LIST_GOES_ON = re.compile(r"\s*(?:and|or|to|through|&)\s+\(?[A-Za-z](?![A-Za-z])")
_A_VALUE_FOLLOWS = re.compile(r"\s*(?:[=<>\u2264\u2265\u00b1\u2248~]|cells?\b|lymphocytes?\b|values?\b|axis\b)")


def panels_named(text: str, link: int, label: str) -> list[str]:
    """Return the letters after the figure's number in `text`, of which the first `link` characters are the link.

    `label` is the figure's own: where the link names several figures, only this one's letters count.

    >>> panels_named("Figures 1A and 2B\u2013D show", 17, "Figure 2")
    ['B', 'C', 'D']
    """
    numbers = list(NUMBER.finditer(text, 0, link))
    if not numbers:
        bare = len(text[:link].strip(" ()")) <= _LONGEST_BARE and _BARE.match(text)
        return _List(text, link, "").letters(0) if bare else []
    own = [found[1].lower() for found in NUMBER.finditer(label)]
    ours = [found for found in numbers if own and found[1].lower() == own[-1]]
    letters: dict[str, None] = {}
    for found in ours or numbers[-1:]:
        letters |= dict.fromkeys(_List(text, link, found[1].lower()).letters(found.end()))
    return list(letters)


@dataclass(frozen=True)
class _List:
    """The place where a list of letters may stand: a text, the end of the link in it, the figure's number."""

    text: str
    link: int
    number: str

    def letters(self, start: int) -> list[str]:
        """Return the letters of the list that begins at `start`."""
        joined = _JOINED.match(self.text, start)
        if joined and all(ord(after) - ord(before) == 1 for before, after in pairwise(joined[1])):
            return list(joined[1])
        found = _FIRST.match(self.text, start)
        return list(self._from(found)) if found and not found["again"] and self._begins(found) else []

    def _from(self, found: re.Match[str] | None) -> Iterator[str]:
        while found:
            yield found["letter"]
            ranged = _RANGE.match(self.text, found.end())
            if ranged and self._says_our_number(ranged):
                yield from map(chr, range(ord(found["letter"]) + 1, ord(ranged["letter"]) + 1))
                found = ranged
            following = _NEXT.match(self.text, found.end())
            found = following if following and self._goes_on(found, following) else None

    def _begins(self, found: re.Match[str]) -> bool:
        if found.start("letter") < self.link:
            return True
        if self._is_value(found):
            return False
        if not found["gap"] and not found["open"]:
            return True
        bracketed = bool(found["open"] or found["close"] or "(" in found["gap"])
        return bracketed or (found["letter"].isupper() and not self._is_word(found))

    def _goes_on(self, before: re.Match[str], found: re.Match[str]) -> bool:
        if found["again"]:
            return self._says_our_number(found)
        letter, previous = found["letter"], before["letter"]
        if letter.islower() != previous.islower() or letter <= previous:
            return False
        if not found["gap"].strip() and not before["open"]:
            return False
        if found.start("letter") < self.link:
            return True
        near = ord(letter) - ord(previous) <= _FAR
        return near and not self._is_value(found) and (bool(found["open"]) or not self._is_word(found))

    def _says_our_number(self, found: re.Match[str]) -> bool:
        return not found["again"] or found["again"].strip().lower() == self.number

    def _is_value(self, found: re.Match[str]) -> bool:
        digit = self.text[found.end("letter") : found.end("letter") + 1].isdigit()
        return digit or bool(_A_VALUE_FOLLOWS.match(self.text, found.end()))

    def _is_word(self, found: re.Match[str]) -> bool:
        """Return whether the letter reads as a word: "A large", "I think"."""
        if found["letter"] not in "aAI" or not _A_WORD_FOLLOWS.match(self.text, found.end()):
            return False
        return not _A_LIST_GOES_ON.match(self.text, found.end())
