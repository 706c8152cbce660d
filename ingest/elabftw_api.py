"""eLabFTW's API, version 2: lists of entries, one entry, its .eln; every answer is checked, every fault has a name.

Facts: elabftw/elabftw, apidoc/v2/openapi.yaml, src/Params/DisplayParams.php, src/Make/MakeEln.php; last looked at in
autumn 2026. A list has 15 rows a page and no total, pinned entries come first whatever order is asked for, and without
`scope=3` it holds what the owner of the key likes to see. A wrong key is answered with 401, by older versions with 400.
"""

import json
from dataclasses import replace
from typing import Any, Literal

from ingest.elabftw_pages import whole
from ingest.session import JSON, ZIP, Answer, Promise, Session
from schemas.errors import SourceError

Kind = Literal["experiments", "items"]

ROWS_PER_PAGE = 15
MOST_DIGITS = 18
"""A database has no longer number, and Python makes no int of 5,000 digits."""
_EVERYTHING, _NORMAL = "3", "1"
_NO_KEY = "it refuses the key"
_REFUSED = {"http_401": _NO_KEY, "http_400": f"{_NO_KEY}, or a parameter", "http_403": "the key may read nothing here"}


class ElabftwApi:
    """What an eLabFTW answers."""

    def __init__(self, session: Session, url: str) -> None:
        self.session = session
        self._root = url.rstrip("/").removesuffix("/api/v2") + "/api/v2/"

    def rows(self, kind: Kind, tag: str | None = None) -> list[dict[str, Any]]:
        """Return what is listed of the entries that the key may read, once each, by number; those with a tag, or all.

        Raises:
            SourceError: the list is not complete, or none; key_refused.
        """
        asked = {"order": "id", "sort": "asc", "scope": _EVERYTHING, "state": _NORMAL}
        rows = whole(lambda offset: self._page(kind, asked | ({"tags[]": tag} if tag else {}), offset), where=kind)
        return sorted(rows, key=number_of)

    def _page(self, kind: Kind, asked: dict[str, str], offset: int) -> list[dict[str, Any]]:
        params = asked | {"limit": str(ROWS_PER_PAGE), "offset": str(offset)}
        promise = Promise("json", JSON.max_bytes, _refuse_other_than_rows)
        try:
            page = json.loads(self.session.get(self._root + kind, promise=promise, params=params, max_age_s=0).read())
        except SourceError as error:
            if error.reason in _REFUSED:
                raise SourceError("key_refused", f"{_REFUSED[error.reason]} ({error.detail})", where=kind) from None
            raise
        finally:
            self.session.forget(self._root + kind, params=params)
        return list(page)

    def entry(self, kind: Kind, number: int) -> dict[str, Any]:
        """Return what is said now of one entry.

        Raises:
            SourceError: http_403, http_404, or no answer.
        """
        url, promise = f"{self._root}{kind}/{number}", Promise("json", JSON.max_bytes, _refuse_other_than_entry)
        try:
            told: dict[str, Any] = json.loads(self.session.get(url, promise=promise, max_age_s=0).read())
        finally:
            self.session.forget(url)
        return told

    def export(self, kind: Kind, number: int, stamp: str) -> Answer:
        """Return the .eln of one entry, from the cache where it is kept of this stamp; what is linked to it is in it.

        Raises:
            SourceError: http_403, http_404, or no whole archive.
        """
        return self.session.get(self.export_url(kind, number), promise=replace(ZIP, stamp=stamp))

    def export_url(self, kind: Kind, number: int) -> str:
        """Return the address of the .eln of one entry."""
        return f"{self._root}{kind}/{number}?format=eln"


def number_of(row: dict[str, Any]) -> int:
    """Return the number of an entry; of one that is none, what it begins with."""
    return int(str(row["id"])[:MOST_DIGITS])


def fault_of_number(row: dict[str, Any]) -> str | None:
    """Return what is wrong with the number of an entry, if anything."""
    digits = len(str(row["id"]))
    return f"id has {digits} digits" if digits > MOST_DIGITS else None


def _refuse_other_than_rows(body: bytes) -> None:
    page = json.loads(body)
    if not isinstance(page, list) or not all(isinstance(row, dict) and _is_number(row.get("id")) for row in page):
        raise SourceError("not_a_listing", f"no list of entries: {body[:100]!r}")


def _refuse_other_than_entry(body: bytes) -> None:
    told = json.loads(body)
    if not isinstance(told, dict) or not _is_number(told.get("id")):
        raise SourceError("not_an_entry", f"no entry: {body[:100]!r}")


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdecimal())
