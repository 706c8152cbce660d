"""E-utilities: the articles that a query finds in PMC, all of them.

https://eutils.ncbi.nlm.nih.gov/entrez/eutils/ (NBK25501): 3 requests a second, 10 with a key; `esearch` shows at
most 9,999 ids of a result, so a larger one is halved by the day of release until its pieces are small enough.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ingest.session import JSON, Promise, Session
from schemas.errors import SourceError

EUTILS_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
MOST_IDS = 9_999
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2100, 1, 1)
_FIELDS = ("pmcrdat", "edat")
"""Dates to halve by: the release in PMC; where one day is too much, the entry into the database."""


@dataclass(frozen=True)
class Entrez:
    """Who asks, and where."""

    session: Session
    contact: str
    api_key: str | None = None
    url: str = EUTILS_URL

    def params(self, term: str) -> dict[str, str]:
        """Return the parameters that every search has."""
        asked = {"db": "pmc", "term": term, "retmode": "json", "usehistory": "y", "tool": "bricks"}
        asked |= {"email": self.contact} if "@" in self.contact else {}
        return asked | ({"api_key": self.api_key} if self.api_key else {})


@dataclass(frozen=True)
class _Days:
    """A piece of a result: what was dated from one day to another, both included."""

    field: str
    first: date
    last: date

    def _range(self) -> str:
        return f"{self.first:%Y/%m/%d}:{self.last:%Y/%m/%d}[{self.field}]"

    def within(self, query: str) -> str:
        return f"({query}) AND {self._range()}"

    def without(self, query: str) -> str:
        return f"({query}) NOT {self._range()}"

    def halves(self) -> "tuple[_Days, _Days]":
        middle = self.first + (self.last - self.first) // 2
        return replace(self, last=middle), replace(self, first=middle + timedelta(days=1))


def _refuse_error(body: bytes) -> None:
    told = json.loads(body)
    result = told.get("esearchresult") if isinstance(told, dict) else None
    if not isinstance(result, dict):
        raise SourceError("backend_error", f"no result: {body[:200]!r}")
    if said := result.get("ERROR") or told.get("error"):
        raise SourceError("backend_error", str(said)[:200])
    if not str(result.get("count", "")).isdigit() or not isinstance(result.get("idlist"), list):
        raise SourceError("backend_error", f"neither count nor ids: {body[:200]!r}")


_SEARCH = Promise("json", JSON.max_bytes, _refuse_error)


def _search(entrez: Entrez, term: str, **more: str) -> dict[str, Any]:
    url, params = entrez.url.rstrip("/") + "/esearch.fcgi", entrez.params(term) | more
    answer = entrez.session.get(url, promise=_SEARCH, params=params, max_age_s=0)
    result: dict[str, Any] = json.loads(answer.read())["esearchresult"]
    # A search is asked anew each time, or new articles would never be found.
    entrez.session.forget(url, params=params)
    return result


def count(entrez: Entrez, query: str) -> int:
    """Return how many articles `query` finds."""
    return int(_search(entrez, query, retmax="0")["count"])


def _numbers(result: dict[str, Any]) -> list[int]:
    try:
        return [int(one) for one in result["idlist"]]
    except (TypeError, ValueError) as error:
        raise SourceError("backend_error", f"ids that are no numbers: {result['idlist'][:3]}") from error


def _all_pages(entrez: Entrez, term: str, first: dict[str, Any]) -> list[int]:
    found, total = _numbers(first), int(first["count"])
    history = {"WebEnv": str(first.get("webenv", "")), "query_key": str(first.get("querykey", ""))}
    while len(found) < total:
        page = _search(entrez, term, **history, retstart=str(len(found)), retmax=str(MOST_IDS))
        if not page["idlist"]:
            raise SourceError("incomplete", f"{len(found)} of {total} ids came", where=term)
        found += _numbers(page)
    return sorted(set(found))


def _within(entrez: Entrez, query: str, days: _Days) -> Iterator[int]:
    term = days.within(query)
    first = _search(entrez, term, retmax=str(MOST_IDS))
    if int(first["count"]) <= MOST_IDS:
        yield from _all_pages(entrez, term, first)
    elif days.first < days.last:
        for half in days.halves():
            yield from _within(entrez, query, half)
    elif days.field != _FIELDS[-1]:
        yield from _everything(entrez, term, _FIELDS[-1])
    else:
        raise SourceError("too_many_ids", f"{first['count']} of one day", where=term)


def _everything(entrez: Entrez, query: str, field: str) -> Iterator[int]:
    days = _Days(field, _FIRST_DAY, _LAST_DAY)
    yield from _within(entrez, query, days)
    # What has no such date would vanish.
    undated = days.without(query)
    rest = _search(entrez, undated, retmax=str(MOST_IDS))
    if int(rest["count"]) > MOST_IDS:
        raise SourceError("too_many_ids", f"{rest['count']} without a date", where=undated)
    yield from _all_pages(entrez, undated, rest)


def find_ids(entrez: Entrez, query: str) -> Iterator[int]:
    """Yield the number of every article that `query` finds: by release, and in a release by number."""
    first = _search(entrez, query, retmax=str(MOST_IDS))
    if int(first["count"]) <= MOST_IDS:
        yield from _all_pages(entrez, query, first)
    else:
        yield from _everything(entrez, query, _FIELDS[0])
