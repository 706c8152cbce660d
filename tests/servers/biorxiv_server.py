"""A local bioRxiv and medRxiv: the API on one port, the website of both on another.

with serving() as server:
    first = server.add(100, posted=date(2026, 1, 5))
    server.revise(first.doi, posted=date(2026, 2, 1), license="cc_by_nc")
    server.publish(first.doi, "10.5555/invented.100", on=date(2026, 3, 1))
    server.challenge = "403"
    ... server.api_url, server.web_url, server.asked("F1.large.jpg")
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import biorxiv_articles as articles
import faulty_http

CHALLENGE = (
    b"<!DOCTYPE html><html lang=en><head><title>Just a moment...</title></head><body>"
    b"<script>window._cf_chl_opt={cType:'managed'}</script>Enable JavaScript and cookies to continue</body></html>"
)
_NO_POSTS = "no posts found"


class BiorxivServer(faulty_http.Log):  # type: ignore[misc, name-defined]  (the module is loaded by path)
    """What was posted, what of it was published, what goes wrong, and who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.articles: dict[str, list[Any]] = {}
        """DOI -> its versions in order; see `biorxiv_articles.Posted`."""
        self.links: list[tuple[str, str, date]] = []
        """Preprint, published article, day: what /pubs tells."""
        self.page_rows, self.pubs_rows = 30, 100
        self.wrong_step = "floor"
        """What comes of a cursor that is no multiple of the page: rows of the page it lies in, or of the "next"."""
        self.newest_first = False
        self.served: list[Callable[[BiorxivServer], object]] = []
        """Called after each page of a listing has been put together: what is added here comes between two pages."""
        self.lies: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
        """What takes the place of the next pages of a listing, each once, the first one first."""
        self.extra_rows: list[tuple[date, Any]] = []
        """Records of bioRxiv that no article stands behind, with the day they are listed under."""
        self.challenge: str | None = None
        """How the website turns programs away: "403", "1015" or "200"; None: it doesn't."""
        self.api_url = self.web_url = ""

    @property
    def log(self) -> list[Any]:
        """Return the requests that came in, in order."""
        return list(self.asked())

    def add(self, number: int, **known: Any) -> Any:
        """Post a preprint and return it; see `biorxiv_articles.Posted` for what may be said."""
        posted = articles.Posted(number, **known)
        self.articles[posted.doi] = [posted]
        return posted

    def revise(self, doi: str, *, posted: date, **changes: Any) -> Any:
        """Post another version of a preprint and return it."""
        last = self.articles[doi][-1]
        new = last.changed(**{"version": last.version + 1, "posted": posted, "processed": True, **changes})
        self.articles[doi].append(new)
        return new

    def alter(self, doi: str, version: int | None = None, **changes: Any) -> None:
        """Change what is told of one version of a preprint, or of all: a licence, jatsxml, the record itself."""
        self.articles[doi] = [
            one.changed(**changes) if version in (None, one.version) else one for one in self.articles[doi]
        ]

    def publish(self, doi: str, published: str, *, on: date) -> None:
        """Let a journal publish a preprint."""
        self.alter(doi, published=published)
        self.links.append((doi, published, on))

    def withdraw(self, doi: str, *, posted: date, **changes: Any) -> Any:
        """Post the version that says that a preprint is withdrawn."""
        title = f"WITHDRAWN: {self.articles[doi][-1].title}"
        told = {"title": title, "abstract": "This article has been withdrawn by its makers.", "figures": 0}
        return self.revise(doi, posted=posted, **{**told, **changes})

    def remove(self, doi: str) -> None:
        """Remove a preprint as if it had never been there."""
        self.articles.pop(doi)
        self.links = [link for link in self.links if link[0] != doi]

    def api(self, seen: Any) -> tuple[int, str, bytes]:
        """Answer as api.biorxiv.org does; whatever is asked, the status is 200."""
        route, server, *rest = seen.path.strip("/").split("/")
        told = self._told(route, server, rest)
        if self.lies and not rest[0].startswith("10."):
            told = self.lies.pop(0)(told)
        for after in list(self.served):
            after(self)
        return 200, "application/json", json.dumps(told).encode()

    def _told(self, route: str, server: str, rest: list[str]) -> dict[str, Any]:
        if route not in ("details", "pubs") or server not in articles.LABELS:
            return _nothing("Error: unknown")
        if rest[0].startswith("10."):
            rows = self._of_doi(route, server, "/".join(rest[:2]).lower())
            return {"messages": [{"status": "ok"}], "collection": rows} if rows else _nothing(_NO_POSTS)
        if rest[0].isdigit():
            rows = self._listed(route, server, date.min, date.max)
            shown = sorted(rows, key=lambda row: row.get("date", ""), reverse=True)[: int(rest[0])]
            return {"messages": [{"status": "ok"}], "collection": shown}
        first, last = date.fromisoformat(rest[0]), date.fromisoformat(rest[1])
        return self._page(route, self._listed(route, server, first, last), f"{first}:{last}", int(rest[2]))

    def _page(self, route: str, rows: list[dict[str, Any]], interval: str, cursor: int) -> dict[str, Any]:
        size = self.page_rows if route == "details" else self.pubs_rows
        start = cursor
        if cursor % size:
            start = cursor // size * size + (size if self.wrong_step == "next" else 0)
        shown = rows[start : start + size]
        if not shown:
            return _nothing(_NO_POSTS)
        message = {"status": "ok", "interval": interval, "cursor": cursor, "count": len(shown), "total": str(len(rows))}
        if route == "details":
            new = sum(isinstance(row, dict) and row.get("version") == "1" for row in rows)
            message |= {"category": "all", "funder": "all", "count_new_papers": str(new)}
        return {"messages": [message], "collection": shown}

    def _of_doi(self, route: str, server: str, doi: str) -> list[dict[str, Any]]:
        versions = [one for one in self.articles.get(doi, []) if one.server == server]
        if route == "details":
            return [articles.api_record(one) for one in versions]
        links = [link for link in self.links if versions and link[0] == doi]
        return [articles.published_record(versions[-1], *link[1:]) for link in links]

    def _listed(self, route: str, server: str, first: date, last: date) -> list[dict[str, Any]]:
        if route == "pubs":
            links = [link for link in self.links if first <= link[2] <= last]
            links = [link for link in links if self.articles[link[0]][-1].server == server]
            links.sort(key=lambda link: link[2])
            return [articles.published_record(self.articles[link[0]][-1], *link[1:]) for link in links]
        versions = [one for many in self.articles.values() for one in many if one.server == server]
        dated = [((one.posted, one.doi, one.version), articles.api_record(one)) for one in versions]
        dated += [((day, "", place), row) for place, (day, row) in enumerate(self.extra_rows) if server == "biorxiv"]
        dated.sort(key=lambda one: one[0], reverse=self.newest_first)
        return [row for (day, *_), row in dated if first <= day <= last]

    def web(self, seen: Any) -> tuple[int, str, bytes]:
        """Answer as the website does: XML, pictures, or a challenge."""
        if self.challenge == "1015":
            return 429, "text/plain", b"error code: 1015"
        if self.challenge:
            return int(self.challenge), "text/html; charset=UTF-8", CHALLENGE
        return self._files().get(seen.path.lstrip("/"), lambda: (404, "text/html", faulty_http.HTML))()

    def _files(self) -> dict[str, Callable[[], tuple[int, str, bytes]]]:
        files: dict[str, Callable[[], tuple[int, str, bytes]]] = {}
        for one in (one for many in self.articles.values() for one in many if one.processed):
            files[one.source_path()] = lambda one=one: (200, "application/xml", articles.web_jats(one))
            for n in range(1, one.figures + 1):
                files[one.picture_path(n)] = lambda one=one, n=n: (200, "image/jpeg", one.picture(n))
        return files


def _nothing(said: str) -> dict[str, Any]:
    return {"messages": [{"status": said}], "collection": []}


@contextmanager
def serving(server: BiorxivServer | None = None) -> Iterator[BiorxivServer]:
    """Start API and website on free ports of the loopback, and stop them at the end."""
    server = server or BiorxivServer()
    with faulty_http.serving(server, {"api": server.api, "web": server.web}) as addresses:
        server.api_url, server.web_url = addresses["api"], addresses["web"]
        yield server
