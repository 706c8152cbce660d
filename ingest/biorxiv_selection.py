"""bioRxiv selection: which preprints a manifest's entry asks for, and the state of each that an item carries.

An item's stamp holds all that fetching must know (version, day, licence, XML, published DOI), so that nothing is
asked twice, and a preprint whose licence changes, or that is published, is a new item of the next run.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from ingest.biorxiv_api import Api, Fault, Preprint, Server
from ingest.biorxiv_web import PER_SECOND
from ingest.connector import INVALID, Item
from ingest.sampling import few
from pipeline.pace import Pace
from schemas.records import Record

Route = Literal["bucket", "web", "pmc"]
_log = logging.getLogger(__name__)
_LINKS_AGE_S = 86_400.0
NO_SUCH_DOI = "the server knows no such DOI"
_NONE = "-"


class BiorxivRequest(Record):
    """What is wanted of a server, where it is asked for, and under which licences."""

    server: Server = "biorxiv"
    since: date | None = None
    until: date | None = None
    dois: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    versions: Literal["newest", "all"] = "newest"
    routes: tuple[Route, ...] = ("bucket", "web", "pmc")
    licenses: tuple[str, ...] = ()
    limit: int | None = None
    sample_n: int | None = None
    sample_seed: int = 0
    api_url: str
    web_url: str
    bucket_url: str | None = None
    europepmc_url: str
    cloud_url: str
    web_per_second: float = PER_SECOND
    api_per_second: float = 1.0


class State(NamedTuple):
    """A version of a preprint, as the API told of it."""

    version: int
    day: str
    license: str
    """The API's code: cc_by, cc_no, ..."""
    jatsxml: str | None
    published: str | None
    withdrawn: bool


def told_of(preprint: Preprint) -> State:
    """Return the state of a preprint."""
    return State(
        preprint.version,
        preprint.date.isoformat(),
        preprint.license,
        preprint.jatsxml,
        preprint.published,
        preprint.withdrawn,
    )


def stamp_of(state: State) -> str:
    """Return a state in a line; `state_of` reads it."""
    told = (str(state.version), *state[1:-1], "withdrawn" if state.withdrawn else None)
    return " ".join("".join((value or _NONE).split()) for value in told)


def state_of(stamp: str) -> State:
    """Return the state that `stamp_of` wrote."""
    version, day, license_code, *rest = stamp.split(" ")
    jatsxml, published, withdrawn = (None if value == _NONE else value for value in rest)
    return State(int(version), day, license_code, jatsxml, published, withdrawn is not None)


def doi_of(item: Item) -> str:
    """Return the DOI of an item; version DOIs don't exist, so the key of one version says it after a space."""
    return item.key.partition(" ")[0]


def item_of(preprint: Preprint, request: BiorxivRequest) -> Item:
    """Return the item that a wanted preprint is."""
    key = preprint.doi if request.versions == "newest" else f"{preprint.doi} v{preprint.version}"
    return Item(source=request.server, key=key, stamp=stamp_of(told_of(preprint)))


def reason_of(fault: str) -> str:
    """Return under which reason what is wrong with a record is told."""
    return "absent" if fault == NO_SUCH_DOI else "record_invalid"


def item_of_fault(fault: Fault) -> Item:
    """Return the item that a record is which can't be relied on: it fails, and is listed."""
    return Item(source=fault.server, key=fault.key, stamp=INVALID + fault.detail)


def page_of(request: BiorxivRequest, item: Item, state: State) -> str:
    """Return the address of the page of a version."""
    return f"{request.web_url.rstrip('/')}/content/{doi_of(item)}v{state.version}"


def wanted(request: BiorxivRequest, api: Api, *, max_age_s: float) -> Iterator[Preprint]:
    """Return the wanted versions, ordered by DOI and version.

    In a span of days the newest version is the newest of those days.
    """
    told = list(_told(request, api, max_age_s))
    gone = {one.doi for one in told if one.withdrawn}
    newest = {one.doi: one for one in sorted(told, key=_place)}
    chosen = sorted(newest.values() if request.versions == "newest" else told, key=_place)
    fit = [one for one in chosen if _in_categories(one, request.categories)]
    if chosen and not fit:
        there = Counter(one.category for one in chosen)
        _log.warning("%s: no preprint is in %s; there are: %s", request.server, list(request.categories), dict(there))
    marked = (one.model_copy(update={"withdrawn": one.doi in gone}) for one in fit)
    return few(marked, sample_n=request.sample_n, sample_seed=request.sample_seed, limit=request.limit)


def _place(preprint: Preprint) -> tuple[str, int]:
    return preprint.doi, preprint.version


def linked(request: BiorxivRequest, api: Api, preprints: list[Preprint]) -> list[Preprint]:
    """Return the preprints with their published articles: /details learns later what /pubs tells.

    Of many preprints /pubs is asked by days of publication, of few by DOI: whichever takes fewer requests.
    """
    unknown = {one.doi for one in preprints if one.published is None}
    days = (_today() - request.since).days if request.since else len(unknown)
    if len(unknown) <= days:
        asked = ((doi, api.article_of(request.server, doi, max_age_s=_LINKS_AGE_S)) for doi in sorted(unknown))
        links = dict(Pace("asking for publications", len(unknown)).over(asked))
    else:
        links = dict(api.published(request.server, request.since or _today(), _today(), max_age_s=_LINKS_AGE_S))
    return [one.model_copy(update={"published": one.published or links.get(one.doi)}) for one in preprints]


def _told(request: BiorxivRequest, api: Api, max_age_s: float) -> Iterator[Preprint]:
    for doi in request.dois:
        there = api.versions(request.server, doi.lower(), max_age_s=max_age_s)
        if not there:
            api.faults.append(Fault(server=request.server, key=doi.lower(), detail=NO_SUCH_DOI))
        yield from there
    if request.since:
        yield from api.window(request.server, request.since, request.until or _today(), max_age_s=max_age_s)


def _today() -> date:
    return date.today()  # noqa: DTZ011  (the API's days have no zone)


def _in_categories(preprint: Preprint, categories: tuple[str, ...]) -> bool:
    wanted_names = {_plain(name) for name in categories}
    return not wanted_names or _plain(preprint.category) in wanted_names


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())
