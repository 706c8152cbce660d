"""bioRxiv records: what a record of the API says of a preprint, or what is wrong with it.

Numbers come as strings, "NA" stands for nothing, `funder` is "NA" or a list; DOIs begin with 10.1101, since December
2025 with 10.64898, and name all versions of a preprint. A withdrawal is a new version, whose title has begun with
"Withdrawn:" since August 2023 (connect.medrxiv.org/news/2023/08/15/preprint_withdrawals); before, its abstract said so.
"""

import hashlib
import json
import re
from datetime import date
from typing import Any, Literal

from pydantic import PositiveInt

from schemas.records import Record

Server = Literal["biorxiv", "medrxiv"]
_NONE = frozenset({"", "NA"})
_DOI = re.compile(r"10\.\d{4,9}/[^\s/]\S*", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_VERSION = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_RESOLVER = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_WITHDRAWN_TITLE = re.compile(r"\W*withdrawn\W*:", re.IGNORECASE)
_WITHDRAWN_ABSTRACT = re.compile(
    r"\W*(?:withdrawal statement\b|(?:this|the) (?:article|manuscript|paper|preprint|study) has been withdrawn"
    r"|(?:(?:bio|med)rxiv|the authors?) (?:has|have) withdrawn)",
    re.IGNORECASE,
)


class Preprint(Record):
    """A version of a preprint, as the API tells of it now."""

    server: Server
    doi: str
    """In lower case; that of every version."""
    version: PositiveInt
    date: date
    """When this version was posted."""
    license: str
    """The API's code: cc_by, cc_by_nc_nd, cc0, cc_no (all rights reserved), na."""
    category: str
    kind: str
    """The API's `type`: new results, PUBLISHAHEADOFPRINT, ..."""
    jatsxml: str | None
    """Where the XML lies; None for 24 to 48 hours after posting."""
    published: str | None
    """The DOI, in lower case, of the article that a journal made of it."""
    withdrawn: bool


class Fault(Record):
    """A record that can't be relied on: what it speaks of isn't listed."""

    server: Server
    key: str
    """Its DOI; where it has none, a digest of it."""
    detail: str


def preprint_of(row: object, server: Server) -> Preprint | Fault:
    """Return what a record of /details tells, or what is wrong with it."""
    told = row if isinstance(row, dict) else {}
    doi, version, day = (_plain(told.get(name)) for name in ("doi", "version", "date"))
    doi, license_code = _as_doi(doi), _plain(told.get("license") or "na")
    posted = _as_day(day)
    wrong = [
        f"{name} is {told.get(name)!r:.80}"
        for name, right in (
            ("doi", doi),
            ("version", version and _VERSION.fullmatch(version)),
            ("date", posted),
            ("license", license_code),
        )
        if not right
    ]
    if wrong or not (doi and version and posted and license_code):
        return Fault(server=server, key=doi or _digest(row), detail=", ".join(wrong))
    return Preprint(
        server=server,
        doi=doi,
        version=int(version),
        date=posted,
        license=license_code,
        category=_plain(told.get("category")) or "",
        kind=_plain(told.get("type")) or "",
        jatsxml=_told(told.get("jatsxml")),
        published=_as_doi(_told(told.get("published"))),
        withdrawn=_is_withdrawn(told),
    )


def _is_withdrawn(told: dict[str, Any]) -> bool:
    kind, title, abstract = (_plain(told.get(name)) or "" for name in ("type", "title", "abstract"))
    return (
        "withdraw" in kind.lower()
        or _WITHDRAWN_TITLE.match(title) is not None
        or _WITHDRAWN_ABSTRACT.match(abstract) is not None
    )


def link_of(row: object, server: Server) -> tuple[str, str] | Fault:
    """Return the DOIs of preprint and article that a record of /pubs ties together, or what is wrong with it."""
    told = row if isinstance(row, dict) else {}
    # The key was biorxiv_doi before medRxiv joined, and still is on some routes.
    preprint = _as_doi(_plain(told.get("preprint_doi") or told.get("biorxiv_doi")))
    article = _as_doi(_plain(told.get("published_doi")))
    if preprint and article:
        return preprint, article
    wrong = f"preprint_doi is {told.get('preprint_doi')!r:.80}, published_doi is {told.get('published_doi')!r:.80}"
    return Fault(server=server, key=preprint or _digest(row), detail=wrong)


def key_of_preprint(row: object) -> str:
    """Return what tells a record of /details from all others."""
    one = preprint_of(row, "biorxiv")
    return _digest(row) if isinstance(one, Fault) else f"{one.doi} v{one.version}"


def key_of_link(row: object) -> str:
    """Return what tells a record of /pubs from all others."""
    link = link_of(row, "biorxiv")
    return _digest(row) if isinstance(link, Fault) else " ".join(link)


def _digest(row: object) -> str:
    return f"record-{hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]}"


def _plain(value: object) -> str | None:
    """Return a text or a whole number as a text; None for anything else."""
    fits = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return str(value).strip() if fits else None


def _told(value: object) -> str | None:
    text = _plain(value)
    return None if text is None or text in _NONE else text


def _as_doi(text: str | None) -> str | None:
    bare = _RESOLVER.sub("", text or "").lower()
    return bare if _DOI.fullmatch(bare) else None


def _as_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and _DAY.fullmatch(text) else None
    except ValueError:
        return None
