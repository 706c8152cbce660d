"""A local RSpace: documents, and the export jobs of its API, version 1, behind a key.

with running() as server:
    first = server.add(text="<p>HeLa</p>", tags="imaging,actin")
    server.edit(first, text="<p>Yeast</p>")
    server.remove(first); server.forbid(first)
    server.ends = "FAILED"
    ... server.url, server.key, server.asked("export/xml")

Facts: rspace-os/rspace-web, src/main/java/com/researchspace/api/v1, and rspace-os/api-tutorial, jobs.md, autumn 2026:
one job at a time for a user, 429 for the next; the archive has no ro-crate-metadata.json, and one root folder.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

import faulty_http
from elabftw_entries import micrograph

__all__ = ["RspaceServer", "running"]


@dataclass(frozen=True)
class Document:
    """A document of the notebook."""

    number: int
    text: str
    tags: str = ""
    modified: str = "2026-01-15T10:00:00.000Z"
    readable: bool = True
    pictures: int = 1

    def row(self) -> dict[str, Any]:
        """Return what a list says of it."""
        named = {"id": self.number, "globalId": f"SD{self.number}", "name": f"Doc {self.number}"}
        return {
            **named,
            "created": "2026-01-01T09:00:00.000Z",
            "lastModified": self.modified,
            "tags": self.tags or None,
        }

    def xml(self) -> str:
        """Return its XML, as an export has it."""
        field = f"<fieldName>Data</fieldName><fieldType>TEXT</fieldType><fieldData>{escape(self.text)}</fieldData>"
        fields = f"<listFields><field>{field}</field></listFields>"
        return f"<archivalDocument><name>Doc {self.number}</name>{fields}</archivalDocument>"

    def archive(self, job: int) -> bytes:
        """Return the archive that a job makes of it."""
        made = io.BytesIO()
        root, folder = f"RSpace-2026-03-01-10-{job:02}-xml-SELECTION-x{job}", f"doc_Doc-{self.number}"
        with zipfile.ZipFile(made, "w") as file:
            file.writestr(f"{root}/manifest.txt", "scope=SELECTION")
            file.writestr(f"{root}/resources/commentIcon.gif", b"GIF89a")
            file.writestr(f"{root}/{folder}/{folder}.xml", self.xml())
            file.writestr(f"{root}/{folder}/{folder}_form.xml", "<form/>")
            file.writestr(f"{root}/{folder}/formIcon_2.png", micrograph(2))
            for at in range(self.pictures):
                file.writestr(f"{root}/{folder}/cells_{at}.png", micrograph(1000 * self.number + at))
        return made.getvalue()


class RspaceServer(faulty_http.Log):  # type: ignore[misc, name-defined]  (the module is loaded by path)
    """What the notebook holds, what goes wrong, and who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[int, Document] = {}
        self.key = "Kq7Zr1Xw9Tn4Vb2Lm8Pd"
        self.jobs: dict[int, list[Any]] = {}
        """Job -> the document, and after how many more requests it ends."""
        self.looks = 2
        self.ends = "COMPLETED"
        self.served: list[Callable[[], object]] = []
        """Called, each once, after a page of a list was put together."""
        self.page_rows = 100
        self.url = self.elsewhere = self.archives_at = ""

    def add(self, **known: Any) -> int:
        """Add a document and return its number."""
        number = 1 + max(self.documents, default=24)
        self.documents[number] = Document(number, **{"text": f"<p>Cells {number}.</p>", **known})
        return number

    def edit(self, number: int, **changes: Any) -> None:
        """Change a document, as its owner does."""
        self.documents[number] = replace(self.documents[number], **{"modified": "2026-02-01T12:00:00.000Z", **changes})

    def remove(self, number: int) -> None:
        """Delete a document."""
        del self.documents[number]

    def forbid(self, number: int) -> None:
        """Take the right to read a document from the key."""
        self.documents[number] = replace(self.documents[number], readable=False)

    def exported(self) -> list[int]:
        """Return the documents for which a job was begun, in order."""
        return [int(seen.query["selections"]) for seen in self.asked("export/xml/selection")]

    def answer(self, seen: Any) -> faulty_http.Reply:
        """Answer a request; jobs go on meanwhile."""
        for job in self.jobs.values():
            job[1] -= 1
        if seen.key != self.key:
            return _error(401)
        path = seen.path.removeprefix("/api/v1/")
        if path == "documents":
            page = self._page(seen)
            if self.served:
                self.served.pop(0)()
            return page
        if path == "export/xml/selection" and seen.method == "POST":
            return self._begin(int(seen.query["selections"]))
        kind, _, rest = path.partition("/")
        number = int((re.findall(r"\d+", rest) or ["0"])[0])
        answers = {"documents": self._document, "jobs": self._look, "export": self._archive}
        return answers[kind](number) if kind in answers else _error(404)

    def _document(self, number: int) -> faulty_http.Reply:
        document = self._readable(number)
        return faulty_http.json_reply(document.row()) if document else _error(404)

    def _archive(self, job: int) -> faulty_http.Reply:
        if job not in self.jobs:
            return _error(404)
        return 200, "application/octet-stream", self.jobs[job][0].archive(job)

    def _readable(self, number: int) -> Document | None:
        document = self.documents.get(number)
        return document if document is not None and document.readable else None

    def _page(self, seen: Any) -> faulty_http.Reply:
        there = [one for one in self.documents.values() if one.readable]
        rows, number = (
            min(self.page_rows, int(seen.query.get("pageSize", "20"))),
            int(seen.query.get("pageNumber", "0")),
        )
        page = [one.row() for one in there[number * rows : (number + 1) * rows]]
        return faulty_http.json_reply({"totalHits": len(there), "pageNumber": number, "documents": page})

    def _begin(self, number: int) -> faulty_http.Reply:
        if any(looks > 0 for _, looks in self.jobs.values()):
            return _error(429)
        document = self._readable(number)
        if document is None:
            return _error(401)
        job = len(self.jobs) + 1
        self.jobs[job] = [document, self.looks]
        return 202, "application/json", json.dumps({"id": job, "status": "STARTING", "percentComplete": 0.0}).encode()

    def _look(self, job: int) -> faulty_http.Reply:
        if job not in self.jobs:
            return _error(404)
        if self.jobs[job][1] > 0:
            return faulty_http.json_reply({"id": job, "status": "STARTED", "percentComplete": 50.0})
        link = {
            "rel": "enclosure",
            "link": f"{self.archives_at or self.url}api/v1/export/archive{job}-SD{self.jobs[job][0].number}.zip",
        }
        return faulty_http.json_reply({"id": job, "status": self.ends, "percentComplete": 100.0, "_links": [link]})


def _error(status: int) -> faulty_http.Reply:
    return status, "application/json", json.dumps({"status": status, "message": "no"}).encode()


@contextmanager
def running() -> Iterator[RspaceServer]:
    """Yield a notebook that answers on a free port of the loopback; `elsewhere` is another host."""
    server = RspaceServer()
    answers = {"rspace": server.answer, "elsewhere": lambda _: (200, "application/json", b"[]")}
    with faulty_http.serving(server, answers) as urls:
        server.url, server.elsewhere = urls["rspace"], urls["elsewhere"]
        yield server
