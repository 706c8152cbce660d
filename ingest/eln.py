"""ELN: exports of electronic lab notebooks (.eln) on this machine: pictures of each entry with the entry's words.

The format: the ELN Consortium's specification of August 2026 (TheELNConsortium/TheELNFileFormat@401e7aa, read
2026-11-28), a zipped RO-Crate 1.1 or 1.2. Terms: the licence that the manifest states; an exporter's default is no
consent of the owner. A local file doesn't tell when it was fetched.

`type: elabftw` builds on the same: `ingest.eln_reading.opened(path)` and `ingest.eln_records.figures_of(export, ...)`.
"""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ingest.connector import Change, Item, Known
from ingest.containers import walk
from ingest.eln_contract import Contract, contract_of
from ingest.eln_reading import opened
from ingest.eln_records import figures_of
from ingest.eln_settlement import Terms
from ingest.local_items import OUTSIDE, Found, expand, nothing_in, stat_of
from ingest.minisign import is_key
from schemas.errors import ArchiveError, UsageError
from schemas.manifest_sources import ElnSource
from schemas.records import Dropped, Failed, Figure, make_id

SOURCE = "eln"
SUFFIX = ".eln"
_MAX_KEY_BYTES = 4096


class ElnConnector:
    """The exports of a `type: eln`, its paths relative to `base`; implements `ingest.connector.Connector`."""

    def __init__(self, source: ElnSource, base: Path) -> None:
        self._source, self._base = source, base
        self._terms = Terms(source.license, source.attribution or "")
        self._schema = base / source.row_schema if source.row_schema else None
        self._contract: Contract | None = None
        self._trusted: list[bytes] | None = None

    @property
    def route(self) -> str:
        """Return the route: other terms or another schema make other rows, so they are another route."""
        schema = self._schema.read_bytes().hex() if self._schema and self._schema.is_file() else ""
        more = (*(self._source.signing_keys or ()), *map("keeps {}".format, self._source.keep_fields))
        said = (self._terms.license, self._terms.attribution, self._source.contract, schema, *more)
        return f"{SOURCE}/{make_id(*said)[:12]}"

    def find(self) -> Iterator[Item]:
        """Yield the exports, each path's in sorted order.

        Raises:
            UsageError: a path names nothing, no export is there, or a schema or key is none.
        """
        self._agreed()
        self._keys()
        nothing = True
        for found in exports_at(path for pattern in self._source.path for path in expand(pattern, self._base)):
            nothing = False
            stamp, size_bytes = (OUTSIDE, 0) if found.leaves else stat_of(found.path)
            key = Path(os.path.relpath(found.path, self._base)).as_posix().encode("utf-8", "backslashreplace").decode()
            yield Item(source=SOURCE, key=key, stamp=stamp, size_bytes=size_bytes)
        if nothing:
            where = ", ".join(self._source.path)
            raise UsageError(nothing_in(self._source.path, ".eln export"), where=where, mend="Give .eln files.")

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of the entries of `item`, or why there is none."""
        if item.stamp == OUTSIDE:
            raise ArchiveError("archive_link", "a link out of its folder; give its target as a path")
        path = self._base / item.key
        if not path.is_file():
            raise ArchiveError("file_unreadable", "is no longer there")
        with opened(path, trusted=self._keys(), keep=self._source.keep_fields) as export:
            yield from figures_of(export, SOURCE, self._terms, self._agreed())

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:  # noqa: ARG002  (the protocol's)
        """Yield nothing: a file that changes is a new item of the next run."""
        yield from ()

    def _agreed(self) -> Contract:
        if self._contract is None:
            self._contract = contract_of(self._source.contract, self._schema)
        return self._contract

    def _keys(self) -> list[bytes]:
        if self._trusted is None:
            patterns = self._source.signing_keys or ()
            if patterns and find_spec("cryptography") is None:
                raise UsageError("signing_keys needs cryptography.", mend="Install it: pip install 'bricks[eln]'.")
            self._trusted = [_key_in(path) for pattern in patterns for path in expand(pattern, self._base)]
        return self._trusted


def _key_in(path: Path) -> bytes:
    try:
        text = path.read_bytes()[:_MAX_KEY_BYTES]
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path)) from error
    if not is_key(text):
        raise UsageError("is no public key of minisign's.", where=str(path), mend="Give its .pub file.")
    return text


def exports_at(paths: Iterable[Path]) -> Iterator[Found]:
    """Yield the exports at `paths`, no file twice: a file that is named, and in a folder those called .eln."""
    seen: set[Path] = set()
    for given in paths:
        found = [given / name for name in walk(given)] if given.is_dir() else [given]
        for path in found:
            if path not in seen and (path == given or is_export(path)):
                seen.add(path)
                yield Found(path, given)


def is_export(path: Path) -> bool:
    """Return whether a file is an export by its name."""
    return path.name.lower().endswith(SUFFIX) and not path.name.startswith(("._", ".~"))
