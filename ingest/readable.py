"""Readable: which sources of a manifest can be read today, and what else is worth a note; light, for `bricks check`."""

from schemas.errors import UsageError
from schemas.licence_terms import requires_attribution
from schemas.manifest import Manifest, Source

_TYPES = frozenset({"pmc", "biorxiv", "idr", "images", "masks", "eln"})


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


def notes(manifest: Manifest) -> list[str]:
    """Return a line for whatever in a manifest that is right may still surprise its author."""
    return [*unread(manifest), *_unlicensed(manifest), *_unnamed(manifest)]


def _unlicensed(manifest: Manifest) -> list[str]:
    """Return a line for every notebook of whose licence the manifest says nothing: what it exports is no consent."""
    return [
        f"sources.{at}: without `license` nothing of these entries is published; an exporter's default is no consent"
        for at, source in enumerate(manifest.sources)
        if source.type in {"eln", "elabftw"} and source.license is None
    ]


def _unnamed(manifest: Manifest) -> list[str]:
    """Return a line for every source whose licence asks for a name that isn't given."""
    stated = ((at, source, getattr(source, "license", None)) for at, source in enumerate(manifest.sources))
    return [
        f"sources.{at}: {license_id} asks to name the author, and there is no `attribution`"
        for at, source, license_id in stated
        if license_id and requires_attribution(license_id) and not _names_somebody(source)
    ]


def _names_somebody(source: Source) -> bool:
    return bool(getattr(source, "attribution", None) or getattr(source, "preset", None))


def refuse_unread(manifest: Manifest) -> None:
    """Refuse a manifest with sources that can't be read yet.

    Raises:
        UsageError: names each of them.
    """
    lines = unread(manifest)
    if lines:
        raise UsageError("; ".join(lines) + ".", mend="Take them out of the manifest; README says what is read today.")
