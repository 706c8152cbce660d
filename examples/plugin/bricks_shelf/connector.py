"""Connector: a CSV table with a row a picture (file, caption, license, attribution); the pictures lie beside it.

Terms: what the column `license` says of each picture. Nothing is asked of any server.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pipeline.pixels import inspect
from schemas.connecting import Change, Item, Known
from schemas.errors import ArchiveError, PixelError, UsageError
from schemas.licence import parse_licence
from schemas.manifest_parts import LOCAL, Text, Withhold
from schemas.manifest_sources import SourceSettings
from schemas.plugin_kinds import Around, ConnectorPlugin
from schemas.records import Dropped, Failed, Figure, make_id

Row = dict[str, str]


class ShelfSource(SourceSettings):
    """`{type: shelf, path: table.csv}`."""

    type: Literal["shelf"]
    path: Annotated[Text, Withhold(lambda _: LOCAL)]
    """The table, relative to the manifest; a published manifest says only `local`."""
    delimiter: Literal[",", ";"] = ","


class Shelf:
    """The three verbs; made anew in every worker."""

    def __init__(self, source: ShelfSource, around: Around) -> None:
        self._source, self._table = source, around.folder / source.path

    def find(self) -> Iterator[Item]:
        """Yield the pictures of the table by their names: the same order every time."""
        for name, row in sorted(self._rows().items()):
            stamp, size_bytes = _state_of(self._table.parent / name, row)
            yield Item(source="shelf", key=name, stamp=stamp, size_bytes=size_bytes)

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield the figure of a picture, or why there is none."""
        row, path = self._rows().get(item.key), self._table.parent / item.key
        if row is None or not path.resolve().is_relative_to(self._table.parent.resolve()):
            raise ArchiveError("archive_link", f"{item.key} is no file beside the table")  # becomes a Failed
        key = make_id("shelf", item.key)
        try:
            blob = path.read_bytes()
            pixels = inspect(blob)
        except FileNotFoundError:
            yield _dropped(key, item.key, "image_missing", "the table names a file that isn't there")
            return
        except PixelError as error:
            yield _dropped(key, item.key, error.reason, error.detail)
            return
        licence = parse_licence(row["license"])  # what isn't a licence is None: bricks drops the row, with its reason
        yield Figure(
            id=key,
            source="shelf",
            source_id=item.key,
            figure_key="",
            member=item.key,
            family_key=f"shelf:{item.key}",
            caption=row["caption"],
            license=licence.license,
            license_url=licence.url,
            license_evidence=licence.evidence,
            third_party=licence.third_party,
            attribution=row["attribution"],
            blob=blob,
            blob_format=pixels.format,
            source_sha256=hashlib.sha256(blob).hexdigest(),
            md5=hashlib.md5(blob, usedforsecurity=False).hexdigest(),
            width_px=pixels.width_px,
            height_px=pixels.height_px,
            bit_depth=pixels.bit_depth,
            channels=pixels.channels,
        )

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what the table doesn't list any more: `bricks refresh` takes it out."""
        rows = self._rows()
        for one in known:
            if one.source_id not in rows:
                yield Change(
                    source="shelf", source_id=one.source_id, what="gone",
                    before="listed", after=None, evidence=self._source.path,
                )  # fmt: skip

    def _rows(self) -> dict[str, Row]:
        try:
            with self._table.open(encoding="utf-8", errors="replace", newline="") as lines:
                table = csv.DictReader(lines, delimiter=self._source.delimiter, restval="", strict=True)
                return {name: row for row in map(_complete, table) if (name := row["file"])}
        except (OSError, csv.Error) as error:
            raise UsageError(f"can't be read: {error}", where=self._source.path, mend="Give a CSV table.") from error


def _complete(row: Row) -> Row:
    return {column: row.get(column) or "" for column in ("file", "caption", "license", "attribution")}


def _state_of(path: Path, row: Row) -> tuple[str, int]:
    """Return what changes with a picture or its row, and the size in bytes."""
    about = path.stat() if "\0" not in row["file"] and path.is_file() else None
    state = f"{about.st_size} {about.st_mtime_ns}" if about else "absent"
    return make_id(state, *row.values()), about.st_size if about else 0


def _dropped(key: str, name: str, reason: str, detail: str) -> Dropped:
    return Dropped(id=key, stage="1-figures", reason=reason, detail=detail, source_id=name)


SHELF = ConnectorPlugin(ShelfSource, Shelf, sample=Path(__file__).parent / "sample" / "manifest.yaml")
