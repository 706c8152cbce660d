"""A local eLabFTW: its API, version 2, behind a key.

with running() as server:
    first = server.add("experiments", title="Actin", tags=("imaging",), uploads=(("cells.png", micrograph(1)),))
    server.edit(first, body="<p>HeLa</p>")
    server.archive(first); server.delete(first); server.purge(first); server.forbid(first)
    server.fault("format=eln", truncate=True)
    server.served.append(lambda: server.purge(first))
    ... server.url, server.key, server.asked("api/v2/experiments")

Parameters, their defaults and the errors: elabftw/elabftw, apidoc/v2/openapi.yaml, src/Params/DisplayParams.php,
src/Controllers/Apiv2Controller.php, as of autumn 2026. An .eln is streamed: nothing says how long it is.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import faulty_http
from elabftw_entries import ARCHIVED, DELETED, Entry, Name, export, micrograph

__all__ = ["ElabftwServer", "micrograph", "running"]

_PATH = re.compile(r"/api/v2/(experiments|items)(?:/(\d+))?/?")
_ORDERS = {"id": "number", "date": "date", "lastchange": "modified_at", "title": "title"}
_ERRORS = {
    400: "Bad Request",
    401: "Authentication required.",
    403: "Forbidden access",
    404: "Nothing to show with this id",
}


class ElabftwServer(faulty_http.Log):  # type: ignore[misc, name-defined]  (the module is loaded by path)
    """What the notebook holds, what goes wrong, and who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[Name, Entry] = {}
        self.key = "3-1f0c9e7d5b3a8642f0e1d2c3b4a5968778695a4b3c2d1e0f1f0c9e7d5b3a8642"
        self.refusal = 401
        """What a wrong key is answered with; 400 in older versions."""
        self.served: list[Callable[[], object]] = []
        """Called, each once, after a page of a list was put together: what changes then changes between two pages."""
        self.page_rows = 15
        self.exports = 0
        self.url = self.elsewhere = ""

    def add(self, kind: str = "experiments", **known: Any) -> Name:
        """Add an entry and return its name; see `elabftw_entries.Entry` for what may be said."""
        number = known.pop("number", None) or 1 + max([at for of, at in self.entries if of == kind], default=40)
        given = {"title": f"Entry {number}", "body": f"<p>Cells of {kind} {number}.</p>"}
        entry = Entry(kind, number, **{**given, "uploads": self._upload(kind, number), **known})
        self.entries[entry.name] = entry
        return entry.name

    def _upload(self, kind: str, number: int) -> tuple[tuple[str, bytes], ...]:
        return (("cells.png", micrograph(number + 1000 * (kind == "items"))),)

    def edit(self, name: Name, *, at: str = "2026-02-01 12:00:00", **changes: Any) -> None:
        """Change an entry, as its owner does."""
        self.entries[name] = self.entries[name].changed(modified_at=at, **changes)

    def archive(self, name: Name) -> None:
        """Put an entry away: lists leave it out, asked for by its number it is there."""
        self.entries[name] = self.entries[name].changed(state=ARCHIVED)

    def delete(self, name: Name) -> None:
        """Delete an entry as a user does: lists leave it out, asked for by its number it is there still."""
        self.entries[name] = self.entries[name].changed(state=DELETED)

    def purge(self, name: Name) -> None:
        """Remove an entry from the database."""
        del self.entries[name]

    def forbid(self, name: Name) -> None:
        """Take the right to read an entry from the key."""
        self.entries[name] = self.entries[name].changed(readable=False)

    def exported(self) -> list[str]:
        """Return the entries whose .eln was asked for, in order."""
        return [seen.path.removeprefix("/api/v2/") for seen in self.asked("format=eln")]

    def answer(self, seen: Any) -> faulty_http.Reply:
        """Answer a request."""
        if seen.key != self.key:
            return self._error(401 if not seen.key else self.refusal)
        if seen.path == "/api/v2/info":
            return faulty_http.json_reply({"elabftw_version": "5.4.0", "all_users_count": 1})
        found = _PATH.fullmatch(seen.path)
        if found is None:
            return self._error(400)
        if found[2] is None:
            page = faulty_http.json_reply(self._page(found[1], seen))
            if self.served:
                self.served.pop(0)()
            return page
        return self._one((found[1], int(found[2])), seen)

    def _one(self, name: Name, seen: Any) -> faulty_http.Reply:
        entry = self.entries.get(name)
        if entry is None:
            return self._error(404)
        if not entry.readable:
            return self._error(403)
        if seen.query.get("format") == "eln":
            return self._export(entry)
        return faulty_http.json_reply(entry.whole())

    def _export(self, entry: Entry) -> faulty_http.Reply:
        self.exports += 1
        moment = f"2026-03-01T10:{self.exports // 60 % 60:02}:{self.exports % 60:02}"
        body = export([entry], self._readable, site=self.url.rstrip("/"), moment=moment)
        return 200, "application/vnd.eln+zip", body, {"Content-Length": None, "Connection": "close"}

    def _readable(self, name: Name) -> Entry | None:
        entry = self.entries.get(name)
        return entry if entry is not None and entry.readable else None

    def _page(self, kind: str, seen: Any) -> list[dict[str, Any]]:
        wanted = [one for one in self.entries.values() if one.kind == kind and one.readable and _fits(one, seen)]
        order, sort = _ORDERS[seen.query.get("order", "lastchange")], seen.query.get("sort", "desc")
        wanted.sort(key=lambda one: (getattr(one, order), one.number), reverse=sort == "desc")
        wanted.sort(key=lambda one: not one.pinned)  # pinned ones come first, whatever is asked
        limit, offset = (
            int(seen.query.get(name, default)) for name, default in (("limit", self.page_rows), ("offset", 0))
        )
        return [one.row() for one in wanted[offset : offset + limit]]

    def _error(self, status: int) -> faulty_http.Reply:
        told = {"code": status, "message": _ERRORS[status], "description": f"{_ERRORS[status]}!"}
        return status, "application/json", json.dumps(told).encode()


def _fits(entry: Entry, seen: Any) -> bool:
    """Return whether an entry is in a list, as its parameters have it."""
    states = {int(one) for one in seen.query.get("state", "1").split(",")}
    own_team = seen.query.get("scope", "2") != "3"  # without it: as the owner of the key likes to see lists
    categories = [seen.query[name] for name in ("cat", "category") if name in seen.query]
    number = str(entry.category[0]) if entry.category else "null"
    term = seen.query.get("q", "").lower()
    return (
        entry.state in states
        and (entry.team == 1 or not own_team)
        and set(seen.repeated.get("tags[]", [])) <= set(entry.tags)
        and all(number in one.split(",") for one in categories)
        and term in f"{entry.title} {entry.body}".lower()
    )


@contextmanager
def running() -> Iterator[ElabftwServer]:
    """Yield a notebook that answers on a free port of the loopback; `elsewhere` is another host."""
    server = ElabftwServer()
    answers = {"elabftw": server.answer, "elsewhere": lambda _: (200, "application/json", b"[]")}
    with faulty_http.serving(server, answers) as urls:
        server.url, server.elsewhere = urls["elabftw"], urls["elsewhere"]
        yield server
