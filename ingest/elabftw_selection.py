"""eLabFTW selection: which entries a manifest asks for, and what of each an item carries.

An item's stamp is when its entry was last changed, as the list says: an entry that wasn't is not fetched again.
"""

import logging
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple, cast

from pydantic import PositiveFloat, PositiveInt

from ingest.connector import INVALID, Item
from ingest.elabftw_api import ElabftwApi, Kind, fault_of_number, number_of
from ingest.sampling import few
from schemas.records import Record

_log = logging.getLogger(__name__)
SOURCE = "elabftw"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?\S*")


class ElabftwRequest(Record):
    """Which entries are wanted, and where they are asked for."""

    url: str
    entities: tuple[Kind, ...] = ("experiments",)
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """Names or numbers."""
    since: date | None = None
    until: date | None = None
    """Of the entry's own date."""
    modified_since: date | None = None
    limit: PositiveInt | None = None
    sample_n: PositiveInt | None = None
    sample_seed: int = 0
    per_second: PositiveFloat = 2


class Place(NamedTuple):
    """Where an entry stands: what the key of an item says."""

    kind: Kind
    number: int


def place_of(key: str) -> Place:
    """Return the place that a key names.

    >>> place_of("experiments/42")
    Place(kind='experiments', number=42)
    """
    kind, _, number = key.partition("/")
    return Place(cast("Kind", kind), int(number))


def wanted(request: ElabftwRequest, api: ElabftwApi) -> list[Item]:
    """Return the wanted entries, by kind and number.

    Raises:
        SourceError: a list is not complete.
    """
    found = (item for kind in sorted(set(request.entities)) for item in _of_kind(request, api, kind))
    return list(few(found, sample_n=request.sample_n, sample_seed=request.sample_seed, limit=request.limit))


def _of_kind(request: ElabftwRequest, api: ElabftwApi, kind: Kind) -> Iterator[Item]:
    # Several tags in one request mean entries that bear all of them; the manifest means any.
    lists = [api.rows(kind, tag) for tag in sorted(set(request.tags))] if request.tags else [api.rows(kind)]
    rows = {number_of(row): row for listed in lists for row in listed if _is_normal(row)}
    fit = {number: row for number, row in rows.items() if _in_categories(row, request.categories)}
    if rows and not fit:
        there = sorted({str(row.get("category_title")) for row in rows.values()})
        _log.warning("elabftw: none of the %s is in %s; there are: %s", kind, list(request.categories), there)
    for number, row in sorted(fit.items()):
        fault = _fault(row, request)
        if fault or _in_time(row, request):
            yield Item(source=SOURCE, key=f"{kind}/{number}", stamp=f"{INVALID}{fault}" if fault else modified_of(row))


def _is_normal(row: dict[str, Any]) -> bool:
    """Return whether an entry is neither archived nor deleted; older servers don't know the parameter `state`."""
    return str(row.get("state", 1)) == "1"


def _in_categories(row: dict[str, Any], categories: tuple[str, ...]) -> bool:
    own = {_plain(row[name]) for name in ("category", "category_title") if row.get(name) is not None}
    return not categories or not own.isdisjoint(map(_plain, categories))


def _plain(name: object) -> str:
    return " ".join(str(name).casefold().split())


def _fault(row: dict[str, Any], request: ElabftwRequest) -> str | None:
    if fault := fault_of_number(row):
        return fault
    if not _MOMENT.fullmatch(modified_of(row)) or _day(modified_of(row)[:10]) is None:
        return f"modified_at is {modified_of(row)!r:.40}"
    if (request.since or request.until) and _day(row.get("date")) is None:
        return f"date is {row.get('date')!r:.40}"
    return None


def modified_of(row: dict[str, Any]) -> str:
    """Return when an entry was last changed, as the server writes it; older servers call it `lastchange`."""
    return str(row.get("modified_at") or row.get("lastchange"))


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return None


def _in_time(row: dict[str, Any], request: ElabftwRequest) -> bool:
    day, modified = _day(row.get("date")), date.fromisoformat(modified_of(row)[:10])
    return (
        (day is None or (request.since or day) <= day <= (request.until or day))
        and (request.modified_since or modified) <= modified
    )  # fmt: skip
