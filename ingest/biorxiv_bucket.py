"""bioRxiv bucket: the archives of bioRxiv and medRxiv for text and data mining, found by DOI and downloaded.

s3://biorxiv-src-monthly and s3://medrxiv-src-monthly (www.biorxiv.org/tdm, www.medrxiv.org/tdm), us-east-1,
requester pays; looked at in November 2026. For mining, not to be passed on; an article's own licence governs what may
be reused. `Current_Content/<Month>_<Year>/<uuid>.meca`, before that `Back_Content/<batch>/`. Nobody tells which key a
DOI has, so the heads of the archives are read, and the index of them is kept.
"""

import hashlib
import logging
import os
import re
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ingest import biorxiv_index
from ingest.biorxiv_cost import ARCHIVES_A_MONTH, BACK_ARCHIVES, Cost, dollars, estimate
from ingest.biorxiv_index import DoiVersion, Entry, Index, same
from ingest.biorxiv_records import Server
from ingest.meca_head import Head, read_head
from ingest.range_file import RangeFile
from ingest.requester_pays import MANY_AT_ONCE, PaidBucket, Stored
from pipeline.pace import Pace
from schemas.errors import ArchiveError, SourceError
from schemas.records import Record

__all__ = ["Brought", "Bucket", "Cost", "Entry", "Server", "estimate", "months_of"]

MAX_ARCHIVE_BYTES = 2 << 30
"""The largest there is has 492 MB."""

_MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_BACK = "Back_Content/"
_BACK_UNTIL: dict[Server, date] = {"biorxiv": date(2018, 12, 31), "medrxiv": date(2020, 12, 31)}
"""The folders by month begin in December 2018 and in autumn 2020; near the seam both places are looked at."""

_MOST_UNREAD = 20
"""Archives that may fail for a fault of the network before the source, and not an archive, is at fault."""
_MD5 = re.compile(r"[0-9a-f]{32}")
_log = logging.getLogger(__name__)


class Brought(Record):
    """What bringing the index up to date has met, and what it took."""

    listed: int = 0
    """Archives in the folders that were looked into."""
    read: int = 0
    """Heads that were read now."""
    broken: int = 0
    """Of these, archives that can't be read; they are not asked again until they change."""
    unread: int = 0
    """Archives that didn't come; they are asked again the next time."""
    missing: frozenset[DoiVersion] = frozenset()
    """What was wanted and not found."""
    cost: Cost


class Bucket:
    """The bucket of a server, its index and the archives downloaded from it; may be pickled."""

    def __init__(
        self,
        server: Server,
        *,
        folder: Path,
        endpoint_url: str | None = None,
        name: str | None = None,
        region: str = "us-east-1",
    ) -> None:
        self._server, self._folder = server, folder
        self._bucket = PaidBucket(name or f"{server}-src-monthly", endpoint_url=endpoint_url, region=region)

    @property
    def index(self) -> Path:
        """Return the index's file."""
        return self._folder / f"{self._bucket.name}.sqlite"

    def bring_index_up_to_date(self, months: Iterable[str], wanted: Collection[DoiVersion] | None = None) -> Brought:
        """Read the heads of those archives in the folders `months` that the index doesn't know.

        Stops as soon as everything `wanted` is known, and asks nobody where it is known already; None wants all.

        Raises:
            SourceError: `bucket_unavailable`, `access_denied`, or the network's fault once it is met often.
        """
        with biorxiv_index.opened(self.index) as index:
            return _Reading(self._bucket, index, wanted).read(months)

    def find(self, doi: str, version: int) -> Entry | None:
        """Return the archive of a preprint's version, the newest of several; asks only the index."""
        with biorxiv_index.opened(self.index) as index:
            return index.find(doi, version)

    def still_to_read(self, months: Iterable[str]) -> int:
        """Return about how many heads must be read before the index knows `months`; asks only the index."""
        guesses = {month: BACK_ARCHIVES if month == _BACK else ARCHIVES_A_MONTH for month in months}
        if not self.index.exists():
            return sum(guesses.values())
        with biorxiv_index.opened(self.index) as index:
            return sum(index.still_to_read(month, if_unlisted=guess) for month, guess in guesses.items())

    def download(self, entry: Entry) -> Path:
        """Return the archive on disk; it is fetched unless it is there, and appears whole.

        Raises:
            SourceError: `not_in_bucket`, `changed`, `too_large`, `md5_mismatch`, or the network's fault.
        """
        path = self._place(entry)
        if path.is_file() and path.stat().st_size == entry.size_bytes:
            return path
        if entry.size_bytes > MAX_ARCHIVE_BYTES:
            detail = f"{entry.size_bytes} bytes, more than {MAX_ARCHIVE_BYTES}"
            raise SourceError("too_large", detail, where=entry.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with half.open("wb") as file:
                self._pour(entry, file)
            half.replace(path)
        except SourceError as error:
            if error.reason in {"not_in_bucket", "changed"}:  # so that the next `find` doesn't name it
                with biorxiv_index.opened(self.index) as index:
                    index.forget(entry.key)
            raise
        finally:
            half.unlink(missing_ok=True)
        return path

    def forget(self, entry: Entry) -> None:
        """Remove the download, and halves of it that killed processes left."""
        path = self._place(entry)
        for file in (path, *path.parent.glob(f".{path.name}.*")):
            file.unlink(missing_ok=True)

    def _place(self, entry: Entry) -> Path:
        """Return where the download lies: another content has another name."""
        name = re.sub(r"[^\w-]", "_", entry.key.rpartition("/")[2].removesuffix(".meca"), flags=re.ASCII)[:60]
        mark = hashlib.blake2b(f"{entry.key} {entry.etag}".encode(), digest_size=4).hexdigest()
        return self._folder / self._bucket.name / f"{name}-{mark}.meca"

    def _pour(self, entry: Entry, file: BinaryIO) -> None:
        md5 = hashlib.md5(usedforsecurity=False)
        for chunk in self._bucket.chunks(entry, 0, entry.size_bytes):
            md5.update(chunk)
            file.write(chunk)
        # An object that was uploaded in parts has an ETag with a dash, which is no MD5.
        if _MD5.fullmatch(entry.etag) and md5.hexdigest() != entry.etag:
            raise SourceError("md5_mismatch", f"{md5.hexdigest()} came, {entry.etag} was listed", where=entry.key)


class _Reading:
    """One bringing up to date: what is still wanted, and the sums so far."""

    def __init__(self, bucket: PaidBucket, index: Index, wanted: Collection[DoiVersion] | None) -> None:
        self._bucket, self._index = bucket, index
        self._missing = None if wanted is None else index.missing(wanted)
        self._listed = self._read = self._broken = self._unread = 0

    def read(self, months: Iterable[str]) -> Brought:
        before = self._bucket.traffic.lists, self._bucket.traffic.gets, self._bucket.traffic.received_bytes
        for month in months:
            if self._done():
                break
            self._read_folder(month)
        now = self._bucket.traffic.lists, self._bucket.traffic.gets, self._bucket.traffic.received_bytes
        lists, gets, size_bytes = (b - a for a, b in zip(before, now, strict=True))
        spent = dollars(size_bytes, gets=gets, lists=lists)
        return Brought(
            listed=self._listed,
            read=self._read,
            broken=self._broken,
            unread=self._unread,
            missing=frozenset((self._missing or {}).values()),
            cost=Cost(archives=0, heads=self._read, size_bytes=size_bytes, requests=lists + gets, dollars=spent),
        )

    def _done(self) -> bool:
        return self._missing is not None and not self._missing

    def _read_folder(self, month: str) -> None:
        listed = [one for one in self._bucket.objects(month) if one.key.lower().endswith(".meca")]
        new = self._index.unread(month, listed)
        unread, pace = iter(new), Pace(f"reading heads in {month}", len(new))
        self._listed += len(listed)
        _log.info("%s: %d archives in %s", self._bucket.name, len(listed), month)
        with ThreadPoolExecutor(MANY_AT_ONCE) as readers:
            # A handful at a time: a kill loses what is under way, and nothing is read beyond what is wanted.
            while not self._done() and (handful := list(islice(unread, MANY_AT_ONCE))):
                for stored, told in zip(handful, readers.map(self._head, handful), strict=True):
                    self._keep(stored, told)
                pace.step(len(handful))

    def _head(self, stored: Stored) -> Head | ArchiveError | SourceError:
        try:
            return read_head(RangeFile(stored.size_bytes, lambda start, end: self._bucket.read(stored, start, end)))
        except (ArchiveError, SourceError) as error:
            return error

    def _keep(self, stored: Stored, told: Head | ArchiveError | SourceError) -> None:
        if isinstance(told, SourceError):
            self._unread += 1
            _log.warning("%s", told)
            if self._unread > _MOST_UNREAD:
                raise told
            return
        self._index.add(stored, told)
        self._read += 1
        self._broken += isinstance(told, ArchiveError)
        if self._missing and isinstance(told, Head):
            self._missing.pop(same(told.doi, told.version), None)


def months_of(server: Server, *days: date) -> tuple[str, ...]:
    """Return the folders in which what was posted on `days` may lie, the likeliest first.

    An archive comes into the folder of the month in which it is loaded: that of its posting, or the next.

    >>> months_of("biorxiv", date(2026, 1, 31))
    ('Current_Content/January_2026/', 'Current_Content/February_2026/', 'Current_Content/December_2025/')
    """
    newest_first = sorted({day.year * 12 + day.month - 1 for day in days}, reverse=True)
    wanted = [number + step for step in (0, 1, -1) for number in newest_first]
    folders = [f"Current_Content/{_MONTHS[number % 12]}_{number // 12}/" for number in wanted]
    back = [_BACK] if days and min(days) <= _BACK_UNTIL[server] else []
    return tuple(dict.fromkeys([*folders, *back]))
