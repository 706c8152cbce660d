"""Scale words: the lengths that a caption states for its scale bars, and the panels they hold for.

A bar is mentioned and lengths follow in its clause ("Scale bars: 5 µm (A–C), 2 µm (D)"), or one stands before it
("a 10 µm scale bar"). A "bar" that is no "scale bar" must lead to its length by plain words alone, since most bars
are those of a chart. What stands between two lengths belongs to the first, unless labels lead the clause and none
end it ("A, B: 100 µm; C: 50 µm").
"""  # noqa: RUF002

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from curation.length_words import Measure, measures
from curation.scale_labels import Told, before_bar, behind_length, between, leads, parted, shared_out

_MENTION = re.compile(
    r"\b(?:(?P<strong>(?:scale|size|calibration|magnification|measuring)[\s-]{0,2}(?:bars?|lines?|markers?))"
    r"|(?P<weak>bars?|scales?(?=\s?[:=,]?\s?\d)))(?![\w-])",
    re.IGNORECASE,
)
_OF_A_CHART = re.compile(r"(?:error|std|stacked|colou?r|side|tool)[\s-]{1,2}$", re.IGNORECASE)
_OF_A_COLOUR = re.compile(
    r"(?:\w+ed|white|black|gr[ea]y|red|blue|green|open|solid|yellow|purple|orange)[\s-]$", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"(?<!\bfig)(?<!\bfigs)(?<!\bca)(?<!\bapprox)\.(?!\d)(?=\s|$|[A-Z(])", re.IGNORECASE)
_PLAIN = re.compile(
    r"represent(?:s|ing)?|indicat(?:es?|ing)|correspond(?:s|ing)?|equals?|denotes?|shows?|measures?|lengths?|sizes?|is|are"
    r"|was|were|to|of|in|for|on|at|with|the|all|both|each|and|or|an?|about|approximately|ca|same|respectively|shown"
    r"|panels?|images?|figures?|figs?|micrographs?|photographs?|pictures?|insets?|inserts?|main|left|right|top|bottom"
    r"|upper|lower|middle|i[vx]|v?i{1,3}|vi",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_BRACKETS = re.compile(r"\([^()]{0,60}\)")
_OF_SOMETHING = re.compile(
    r"[\s-]{0,2}(?:thick|sections?\b|slices?\b|beads?\b|diameter|deep\b|apart|steps?\b|intervals?\b|away|wide\b)"
)
_OF_LIGHT = re.compile(r"±|\+/|excit|emission|detect|wavelength|laser|filter", re.IGNORECASE)
_METRE_UM = 1e6
_DIGIT = re.compile(r"\d")
_BEFORE_CHARS = 24
_CLAUSE_CHARS = 320
_MOST_LENGTHS = 200
_STRAY_WORDS = 6
"""Words that may stand between "scale bar" and its length: "Scale bar for the hippocampal slices, 10 µm"."""


class Length(NamedTuple):
    """A length that a caption states for a scale bar."""

    length_um: float
    labels: tuple[str, ...]
    """The panels it is said to hold for, ranges expanded, and words such as "left" or "black" where letters aren't
    what tells the bars apart. Empty: said of none by name, so it holds for the subcaption in which `span` lies."""
    span: tuple[int, int]
    """Where number and unit stand in the caption."""
    inset: bool = False
    """Said of insets or magnified parts only."""


class _Bar(NamedTuple):
    """The mention of a bar."""

    start: int
    end: int
    strong: bool
    coloured: bool


def lengths_in(caption: str) -> list[Length]:
    """Return the lengths stated for scale bars, in the order in which they stand; at most 200.

    >>> [(found.length_um, found.labels) for found in lengths_in("Scale bars: 5 µm (A–C), 2 mm (D).")]
    [(5.0, ('A', 'B', 'C')), (2000.0, ('D',))]
    >>> lengths_in("Error bars, SEM; bars represent the mean of 3 experiments.")
    []
    """  # noqa: RUF002
    bars = list(_bars(caption))
    found: dict[tuple[int, int], Length] = {}
    for bar, after in zip(bars, [*bars[1:], None], strict=False):
        if not _DIGIT.search(caption, max(0, bar.start - _BEFORE_CHARS), after.start if after else len(caption)):
            continue
        end = _clause_end(caption, bar.end, after)
        for length in _of_bar(caption, bar, end):
            found.setdefault(length.span, length)
        if len(found) >= _MOST_LENGTHS:
            break
    return sorted(found.values(), key=lambda length: length.span)[:_MOST_LENGTHS]


def _bars(caption: str) -> Iterator[_Bar]:
    for match in _MENTION.finditer(caption):
        before = caption[max(0, match.start() - _BEFORE_CHARS) : match.start()]
        if not _OF_A_CHART.search(before):
            yield _Bar(*match.span(), bool(match["strong"]), bool(_OF_A_COLOUR.search(before)))


def _clause_end(caption: str, start: int, after: _Bar | None) -> int:
    """Return where the clause ends: at the next bar and its labels, a full stop, a bracket that closes outside."""
    end = min(len(caption), start + _CLAUSE_CHARS)
    if after and after.start < end:
        end = max(start, after.start - before_bar(caption, start, after.start).chars)
    skipped = start + 1 if caption.startswith(".", start) else start
    if stop := _CLAUSE_END.search(caption, skipped, end):
        end = stop.start()
    depth = 0
    for place in range(start, end):
        depth += (caption[place] == "(") - (caption[place] == ")")
        if depth < 0:
            return place
    return end


def _of_bar(caption: str, bar: _Bar, end: int) -> list[Length]:
    if standing_before := _just_before(caption, bar):
        return [_length(standing_before, behind_length(caption[bar.end : end]))]
    chain = _chain(caption, bar, end)
    if not chain:
        return []
    starts = [bar.end, *(measure.end for measure in chain)]
    gaps = [caption[start : measure.start] for start, measure in zip(starts, chain, strict=False)]
    told = _told(gaps, caption[chain[-1].end : end], before_bar(caption, 0, bar.start))
    return [_length(measure, each) for measure, each in zip(chain, told, strict=True)]


def _just_before(caption: str, bar: _Bar) -> Measure | None:
    """Return the length of "a 10-µm scale bar"."""
    found = list(measures(caption, max(0, bar.start - _BEFORE_CHARS), bar.start))
    near = found and not caption[found[-1].end : bar.start].strip(" \u00a0-\u2010\u2011")
    return found[-1] if near and not found[-1].may_be_molar and _credible(found[-1], bar) else None


def _chain(caption: str, bar: _Bar, end: int) -> list[Measure]:
    """Return the lengths of a clause, as far as one leads to the next."""
    chain: list[Measure] = []
    place, stray = bar.end, _STRAY_WORDS if bar.strong else 0
    for measure in measures(caption, bar.end, end):
        gap = caption[place : measure.start]
        if _stray_words(gap) > stray or _OF_LIGHT.search(gap) or not _credible(measure, bar):
            break
        if _OF_SOMETHING.match(caption, measure.end, end) and (chain or not bar.strong):
            break
        chain.append(measure)
        place = measure.end
    return chain


def _credible(measure: Measure, bar: _Bar) -> bool:
    if measure.may_be_molar:
        return bar.strong or not bar.coloured
    return bar.strong or measure.length_um < _METRE_UM


def _stray_words(gap: str) -> int:
    spoken = _WORD.findall(_BRACKETS.sub(" ", gap))
    return sum(1 for word in spoken if not _PLAIN.fullmatch(word))


def _told(gaps: Sequence[str], tail: str, before: Told) -> list[Told]:
    """Return what is said of each length of a clause, given what stands before each and behind the last."""
    leading, ending = between(gaps[0]) or before, behind_length(tail)
    if len(gaps) == 1:
        return [ending or leading.only_places()]
    if one_each := shared_out(leading or ending, gaps, tail):
        return one_each
    if (leading and not ending) or any(leads(gap) for gap in gaps[1:]):
        return [leading, *(between(gap) for gap in gaps[1:])]
    firsts, seconds = zip(*(parted(gap) for gap in gaps[1:]), strict=True)
    behind, before_each = [*firsts, ending], [Told(), *seconds]
    told = [lead.also(tail.letters) if lead else tail for lead, tail in zip(before_each, behind, strict=True)]
    return [each.also(ending.common) for each in told]


def _length(measure: Measure, told: Told) -> Length:
    return Length(measure.length_um, told.labels, (measure.start, measure.end), told.inset)
