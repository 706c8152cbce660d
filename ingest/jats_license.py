"""JATS licences: what an article, and what a figure of it, states about its reuse, and in which words."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from ingest.jats_records import Statement
from ingest.jats_text import all_text, attributes, flatten, local_name
from schemas.licence import Licence, parse_licence, stricter, url_of
from schemas.licence_words import names_another, plain

_OWN_WORDS = ("license", "copyright-statement", "copyright-holder")
REFUSED = re.compile(
    r"all rights reserved|not (?:covered|included|licensed|available|part)\b|no (?:re-?use|reproduction)\b"
    r"|may not be (?:re-?used|reproduced|redistributed)|permission (?:is|must be) (?:required|obtained)",
    re.IGNORECASE,
)
"""Words by which an owner keeps what a licence nearby would give."""

_PERMISSION = re.compile(
    r"\b(?:re-?(?:printed|produced|published|used|drawn)|adapted|modified|taken|used|copied|courtesy|image|photo)"
    r"[^()\[\]]{0,20}?(?:\([^()]*\)|\[[^\[\]]*\]|[^()\[\]]){0,150}?\bpermission\b"
    r"(?!\s+(?:of|from|by)\s+(?:the\s+|all\s+)?(?:patients?|participants?|subjects?|parents?|famil|guardian|volunteer))",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"\u00a9\s*(?!(?:\d{4}[,.]?\s*)?(?:the\s+)?authors?)\S[^.;]{0,80}"
    r"|\bcopy(?:right|write)[:,]?\s+(?:\u00a9\s*|\(c\)\s*|by\s+|of\s+)?(?!(?:the\s+)?authors?)"
    r"(?:\d{4}\b[^.;]{0,60}|[A-Z][^.;]{0,60})|\ball rights reserved\b",
)
_HINT = re.compile(
    r"licen[cs]|copy(?:right|write)|\u00a9|\(c\)|permission|courtesy|creative commons|\bcc\b|\bcc-?[b0]|public domain"
    r"|re-?produced|re-?printed|re-?published|re-?used|adapted|modified|redrawn|taken|getty|shutterstock|wikimedia|rights"
)
"""One of these stands in every caption that says something of a licence or an owner; most have none."""

_PANEL_C = re.compile(r"\([cC]\)(?!\s*\d{4})")
"""A panel's letter; a sign of copyright only before a year."""

_DENIED = re.compile(
    r"\b(?:not|excluded|except|exempt)\b[^.;]{0,60}\b(?:licen[cs]e|creative commons|cc[- ]by)\b"
    r"|\ball rights reserved\b",
    re.IGNORECASE,
)
"""Words by which a caption takes its picture out of the article's licence."""

_CREDIT = re.compile(r"\b(?:credit|courtesy|source|provided by|photograph(?:er|ed)? by)", re.IGNORECASE)
_CREDIT_CHARACTERS = 120
_NOT_A_NAME = re.compile(
    r"\u00a9|\(c\)|\bcopyright\b|\bet al\b|\bthe\b|\ball rights reserved\b|\d{4}|[\W_]+", re.IGNORECASE
)
_AUTHORS = re.compile(r"^(?:authors?|contributors?)", re.IGNORECASE)
_CODE = re.compile(r"cc-?(?:by|0|zero)", re.IGNORECASE)


class Claim(NamedTuple):
    """Words, a code or an address that may state a licence."""

    text: str
    is_address: bool = False


def article_statement(meta: etree._Element | None, *, year: int | None) -> Statement:
    """Return what the `article-meta` or `front-stub` in `meta` states; the stricter of several governs."""
    if meta is None:
        return Statement()
    claims = [claim for child in meta for claim in _claims(child) if local_name(child) in _PERMISSIONS]
    if not any(parse_licence(claim.text, year=year).license for claim in claims):
        claims += [Claim(flatten(value)) for value in meta.iterfind(".//custom-meta/meta-value") if _is_license(value)]
    return _governing(claims, year)


_PERMISSIONS = frozenset({"permissions", "copyright-statement", "license"})
"""NLM 2.x has the statement directly in article-meta, later versions in permissions."""


def _is_license(value: etree._Element) -> bool:
    name = value.getparent().find("meta-name")  # type: ignore[union-attr]
    return flatten(name) == "pmc-license-ref"


def copyright_words(meta: etree._Element | None) -> str:
    """Return who `meta` says owns the article; "" where it doesn't."""
    if meta is None:
        return ""
    return " ".join(flatten(part) for part in meta.iter("copyright-holder", "copyright-statement"))


def figure_statement(fig: etree._Element, caption: str, *, of: Statement, owner: str, year: int | None) -> Statement:
    """Return what governs the figure: its own permissions, what its caption says, else `of`, the article's.

    What stands around a figure (its group, its box) governs it too. `owner` is whom the article names as its
    owner: another one makes the figure a third party's.
    """
    own = [part for around in (fig, *_around(fig)) for part in _permissions(around, fig)]
    credit = " ".join(flatten(part) for part in fig.iter("attrib") if _belongs(part, fig))
    words = " ".join([caption, *(flatten(around.find("caption")) for around in _around(fig))])
    stated = _own_statement(own, credit, of, owner, year) if own else of
    said = _said_in_words(f"{words} {credit}", stated, year)
    if said is not None or own:
        return said or stated
    if credit:
        evidence = "; ".join(part for part in (of.evidence, credit) if part)
        return of.model_copy(update={"evidence": evidence, "third_party": bool(_CREDIT.search(credit))})
    return of


def _around(fig: etree._Element) -> list[etree._Element]:
    """Return the groups and boxes that a figure lies in."""
    return [around for around in fig.iterancestors() if local_name(around) in {"fig-group", "boxed-text"}]


def _permissions(element: etree._Element, fig: etree._Element) -> list[etree._Element]:
    """Return where `element` states its terms; NLM 2.x has them without a `permissions` around."""
    if element is not fig:
        return [child for child in element if local_name(child) in _PERMISSIONS]
    within = [part for part in fig.iter("permissions") if _belongs(part, fig)]
    return within or [child for child in fig if local_name(child) in _PERMISSIONS]


def _said_in_words(caption: str, stated: Statement, year: int | None) -> Statement | None:
    """Return what a caption or credit says of the licence or the owner; None where it says nothing of them."""
    text = _PANEL_C.sub(" ", caption)
    if not _HINT.search(text.lower()):
        return None
    parsed = parse_licence(text, year=year)
    if parsed.license and (stated.license is None or _kind(parsed.license) != _kind(stated.license)):
        return _in_caption(parsed, stated)
    words = _third_party_words(text) or names_another(plain(text)) or (_DENIED.search(text) and parsed.evidence)
    if not words:
        return None
    license_id = None if REFUSED.search(words) else parsed.license
    url = parsed.url if license_id else None
    return Statement(license=license_id, license_url=url, evidence=words, third_party=True)


def _in_caption(parsed: Licence, stated: Statement) -> Statement:
    """Return the stricter of a caption's own licence and what is stated otherwise."""
    unknown = bool(REFUSED.search(parsed.evidence)) or (stated.license is None and stated.evidence is not None)
    license_id, url = strictest((stated.license, stated.license_url), (parsed.license, parsed.url))
    if unknown:
        license_id, url = None, None
    return Statement(license=license_id, license_url=url, evidence=parsed.evidence, third_party=True)


def _own_statement(own: list[etree._Element], credit: str, of: Statement, owner: str, year: int | None) -> Statement:
    stated = _governing([claim for part in own for claim in _claims(part)], year)
    words = " ".join([*(flatten(part) for part in own), credit]).strip()
    foreign = stated.third_party or _names_another(own, owner) or bool(_PERMISSION.search(words))
    evidence = stated.evidence or words
    if REFUSED.search(words):
        return Statement(evidence=evidence, third_party=foreign)
    if stated.license:
        return stated.model_copy(update={"evidence": evidence, "third_party": foreign})
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


def _third_party_words(text: str) -> str | None:
    """Return the words of a caption that give the picture to somebody else."""
    patterns = (*([_PERMISSION] if "permission" in text.lower() else ()), _COPYRIGHT)
    found = [match for pattern in patterns if (match := pattern.search(text))]
    if not found:
        return None
    start, end = min(match.start() for match in found), max(match.end() for match in found)
    stop = text.find(". ", end)
    return text[start : min(stop + 1 if stop >= 0 else len(text), end + _CREDIT_CHARACTERS)].strip()


def _names_another(own: list[etree._Element], owner: str) -> bool:
    for part in own:
        holders = [flatten(name) for name in part.iter("copyright-holder")]
        for words in holders or [flatten(name) for name in part.iter("copyright-statement")]:
            name, known = _NOT_A_NAME.sub("", words).lower(), _NOT_A_NAME.sub("", owner).lower()
            if name and not _AUTHORS.match(name) and name not in known:
                return True
    return False


def _claims(part: etree._Element) -> Iterator[Claim]:
    """Yield what `part` states, addresses first."""
    licenses = [part] if local_name(part) == "license" else list(part.iter("license"))
    for license_ in licenses:
        yield from _addresses(license_)
    for ref in part.iter("{*}license_ref"):
        yield Claim(all_text(ref), is_address=True)
        if _CODE.match(ref.get("content-type") or ""):
            yield Claim(ref.get("content-type") or "")
    for license_ in licenses:
        if _CODE.match(license_.get("license-type") or ""):
            yield Claim(license_.get("license-type") or "")
        yield Claim(flatten(license_, without={"license_ref"}))
    for words in [part] if local_name(part) == "copyright-statement" else part.iter("copyright-statement"):
        yield Claim(flatten(words))


def _addresses(license_: etree._Element) -> Iterator[Claim]:
    for _, value in attributes(license_):
        if "://" in value:
            yield Claim(value.strip(), is_address=True)
    for link in license_.iter("ext-link", "uri"):
        for name, value in attributes(link):
            if name == "href" and "creativecommons.org" in value:
                yield Claim(value.strip(), is_address=True)


def _governing(claims: Sequence[Claim], year: int | None) -> Statement:
    """Return the strictest licence that `claims` state; of equally strict ones the first, so an address first."""
    stated: tuple[str | None, str | None] = (None, None)
    third_party = False
    for claim in claims:
        parsed = parse_licence(claim.text, year=year)
        third_party = third_party or (parsed.third_party and not claim.is_address)
        if parsed.license:
            told = (parsed.license, parsed.url)
            stated = strictest(stated, told) if stated[0] else told
    evidence = "; ".join(dict.fromkeys(claim.text for claim in claims if claim.text)) or None
    address = next((claim.text for claim in claims if claim.is_address), None)
    return Statement(license=stated[0], license_url=stated[1] or address, evidence=evidence, third_party=third_party)


def strictest(
    first: tuple[str | None, str | None], second: tuple[str | None, str | None]
) -> tuple[str | None, str | None]:
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
