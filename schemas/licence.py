"""Licence: from an address, a code or a sentence to an SPDX id, with the words it was read from.

Every licence that a text names bounds the reading: only one that speaks of the work itself gives anything, and the
strictest of all governs. In doubt there is no licence (None): all rights reserved.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from itertools import islice

from schemas.licence_addresses import addresses
from schemas.licence_exceptions import denies_a_licence
from schemas.licence_limits import is_reserved, is_taken_back, restrictions
from schemas.licence_owners import names_another
from schemas.licence_survey import Survey, Told, survey
from schemas.licence_terms import (
    NOTHING,
    SPDX,
    VERSIONS,
    Permits,
    collective,
    compose,
    permits,
    requires_attribution,
    share_alike,
    stricter,
    url_of,
    version_in,
)
from schemas.licence_words import CODES, Named, names, readable, shown
from schemas.records import Record

__all__ = [
    "NOTHING",
    "SPDX",
    "Licence",
    "Permits",
    "collective",
    "parse_licence",
    "permits",
    "requires_attribution",
    "share_alike",
    "stricter",
    "url_of",
]

_EVIDENCE_CHARACTERS = 400
_MOST_NAMES = 100
"""No statement names so many licences; one that does is in doubt."""


class Licence(Record):
    """What a text says about reuse."""

    license: str | None
    """SPDX id of the licence that governs all the text speaks of; None where there is none, or doubt."""
    url: str | None
    """The address as the text gives it (it may name a port), else the licence's own."""
    evidence: str
    """The words it was read from, and what had to be assumed."""
    third_party: bool
    """True where the text names another owner and no licence of theirs."""
    bound: str | None = None
    """The strictest that the text names for the work or a part of it: more than this nobody may."""
    refused: bool = False
    """True where the text takes back, denies or blurs what a licence would give."""
    but_for: str | None = None
    """What governs the work but for the figures in `excepted`."""
    excepted: tuple[str, ...] = ()
    """The figures that the text takes out of its licence: "figure 3"."""


@lru_cache(maxsize=1024)  # a publisher says the same words in every article
def parse_licence(text: str, *, year: int | None = None) -> Licence:
    """Return the licence that `text` (an address, a code or a sentence) states; `year` is the work's own.

    >>> parse_licence("This work is licensed under CC BY-NC 4.0").license
    'CC-BY-NC-4.0'
    """
    written, seen = readable(text), shown(text)
    code = CODES.get(written.lower())
    if code:
        return Licence(license=code, url=url_of(code), evidence=seen, third_party=False, bound=code, but_for=code)
    words, named = _without_addresses(written)
    plain = words.lower()
    named = sorted([*named, *islice(names(plain, words), _MOST_NAMES)], key=lambda one: (one.start, -one.end))
    if not named:
        other, refused = bool(names_another(written.lower())), denies_a_licence(plain) or is_reserved(plain)
        return Licence(license=None, url=None, evidence=_evidence(seen, 0, 0), third_party=other, refused=refused)
    struck = _struck(words, [(one.start, one.end, "_") for one in named if one.grants])
    found = survey(struck, named)
    refused = found.refused or is_taken_back(struck.lower()) or len(named) >= _MOST_NAMES
    return _governing(plain, seen, found._replace(refused=refused), year)


def _without_addresses(written: str) -> tuple[str, list[Named]]:
    """Return `written` with its addresses struck out, and the licences that they name."""
    found = list(islice(addresses(written.lower()), _MOST_NAMES))
    marks = [(start, end, "_" if name and name.grants else "~") for start, end, name in found]
    return _struck(written, marks), [name for _, _, name in found if name]


def _struck(text: str, marks: Iterable[tuple[int, int, str]]) -> str:
    pieces, place = [], 0
    for start, end, mark in marks:
        pieces += [text[place:start], mark * (end - max(start, place))]
        place = max(place, end)
    return "".join([*pieces, text[place:]])


def _governing(plain: str, seen: str, found: Survey, year: int | None) -> Licence:
    """Return the strictest of what `found` tells, where something is given and nothing is in doubt."""
    denied = {_kind(one.named) for one in found.told if one.scope == "denied" and not one.figures}
    granted = [one for one in found.told if one.scope == "work" and one.named.grants and _kind(one.named) not in denied]
    version, note = _assumed([one.named for one in found.told if one.scope != "other"] or [found.told[0].named], year)
    flags = restrictions(plain)
    bounds = [one for one in found.told if one.scope != "other" or (one.named.flags or frozenset()) & {"NC", "ND"}]
    bound = _strictest(bounds, version, flags)
    unread = any(_resolved(one.named, version) is None for one in found.told)
    refused = found.refused or unread or bool(denied and not granted)
    sure = bool(granted) and not refused
    license_ = bound if sure and not found.excepted else None
    main = (granted or found.told)[0].named
    addresses_of = (one.named.url for one in bounds if one.named.url and _resolved(one.named, version) == license_)
    return Licence(
        license=license_,
        url=next(addresses_of, None) or url_of(license_),
        evidence=_evidence(seen, main.start * len(seen) // len(plain), main.end * len(seen) // len(plain)) + note,
        third_party=bool((refused or found.excepted or not bound) and names_another(plain)),
        bound=bound,
        refused=refused,
        but_for=_strictest([one for one in bounds if not one.figures], version, flags) if sure else None,
        excepted=tuple(sorted(found.excepted)),
    )


def _kind(named: Named) -> tuple[str | None, frozenset[str] | None]:
    return named.license, named.flags


def _strictest(told: Iterable[Told], version: str, flags: Iterable[str]) -> str | None:
    """Return the strictest of the licences `told`, and of what `flags` forbid; None where one cannot be read."""
    each = [_resolved(one.named, version) for one in told]
    return reduce(stricter, [*each, *(compose({flag}, VERSIONS[-1]) for flag in sorted(flags))]) if each else None


def _resolved(named: Named, version: str) -> str | None:
    if named.flags is None:
        return named.license
    answer = compose(set(named.flags), named.version or version)
    return answer if answer in SPDX else None


def _assumed(named: Sequence[Named], year: int | None) -> tuple[str, str]:
    """Return the version of the licences that state none, and what to tell about it."""
    stated = sorted({one.version for one in named if one.flags is not None and one.version})
    if stated or all(one.flags is None for one in named):
        return (stated[0] if stated else "4.0"), ""
    version = version_in(year)
    when = f"was current in {year}" if year else "is current"
    return version, f" [no version stated; {version} {when}]"


def _evidence(text: str, start: int, end: int) -> str:
    """Return `text`, or where it is long the sentence around the licence."""
    if len(text) <= _EVIDENCE_CHARACTERS:
        return text
    left = max(text.rfind(". ", 0, start) + 1, end - _EVIDENCE_CHARACTERS, 0)
    right = text.find(". ", end)
    stop = min(right + 1 if right >= 0 else len(text), left + _EVIDENCE_CHARACTERS)
    return text[left:stop].strip()
