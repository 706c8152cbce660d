"""Kept answers: bytes that came over the network stay on disk until what they were for is safe.

    <cache>/<host>/<first step of the path>/<name>.json            what is known of the answer; written last
    <cache>/<host>/<first step of the path>/<name>-<sha256>.body   its bytes

An answer is there when its .json is: a kill leaves no half answer. requests-cache is not used because it
holds a whole body in memory, unpacked, before a size limit can speak: 1.6 GB for a gzip body of 400 kB.
"""

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pydantic import ValidationError

from schemas.records import Md5, Record, Sha256

SECRETS = frozenset({"api_key", "apikey", "token", "access_token"})
"""Parameters of an address that never reach a message, a log line or the disk."""


class Answer(Record):
    """What a host answered; the bytes are on disk."""

    url: str
    """Without secrets."""
    status: int
    sha256: Sha256
    md5: Md5
    size_bytes: int
    retrieved_at: datetime
    """When the bytes came, also where they are read from the cache later."""
    body: Path
    stamp: str = ""
    """What was promised: of which state of a thing it is."""
    from_cache: bool = False

    def read(self) -> bytes:
        """Return all the bytes."""
        return self.body.read_bytes()

    def open(self) -> BinaryIO:
        """Return the bytes as an open file."""
        return self.body.open("rb")


def public(url: str) -> str:
    """Return `url` without its secrets.

    >>> public("https://a.org/x?db=pmc&api_key=s3cret")
    'https://a.org/x?db=pmc'
    """
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if not SECRETS.intersection(name.lower() for name, _ in pairs):
        return url
    kept = [(name, value) for name, value in pairs if name.lower() not in SECRETS]
    return urlunsplit(parts._replace(query=urlencode(kept)))


class _Discreet(logging.Filter):
    """Takes the secrets out of urllib3's lines about what it asks for."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(public(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def hide_secrets() -> None:
    """Let no secret reach the log of the library below."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(there, _Discreet) for there in logger.filters):
        logger.addFilter(_Discreet())


def _shelf(cache: Path, url: str) -> Path:
    parts = urlsplit(url)
    step = parts.path.lstrip("/").split("/")[0]
    return cache / quote(parts.netloc, safe="") / ("=" + quote(step, safe=""))


def _stem(url: str) -> str:
    return hashlib.blake2b(url.encode(), digest_size=16).hexdigest()


def half_written(cache: Path, url: str) -> Path:
    """Return a path, beside where the answer to `url` will lie, that no other process writes to."""
    shelf = _shelf(cache, url)
    shelf.mkdir(parents=True, exist_ok=True)
    return shelf / f"{_stem(url)}.{os.getpid()}-{os.urandom(4).hex()}.half"


def keep(cache: Path, half: Path, answer: Answer) -> Answer:
    """Return `answer` with its bytes moved from `half` to their place."""
    shelf, stem = _shelf(cache, answer.url), _stem(answer.url)
    body = shelf / f"{stem}-{answer.sha256[:16]}.body"
    half.replace(body)
    kept = answer.model_copy(update={"body": body})
    note = kept.model_dump(mode="json", exclude={"body", "from_cache"}) | {"body": body.name}
    half.write_text(json.dumps(note))
    half.replace(shelf / f"{stem}.json")
    return kept


def _read_note(note: Path) -> Answer | None:
    try:
        fields = json.loads(note.read_text())
        answer = Answer.model_validate(fields | {"body": note.parent / fields["body"], "from_cache": True})
        whole = answer.body.stat().st_size == answer.size_bytes
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None
    return answer if whole else None


def recall(cache: Path, url: str, md5: str | None, stamp: str | None = None) -> Answer | None:
    """Return the kept answer to `url`; None where there is none, or none with this `md5` or this `stamp`."""
    answer = _read_note(_shelf(cache, url) / f"{_stem(url)}.json")
    return answer if answer and md5 in (None, answer.md5) and stamp in (None, answer.stamp) else None


def shelves(cache: Path, url: str) -> set[str]:
    """Return the first steps of the paths under which answers of the host of `url` are kept."""
    host = cache / quote(urlsplit(url).netloc, safe="")
    return {unquote(shelf.name.removeprefix("=")) for shelf in host.glob("=*")}


def forget(cache: Path, url: str) -> None:
    """Remove the answer to `url`, if it is kept."""
    shelf = _shelf(cache, public(url))
    for path in sorted(shelf.glob(f"{_stem(public(url))}*")):
        path.unlink(missing_ok=True)


def forget_all(cache: Path, urls: Iterable[str]) -> None:
    """Remove the answers to `urls`, in one look at each folder."""
    stems: dict[Path, set[str]] = {}
    for url in urls:
        stems.setdefault(_shelf(cache, public(url)), set()).add(_stem(public(url)))
    for shelf, wanted in stems.items():
        for path in sorted(shelf.glob("*")):
            if re.split(r"[.-]", path.name)[0] in wanted:
                path.unlink(missing_ok=True)


def purge(cache: Path, prefix: str) -> None:
    """Remove every answer whose address starts with `prefix`, which names at least the host."""
    shelf = _shelf(cache, prefix)
    step, slash, rest = urlsplit(prefix).path.lstrip("/").partition("/")
    if rest or urlsplit(prefix).query:
        for note in sorted(shelf.glob("*.json")):
            answer = _read_note(note)
            if answer and answer.url.startswith(prefix):
                forget(cache, answer.url)
        return
    for whole in [shelf] if slash and step else sorted(shelf.parent.glob("=*")):
        if whole.name.startswith(shelf.name):
            shutil.rmtree(whole, ignore_errors=True)
