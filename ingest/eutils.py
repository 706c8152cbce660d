"""E-utilities: the articles that a query finds in PMC, all of them.

https://eutils.ncbi.nlm.nih.gov/entrez/eutils/ (NBK25501): 3 requests a second, 10 with a key; `esearch` shows at
most 9,999 ids of a result, so a larger one is halved by the day of release until its pieces are small enough. An
answer that contradicts itself, or finds far fewer than it did before, is in doubt.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from ingest.connector import far_fewer
from ingest.session import JSON, Promise, Session
from schemas.errors import SourceError
from schemas.manifest_sources import PMC_EUTILS_URL

_log = logging.getLogger(__name__)
MOST_IDS = 9_999
_MOST_PAGES = 100
_WHOLE = {"retmax": str(MOST_IDS)}
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_DOUBTFUL = frozenset(
    {"incomplete", "far_fewer", "search_remark", "backend_error", "html_instead", "not_json", "empty"}
)
"""What is wrong with an answer, not with the way to it."""
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2100, 1, 1)
_FIELDS = ("pmcrdat", "edat")
"""Dates to halve by: the release in PMC; where one day is too much, the entry into the database."""


@dataclass(frozen=True)
class Entrez:
    """Who asks, and where."""

    session: Session
    contact: str
    api_key: str | None = None
    url: str = PMC_EUTILS_URL

    @property
    def address(self) -> str:
        return self.url.rstrip("/") + "/esearch.fcgi"

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


def _result(body: bytes) -> dict[str, Any]:
    """Return what a search found.

    Raises:
        SourceError: backend_error, where it is no result or says that something went wrong.
    """
    told = json.loads(body)
    result = told.get("esearchresult") if isinstance(told, dict) else None
    if not isinstance(result, dict):
        raise SourceError("backend_error", f"no result: {body[:200]!r}")
    if said := result.get("ERROR") or told.get("error"):
        raise SourceError("backend_error", str(said)[:200])
    ids = result.get("idlist")
    if not _COUNT.fullmatch(str(result.get("count"))) or not isinstance(ids, list):
        raise SourceError("backend_error", f"neither count nor ids: {body[:200]!r}")
    if strange := [one for one in ids if not _NUMBER.fullmatch(str(one))]:
        raise SourceError("backend_error", f"ids that are no numbers: {str(strange[:3])[:200]}")
    return result


def _count(result: Mapping[str, Any]) -> int:
    return int(result["count"])


def _refuse_empty(body: bytes) -> None:
    if not (result := _result(body))["idlist"]:
        raise SourceError("incomplete", f"{result['count']} ids, and a page without any")


def _remarks(result: Mapping[str, Any]) -> set[str]:
    """Return what the service says of a search that it didn't take as it was written."""
    lists = [told for name in ("errorlist", "warninglist") if isinstance(told := result.get(name), dict)]
    return {f"{kind}: {str(said)[:200]}" for told in lists for kind, said in told.items() if said}


def _refuse_doubtful(before: Mapping[str, Any], body: bytes) -> None:
    """Compare an answer to a whole query with the last one that was believed."""
    now = _result(body)
    if far_fewer(_count(before), _count(now)):
        raise SourceError("far_fewer", f"it finds {now['count']} articles, and found {before['count']} before")
    if remarks := sorted(_remarks(now) - _remarks(before)):
        raise SourceError("search_remark", "; ".join(remarks))


_SEARCH = Promise("json", JSON.max_bytes, _result)
_PAGE = replace(_SEARCH, check=_refuse_empty)


def _search(entrez: Entrez, term: str, promise: Promise = _SEARCH, **more: str) -> dict[str, Any]:
    url, params = entrez.address, entrez.params(term) | more
    result = _result(entrez.session.get(url, promise=promise, params=params, max_age_s=0).read())
    # A search is asked anew each time, or new articles would never be found.
    entrez.session.forget(url, params=params)
    return result


def count(entrez: Entrez, query: str) -> int:
    """Return how many articles `query` finds."""
    return _count(_search(entrez, query, retmax="0"))


def _all_pages(entrez: Entrez, term: str, first: Mapping[str, Any]) -> list[int]:
    found, total = list(first["idlist"]), _count(first)
    history = {"WebEnv": str(first.get("webenv", "")), "query_key": str(first.get("querykey", ""))}
    for _ in range(_MOST_PAGES):
        if len(found) >= total:
            break
        page = _search(entrez, term, _PAGE, **history, retstart=str(len(found)), retmax=str(MOST_IDS))
        found += page["idlist"]
    numbers = sorted({int(one) for one in found})
    if len(numbers) != total:
        raise SourceError("incomplete", f"{len(numbers)} ids came where {total} were counted", where=term)
    return numbers


def _refuse_loss(whole: Mapping[str, Any], pieces: Iterable[Mapping[str, Any]], term: str) -> None:
    found = sum(map(_count, pieces))
    if found < _count(whole):
        raise SourceError("incomplete", f"{found} in the pieces of an answer that has {whole['count']}", where=term)


def _within(entrez: Entrez, query: str, days: _Days, whole: Mapping[str, Any]) -> Iterator[int]:
    """Yield what `query` finds in `days`, to which `whole` is the answer."""
    term = days.within(query)
    if _count(whole) <= MOST_IDS:
        yield from _all_pages(entrez, term, whole)
    elif days.first < days.last:
        halves = [(half, _search(entrez, half.within(query), retmax=str(MOST_IDS))) for half in days.halves()]
        _refuse_loss(whole, (told for _, told in halves), term)
        for half, told in halves:
            yield from _within(entrez, query, half, told)
    elif days.field != _FIELDS[-1]:
        yield from _everything(entrez, term, _FIELDS[-1], whole)
    else:
        raise SourceError("too_many_ids", f"{whole['count']} of one day", where=term)


def _everything(entrez: Entrez, query: str, field: str, whole: Mapping[str, Any]) -> Iterator[int]:
    days = _Days(field, _FIRST_DAY, _LAST_DAY)
    # What has no such date would vanish.
    undated = days.without(query)
    dated, rest = (_search(entrez, term, retmax=str(MOST_IDS)) for term in (days.within(query), undated))
    _refuse_loss(whole, (dated, rest), query)
    yield from _within(entrez, query, days, dated)
    if _count(rest) > MOST_IDS:
        raise SourceError("too_many_ids", f"{rest['count']} without a date", where=undated)
    yield from _all_pages(entrez, undated, rest)


def _found(entrez: Entrez, query: str, before: Mapping[str, Any] | None) -> Iterator[int]:
    promise = replace(_SEARCH, check=partial(_refuse_doubtful, before)) if before else _SEARCH
    params = entrez.params(query) | _WHOLE
    # This answer is kept: the next run's is measured by it. One that isn't believed is not.
    whole = _result(entrez.session.get(entrez.address, promise=promise, params=params, max_age_s=0).read())
    if not before and (remarks := sorted(_remarks(whole))):
        _log.warning("PMC's search remarks on %r: %s", query, "; ".join(remarks))
    if _count(whole) <= MOST_IDS:
        yield from _all_pages(entrez, query, whole)
    else:
        yield from _everything(entrez, query, _FIELDS[0], whole)


def find_ids(entrez: Entrez, query: str) -> Iterator[int]:
    """Yield the number of every article that `query` finds: by release, and in a release by number.

    Raises:
        SourceError: search_in_doubt, where this was answered well before, and now isn't; else as it is.
    """
    params = entrez.params(query) | _WHOLE
    kept = entrez.session.kept(entrez.address, params=params)
    before = _result(kept.read()) if kept else None
    try:
        yield from _found(entrez, query, before)
    except SourceError as error:
        if before and error.reason in _DOUBTFUL:
            raise SourceError("search_in_doubt", f"{error.reason}, {error.detail}", where=query) from error
        if not before:
            entrez.session.forget(entrez.address, params=params)
        raise
