"""Readable: what in a manifest that is right may still surprise its author; light, for `bricks check`."""

from schemas.licence_terms import requires_attribution
from schemas.manifest import Manifest, Source
from schemas.manifest_parts import WITHHELD
from schemas.manifest_rules import is_live
from schemas.needed_extras import lacking


def notes(manifest: Manifest) -> list[str]:
    """Return a line for whatever in a manifest that is right may still surprise its author."""
    return [*_unheard(manifest), *_unlicensed(manifest), *_unnamed(manifest), *map(str, lacking(manifest))]


def _unheard(manifest: Manifest) -> list[str]:
    """Return a line where a server would be asked and the manifest doesn't say by whom."""
    if manifest.contact != WITHHELD or not any(is_live(source.model_dump()) for source in manifest.sources):
        return []
    return ["contact: is withheld; say yours by `--set contact=...` or in the file, or no server is asked"]


def _unlicensed(manifest: Manifest) -> list[str]:
    """Return a line for every notebook of whose licence the manifest says nothing: what it exports is no consent."""
    return [
        f"sources.{at}: without `license` nothing of these entries is published; an exporter's default is no consent"
        for at, source in enumerate(manifest.sources)
        if source.type in {"eln", "elabftw", "rspace"} and source.license is None
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
