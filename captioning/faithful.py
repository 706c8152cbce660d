"""Faithful: does a text say nothing but what its evidence carries, and what a picture shows by itself?"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from captioning.bindings import misbound
from captioning.carried import Carried, carried
from captioning.letters import Token, smooth, tokens, visible
from captioning.name_claims import Words, unsupported_words
from captioning.number_claims import unsupported_numbers
from captioning.phrasing import refused_phrases, repeated
from captioning.polarity import turned
from captioning.quantities import Quantity, quantities
from captioning.sentences import Sentence, sentences
from captioning.unsupported import CHECKS, Place
from schemas.captioned import Check

VERSION = 5
"""Raised by hand when a text may be judged otherwise."""


class Limits(NamedTuple):
    """How many words a text has at least and at most."""

    fewest: int = 2
    most: int = 3000


USUAL = Limits()


class Judged(NamedTuple):
    """A sentence of a text: tied to facts by their numbers, or telling only what is seen."""

    start: int
    end: int
    facts: tuple[int, ...]
    """Numbers, from 1, of the texts of the evidence that share words with it, the most telling first.

    Empty where it tells only what is seen.
    """


class Unsupported(NamedTuple):
    """What of a text is refused: `text` is what stands there from start to end."""

    start: int
    end: int
    text: str
    check: str


class Verdict(NamedTuple):
    """What was found of a text."""

    unsupported: tuple[Unsupported, ...]
    sentences: tuple[Judged, ...]
    checks: tuple[Check, ...]
    """One a check, all of them, for `distilled.checks`."""

    @property
    def accepted(self) -> bool:
        """True where no check refuses anything."""
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that refuse something; their detail quotes what, for a prompt that asks for a repair."""
        return tuple(check for check in self.checks if not check.passed)


class Second(Protocol):
    """A second opinion: another model, or the same one asked again; what it returns stands with the other checks."""

    def __call__(self, text: str, evidence: Sequence[str]) -> Check: ...


def judge(text: str, evidence: Sequence[str], *, limits: Limits = USUAL, second: Second | None = None) -> Verdict:
    """Return what of a text its evidence doesn't carry, and the result of each check.

    >>> verdict = judge("HeLa cells stained with DAPI. Bar, 10 nm.", ["HeLa cells, DAPI. Scale bar: 10 \u00b5m."])
    >>> [(found.text, found.check) for found in verdict.unsupported], verdict.accepted
    ([('10 nm', 'units')], False)
    """
    return judge_by(text, carried(evidence), limits=limits, second=second)


def judge_by(text: str, evidence: Carried, *, limits: Limits = USUAL, second: Second | None = None) -> Verdict:
    """Return the same for evidence that was read before, as for several drafts of one panel's text."""
    seen, places = visible(text)
    smoothed = smooth(seen)
    cut = tokens(smoothed)
    cuts = list(_by_sentence(sentences(smoothed), cut))
    numbers = quantities(smoothed)
    words = unsupported_words(smoothed, cut, cuts, numbers, evidence)
    whole = "\n".join(piece.text for piece in evidence.pieces).lower()
    claimed = [*unsupported_numbers(smoothed, _free(numbers, words, cut), evidence), *words.unsupported]
    found = [
        *claimed,
        *misbound(smoothed, cut, cuts, evidence),
        *turned(cut, cuts, words.tied, evidence),
        *refused_phrases(smoothed, whole),
        *repeated(cut, cuts, [(piece.text, piece.cut) for piece in evidence.pieces]),
        *_untied(cuts, words, [*claimed, *(Place(*number[:2], "numbers") for number in numbers)]),
    ]
    spans = [_given(text, each, places) for each in _merged(found, smoothed)]
    judged = [Judged(*_back(*sentence, places), _facts(cut, inside, words, evidence)) for sentence, inside in cuts]
    checks = [*_checks(spans), length_check(text, limits)]
    if second:
        checks.append(second(text, [piece.text for piece in evidence.pieces]))
    return Verdict(tuple(spans), tuple(judged), tuple(checks))


def _by_sentence(cuts: Iterable[Sentence], cut: Sequence[Token]) -> Iterator[tuple[Sentence, range]]:
    at = 0
    for sentence in cuts:
        first = at
        while at < len(cut) and cut[at].start < sentence.end:
            at += 1
        yield sentence, range(first, at)


def _untied(cuts: Iterable[tuple[Sentence, range]], words: Words, claimed: Iterable[Place]) -> Iterator[Place]:
    """Yield sentences that neither share a word with a fact nor tell what is seen: they are about something else."""
    refused = sorted(place.start for place in claimed)
    for sentence, inside in cuts:
        at = bisect_left(refused, sentence.start)
        claims = at < len(refused) and refused[at] < sentence.end
        if len(inside) > 2 and not claims and words.tied.isdisjoint(inside) and words.seen.isdisjoint(inside):
            yield Place(*sentence, "untied")


def _free(numbers: Iterable[Quantity], words: Words, cut: Sequence[Token]) -> Iterator[Quantity]:
    """Yield the numbers that aren't part of a name: 4',6-diamidino-2-phenylindole."""
    named = sorted((cut[at].start, cut[at].end) for at in words.known)
    for number in numbers:
        at = bisect_right(named, (number.start, number.end + 1)) - 1
        if at < 0 or named[at][1] <= number.start:
            yield number


def _merged(found: Iterable[Place], text: str) -> list[Place]:
    """Return places by start; neighbours that one check refuses become one."""
    merged: list[Place] = []
    for place in sorted(found):
        last = merged[-1] if merged else None
        if last and last.check == place.check and not text[last.end : place.start].strip(" -/"):
            merged[-1] = last._replace(end=max(last.end, place.end))
        elif place not in merged[-3:]:
            merged.append(place)
    return merged


def _back(start: int, end: int, places: list[int] | None) -> tuple[int, int]:
    return (places[start], places[end - 1] + 1) if places else (start, end)


def _given(text: str, place: Place, places: list[int] | None) -> Unsupported:
    start, end = _back(place.start, place.end, places)
    return Unsupported(start, end, text[start:end], place.check)


def _facts(cut: Sequence[Token], inside: range, words: Words, evidence: Carried) -> tuple[int, ...]:
    tied = {cut[at].stem for at in inside if at in words.tied}
    shared = [(-len(tied & piece.stems), number) for number, piece in enumerate(evidence.pieces, 1)] if tied else []
    return tuple(number for score, number in sorted(shared) if score)


_MOST_QUOTED = 5


def _checks(spans: Sequence[Unsupported]) -> Iterator[Check]:
    for name in CHECKS[:-1]:
        quoted = [span.text[:80] for span in spans if span.check == name]
        detail = "; ".join(quoted[:_MOST_QUOTED])
        yield Check(check=name, passed=not quoted, detail=detail)


def length_check(text: str, limits: Limits = USUAL) -> Check:
    """Return whether a text is neither too short nor too long."""
    count = len(text.split())
    passed = limits.fewest <= count <= limits.most
    return Check(check="length", passed=passed, detail="" if passed else f"{count} words")
