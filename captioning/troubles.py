"""Troubles: what an answer that is none means: wait, try again, give this panel up, or end."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from math import isfinite
from typing import Final, Literal, NamedTuple

from captioning.asked import Reason


class Means(Enum):
    """What follows from a trouble."""

    WAIT = auto()
    """The server has too much to do: the same again later, as often as it takes."""
    AWAY = auto()
    """Nobody is there: the same, one request at a time."""
    GONE = auto()
    """Nobody listens there: as AWAY, and what was under way there is lost."""
    UNWELL = auto()
    """It is there, and has an answer for nobody: as AWAY."""
    RETRY = auto()
    """It may be the server's fault or the request's: so many tries."""
    GIVE_UP = auto()
    """This request can't be met."""
    END = auto()
    """It can meet no request."""


class Trouble(NamedTuple):
    """A trouble, the reason that a panel gets if it lasts, and what the server said."""

    means: Means
    reason: Reason
    detail: str
    wait_s: float | None = None
    how: Literal["said", "lost", "unsent"] = "said"
    """Whether a server said so, was lost with the request in hand, or never had it."""


_MEANS: Final = {
    408: (Means.RETRY, "server_timeout"),
    409: (Means.RETRY, "server_error"),
    425: (Means.WAIT, "server_error"),
    429: (Means.WAIT, "server_error"),
    502: (Means.AWAY, "server_error"),
    503: (Means.WAIT, "server_error"),
    504: (Means.AWAY, "server_timeout"),
    529: (Means.WAIT, "server_error"),
    401: (Means.END, "request_rejected"),
    402: (Means.END, "request_rejected"),
    403: (Means.END, "request_rejected"),
    404: (Means.END, "request_rejected"),
    405: (Means.END, "request_rejected"),
}
_DETAIL_CHARACTERS: Final = 300


def trouble_of_status(status: int, headers: Mapping[str, str], said: str) -> Trouble:
    """Return what an answer with an error's status means."""
    detail = f"{status}: {' '.join(said.split())[:_DETAIL_CHARACTERS]}"
    means, reason = _MEANS.get(status, (Means.RETRY, "server_error") if status >= 500 else _rejected(status))
    return Trouble(means, reason, detail, retry_after_s(headers))  # type: ignore[arg-type]


def _rejected(status: int) -> tuple[Means, Reason]:
    # A redirect isn't followed: the key and the pictures are meant for the address that was given.
    return (Means.END if 300 <= status < 400 else Means.GIVE_UP), "request_rejected"


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how long a server asks to wait: in milliseconds, in seconds, or until a date (RFC 9110, 10.2.3).

    No time at all, one that is over, or no number is no hint: the pauses that grow are kept.

    >>> retry_after_s({"retry-after": "1.5"})
    1.5
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        said = headers.get(name)
        if said is None:
            continue
        try:
            wait_s = float(said) * unit_s
        except ValueError:
            wait_s = _until(said, now or datetime.now(UTC))
        if isfinite(wait_s) and wait_s > 0:
            return wait_s
    return None


def _until(said: str, now: datetime) -> float:
    try:
        return (parsedate_to_datetime(said) - now).total_seconds()
    except (TypeError, ValueError):
        return 0.0
