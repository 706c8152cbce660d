"""PMC recheck: what the bucket says now of articles that are here already; nothing comes from the cache."""

from collections.abc import Iterable, Iterator

from ingest.connector import Change, Known
from ingest.pmc_cloud import Cloud, metadata, versions
from ingest.pmc_gate import licence_code, licence_kind
from ingest.rechecking import change, one_by_one
from schemas.errors import SourceError

_OPEN = ("CC0", "CC-BY", "CC-BY-SA", "CC-BY-ND", "CC-BY-NC", "CC-BY-NC-SA", "CC-BY-NC-ND")
"""From the freest to the strictest, as far as the terms of one forbid what those before it allow."""


def _strictness(licence: str | None) -> int:
    kind = licence_kind(licence) if licence else None
    return _OPEN.index(kind) if kind in _OPEN else len(_OPEN)


def changes(cloud: Cloud, known: Iterable[Known]) -> Iterator[Change]:
    """Return what has changed of each article.

    Raises:
        SourceError: after all others were asked, where some gave no answer: they may have changed.
    """
    return one_by_one(known, lambda one: _changes_of(cloud, one), "articles")


def _changes_of(cloud: Cloud, known: Known) -> Iterator[Change]:
    there = versions(cloud, known.source_id, max_age_s=0)
    own = int(known.version) if known.version and known.version.isdigit() else None
    if own is not None and own not in there:
        _refuse_if_held(cloud, known.source_id, own)
    if not there:
        yield change(known, "gone", known.version, None, "the listing of its versions is empty")
        return
    newest = there[-1]
    if own is not None and own not in there:
        yield change(known, "gone", known.version, str(newest), "the listing lacks this version")
    elif own is not None and newest > own:
        yield change(known, "version", known.version, str(newest), "the listing has a newer version")
    for version in sorted({newest, own if own in there else newest}):
        yield from _told_otherwise(cloud, known, version or newest)


def _refuse_if_held(cloud: Cloud, pmcid: str, version: int) -> None:
    """Ask for the version itself, since an article is not taken down because of a listing alone."""
    try:
        metadata(cloud, pmcid, version, max_age_s=0)
    except SourceError as error:
        if error.reason == "http_404":
            return
        raise
    raise SourceError("not_a_listing", f"it lacks version {version}, which is there", where=pmcid)


def _told_otherwise(cloud: Cloud, known: Known, version: int) -> Iterator[Change]:
    told = metadata(cloud, known.source_id, version, max_age_s=0)
    name = f"{known.source_id}.{version}.json"
    for flag in ("is_retracted", "is_pmc_openaccess"):
        if not isinstance(told.get(flag), bool):
            raise SourceError("metadata_invalid", f"{flag} is {told.get(flag)!r:.80} in {name}")
    if told["is_retracted"]:
        yield change(known, "retracted", None, None, f"{name}: is_retracted is true")
    code = licence_code(told) if told.get("is_pmc_openaccess") is True else None
    # The XML may be stricter than the catalogue from the start: only what became stricter still is news.
    if _strictness(code) > _strictness(known.license):
        evidence = (
            f"{name}: license_code {told.get('license_code')!r:.80}, open access {told.get('is_pmc_openaccess')!r}"
        )
        yield change(known, "license", known.license, code, evidence)
