"""Assertion: whether a text says that something is there, says that it isn't, or only thinks of it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

_SCOPE = 60
"""Characters behind a cue that it speaks of, if no clause ends before."""

_NO = re.compile(
    r"\b(?:no|not|without|lack(?:s|ing|ed)?|absence of|devoid of|free of|negative for|neither|nor|never|cannot|"
    r"fail(?:s|ed|ure)? to|rather than|instead of|excluding|except(?: for)?)\b",
    re.IGNORECASE,
)
# "not only" and its like deny nothing.
_NO_DENIAL = re.compile(
    r"\s+(?:only|just|merely|least|surprising\w*|longer than|less|significant\w*|shown)\b", re.IGNORECASE
)
_PERHAPS = re.compile(
    r"\b(?:may|might|could|would|possibl[ey]|presumabl[ey]|putative|whether|hypothe\w+|suspected|perhaps|if)\b",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(
    r"[.;:](?=\s|$)|,(?![^.;:]{0,40}\bn?or\b)|\n\s*\n|\b(?:but|however|although|whereas|while|though|yet)\b",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"(?:[-\u2010-\u2015](?:negative|free|deficient|null|less)\b)|"
    r"(?: [\w-]+){0,2} (?:was|were|is|are|remained) (?:absent|missing|lacking|undetectable|"
    r"not (?:\w+ )?(?:detected|detectable|observed|seen|visible|present|found|stained|labell?ed))\b",
    re.IGNORECASE,
)


def _scopes(cue: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for match in cue.finditer(text):
        if cue is _NO and _NO_DENIAL.match(text, match.end()):
            continue
        ends = _CLAUSE_ENDS.search(text, match.end(), match.end() + _SCOPE)
        yield match.end(), ends.start() if ends else match.end() + _SCOPE


def _within(starts: Sequence[int], scopes: Iterator[tuple[int, int]]) -> set[int]:
    return {at for begin, end in scopes for at in range(bisect_left(starts, begin), bisect_left(starts, end))}


def denied(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Return which of the spans, sorted by their start, a text says are not there."""
    found = _within([start for start, _ in spans], _scopes(_NO, text))
    found |= {number for number, (_, end) in enumerate(spans) if _DENIED_BEHIND.match(text, end)}
    return found


def supposed(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Return which of the spans, sorted by their start, a text only thinks of."""
    return _within([start for start, _ in spans], _scopes(_PERHAPS, text))


_REAGENT_BEHIND = re.compile(
    r"[- ](?:anti\b|anti-|polyclonal|monoclonal|Ig[GMY]\b|IgG|immunoglobulin|antibod|antiser|secondary|"
    r"serum albumin|serum\b|peroxidase|gelatin)"
)
_REAGENT_BEFORE = re.compile(r"(?:anti-|\u03b1-|normal |fetal |foetal )$")


def is_reagent(text: str, start: int, end: int) -> bool:
    """Return whether an organism at a place only gave a reagent: "rabbit anti-mouse IgG", "bovine serum"."""
    before = text[max(0, start - 8) : start]
    return bool(_REAGENT_BEHIND.match(text, end) or _REAGENT_BEFORE.search(before))
