"""Readable: which sources of a manifest bricks can read today; light, since `bricks check` asks it."""

from schemas.errors import UsageError
from schemas.manifest import Manifest, Source

_TYPES = frozenset({"pmc", "biorxiv", "idr", "images", "masks"})


def is_readable(source: Source) -> bool:
    """Return whether there is a connector for `source`."""
    return source.type in _TYPES


def unread(manifest: Manifest) -> list[str]:
    """Return a line for every source that can't be read yet."""
    return [
        f"sources.{at}: type {source.type} can't be read yet"
        for at, source in enumerate(manifest.sources)
        if not is_readable(source)
    ]


def refuse_unread(manifest: Manifest) -> None:
    """Refuse a manifest with sources that can't be read yet.

    Raises:
        UsageError: names each of them.
    """
    lines = unread(manifest)
    if lines:
        raise UsageError("; ".join(lines) + ".", mend="Take them out of the manifest; README says what is read today.")
