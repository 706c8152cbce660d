"""ELN names: which member of an export each id of its crate means, where ids differ by an escape or composition alone.

The specification wants `10%25.png` for a file `10%.png`, and many exporters write names as they are. An export may hold
`10%.png` beside `10%25.png`: then one reading must fit all ids that may mean either, or nobody can say.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from ingest.eln_crate import key_of


def members_meant(ids: Mapping[str, Sequence[str]], members: Mapping[str, Sequence[str]]) -> dict[str, str | None]:
    """Return the member that each id means, None where it may mean several; both by their plain keys.

    >>> members_meant({"10%.png": ["10%25.png", "10%2525.png"]}, {"10%.png": ["10%.png", "10%25.png"]})
    {'10%25.png': '10%.png', '10%2525.png': '10%25.png'}
    >>> members_meant({"a b.png": ["a%20b.png"]}, {"a b.png": ["a  b.png", "a%2520b.png"]})
    {'a%20b.png': None}
    """
    meant: dict[str, str | None] = {}
    for plain, keys in ids.items():
        there = members.get(plain, [])
        meant |= _meant(keys, there) if there else {}
    return meant


def _meant(keys: Sequence[str], there: Sequence[str]) -> Mapping[str, str | None]:
    if set(keys) <= set(there):
        return {key: key for key in keys}
    if len(keys) == len(there) == 1:
        return {keys[0]: there[0]}
    decoded = {key: key_of(unquote(key)) for key in keys}
    if set(decoded.values()) <= set(there) and len(set(decoded.values())) == len(keys):
        return decoded
    return {key: key if key in there else None for key in keys}
