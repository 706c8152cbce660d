"""Scale labels: which panels a length of a scale bar is said to hold for, as "(A–C)", "in a and b", "insets"."""  # noqa: RUF002

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_PRIME = "['\u2019\u2032\u2033]"
_LABEL = rf"(?<!\w)(?:[ivx]{{2,4}}|[A-Za-z](?:{_PRIME}{{1,3}}|\d{{1,2}})?)(?![\w%])"
_DASH = r"\s{0,2}(?:[-\u2010-\u2015~\u2212]|\bto\b|\bthrough\b)\s{0,2}"
_OPEN, _CLOSE = '[("\u201c]?', '[)"\u201d]?'
_ITEM = rf"{_OPEN}{_LABEL}{_CLOSE}(?:{_DASH}{_OPEN}{_LABEL}{_CLOSE})?"
_AND = r"\s{0,2}(?:[,;&/]|\band\b|\bor\b)?\s{0,2}(?:and\s|or\s)?"
_LETTERS = rf"{_ITEM}(?:{_AND}{_ITEM}){{0,30}}"
_PLACE = r"(?:left|right|top|bottom|upper|lower|middle|cent(?:er|re)|main|insets?|inserts?)"
_PLACES = (
    rf"(?:the\s)?{_PLACE}(?:(?:\s|,\s|/|\sand\s|-){_PLACE}){{0,3}}"
    r"(?:\s(?:panels?|images?|rows?|columns?|pictures?|parts?))?\b"
)
_LEAD_IN = r"(?:(?:in|for|on|at|of|to)\s)?(?:the\s)?(?:panels?\s|figures?\s|figs?\.?\s|images?\s)?"

_RANGE = re.compile(rf"(?P<first>{_LABEL})(?:\)?{_DASH}\(?(?P<last>{_LABEL}))?")
_NESTED = re.compile(rf"(?P<outer>[A-Z])\s?\((?P<inner>{_LETTERS})\)")
_ONLY_LETTERS = re.compile(rf"{_LEAD_IN}(?P<letters>{_LETTERS})", re.IGNORECASE)
_SAID = re.compile(rf"{_LEAD_IN}(?P<places>{_PLACES})", re.IGNORECASE)
_BEHIND = re.compile(
    rf"\s{{0,2}}[,;]?\s{{0,2}}(?:and\s)?(?:\((?P<bracket>[^()]{{1,60}})\)"
    rf"|(?:in|for|on)\s{_LEAD_IN}(?:(?P<letters>{_LETTERS})|(?P<places>{_PLACES}))"
    rf"|(?P<bare>{_LETTERS})(?=\s?(?:;|$)))(?!\s?(?!and\b|or\b|in\b|for\b|respectively)[A-Za-z]\w)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?:(?P<edge>^|[.;:(])\s{{0,2}}{_LEAD_IN}(?P<letters>{_LETTERS})[\s,:=]{{1,3}}"
    rf"|(?:^|[\s(]){_LEAD_IN}(?P<places>{_PLACES})[\s:]{{1,2}})$",
    re.IGNORECASE,
)
_VERBS = re.compile(
    r"\b(?:represent(?:s|ing)?|indicat(?:es?|ing)|corresponds?(?:\sto)?|equals?|denotes?|measures?|is|are|respectively)\b",
    re.IGNORECASE,
)
_INSET = re.compile(r"\b(?:insets?|inserts?|magnified|enlarge|zoom|close-?ups?|blow-?ups?)", re.IGNORECASE)
_WHOLE = re.compile(r"main\b.*|(?:in |for )?(?:all|both|each|every)\b.*", re.IGNORECASE)
_NO_LABEL = re.compile(r"[=±]|\+/|excit|emission|detect")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_EDGES = " \u00a0,;:=()[]-\u2013\u2014."


class Told(NamedTuple):
    """What is said of a length."""

    letters: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    inset: bool = False
    common: tuple[str, ...] = ()
    """Letters that hold for every length of the clause: "10 µm (main), 2 µm (inset) (a, b)"."""
    chars: int = 0
    """How far the labels before a bar reach back from it."""

    def __bool__(self) -> bool:
        return bool(self.letters or self.words or self.inset)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.letters + self.words

    def only_places(self) -> "Told":
        """Return this without words that name no place: "refers to" in "Scale bar refers to 10 µm"."""
        return self._replace(words=tuple(word for word in self.words if _SAID.fullmatch(word)))

    def also(self, letters: tuple[str, ...]) -> "Told":
        return self._replace(letters=self.letters or letters)


def letters_of(group: str) -> tuple[str, ...]:
    """Return the letters that a group names, ranges expanded.

    >>> letters_of("(A-C, F and H)"), letters_of("ii-iv"), letters_of("A(a, b)")
    (('A', 'B', 'C', 'F', 'H'), ('ii', 'iii', 'iv'), ('Aa', 'Ab'))
    """
    if nested := _NESTED.fullmatch(group.strip()):
        return tuple(nested["outer"] + inner for inner in letters_of(nested["inner"]))
    found = [label for match in _RANGE.finditer(group) for label in _expanded(match["first"], match["last"])]
    return tuple(dict.fromkeys(found))


def leads(gap: str) -> bool:
    """Return whether a stretch before a length speaks of it, and not of the one before: "; insert: 5 µm"."""
    return gap.rstrip().endswith((":", "=")) and bool(between(gap))


def between(gap: str) -> Told:
    """Return what a stretch between two lengths, or between a bar and its length, says of one of them."""
    text = _VERBS.sub(" ", gap).strip(_EDGES + "\n")
    text = re.sub(r"^(?:and|or)\s|[\s,;](?:and|or)$", "", text).strip(_EDGES)
    if not text:
        return Told()
    whole = _VERBS.sub(" ", gap).strip(" ,;:=.")
    whole = re.sub(r"^(?:and|or)\s|[\s,;]+(?:and|or)$", "", whole).strip(" ,;:=.")
    if match := _ONLY_LETTERS.fullmatch(whole) or _ONLY_LETTERS.fullmatch(text):
        return Told(letters_of(match["letters"]))
    return _in_words(text)


def parted(gap: str) -> tuple[Told, Told]:
    """Return what a stretch between two lengths says of the first, and of the second: "(D); insets,"."""
    first = _BEHIND.match(gap)
    if first and (second := between(gap[first.end() :])):
        return _of_group(first), second
    return between(gap), Told()


def behind_length(tail: str) -> Told:
    """Return what is said right behind a length; two groups of which the second holds for the whole clause."""
    first = _BEHIND.match(tail)
    if not first:
        return Told()
    told = _of_group(first)
    second = _BEHIND.match(tail, first.end())
    common = _of_group(second).letters if second and not told.letters else ()
    return told._replace(common=common).also(common)


def before_bar(text: str, start: int, end: int) -> Told:
    """Return what stands right before a bar: "(A and K) Scale bar", "left scale bar"."""
    place = max(start, end - 60)
    match = _BEFORE.search(text[place:end])
    if not match or (match.start() == 0 and place > 0) or (match["edge"] == "(" and ")" in match[0]):
        return Told()
    group = "letters" if match["letters"] else "places"
    told = Told(letters_of(match["letters"])) if match["letters"] else _in_words(match["places"])
    return told._replace(chars=end - place - match.start(group))


def shared_out(told: Told, gaps: Sequence[str], tail: str) -> list[Told]:
    """Return one label for each length where they stand in two lists of the same length, else nothing."""
    bare = all(not between(gap) for gap in gaps[1:])
    if bare and not told.words and not told.inset and len(told.letters) == len(gaps):
        return [Told((letter,)) for letter in told.letters]
    return []


def _of_group(match: re.Match[str]) -> Told:
    if inner := match["bracket"]:
        only = _ONLY_LETTERS.fullmatch(inner.strip())
        return Told(letters_of(only["letters"])) if only else _in_words(inner)
    if group := match["letters"] or match["bare"]:
        return Told(letters_of(group))
    return _in_words(match["places"])


def _in_words(text: str) -> Told:
    parts = [part.strip(_EDGES) for part in re.split(r",|\band\b|\bor\b|[()]", text.lower())]
    said = [re.sub(rf"^{_LEAD_IN}", "", part) for part in parts if part and not _NO_LABEL.search(part)]
    inset = any(_INSET.search(part) for part in said)
    return Told(
        words=tuple(part for part in said if not _INSET.search(part) and not _WHOLE.fullmatch(part)), inset=inset
    )


def _expanded(first: str, last: str | None) -> Iterator[str]:
    if last is None:
        yield first
    elif first in _ROMAN and last in _ROMAN and max(len(first), len(last)) > 1:
        yield from _ROMAN[_ROMAN.index(first) : _ROMAN.index(last) + 1]
    elif len(first) == len(last) == 1 and first.isupper() == last.isupper():
        yield from (chr(code) for code in range(ord(first), ord(last) + 1))
    elif first[0] == last[0] and first[1:].isdigit() and last[1:].isdigit():
        yield from (f"{first[0]}{number}" for number in range(int(first[1:]), int(last[1:]) + 1))
    else:
        yield from (first, last)
