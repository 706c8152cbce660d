"""Manners: how often a host is asked, how long it is waited for, what is tried again, where it may lead."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from schemas.records import Record

TRANSIENT = frozenset(
    {"throttled", "http_500", "http_502", "http_503", "http_504", "timeout", "connection", "truncated"}
    | {"md5_mismatch", "empty", "undecodable", "not_json", "not_a_listing", "backend_error", "incomplete"}
)
"""Reasons for which a second try can help at once; everything else is final for this run."""


class Manners(Record):
    """How a session behaves towards its hosts."""

    per_second: PositiveFloat = 5
    """Requests a second to one host, over all processes that share the cache."""
    per_host: Mapping[str, PositiveFloat] = {}
    """Other rates, by "host" or "host:port"."""
    timeout_s: PositiveFloat = 60
    """Without a byte."""
    deadline_s: PositiveFloat = 1800
    """For one whole answer, its head included."""
    slowest_bytes_per_s: NonNegativeFloat = 1024
    """An answer that comes slower is given up; measured from its first byte on."""
    slow_window_s: PositiveFloat = 30
    """So long an answer may be slower."""
    tries: PositiveInt = 5
    backoff_s: NonNegativeFloat = 1
    max_backoff_s: NonNegativeFloat = 60
    max_retry_after_s: NonNegativeFloat = 300
    """A host that asks for a longer pause gets this one; what it is asked for until then fails at once."""
    redirects: NonNegativeInt = 5
    other_hosts: frozenset[str] = frozenset()
    """Where a redirect may lead besides the host itself."""


def may_lead(origin: str, target: str, others: frozenset[str]) -> bool:
    """Return whether a redirect from `origin` may be followed to `target`."""
    was, new = urlsplit(origin), urlsplit(target)
    if new.scheme not in ("http", "https") or (was.scheme, new.scheme) == ("https", "http"):
        return False
    return new.netloc == was.netloc or new.netloc in others
