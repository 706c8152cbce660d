"""ELN identity: what tells an entry from those of all notebooks, and one state of it from another.

Two notebooks may both export an "objects/1" of the same day, and every laptop is called localhost. What identifies is
an identifier with a random part, or an address on a host of the public web; else only what the entry says and holds.
"""

import ipaddress
import re
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.eln_crate import split_address, text_of
from ingest.eln_document import ElnDocument
from schemas.records import make_id

_SHORTEST_GLOBAL_CHARS = 12
"""An identifier as short as "7" is one of many; eLabFTW's and UUIDs are longer."""
_RANDOM = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![0-9a-z])"  # eLabFTW's, PASTA's
    r"|^[0-9a-f]{12}-sd\d+$"  # what bricks calls a document of RSpace: a hash of the host, and its number
    r"|^[0-9a-hjkmnp-tv-z]{26}$",  # a ULID
    re.IGNORECASE,
)
_NOWHERE = frozenset("corp example home internal intranet invalid lan local localdomain localhost private test".split())  # noqa: SIM905
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


class Identity(NamedTuple):
    """What an entry is for ever, and what it is in this export."""

    entry: str
    """Names the entry in whatever state."""
    state: str
    """Names this state of it, where nothing says which of two is the newer; "" where `version` does."""
    version: str | None
    """When it was last changed, in digits: the larger is the newer."""


def source_id_of(document: ElnDocument) -> str:
    """Return what an entry is called for ever: its exporter's identifier, or its place in the export."""
    identifier, key = document.entry.identifier, document.entry.key
    return identifier if len(identifier) >= _SHORTEST_GLOBAL_CHARS else f"{document.folder}/{key}"


def identity_of(document: ElnDocument) -> Identity:
    """Return what tells an entry from those of all notebooks.

    An entry in two states is one where both say to the minute when they were changed; else both stay.
    """
    named = _named(document)
    if not named:
        return Identity(make_id("content", document.content), "", None)
    version = version_of(text_of(document.entry.node.get("dateModified")))
    return Identity(named, "" if version else document.content, version)


def _named(document: ElnDocument) -> str:
    identifier = document.entry.identifier
    if _RANDOM.search(identifier):
        return identifier
    address = split_address(text_of(document.entry.node.get("url")))
    place = f"{address.path.strip('/')}?{address.query}".strip("?")
    is_web = address.scheme in {"http", "https"} and is_public(address.hostname or "")
    return make_id(address.netloc.lower(), place, identifier) if is_web and (place or identifier) else ""


def is_public(host: str) -> bool:
    """Return whether a host's name means the same host to everybody.

    >>> [is_public(host) for host in ("eln.example.org", "localhost", "elab.local", "eln", "192.168.1.7", "8.8.8.8")]
    [True, False, False, False, False, True]
    """
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        *above, last = host.lower().rstrip(".").split(".")
        return bool(above) and last not in _NOWHERE and not host.lower().endswith("home.arpa")


def version_of(moment: str) -> str | None:
    """Return a moment as digits that grow with time, in UTC; None where it is no more than a day.

    >>> version_of("2025-09-16T10:32:50+02:00"), version_of("2025-09-16")
    ('20250916083250000000', None)
    """
    if not _MOMENT.match(moment):
        return None
    try:
        told = datetime.fromisoformat(moment)
        return (told if told.tzinfo is None else told.astimezone(UTC)).strftime("%Y%m%d%H%M%S%f")
    except (ValueError, OverflowError):
        return None
