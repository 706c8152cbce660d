"""Entries of a local eLabFTW, and the .eln that it makes of one: what is linked comes along, and no two are alike.

Shapes: elabftw/elabftw, src/Make/MakeEln.php (root folder by the clock, random ids, linked entries in the root's
hasPart behind the one that was asked for, CC BY-NC-SA whatever the owner thinks) and src/Elabftw/EntitySqlBuilder.php
(which columns a list has), as of autumn 2026.
"""

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

NORMAL, ARCHIVED, DELETED = 1, 2, 3
"""States of an entry: apidoc/v2/openapi.yaml."""

Name = tuple[str, int]
"""("experiments", 42)."""
_PAGES = {"experiments": "experiments.php", "items": "database.php"}
_GENRES = {"experiments": "experiment", "items": "resource"}


def micrograph(seed: int, side_px: int = 160) -> bytes:
    """Return a PNG that no other seed gives."""
    noise = np.random.default_rng(seed).integers(0, 256, (side_px // 8, side_px // 8), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((side_px, side_px), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True)
class Entry:
    """An experiment or an item."""

    kind: str
    number: int
    title: str
    body: str = ""
    tags: tuple[str, ...] = ()
    category: tuple[int, str] | None = None
    date: str = "2026-01-15"
    modified_at: str = "2026-01-15 10:00:00"
    status: str | None = None
    """One of the team's own words."""
    state: int = NORMAL
    team: int = 1
    pinned: bool = False
    readable: bool = True
    """Whether the key may read it."""
    uploads: tuple[tuple[str, bytes], ...] = ()
    links: tuple[Name, ...] = ()

    @property
    def name(self) -> Name:
        return self.kind, self.number

    @property
    def elabid(self) -> str:
        """Return the id that no other entry has, on any server."""
        return f"20260101-{hashlib.sha1(f'{self.kind}:{self.number}'.encode()).hexdigest()}"

    def changed(self, **changes: Any) -> "Entry":
        return replace(self, **changes)

    def row(self) -> dict[str, Any]:
        """Return what a list says of it."""
        number, title = self.category or (None, None)
        return {
            "id": self.number,
            "title": self.title,
            "custom_id": None,
            "date": self.date,
            "category": number,
            "status": None,
            "team": self.team,
            "userid": 1,
            "locked": 0,
            "state": self.state,
            "created_at": f"{self.date} 09:00:00",
            "modified_at": self.modified_at,
            "is_pinned": int(self.pinned),
            "category_title": title,
            "tags": "|".join(self.tags) or None,
            "fullname": "Doe Doe",
        }

    def whole(self) -> dict[str, Any]:
        """Return what is said of it alone."""
        uploads = [{"id": at, "real_name": name} for at, (name, _) in enumerate(self.uploads, start=1)]
        return {**self.row(), "body": self.body, "elabid": self.elabid, "content_type": 1, "uploads": uploads}


@dataclass
class _Crate:
    """An archive in the making."""

    find: Callable[[Name], Entry | None]
    site: str
    archive: zipfile.ZipFile
    root: str
    nodes: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, str]] = field(default_factory=list)
    seen: set[Name] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        if entry.name in self.seen:
            return
        self.seen.add(entry.name)
        self.parts.append({"@id": f"./{_folder(entry)}/"})
        files = list(self._uploads(entry))
        linked = [one for name in entry.links if (one := self.find(name)) is not None]
        for one in linked:
            self.add(one)
        self.nodes += [*files, self._dataset(entry, files, linked)]

    def _uploads(self, entry: Entry) -> Iterator[dict[str, Any]]:
        for name, blob in entry.uploads:
            stored = f"{_folder(entry)}/{uuid.uuid4()}{PurePosixPath(name).suffix}"
            self.archive.writestr(f"{self.root}/{stored}", blob)
            digest = hashlib.sha256(blob).hexdigest()
            told = {"name": name, "contentSize": str(len(blob)), "sha256": digest}
            yield {"@id": f"./{stored}", "@type": "File", **told}

    def _dataset(self, entry: Entry, files: list[dict[str, Any]], linked: list[Entry]) -> dict[str, Any]:
        return {
            "@id": f"./{_folder(entry)}/",
            "@type": "Dataset",
            "dateCreated": f"{entry.date}T09:00:00+01:00",
            "dateModified": entry.modified_at.replace(" ", "T") + "+01:00",
            "name": entry.title,
            "encodingFormat": "text/html",
            "url": f"{self.site}/{_PAGES[entry.kind]}?mode=view&id={entry.number}",
            "genre": _GENRES[entry.kind],
            **({"creativeWorkStatus": entry.status} if entry.status else {}),
            "identifier": entry.elabid,
            "keywords": ",".join(entry.tags),
            "text": entry.body,
            "hasPart": [{"@id": one["@id"]} for one in files],
            "mentions": [{"@id": f"./{_folder(one)}/"} for one in linked],
        }


def _folder(entry: Entry) -> str:
    return f"{entry.title.replace(' ', '-')} - {entry.elabid.partition('-')[2][:8]}"


def export(entries: list[Entry], find: Callable[[Name], Entry | None], *, site: str, moment: str) -> bytes:
    """Return the .eln of `entries`, made at `moment`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        crate = _Crate(find, site, archive, f"{moment.replace(':', '').replace('T', '-')}-export")
        for entry in entries:
            crate.add(entry)
        root = {
            "@id": "./",
            "@type": "Dataset",
            "identifier": str(uuid.uuid4()),
            "datePublished": moment,
            "hasPart": crate.parts,
            "name": "eLabFTW export",
            "version": "107",
            "license": {"@id": "https://creativecommons.org/licenses/by-nc-sa/4.0/"},
        }
        head = {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
            "sdPublisher": {"@id": "#publisher"},
        }
        publisher = {"@id": "#publisher", "@type": "Organization", "name": "eLabFTW", "url": "https://www.elabftw.net"}
        graph = [head, publisher, *crate.nodes, root]
        whole = {"@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph}
        archive.writestr(f"{crate.root}/ro-crate-metadata.json", json.dumps(whole))
        archive.writestr(f"{crate.root}/ro-crate-preview.html", f"<html><body>{len(crate.parts)}</body></html>")
    return made.getvalue()
