"""bioRxiv recheck: what the API says now of preprints that are here already; nothing comes from the cache."""

from collections.abc import Iterable, Iterator

from ingest.biorxiv_api import Api, Preprint, Server
from ingest.connector import Change, Known
from ingest.rechecking import change, one_by_one
from schemas.licence import parse_licence, stricter


def changes(api: Api, server: Server, known: Iterable[Known]) -> Iterator[Change]:
    """Return what has changed of each preprint.

    Raises:
        SourceError: after all others were asked, where some gave no answer: they may have changed.
    """
    return one_by_one(
        known, lambda one: _changes_of(one, api.versions(server, one.source_id, max_age_s=0)), "preprints"
    )


def _changes_of(known: Known, there: list[Preprint]) -> Iterator[Change]:
    if not there:
        yield change(known, "gone", known.version, None, "the API knows no version of it")
        return
    newest = there[-1]
    if newest.withdrawn:
        yield change(
            known, "withdrawn", known.version, str(newest.version), f"version {newest.version} of {newest.date}"
        )
        return
    own = next((one for one in there if str(one.version) == known.version), None)
    if known.version and own is None:
        yield change(known, "gone", known.version, str(newest.version), "the API lacks this version")
    elif own is not None and newest.version > own.version:
        yield change(known, "version", known.version, str(newest.version), f"posted on {newest.date}")
    yield from _stricter_now(known, own or newest)


def _stricter_now(known: Known, now: Preprint) -> Iterator[Change]:
    """Yield a change where a version's licence is stricter than the one it was let in under.

    A freer one is no reason to take anything down: the next run reads it, since the item's stamp has changed.
    """
    license_id = parse_licence(now.license).license
    if license_id != known.license and stricter(license_id, known.license) != known.license:
        evidence = f"license {now.license} in the API, version {now.version} of {now.date}"
        yield change(known, "license", known.license, license_id or now.license, evidence)
