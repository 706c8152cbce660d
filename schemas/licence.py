"""Licence: from an address, a code or a sentence to an SPDX id, with the words it was read from.

Several statements in one text: the stricter governs. In doubt there is no licence (None): all rights reserved.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, reduce
from typing import Any

from schemas import licence_words as words
from schemas.licence_terms import (
    NOTHING,
    SPDX,
    VERSIONS,
    Permits,
    compose,
    permits,
    requires_attribution,
    share_alike,
    stricter,
    url_of,
    version_in,
)
from schemas.records import Record

__all__ = [
    "NOTHING",
    "SPDX",
    "Licence",
    "Permits",
    "license_answer",
    "parse_licence",
    "permits",
    "requires_attribution",
    "share_alike",
    "stricter",
    "url_of",
]

_EVIDENCE_CHARACTERS = 400


class Licence(Record):
    """What a text says about reuse."""

    license: str | None
    """SPDX id; None where the text states none that is known."""
    url: str | None
    """The address as the text gives it (it may name a port), else the licence's own."""
    evidence: str
    """The words it was read from, and what had to be assumed."""
    third_party: bool
    """True where the text names another owner and no licence of theirs."""


@dataclass(frozen=True)
class _Mention:
    """A licence named in a text."""

    license: str | None
    """A whole SPDX id; None for Creative Commons, whose id is composed, or for one that is not known."""
    flags: frozenset[str] | None
    version: str | None
    url: str | None
    start: int
    end: int


def _version(written: str | None) -> str | None:
    # 2.1 exists only as ports (Japan, Spain, Australia, Canada) of 2.0.
    number = {"2.1": "2.0"}.get(written or "", written)
    return f"{number}.0" if number and "." not in number else number


def _mentions(text: str) -> Iterator[_Mention]:
    for found in words.CC_URL.finditer(text):
        if words.NO_KIND.match(found["kind"]):
            continue
        flags = words.flags(found["kind"]) if words.is_kind(found["kind"]) else None
        url = found[0].replace(" ", "")
        yield _Mention(None, flags, _version(found["version"]), url, found.start(), found.end())
    for pattern in (words.CC_CODE, *words.CC_NAMES):
        for found in pattern.finditer(text):
            yield _Mention(
                None, words.flags(found["kind"]), _version(found["version"]), None, found.start(), found.end()
            )
    for other, pattern in words.OTHERS:
        for found in pattern.finditer(text):
            address = found[0] if "/" in found[0] else None
            yield _Mention(other, None, None, address, found.start(), found.end())


def _resolved(mention: _Mention, version: str) -> str | None:
    if mention.flags is None:
        return mention.license
    answer = compose(set(mention.flags), mention.version or version)
    return answer if answer in SPDX else None


def _assumed(mentions: list[_Mention], year: int | None) -> tuple[str, str]:
    """Return the version of the mentions that state none, and what to tell about it."""
    stated = sorted({m.version for m in mentions if m.flags is not None and m.version})
    if stated or all(m.flags is None for m in mentions):
        return (stated[0] if stated else "4.0"), ""
    version = version_in(year)
    when = f"was current in {year}" if year else "is current"
    return version, f" [no version stated; {version} {when}]"


def _governing(text: str, mentions: list[_Mention], version: str) -> str | None:
    """Return the strictest of what `mentions` and the restrictions in `text` say."""
    license_ = reduce(stricter, [_resolved(mention, version) for mention in mentions])
    for restriction in sorted(words.restrictions(text)):
        license_ = stricter(license_, compose({restriction}, VERSIONS[-1]))
    return license_


def _evidence(text: str, start: int, end: int) -> str:
    """Return `text`, or where it is long the sentence around the mention."""
    if len(text) <= _EVIDENCE_CHARACTERS:
        return text
    left = max(text.rfind(". ", 0, start) + 1, end - _EVIDENCE_CHARACTERS, 0)
    right = text.find(". ", end)
    stop = min(right + 1 if right >= 0 else len(text), left + _EVIDENCE_CHARACTERS)
    return text[left:stop].strip()


@lru_cache(maxsize=1024)  # a publisher says the same words in every article
def parse_licence(text: str, *, year: int | None = None) -> Licence:
    """Return the licence that `text` (an address, a code or a sentence) states; `year` is the work's own.

    >>> parse_licence("This work is licensed under CC BY-NC 4.0").license
    'CC-BY-NC-4.0'
    """
    plain, shown = words.plain(text), words.shown(text)
    code = words.CODES.get(plain)
    if code:
        return Licence(license=code, url=url_of(code), evidence=shown, third_party=False)
    mentions = _granted(plain, _outermost(_mentions(plain)))
    if not mentions or words.RESERVED.search(plain) or words.DOUBTFUL.search(plain):
        evidence = _evidence(shown, 0, 0)
        return Licence(license=None, url=None, evidence=evidence, third_party=bool(words.names_another(plain)))
    version, note = _assumed(mentions, year)
    license_ = _governing(plain, mentions, version)
    address = next((m.url for m in mentions if m.url and _resolved(m, version) == license_), None)
    evidence = _evidence(shown, mentions[0].start, mentions[0].end) + note
    stranger = license_ is None and bool(words.names_another(plain))
    return Licence(license=license_, url=address or url_of(license_), evidence=evidence, third_party=stranger)


def _granted(text: str, mentions: Sequence[_Mention]) -> list[_Mention]:
    """Return `mentions` without the licences that `text` denies: one denial takes all mentions of its kind."""
    denied = {(m.license, m.flags) for m in mentions if words.is_denied(text, m.start, m.end)}
    return [m for m in mentions if (m.license, m.flags) not in denied]


def _outermost(mentions: Iterable[_Mention]) -> list[_Mention]:
    """Return `mentions` without those that stand inside an address ("cc-by" in "spdx.org/licenses/CC-BY-4.0")."""
    each = list(mentions)
    addresses = [(m.start, m.end) for m in each if m.url]
    return [m for m in each if m.url or not any(a <= m.start and m.end <= b for a, b in addresses)]


def license_answer(text: str) -> dict[str, Any]:
    """Return what `bricks license` prints for `text`."""
    licence = parse_licence(text)
    return {
        "license": licence.license,
        "permits": asdict(permits(licence.license)),
        "third_party": licence.third_party,
        "evidence": licence.evidence,
    }
