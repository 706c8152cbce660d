"""bioRxiv cost: what reading the requester-pays bucket takes, in bytes, requests and dollars.

Amazon's prices for us-east-1 (aws.amazon.com/s3/pricing), as told by the servers' own TDM pages and by users in 2026.
Within the region the transfer is free, and so are an account's first 100 GB a month: a sum here is the most.
"""

from collections.abc import Iterable
from typing import Protocol

from schemas.records import Record

DOLLARS_A_GB = 0.09
DOLLARS_A_GET = 0.0004 / 1000
DOLLARS_A_LIST = 0.005 / 1000

ARCHIVE_BYTES = 20_750_000
"""The average; 8.8 kB to 492 MB."""
ARCHIVES_A_MONTH = 5_460
"""Of bioRxiv, which is the larger: 2,730 in half a month."""
BACK_ARCHIVES = 45_000
"""bioRxiv before December 2018: 37,648 preprints (doi.org/10.7554/eLife.45133), some in several versions."""
HEAD_BYTES = 57_000
"""What reading DOI and version took for each of two real archives: the last 36 to 46 kB and the first 16 kB."""
HEAD_GETS = 2
KEYS_A_LIST = 1000


class Sized(Protocol):
    """What has a size, such as an entry of the index."""

    @property
    def size_bytes(self) -> int: ...


class Cost(Record):
    """What a request would take, or has taken."""

    archives: int
    """Downloaded whole."""
    heads: int
    """Read for the index alone."""
    size_bytes: int
    requests: int
    dollars: float


def estimate(sized: Iterable[Sized] = (), *, unsized: int = 0, heads: int = 0) -> Cost:
    """Return what it takes to download archives, sized or not, and to read the heads of others first.

    >>> estimate(unsized=1000).dollars
    1.8679
    """
    sizes = [one.size_bytes for one in sized]
    archives = len(sizes) + unsized
    size_bytes = sum(sizes) + unsized * ARCHIVE_BYTES + heads * HEAD_BYTES
    gets, lists = archives + heads * HEAD_GETS, -(-heads // KEYS_A_LIST)
    return Cost(
        archives=archives,
        heads=heads,
        size_bytes=size_bytes,
        requests=gets + lists,
        dollars=dollars(size_bytes, gets=gets, lists=lists),
    )


def dollars(size_bytes: int, *, gets: int, lists: int) -> float:
    """Return what traffic costs, in US dollars."""
    return round(size_bytes / 1e9 * DOLLARS_A_GB + gets * DOLLARS_A_GET + lists * DOLLARS_A_LIST, 4)
