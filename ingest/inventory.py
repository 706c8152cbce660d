"""Inventory: the articles whose files in the PMC bucket changed since a day, from its daily report.

    inventory-reports/pmc-oa-opendata/metadata/<YYYY-MM-DDTHH-MMZ>/manifest.json -> a few .csv.gz, no header

A report lists every article (250 MB packed), so it is read row by row. The newest may still be incomplete:
the one before it is taken then, up to the third.
"""

import csv
import gzip
import io
import json
import logging
import re
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import unquote

import numpy as np

from ingest.pmc_cloud import BUCKET, Cloud, folders
from ingest.session import BYTES, JSON
from schemas.errors import SourceError

_log = logging.getLogger(__name__)
_FOLDER = f"inventory-reports/{BUCKET}/metadata/"
_REPORT = re.compile(re.escape(_FOLDER) + r"\d{4}-\d\d-\d\dT\d\d-\d\dZ/")
_ARTICLE = re.compile(r"(?:metadata/|PMC\d+\.\d+/)PMC(\d{1,15})\.\d+\.json")
_TRIED = 3
_MOST_CHARACTERS = 1 << 16


@dataclass(frozen=True)
class Shard:
    """One file of a report."""

    key: str
    size_bytes: int
    md5: str | None


@dataclass(frozen=True)
class Report:
    """A day's report; its columns by name."""

    folder: str
    columns: tuple[str, ...]
    shards: tuple[Shard, ...]

    @property
    def size_bytes(self) -> int:
        return sum(shard.size_bytes for shard in self.shards)


def _report(cloud: Cloud, folder: str) -> Report:
    told = json.loads(cloud.session.get(cloud.address(f"{folder}manifest.json"), promise=JSON).read())
    try:
        columns = tuple(name.strip() for name in told["fileSchema"].split(","))
        shards = tuple(_shard(one) for one in told["files"])
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise SourceError("inventory_invalid", f"{type(error).__name__}: {error}", where=folder) from error
    if not {"Bucket", "Key", "LastModifiedDate"} <= set(columns) or not shards:
        raise SourceError("inventory_invalid", f"columns {columns}, {len(shards)} files", where=folder)
    return Report(folder, columns, shards)


def _shard(told: dict[str, Any]) -> Shard:
    key, md5 = str(told["key"]), told.get("MD5checksum")
    if not key.startswith("inventory-reports/") or ".." in key:
        raise SourceError("key_refused", f"{key!r} is no file of a report")
    return Shard(key, int(told.get("size") or 0), md5 if isinstance(md5, str) else None)


def newest_reports(cloud: Cloud) -> list[Report]:
    """Return the readable ones of the newest reports, newest first; one that is far too small is left out."""
    names = sorted(filter(_REPORT.fullmatch, folders(cloud, _FOLDER, max_age_s=0)), reverse=True)
    reports = []
    for name in names[:_TRIED]:
        try:
            reports.append(_report(cloud, name))
        except SourceError as error:
            _log.warning("inventory %s left out: %s", name, error)
    largest = max((report.size_bytes for report in reports), default=0)
    for report in reports:
        if report.size_bytes < largest / 2:
            _log.warning("inventory %s left out: %d bytes, of %d", report.folder, report.size_bytes, largest)
    return [report for report in reports if report.size_bytes >= largest / 2]


def _rows(cloud: Cloud, report: Report, shard: Shard) -> Iterator[dict[str, str]]:
    answer = cloud.session.get(cloud.address(shard.key), promise=BYTES, md5=shard.md5)
    try:
        with answer.open() as packed, gzip.open(packed) as plain:
            text = io.TextIOWrapper(plain, "utf-8", newline="")
            # A shard without line ends would be one line of any size.
            for row in csv.reader(iter(partial(text.readline, _MOST_CHARACTERS), "")):
                yield dict(zip(report.columns, row, strict=True))
    except (OSError, EOFError, zlib.error, ValueError, csv.Error) as error:
        cloud.session.forget(cloud.address(shard.key))
        raise SourceError("inventory_invalid", f"{type(error).__name__}: {error}", where=shard.key) from error


def _changed(cloud: Cloud, report: Report, since: date, until: date | None) -> list[int]:
    numbers = array("Q")
    for shard in report.shards:
        for row in _rows(cloud, report, shard):
            day, article = row["LastModifiedDate"][:10], _ARTICLE.fullmatch(unquote(row["Key"]))
            if not article or row["Bucket"] != BUCKET or day < since.isoformat():
                continue
            if until is None or day <= until.isoformat():
                numbers.append(int(article[1]))
    ascending: list[int] = np.unique(np.frombuffer(numbers, np.uint64)).tolist()
    return ascending


def changed_articles(cloud: Cloud, since: date, until: date | None = None) -> list[int]:
    """Return the numbers of the articles changed from `since` to `until`, both included, ascending.

    Raises:
        SourceError: none of the three newest reports can be read to its end.
    """
    for report in newest_reports(cloud):
        try:
            found = _changed(cloud, report, since, until)
        except SourceError as error:
            _log.warning("inventory %s left out: %s", report.folder, error)
            continue
        _forget(cloud, report)
        return found
    raise SourceError("inventory_missing", f"no readable report under {_FOLDER}", where=cloud.url)


def _forget(cloud: Cloud, report: Report) -> None:
    for shard in report.shards:
        cloud.session.forget(cloud.address(shard.key))
