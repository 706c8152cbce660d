"""PMC: articles of PubMed Central that a query, a list of ids or a span of days names, with their pictures.

Route: PMC Cloud Service (`pmc_cloud`); which articles: E-utilities (`eutils`) or the bucket's inventory. Terms:
the article's licence governs reuse; NLM asks for `schemas.citations.NLM`, to be told when a copy isn't the newest,
and for no use of its marks. Layout of August 2026, last looked at in autumn 2026.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ingest import pmc_plan, pmc_recheck
from ingest.admission import admitted_rows
from ingest.articles import Work
from ingest.connector import EVERYTHING, Change, Item, Known, Origin, Plan
from ingest.eutils import Entrez
from ingest.jats import parse_articles
from ingest.pmc_cloud import Cloud, listing_params, metadata, rebase, versions
from ingest.pmc_gate import Refusal, licence_code, refusal
from ingest.pmc_media import PmcMedia
from ingest.pmc_plan import manners_of
from ingest.pmc_selection import PmcRequest, Wanted, wanted, wanted_of
from ingest.session import XML, Clock, Session
from pipeline.workspace import FIGURES
from schemas.errors import ReasonedError, SourceError
from schemas.records import Dropped, Failed, Figure, make_id

_log = logging.getLogger(__name__)
__all__ = ["ABSENT", "SOURCE", "PmcConnector", "PmcRequest"]

SOURCE = "pmc"
ABSENT = "absent"
"""The stamp of an article that the bucket doesn't have."""
UNLISTED = "unlisted"
"""The stamp of an article whose versions could not be asked for; it fails, and the next run asks again."""

_MOST_UNLISTED = 3
"""More in a row, and it is the bucket that doesn't answer."""
_LISTING_AGE_S = 86_400.0
_MOST_VERSIONS = 10


class Chosen(NamedTuple):
    """The version of an article that is taken."""

    version: int
    told: dict[str, Any]


class PmcConnector:
    """The live route to PMC; implements `ingest.connector.Connector`."""

    def __init__(self, request: PmcRequest, *, contact: str, cache: Path, clock: Clock | None = None) -> None:
        self._request = request
        self._session = Session(SOURCE, contact=contact, cache=cache, manners=manners_of(request), clock=clock)
        self._cloud = Cloud(self._session, request.cloud_url)
        key = request.api_key.get_secret_value() if request.api_key else None
        self._entrez = Entrez(self._session, contact, key, request.eutils_url)

    def find(self) -> Iterator[Item]:
        """Yield the wanted articles with their highest version; one that the bucket lacks is yielded too.

        Where the search's answer is in doubt, `EVERYTHING` comes last: nothing that is here leaves for it.
        """
        try:
            yield from self._items()
        except SourceError as error:
            if error.reason != "search_in_doubt":
                raise
            _log.warning(
                "pmc: the search is in doubt (%s). What is here stays. If it is right, put brackets around the "
                "query in the manifest; `bricks refresh` asks PMC about every article that is here.",
                error.detail,
            )
            yield Item(source=SOURCE, key=EVERYTHING, stamp=UNLISTED)

    def _items(self) -> Iterator[Item]:
        silent = 0
        for one in wanted(self._request, self._cloud, self._entrez):
            try:
                stamp = self._stamp(one)
            except SourceError:
                silent += 1
                if silent > _MOST_UNLISTED:
                    raise
                stamp = UNLISTED
            else:
                silent = 0
            yield Item(source=SOURCE, key=one.key, stamp=stamp)

    def _stamp(self, one: Wanted) -> str:
        # The listing is kept until the article has been fetched, so that a killed run doesn't ask again.
        there = versions(self._cloud, one.pmcid, max_age_s=_LISTING_AGE_S)
        fit = [version for version in there if one.version in (0, version)]
        return str(fit[-1]) if fit else ABSENT

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of an article, or why there is none."""
        failed = False
        for outcome in self._outcomes(item):
            failed = failed or isinstance(outcome, Failed)
            yield outcome
        self._forget_listing(item)
        if failed:
            # A second try must not be judged by metadata that may have been the mistake.
            for version in _candidates(item):
                name = f"{wanted_of(item.key).pmcid}.{version}"
                self._session.forget(self._cloud.address(f"{name}/{name}.json"))

    def _outcomes(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        try:
            yield from self._figures(item)
        except ReasonedError as error:
            yield _failed(item, error.reason, error.detail)

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed in PMC since `known` was fetched."""
        return pmc_recheck.changes(self._cloud, known)

    def plan(self) -> Plan:
        """Return what fetching would take; downloads no article."""
        return pmc_plan.plan(self._request, self._cloud, self._entrez)

    def evict(self, items: Iterable[Item]) -> None:
        """Remove everything that is kept of articles: their figures are safe, or must go."""
        kept = {name.partition(".")[0] for name in self._session.shelves(self._cloud.address(""))}
        for item in items:
            pmcid = wanted_of(item.key).pmcid
            if pmcid in kept:
                self._session.purge(self._cloud.address(f"{pmcid}."))
                self._forget_listing(item)

    def _forget_listing(self, item: Item) -> None:
        params = listing_params(f"{wanted_of(item.key).pmcid}.")
        self._session.forget(self._cloud.address(""), params=params)

    def _figures(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        chosen = self._choose(item)
        if isinstance(chosen, Refusal):
            yield _dropped(item, chosen)
            return
        media = PmcMedia(self._cloud, chosen.told)
        pmcid = wanted_of(item.key).pmcid
        address = chosen.told.get("xml_url")
        if not isinstance(address, str):
            raise SourceError("metadata_invalid", f"xml_url is {address!r:.80}, no address")
        url, md5 = rebase(self._cloud, pmcid, address)
        body = self._session.get(url, promise=XML, md5=md5).read()
        for article in parse_articles(body, where=url):
            if article.article.pmcid not in (None, pmcid):
                raise SourceError("wrong_article", f"the XML is that of {article.article.pmcid}", where=url)
            work = Work(article, media, url.rpartition("/")[2], _origin(chosen))
            yield from admitted_rows(work, self._request.licenses, failures=media.failures, locator=item.locator)

    def _choose(self, item: Item) -> Chosen | Refusal:
        """Return the highest version let in; one retracted, or that nobody can read, speaks for all below it."""
        if item.stamp == ABSENT:
            return Refusal(ABSENT, "the bucket has no version of it")
        if item.stamp == UNLISTED:
            versions(self._cloud, wanted_of(item.key).pmcid, max_age_s=_LISTING_AGE_S)
            return Refusal("listed_later", "its versions were no answer at first; the next run brings it")
        first = None
        for version in _candidates(item):
            told = self._told(wanted_of(item.key).pmcid, version)
            if told is None:
                continue
            refused = refusal(told, self._request.licenses)
            if not refused:
                return Chosen(version, told)
            first = first or refused
            if refused.reason == "metadata_invalid" or told.get("is_retracted") is not False:
                return refused
        return first or Refusal(ABSENT, "no version has metadata")

    def _told(self, pmcid: str, version: int) -> dict[str, Any] | None:
        try:
            return metadata(self._cloud, pmcid, version, max_age_s=None)
        except SourceError as error:
            if error.reason == "http_404":
                return None
            raise


def _candidates(item: Item) -> Iterable[int]:
    """Return the versions that may be taken, the one to be preferred first."""
    if not item.stamp.isdigit():
        return ()
    lowest = wanted_of(item.key).version or max(1, int(item.stamp) - _MOST_VERSIONS + 1)
    return range(int(item.stamp), lowest - 1, -1)


def _origin(chosen: Chosen) -> Origin:
    pmcid, code = str(chosen.told["pmcid"]), licence_code(chosen.told)
    return Origin(
        source=SOURCE,
        source_id=pmcid,
        version=str(chosen.version),
        license=code,
        license_evidence=f"license_code {code} in {pmcid}.{chosen.version}.json",
        live=True,
    )


def _dropped(item: Item, refused: Refusal) -> Dropped:
    return Dropped(
        id=make_id(SOURCE, item.key, item.stamp, refused.reason),
        stage=FIGURES,
        reason=refused.reason,
        detail=refused.detail,
        source_id=wanted_of(item.key).pmcid,
    )


def _failed(item: Item, reason: str, detail: str) -> Failed:
    return Failed(
        id=make_id(SOURCE, item.key, item.stamp),
        stage=FIGURES,
        reason=reason,
        detail=detail,
        source_id=wanted_of(item.key).pmcid,
        locator=item.locator,
    )
