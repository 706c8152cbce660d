"""JATS claims: the elements, attributes and links of an article's XML in which a licence may be stated."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

from lxml import etree

from ingest.jats_text import all_text, attributes, flatten, local_name

_CODE = re.compile(r"cc[ _-]?(?:by|0|zero|n[cd]|sa)", re.IGNORECASE)
_PERMISSIONS = frozenset({"permissions", "copyright-statement", "license"})
"""NLM 2.x has the statement directly in article-meta, later versions in permissions."""


class Claim(NamedTuple):
    """Words, a code or an address that may state a licence."""

    text: str
    is_address: bool = False
    is_notice: bool = False
    """True for a copyright statement: its "all rights reserved" is a formula beside a licence."""


def states_terms(element: etree._Element) -> bool:
    """Return whether `element` may state terms of reuse."""
    return local_name(element) in _PERMISSIONS


def claims_of(part: etree._Element) -> Iterator[Claim]:
    """Yield what `part` states, addresses first."""
    licenses = [part] if local_name(part) == "license" else list(part.iter("license"))
    for license_ in licenses:
        for _, value in attributes(license_):
            if "://" in value or "creativecommons" in value:
                yield Claim(value.strip(), is_address=True)
    for ref in part.iter("{*}license_ref"):
        yield Claim(all_text(ref), is_address=True)
        if _CODE.match(ref.get("content-type") or ""):
            yield Claim(ref.get("content-type") or "")
    for license_ in licenses:
        if _CODE.match(license_.get("license-type") or ""):
            yield Claim(license_.get("license-type") or "")
        yield Claim(_with_links(license_))
    for words in [part] if local_name(part) == "copyright-statement" else part.iter("copyright-statement"):
        yield Claim(flatten(words), is_notice=True)


def _with_links(license_: etree._Element) -> str:
    """Return the words of `license_`, and behind those that link to a licence its address: only words tell of what."""
    if not any("commons" in value for link in license_.iter("ext-link", "uri") for value in link.attrib.values()):
        return flatten(license_, without={"license_ref"})
    linked = deepcopy(license_)
    for link in linked.iter("ext-link", "uri"):
        href = next((value.strip() for name, value in attributes(link) if name == "href"), "")
        if "commons" in href and href not in all_text(link):
            link.tail = f" ({href}) {link.tail or ''}" if flatten(link) else f" {href} {link.tail or ''}"
    return flatten(linked, without={"license_ref"})


def pmc_claims(meta: etree._Element) -> Iterator[Claim]:
    """Yield what PMC adds to the metadata of an article."""
    for value in meta.iterfind(".//custom-meta/meta-value"):
        name = value.getparent().find("meta-name")  # type: ignore[union-attr]
        if flatten(name) == "pmc-license-ref":
            yield Claim(flatten(value))
