"""eLabFTW recheck: what the server says now of entries that are here already; nothing comes from the cache."""

from collections.abc import Iterable, Iterator

from ingest.connector import Change, Known
from ingest.elabftw_api import ElabftwApi
from ingest.elabftw_selection import modified_of, place_of
from ingest.rechecking import GONE, change, one_by_one
from schemas.errors import SourceError

_DELETED = "3"


def changes(api: ElabftwApi, known: Iterable[Known]) -> Iterator[Change]:
    """Return what has changed of each entry: gone, deleted, changed.

    Raises:
        SourceError: after all others were asked, where some gave no answer: they may have changed.
    """
    return one_by_one(known, lambda one: _changes_of(api, one), "entries")


def _changes_of(api: ElabftwApi, known: Known) -> Iterator[Change]:
    place = place_of(known.key)
    try:
        told = api.entry(*place)
    except SourceError as error:
        if error.reason not in GONE:
            raise
        yield change(known, "gone", known.stamp, None, "the server has no such entry")
        return
    if str(told.get("state", 1)) == _DELETED:
        yield change(known, "withdrawn", known.stamp, None, "its owner deleted it (state 3)")
    elif modified_of(told) != known.stamp:
        yield change(known, "version", known.stamp, modified_of(told), "it was changed; the next run brings it")
