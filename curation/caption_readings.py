"""How each marker is read: it leads its words, it trails them, or it only refers to a panel named elsewhere."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from curation.caption_labels import DASHES, Kind, labels_of, parts_of, place
from curation.caption_markers import BRACKETS, Marker, mentions
from curation.caption_sentences import is_of_bars

Reading = Literal["lead", "trail"]

_BEFORE = re.compile(
    r"\b(?:of|in|on|by|with|without|for|using|from|at|during|after|before|between|through|via|to|as|into|onto|under|the|a|an|"
    r"show(?:s|n|ed|ing)?|demonstrat(?:es|ed|ing)|reveal(?:s|ed|ing)|indicat(?:es|ed|ing)|includ(?:es|ing)|is|are|was|were|than|"
    r"either|both|versus|left|right|top|bottom|upper|lower|panels?)$"
)
_AFTER = re.compile(
    r"(?:and|or|&|of|in|on|by|with|without|for|using|from|at|during|after|before|between|to|is|are|was|were|show(?:s|ed|ing)?|"
    r"demonstrat(?:es|ed|ing)|reveal(?:s|ed|ing)|indicat(?:es|ed|ing)|but|while|whereas|than|which|that|views?|has|have|had|levels?)\b"
)
_SENTENCE = re.compile(r"[A-Z][a-z]{2}")
"""A sentence that begins behind a marker; the title before it has lost its full stop."""
_POINTING = re.compile(
    r"\b(?:(?:see|as|shown|described|depicted|seen|than|boxed|same)(?:\s\w+){0,3}?\s(?:in|for|of|from|panels?)|"
    r"see|cf\.?|from|of panels?|(?:inset|region|area|box(?:es)?) in|of the \w+ in)$",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\b(?:in|from|of) $")
_GIVES = re.compile(r"\s*[=:\d]")
_JOINT = re.compile(r"\s?(?:,|;|&|,?\s?and|/)?\s?")
_RANGE = re.compile(rf"\s?(?:[{DASHES}]|to|through)\s?")


class Read(NamedTuple):
    """A marker with its reading, and how far from doubt it is."""

    start: int
    end: int
    labels: tuple[str, ...]
    reading: Reading
    opens: int
    doubt: float
    until: int


def merged(caption: str, markers: Sequence[Marker]) -> list[Marker]:
    """Join markers that stand side by side: "(B) and (C)", "(D)-(H)"."""
    joined = list(markers[:1])
    for marker in markers[1:]:
        if labels := _side_by_side(caption, joined[-1], marker):
            joined[-1] = joined[-1]._replace(end=marker.end, labels=labels, until=marker.until)
        else:
            joined.append(marker)
    return joined


def _side_by_side(caption: str, last: Marker, marker: Marker) -> tuple[str, ...]:
    """Return the labels of two brackets with nothing but a dash, a comma or "and" between them; () otherwise."""
    between = caption[last.end : marker.start]
    if not BRACKETS.issuperset({last.style, marker.style}) or caption[last.end - 1] == ":":
        return ()
    if _RANGE.fullmatch(between):
        labels = labels_of(f"{last.labels[-1]}-{marker.labels[0]}")
        return (*last.labels, *labels[1:], *marker.labels[1:]) if labels else ()
    is_joint = _JOINT.fullmatch(between) and not set(last.labels) & set(marker.labels)
    return (*last.labels, *marker.labels) if is_joint else ()


def _leaning(caption: str, marker: Marker) -> float:
    """Return how much the words around a marker say that it leads (above 0) or trails (below)."""
    if marker.style in {"colon", "dot", "comma", "bare", "numbered"} or (marker.style == "panel" and marker.opens >= 2):
        return 4.0
    is_closing = marker.style == "side" and caption[marker.end - 1] == ")" and caption[marker.start] != "("
    if marker.style in {"mixed", "panel"} or is_closing:
        return -3.0
    before = caption[max(0, marker.start - 40) : marker.start].rstrip()
    after = caption[marker.end : marker.end + 24].lstrip()
    score = (0.0, 2.0, 2.0, 3.0)[marker.opens]
    if not marker.opens:
        score = 1.0 if _BEFORE.search(before) else -1.0
        score += 1.5 if _SENTENCE.match(after) else 0.0
    if caption[marker.end - 1] == ":":
        return score + 2.0
    if not after or after[0] in ".,;)]:":
        return score - 2.5
    if _AFTER.match(after):
        return score - (1.5 if after.startswith(("and ", "or ", "& ")) else 0.7)
    return score + 0.7


def _points(caption: str, marker: Read) -> bool:
    return not marker.opens and bool(_POINTING.search(caption[max(0, marker.start - 48) : marker.start].rstrip()))


def readings(caption: str, markers: Sequence[Marker]) -> list[Read]:
    """Return the markers as they are read; what only refers to a panel is left out.

    A marker that its own place doesn't decide follows its neighbour in the sentence, else the others of the caption;
    where all are in doubt they lead, since trailing ones have commas behind them.
    """
    joined = merged(caption, markers)
    leanings = [_leaning(caption, marker) for marker in joined]
    whole = sum(max(-2.0, min(2.0, leaning)) for leaning in leanings if abs(leaning) >= 1)
    read: list[Read] = []
    for at, (marker, leaning) in enumerate(zip(joined, leanings, strict=True)):
        of_others = _sign(_neighbour(caption, at, joined, leanings) or whole or 1.0) if abs(leaning) < 1 else 0
        own = leaning + 1.2 * of_others
        reading: Reading = "lead" if own > 0 else "trail"
        doubt = 1 / (1 + abs(own) + abs(whole) / 4)
        read.append(Read(marker.start, marker.end, marker.labels, reading, marker.opens, doubt, marker.until))
    return _without_references(caption, read)


def with_mentions(caption: str, read: Sequence[Read], kind: Kind) -> list[Read]:
    """Add places without a marker of their own that name a missing panel, where no marker leads.

    "The plot in B shows" after "(A)": the words stay, so the place has no length.
    """
    if kind != "upper" or any(each.reading == "lead" for each in read):
        return list(read)
    places = {place(label, kind) for each in read for label in each.labels}
    added: list[Read] = []
    for at, labels in mentions(caption):
        own = {place(label, kind) for label in labels}
        is_free = not any(each.start < at < each.until for each in read)
        if is_free and not own & places and own <= {*range(1, max(places, default=0) + 1 + len(own))}:
            places |= own
            added.append(Read(at, at, labels, "trail", 0, 0.5, at))
    return sorted([*read, *added])


def _sign(leaning: float) -> int:
    return (leaning > 0) - (leaning < 0)


def _neighbour(caption: str, at: int, markers: Sequence[Marker], leanings: Sequence[float]) -> float:
    """Return the leaning of the marker before, or else after, in the same sentence; 0 where none is sure."""
    for other in (at - 1, at + 1):
        if 0 <= other < len(markers) and abs(leanings[other]) >= 1:
            first, last = sorted((markers[at], markers[other]))
            if ". " not in caption[first.end : last.start] and markers[at].style == markers[other].style:
                return leanings[other]
    return 0.0


def _told_after(caption: str, read: Sequence[Read]) -> set[int]:
    """Return the markers of sentences after the last leading one that compare several panels: no mere references."""
    last = max((each.start for each in read if each.reading == "lead" and each.opens >= 2), default=len(caption))
    after = [
        at
        for at, each in enumerate(read)
        if each.start > last and each.reading == "trail" and not _points(caption, each)
    ]
    groups: dict[int, list[int]] = {}
    for at in after:
        start = caption.rfind(". ", max(last, read[at].start - 600), read[at].start)
        if start > 0:
            groups.setdefault(start, []).append(at)
    return {at for group in groups.values() if len(group) > 1 for at in group}


def _without_references(caption: str, read: Sequence[Read]) -> list[Read]:
    kept: list[Read] = []
    named: set[str] = set()
    scope: frozenset[str] = frozenset()
    told, to_come = _told_after(caption, read), _to_come(read)
    lonely = [each.reading == "lead" and each.opens >= 2 for each in read[:2]] == [False, True]
    for at, each in enumerate(read):
        labels, reading = frozenset(each.labels), each.reading
        is_outside = bool(scope or (lonely and not at)) and not labels < scope and at not in told
        is_reference = is_outside and (labels <= named or _is_too_early(caption, each, to_come[at]))
        if reading == "lead" and each.opens >= 2:
            scope = labels if not labels < scope else scope
        elif reading == "lead" and each.opens and labels - named:
            scope = labels
        elif is_of_bars(caption, each.start) and labels <= named:
            reading = "lead" if _GIVES.match(caption, each.end) else "trail"
        elif is_reference or (_points(caption, each) and labels <= named | scope):
            continue
        if reading == "lead":
            scope = scope or labels
        named |= labels
        kept.append(each._replace(reading=reading))
    return kept


def _to_come(read: Sequence[Read]) -> list[frozenset[str]]:
    """Return of each marker the labels that markers after it lead, one or two at a time, where a clause opens."""
    sets: list[frozenset[str]] = []
    after: frozenset[str] = frozenset()
    for each in reversed(read):
        sets.append(after)
        if each.reading == "lead" and each.opens >= 2 and len(each.labels) < 3:
            after |= frozenset(each.labels)
    return sets[::-1]


def _is_too_early(caption: str, each: Read, to_come: frozenset[str]) -> bool:
    """Tell whether a marker inside another panel's words points ahead, or stands before several that precede it."""
    if each.opens:
        return False
    if _AHEAD.search(caption, max(0, each.start - 6), each.start) and to_come.issuperset(each.labels):
        return True
    first = min(_rank(label) for label in each.labels)
    return sum(_rank(label) < first for label in to_come) > 1


def _rank(label: str) -> tuple[int, str]:
    letters = parts_of(label)[0]
    return len(letters), letters
