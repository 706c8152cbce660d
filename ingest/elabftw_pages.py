"""eLabFTW pages: every row of a list, once, though entries come and go while it is read.

A list has no total, and its pages are cut by offset: an entry that is deleted meanwhile lets another one slip past. So
each page begins with the row that the one before ended with; where it doesn't, the list is read anew.
"""

import logging
from collections.abc import Callable
from typing import Any

from pipeline.pace import Pace
from schemas.errors import SourceError

_log = logging.getLogger(__name__)
_ROUNDS = 5
_MOST_PAGES = 50_000

Row = dict[str, Any]


class _MovedError(Exception):
    """The list changed while it was read."""


def whole(page_at: Callable[[int], list[Row]], *, where: str) -> list[Row]:
    """Return the rows of all pages; `page_at` returns the page that starts at an offset.

    Raises:
        SourceError: listing_incomplete, where the list never holds still; else as `page_at` says.
    """
    for attempt in range(1, _ROUNDS + 1):
        try:
            return _round(page_at, where)
        except _MovedError as moved:
            _log.info("%s: the list changed while it was read (%s); round %d of %d", where, moved, attempt, _ROUNDS)
    raise SourceError("listing_incomplete", f"it changed while it was read, in each of {_ROUNDS} rounds", where=where)


def _round(page_at: Callable[[int], list[Row]], where: str) -> list[Row]:
    rows: dict[str, Row] = {}
    last = None
    for _ in Pace(f"pages of the list of {where}").over(range(_MOST_PAGES)):
        page = page_at(max(0, len(rows) - 1))
        if last is not None:
            if not page or _name(page[0]) != last:
                raise _MovedError(f"entry {last} is no longer where it was")
            page = page[1:]
        if not page:
            return list(rows.values())
        for row in page:
            last = _name(row)
            if last in rows:
                raise _MovedError(f"entry {last} came twice")
            rows[last] = row
    raise SourceError("listing_incomplete", f"more than {_MOST_PAGES} pages came")


def _name(row: Row) -> str:
    return str(row["id"])
