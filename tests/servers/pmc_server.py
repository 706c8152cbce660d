"""A local PMC: the bucket on one port, E-utilities on another.

with running() as server:
    server.add(11370360, version=2)
    server.fault("PMC11370360.2.xml", status=503, times=2)
    ... server.cloud_url, server.eutils_url, server.asked("PMC11370360")
"""

import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

import faulty_http
import pmc_articles as articles

_RANGE = re.compile(r"(AND|NOT) (\d{4}/\d\d/\d\d):(\d{4}/\d\d/\d\d)\[(?:pmcrdat|edat)\]")
_INVENTORY = "inventory-reports/pmc-oa-opendata/metadata/"


class PmcServer(faulty_http.Log):  # type: ignore[misc, name-defined]  (the module is loaded by path)
    """What the bucket holds, what a search finds, what goes wrong, and who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.catalogue: dict[int, tuple[date, str]] = {}
        """Number -> day of release and title: what esearch sees."""
        self.most_ids, self.page_ids, self.page_keys = 9_999, 100_000, 1_000
        self.searches_per_second = 0
        """Above it 429; 0: no limit."""
        self.searched: dict[str, Any] = {}
        """What takes the place of a search's own words: a wrong count, other ids, remarks."""
        self.cloud_url = self.eutils_url = ""
        self._history: dict[str, list[int]] = {}
        self._searching = threading.Lock()

    def add(self, number: int, **known: Any) -> Any:
        """Store a version of an article and return it; see `pmc_articles.Stored` for what may be said."""
        stored = articles.Stored(number, **known)
        self.objects |= articles.objects(stored)
        self.catalogue[number] = (stored.released, stored.title)
        return stored

    def remove(self, number: int) -> None:
        """Withdraw every version of an article."""
        starts = (f"PMC{number}.", f"metadata/PMC{number}.")
        self.objects = {key: body for key, body in self.objects.items() if not key.startswith(starts)}
        self.catalogue.pop(number, None)

    def add_inventory(self, stamp: str, rows: list[tuple[str, str]], *, whole: bool = True, shards: int = 2) -> None:
        """Store a report with rows of (key, last modified); one that isn't `whole` lacks its last shard."""
        files = []
        for n in range(shards):
            lines = "".join(f'"pmc-oa-opendata","{key}","{day}","{n:032x}"\n' for key, day in rows[n::shards])
            body, key = gzip.compress(lines.encode(), mtime=0), f"{_INVENTORY}data/{stamp}-{n}.csv.gz"
            files.append({"key": key, "size": len(body), "MD5checksum": hashlib.md5(body).hexdigest()})
            if whole or n < shards - 1:
                self.objects[key] = body
        told = {"sourceBucket": "pmc-oa-opendata", "fileFormat": "CSV", "files": files}
        told["fileSchema"] = "Bucket, Key, LastModifiedDate, ETag"
        self.objects[f"{_INVENTORY}{stamp}/manifest.json"] = json.dumps(told).encode()
        self.objects[f"{_INVENTORY}hive/dt={stamp}/symlink.txt"] = b""

    def bucket(self, seen: Any) -> tuple[int, str, bytes]:
        """Answer as the bucket does: a listing at its root, objects below it."""
        if seen.path == "/":
            return 200, "application/xml", self._list(seen.query)
        body = self.objects.get(unquote(seen.path.lstrip("/")))
        if body is None:
            return 404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>"
        return 200, "application/octet-stream", body

    def _list(self, query: dict[str, str]) -> bytes:
        prefix = query.get("prefix", "")
        rests = (key[len(prefix) :] for key in self.objects if key.startswith(prefix))
        names = sorted({prefix + rest.partition("/")[0] + "/" for rest in rests if "/" in rest})
        start = int(query.get("continuation-token", "0"))
        shown, end = names[start : start + self.page_keys], start + self.page_keys
        token = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < len(names) else ""
        entries = "".join(f"<CommonPrefixes><Prefix>{escape(n)}</Prefix></CommonPrefixes>" for n in shown)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>pmc-oa-opendata</Name>'
            f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount><MaxKeys>1000</MaxKeys>"
            f"<Delimiter>/</Delimiter><IsTruncated>{str(bool(token)).lower()}</IsTruncated>{token}{entries}"
            "</ListBucketResult>"
        ).encode()

    def eutils(self, seen: Any) -> tuple[int, str, bytes]:
        """Answer as esearch does: a page of ids, and the name under which the whole result is kept."""
        with self._searching:
            recent = [one for one in self.asked(service="eutils") if one.at > seen.at - 1]
            if self.searches_per_second and len(recent) > self.searches_per_second:
                return 429, "application/json", b'{"error":"API rate limit exceeded","count":"4"}'
            query = seen.query
            found = self._history.get(query.get("WebEnv", ""))
            if found is None:
                found = self._found(query.get("term", ""))
            env = f"MCID_{len(self._history)}"
            self._history[env] = found
        first, most = int(query.get("retstart", "0")), int(query.get("retmax", "20"))
        shown = found[first : min(first + min(most, self.page_ids), self.most_ids)]
        result: dict[str, Any] = {"count": str(len(found)), "retmax": str(len(shown)), "retstart": str(first)}
        result |= {"querykey": "1", "webenv": env}
        result |= {"idlist": [str(number) for number in shown]}
        told = {"header": {}, "esearchresult": {**result, **self.searched}}
        return 200, "application/json", json.dumps(told).encode()

    def _found(self, term: str) -> list[int]:
        """Return, newest first, what has every word in its title and lies in every range of days."""
        ranges = _RANGE.findall(term)
        clauses = re.split(r"\b(?:AND|OR|NOT)\b", _RANGE.sub("", term))
        said = " ".join(clause for clause in clauses if "[filter]" not in clause.lower())
        words = re.findall(r"[a-z]{3,}", re.sub(r"\[\w+\]", "", said).lower())
        return [
            number
            for number, (day, title) in sorted(self.catalogue.items(), reverse=True)
            if all(word in title.lower() for word in words)
            and all((first <= f"{day:%Y/%m/%d}" <= last) == (sign == "AND") for sign, first, last in ranges)
        ]


@contextmanager
def running() -> Iterator[PmcServer]:
    """Start the two services on free ports of the loopback, and stop them at the end."""
    server = PmcServer()
    with faulty_http.serving(server, {"cloud": server.bucket, "eutils": server.eutils}) as addresses:
        server.cloud_url, server.eutils_url = addresses["cloud"], addresses["eutils"] + "entrez/eutils/"
        yield server
