"""JATS licences: what an article, and what a figure of it, states about its reuse, and in which words."""

import re
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from lxml import etree

from ingest.jats_claims import Claim, claims_of, pmc_claims, states_terms
from ingest.jats_records import Statement
from ingest.jats_text import flatten, local_name
from schemas.licence import parse_licence, stricter, url_of
from schemas.licence_credits import credits_of
from schemas.licence_exceptions import denies_a_licence, figure_names
from schemas.licence_limits import is_reserved
from schemas.licence_owners import asks_permission
from schemas.licence_words import readable

REFUSED = re.compile(
    r"all rights reserved|not (?:covered|included|licensed|available|part)\b|no (?:re-?use|reproduction)\b"
    r"|may not be (?:re-?used|reproduced|redistributed)|permission (?:is|must be) (?:required|obtained)",
    re.IGNORECASE,
)
"""Words by which an owner keeps what a licence nearby would give."""

_HINTS = (
    *("licens", "licenc", "copyright", "copywrite", "creative", "public domain", "rights", "reserved", "attribution"),
    *("permission", "reproduc", "reuse", "re-use", "exclu", "not covered"),
)
"""One of these stands in every caption that says something of a licence; most have none, or a "cc"."""
_CC = re.compile(r"cc(?<![^\W_]cc)(?:\b|-?[b0])")

_PANEL_C = re.compile(r"\([cC]\)(?!\s*\d{4})")
"""A panel's letter; a sign of copyright only before a year."""

_CREDIT = re.compile(r"\b(?:credit|courtesy|source|provided by|photograph(?:er|ed)? by)", re.IGNORECASE)
_NOT_A_NAME = re.compile(
    r"\u00a9|\(c\)|\bcopyright\b|\bet al\b|\bthe\b|\ball rights reserved\b|\d{4}|[\W_]+", re.IGNORECASE
)
_AUTHORS = re.compile(r"^(?:authors?|contributors?)", re.IGNORECASE)


def article_statement(meta: etree._Element | None, *, year: int | None) -> Statement:
    """Return what the `article-meta` or `front-stub` in `meta` states; the stricter of several governs.

    Figures that the statement excepts are told by `figure_statement`.
    """
    if meta is None:
        return Statement()
    claims = [claim for child in meta if states_terms(child) for claim in claims_of(child)]
    if not any(parse_licence(claim.text, year=year).but_for for claim in claims):
        claims += pmc_claims(meta)
    return _governing(claims, year).statement


def copyright_words(meta: etree._Element | None) -> str:
    """Return who `meta` says owns the article; "" where it doesn't."""
    if meta is None:
        return ""
    return " ".join(flatten(part) for part in meta.iter("copyright-holder", "copyright-statement"))


def figure_statement(fig: etree._Element, caption: str, *, of: Statement, owner: str, year: int | None) -> Statement:
    """Return what governs the figure: its own permissions, what its caption says, else `of`, the article's.

    What stands around a figure (its group, its box) governs it too. `owner` is whom the article names as its
    owner: another one makes the figure a third party's; so does an article that excepts it from its licence.
    """
    own = [part for around in (fig, *_around(fig)) for part in _permissions(around, fig)]
    credit = " ".join(flatten(part) for part in fig.iter("attrib") if _belongs(part, fig))
    words = " ".join([caption, *(flatten(around.find("caption")) for around in _around(fig))])
    of = _but_for(of, f"{flatten(fig.find('label'))} {caption[:40]}")
    stated = _own_statement(own, credit, of, owner, year) if own else of
    said = _said_in_words((words, credit), stated, year)
    if said is not None or own:
        return said or stated
    if credit:
        evidence = "; ".join(part for part in (of.evidence, credit) if part)
        third_party = of.third_party or bool(_CREDIT.search(credit))
        return of.model_copy(update={"evidence": evidence, "third_party": third_party})
    return of


def _but_for(of: Statement, label: str) -> Statement:
    """Return `of`, or nothing where the article's words except the figure with `label` from its licence."""
    if not figure_names((of.evidence or "").lower()):
        return of
    excepted = set(parse_licence(of.evidence or "").excepted)
    number = re.match(r"\W*(\d+)\b", label)
    names = figure_names(readable(label).lower()) or ({f"figure {number[1]}"} if number else set())
    if not excepted or (names and not names & excepted):
        return of
    which = f"excepts {', '.join(sorted(names & excepted or excepted))}{'' if names else '; this one has no number'}"
    return Statement(evidence=f"{of.evidence} [{which}]", third_party=bool(names))


def _around(fig: etree._Element) -> list[etree._Element]:
    """Return the groups and boxes that a figure lies in."""
    return [around for around in fig.iterancestors() if local_name(around) in {"fig-group", "boxed-text"}]


def _permissions(element: etree._Element, fig: etree._Element) -> list[etree._Element]:
    """Return where `element` states its terms; NLM 2.x has them without a `permissions` around."""
    if element is not fig:
        return [child for child in element if states_terms(child)]
    within = [part for part in fig.iter("permissions") if _belongs(part, fig)]
    return within or [child for child in fig if states_terms(child)]


def _said_in_words(parts: Sequence[str], stated: Statement, year: int | None) -> Statement | None:
    """Return what a caption and a credit say of the licence or the owner; None where they say nothing of them."""
    credited = [credit for part in parts for credit in credits_of(part)]
    text = _PANEL_C.sub(" ", " ".join(parts))
    lowered = text.lower()
    if not credited and not any(hint in lowered for hint in _HINTS) and not ("cc" in lowered and _CC.search(lowered)):
        return None
    parsed = parse_licence(text, year=year)
    plain = readable(text).lower()
    denied = denies_a_licence(plain) or is_reserved(plain)
    words = "; ".join(credit.words for credit in credited) or (parsed.evidence if denied else "")
    if parsed.refused or parsed.excepted:
        return Statement(evidence=words or parsed.evidence, third_party=bool(words))
    if parsed.bound and (stated.license is None or _kind(parsed.bound) != _kind(stated.license)):
        license_id, url = strictest((stated.license, stated.license_url), (parsed.bound, parsed.url))
        return Statement(license=license_id, license_url=url, evidence=parsed.evidence, third_party=True)
    if not words:
        return None
    if not any(credit.is_reuse for credit in credited) and not denied:
        return stated.model_copy(update={"evidence": words, "third_party": True})
    license_id = None if REFUSED.search(words) else parsed.bound
    url = parsed.url if license_id else None
    return Statement(license=license_id, license_url=url, evidence=words, third_party=True)


def _own_statement(own: list[etree._Element], credit: str, of: Statement, owner: str, year: int | None) -> Statement:
    """Return what the permissions of a figure state; a licence of a part of it narrows the article's."""
    told = _governing([claim for part in own for claim in claims_of(part)], year)
    stated = told.statement
    words = " ".join([*(flatten(part) for part in own), credit]).strip()
    foreign = stated.third_party or _names_another(own, owner) or asks_permission(words)
    evidence = stated.evidence or words
    refused = told.refused or told.excepts or parse_licence(words).refused
    if not refused and not stated.license and told.bound:
        license_id, url = strictest((of.license, of.license_url), (told.bound, url_of(told.bound)))
        return Statement(license=license_id, license_url=url, evidence=evidence, third_party=foreign)
    if refused or stated.license:
        known = Statement() if refused else stated
        return known.model_copy(update={"evidence": evidence, "third_party": foreign})
    if foreign or any(part.find(".//license") is not None for part in own):
        return Statement(evidence=evidence, third_party=foreign)
    return of


def _belongs(part: etree._Element, fig: etree._Element) -> bool:
    for around in part.iterancestors():
        if around is fig:
            return True
        if local_name(around) in {"fig", "supplementary-material", "media", "table-wrap"}:
            return False
    return False


def _names_another(own: list[etree._Element], owner: str) -> bool:
    for part in own:
        holders = [flatten(name) for name in part.iter("copyright-holder")]
        for words in holders or [flatten(name) for name in part.iter("copyright-statement")]:
            name, known = _NOT_A_NAME.sub("", words).lower(), _NOT_A_NAME.sub("", owner).lower()
            if name and not _AUTHORS.match(name) and name not in known:
                return True
    return False


_Known = tuple[str | None, str | None]
"""A licence and its address."""


class _Told(NamedTuple):
    """What several claims come to."""

    statement: Statement
    bound: str | None
    refused: bool
    excepts: bool


def _governing(claims: Sequence[Claim], year: int | None) -> _Told:
    """Return the strictest licence that `claims` state; of equally strict ones the first, so an address first."""
    each = [(claim, parse_licence(claim.text, year=year)) for claim in claims]
    counted = [(claim, parsed) for claim, parsed in each if parsed.bound or not claim.is_notice]
    stated: list[_Known] = [(one.but_for, one.url or url_of(one.but_for)) for _, one in counted if one.but_for]
    bounds: list[_Known] = [(one.bound, url_of(one.bound)) for _, one in counted if one.bound and not one.but_for]
    refused = any(parsed.refused for _, parsed in counted)
    license_id, url = reduce(strictest, [*stated, *bounds]) if stated and not refused else (None, None)
    evidence = "; ".join(dict.fromkeys(claim.text for claim in claims if claim.text)) or None
    address = next((claim.text for claim in claims if claim.is_address), None)
    third_party = any(one.third_party and not (claim.is_address or one.excepted) for claim, one in each)
    statement = Statement(license=license_id, license_url=url or address, evidence=evidence, third_party=third_party)
    bound = reduce(strictest, bounds)[0] if bounds else None
    return _Told(statement, bound, refused, any(parsed.excepted for _, parsed in counted))


def strictest(first: _Known, second: _Known) -> _Known:
    """Return the stricter of two (licence, address); `first`, where they differ in the version alone."""
    if first[0] and second[0] and _kind(first[0]) == _kind(second[0]):
        return first
    license_id = stricter(first[0], second[0])
    address = next((url for known, url in (first, second) if known == license_id), None)
    return license_id, address or url_of(license_id)


def _kind(license_id: str) -> str:
    """Return a licence without its version.

    >>> _kind("CC-BY-NC-4.0")
    'CC-BY-NC'
    """
    return re.sub(r"-[\d.]+$", "", license_id)
