"""bioRxiv pages: every row of a listing of api.biorxiv.org, once, or an error that says what is missing.

A listing comes in pages of 30 or 100 rows at an absolute cursor, with a `total` that may grow meanwhile. The API
answers 200 to everything: to a cursor that is no multiple of its page it may show other rows than those asked for,
"no posts found" stands for an empty listing, and an empty body has been seen for a week (autumn 2026). So a listing
is believed when as many different rows have come as its last page counts.
"""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from ingest.connector import far_fewer
from ingest.session import JSON, Promise, Session
from schemas.errors import SourceError

_log = logging.getLogger(__name__)
_ROUNDS = 3
_MOST_PAGES = 2000
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOTHING = re.compile(r"\bno\b.*\bfound\b", re.IGNORECASE)
_DOUBTFUL = frozenset({"listing_incomplete", "incomplete", "far_fewer"})


class Page(NamedTuple):
    """A page of a listing, or all that is told of one DOI."""

    rows: list[Any]
    total: int | None
    """Rows of the whole listing; None where the API doesn't tell."""


@dataclass(frozen=True)
class Listing:
    """What is told of a few days, and how its rows are told apart."""

    session: Session
    address: str
    """Without the cursor."""
    key: Callable[[Any], str]

    def at(self, cursor: int) -> str:
        """Return the address of the page that starts at `cursor`."""
        return f"{self.address}/{cursor}/json"


def page_of(body: bytes, cursor: int | None = None) -> Page:
    """Return the page in `body`; `cursor` is where a page of a listing starts, None stands for a single DOI.

    Raises:
        SourceError: backend_error, where it is no page; incomplete, where it contradicts itself.
    """
    told = json.loads(body)
    messages, rows = (told.get("messages"), told.get("collection")) if isinstance(told, dict) else (None, None)
    message = messages[0] if isinstance(messages, list) and messages else None
    if not isinstance(message, dict) or not isinstance(rows, list):
        raise SourceError("backend_error", f"neither a message nor a collection: {body[:200]!r}")
    status = str(message.get("status"))
    if status != "ok":
        if _NOTHING.search(status) and not rows:
            return Page([], None)
        raise SourceError("backend_error", status[:200])
    return Page(rows, None if cursor is None else _checked_total(message, rows, cursor))


def _checked_total(message: dict[str, Any], rows: list[Any], cursor: int) -> int:
    """Return how many rows the listing has; numbers come as numbers or as strings."""
    count, total, start = (str(message.get(name)) for name in ("count", "total", "cursor"))
    if not _COUNT.fullmatch(total):
        raise SourceError("backend_error", f"total is {total[:40]!r}")
    if "count" in message and count != str(len(rows)):
        raise SourceError("incomplete", f"{len(rows)} rows in a page that counts {count[:40]!r}")
    if "cursor" in message and start != str(cursor):
        raise SourceError("incomplete", f"a page at {start[:40]!r} where {cursor} was asked for")
    return int(total)


def whole(listing: Listing, *, max_age_s: float | None) -> list[Any]:
    """Return the rows of `listing`, each once, in order.

    What doesn't add up is asked for anew, and so is a listing that seems to be empty.

    Raises:
        SourceError: listing_incomplete, where it doesn't add up after all; else as the session says.
    """
    said, empty = "", False
    for attempt in range(_ROUNDS):
        try:
            rows = _round(listing, max_age_s if attempt == 0 else 0)
        except SourceError as error:
            if error.reason not in _DOUBTFUL:
                raise
            said, empty = error.detail, False
            _log.info("%s: %s; round %d of %d", listing.address, said, attempt + 1, _ROUNDS)
            continue
        if rows or empty:
            return rows
        empty = True
    detail = said or "it is empty now, and was not a moment ago"
    raise SourceError("listing_incomplete", f"{detail}, in each of {_ROUNDS} rounds", where=listing.address)


def _round(listing: Listing, max_age_s: float | None) -> list[Any]:
    rows: dict[str, Any] = {}
    total = cursor = 0
    for _ in range(_MOST_PAGES):
        page = _page(listing, cursor, max_age_s)
        newest = total if page.total is None else page.total
        if newest < total:  # rows that leave between two pages would hide others that slip past the cursor
            raise SourceError("listing_incomplete", f"its total fell from {total} to {newest} between two pages")
        total = newest
        rows |= {listing.key(row): row for row in page.rows}
        cursor += len(page.rows)
        # Rows that came twice took the place of others, which may still follow.
        if not page.rows or len(rows) >= total or cursor >= 2 * total:
            break
    if len(rows) != total:
        raise SourceError("listing_incomplete", f"{len(rows)} different rows of {cursor} came, {total} were counted")
    return list(rows.values())


def _page(listing: Listing, cursor: int, max_age_s: float | None) -> Page:
    url, before = listing.at(cursor), 0
    if cursor == 0 and (kept := listing.session.kept(url)):
        before = page_of(kept.read(), cursor).total or 0
    promise = Promise("json", JSON.max_bytes, partial(_refuse_doubtful, cursor, before))
    return page_of(listing.session.get(url, promise=promise, max_age_s=max_age_s).read(), cursor)


def _refuse_doubtful(cursor: int, before: int, body: bytes) -> None:
    total = page_of(body, cursor).total or 0
    if far_fewer(before, total):
        raise SourceError("far_fewer", f"it counts {total} rows, and counted {before} before")
