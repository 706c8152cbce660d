"""From markers with their readings to pieces: which words of a caption belong to which panels."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from curation.caption_labels import parts_of
from curation.caption_readings import Read
from curation.caption_sentences import is_of_bars, starts_of_sentences, topic_of_all

Owners = frozenset[str] | None
"""The panels that words are about; None: all of them."""

_BREAK = re.compile(
    r"\b(?:of|in|on|by|with|without|for|using|from|at|during|after|before|between|through|via|to|as|into|showing|shows?|showed|"
    r"demonstrat(?:es|ed|ing)|reveal(?:s|ed|ing)|indicat(?:es|ed|ing)|includ(?:es|ing)|is|are|was|were|comparing|measuring)\s|[:;,]\s"
)
_PREPOSITION = re.compile(
    r"\W*(?:and |or )?(of|in|on|by|with|without|for|using|from|at|during|after|before|between|through|via|to|as)\b"
)
_CLAUSE = re.compile(
    r"\W*;|\W*(?:but|while|whereas)\b|(?=.{24})(?:[,\s]|and\b)*.*\b(?:is|are|was|were|shows?|showed|reveals?|revealed|has|have|had|"
    r"increased|decreased|demonstrates?|indicates?|appears?|remains?)\b",
    re.DOTALL,
)
_APPENDED = re.compile(r";\s(?=(?:[Ss]cale )?[Bb]ars?\b|(?:[Oo]riginal )?[Mm]agnifications?\b|[Aa]rrow(?:head)?s?\b)")
"""What stands behind a semicolon at a caption's end, of all panels."""
_ANAPHOR = re.compile(r"(?:this|these|it|they|the same|here|such)\b", re.IGNORECASE)
_LETTER = re.compile(r"\w")


class Piece(NamedTuple):
    """A stretch of a caption and the panels it is about."""

    start: int
    end: int
    owners: Owners


def _union(read: Sequence[Read]) -> frozenset[str]:
    return frozenset(label for each in read for label in each.labels)


def _sentences(caption: str, read: Sequence[Read]) -> list[tuple[int, int]]:
    """Return the sentences; a leading marker after a full stop begins one, and no sentence begins in a marker."""
    starts = {
        *starts_of_sentences(caption),
        *(each.start for each in read if each.reading == "lead" and each.opens == 3),
    }
    inside = {start for start in starts for each in read if each.start < start < each.end}
    ordered = sorted(starts - inside)
    return list(zip(ordered, [*ordered[1:], len(caption)], strict=True))


def _own_phrase(caption: str, start: int, end: int, more: str) -> int:
    """Return where a trailing marker's own phrase begins; what stands before it is shared with the markers that follow.

    "with cells (A) or without cells (B)" begins alike, so the phrase begins with its preposition.
    """
    breaks = list(_BREAK.finditer(caption, start, end))
    if _PREPOSITION.match(more):
        alike = [found.start() for found in breaks if _PREPOSITION.match(found[0])]
        return alike[-1] if alike else start
    ends = [found.end() for found in breaks if end - found.end() >= 2]
    return ends[-1] if ends else start


def _clauses(caption: str, group: Sequence[Read]) -> list[list[Read]]:
    """Return trailing markers clause by clause: a clause of its own shares no words with its neighbours."""
    clauses = [[group[0]]]
    for last, each in pairwise(group):
        if _CLAUSE.match(caption, last.until, each.start):
            clauses.append([each])
        else:
            clauses[-1].append(each)
    return clauses


class _Walk:
    """Walks the sentences of one caption and remembers whose words it is in."""

    def __init__(self, caption: str, read: Sequence[Read]) -> None:
        self.caption, self.read = caption, read
        self.scope: Owners = None
        """The panels of the last leading marker."""
        self.group: Owners = None
        """The panels of the leading marker that holds it: of "(A-C)" before "(A)"."""
        self.trailed: Owners = None
        self.last = max((each.start for each in read if not is_of_bars(caption, each.start)), default=0)
        self.told: set[str | None] = set()
        self.is_over = False

    def pieces(self) -> Iterator[Piece]:
        """Yield every stretch between markers with its owners."""
        at = 0
        for start, end in _sentences(self.caption, self.read):
            own: list[Read] = []
            while at < len(self.read) and self.read[at].start < end:
                own.append(self.read[at])
                at += 1
            yield from self._sentence(start, end, own) if own else self._unmarked(start, end)

    def _unmarked(self, start: int, end: int) -> Iterator[Piece]:
        sentence = self.caption[start:end]
        topic = topic_of_all(sentence)
        if start > self.last:
            self.is_over = self.is_over or (topic is not None and topic not in self.told)
        self.told.add(topic)
        if self.is_over:
            yield Piece(start, end, None)
        elif self.scope is not None:
            yield Piece(start, end, self.group or self.scope)
        else:
            yield Piece(start, end, self.trailed if _ANAPHOR.match(sentence) else None)

    def _sentence(self, start: int, end: int, own: Sequence[Read]) -> Iterator[Piece]:
        at = start
        while own:
            run = 1
            while run < len(own) and own[run].reading == own[0].reading:
                run += 1
            group, own = own[:run], own[run:]
            if group[0].reading == "trail":
                stop = own[0].start if own else end
                yield from self._trailing(at, stop, group)
                at = stop
            else:
                self.told |= {topic_of_all(self.caption[each.end : end]) for each in group}
                yield from self._leading(at, group, is_new=at == start)
                at = group[-1].end
                if not own:
                    told = _APPENDED.search(self.caption, at, end) if at > self.last else None
                    yield Piece(at, told.start() if told else end, self.scope)
                    yield Piece(told.start() if told else end, end, None)

    def _leading(self, start: int, group: Sequence[Read], *, is_new: bool) -> Iterator[Piece]:
        """Yield the words before and between leading markers; what follows the last is the caller's."""
        before = self.caption[start : group[0].start]
        if _LETTER.search(before):
            owners = _union(group) if len(group) > 1 or self.scope is not None else None
            is_lead_in = self.scope is None or before.rstrip().endswith(":") or (is_new and len(group) > 1)
            yield Piece(start, group[0].start, owners if is_lead_in else self.scope)
        for each, more in zip(group, [*group[1:], None], strict=True):
            self._enter(frozenset(each.labels))
            if more is not None:
                yield Piece(each.end, more.start, self.scope)

    def _enter(self, labels: frozenset[str]) -> None:
        held = self.group or self.scope
        letters = {parts_of(label)[0] for label in labels}
        if held and any(letters) and letters == {parts_of(label)[0] for label in held}:  # A' after A
            self.group = held | labels
        elif self.group is None or not labels < self.group:
            self.group = labels if len(labels) > 1 else None
        self.scope = labels

    def _trailing(self, start: int, end: int, group: Sequence[Read]) -> Iterator[Piece]:
        held = None if start and is_of_bars(self.caption, group[0].start) else self.group or self.scope
        nested = held if held is not None and _union(group) <= held else None
        if held is not None and nested is None:  # a new panel amid the words of another: it has the last phrase
            cut = max(self.caption.rfind(mark, start, group[0].start) for mark in (", ", "; ", " and "))
            yield Piece(start, max(cut, start), held)
            start = max(cut, start)
        clauses = _clauses(self.caption, group)
        for clause in clauses:
            shared = nested or _union(clause)
            more = self.caption[clause[0].until : clause[1].start] if len(clause) > 1 else ""
            own = _own_phrase(self.caption, start, clause[0].start, more) if len(clause) > 1 or nested else start
            yield Piece(start, own, shared)
            for each, begin in zip(clause, [own, *(less.until for less in clause[:-1])], strict=True):
                yield Piece(begin, each.start, frozenset(each.labels))
                yield Piece(each.end, each.until, frozenset(each.labels))
            start = clause[-1].until
        yield Piece(start, end, nested or _union(clauses[-1]))
        if nested is None:
            self.scope, self.group, self.trailed = None, None, _union(group)


def pieces_of(caption: str, read: Sequence[Read]) -> list[Piece]:
    """Return the stretches of a caption between its markers, in order, with the panels that each is about."""
    return [piece for piece in _Walk(caption, read).pieces() if piece.start < piece.end]
