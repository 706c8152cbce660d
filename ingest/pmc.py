"""PMC: articles of PubMed Central that a query, a list of ids or a span of days names, with their pictures.

Route: PMC Cloud Service (`pmc_cloud`); which articles: E-utilities (`eutils`) or the bucket's inventory. Terms:
the article's licence governs reuse; NLM asks for `pmc_cloud.CITATION`, to be told when a copy isn't the newest,
and for no use of its marks. Layout of August 2026, last looked at in autumn 2026.
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import PositiveFloat, PositiveInt, SecretStr

from ingest import eutils, inventory, pmc_recheck
from ingest.articles import figures_of
from ingest.connector import Change, Item, Known, Origin
from ingest.eutils import EUTILS_URL, Entrez
from ingest.jats import parse_articles
from ingest.pmc_cloud import CLOUD_URL, Cloud, listing_params, metadata, rebase, versions
from ingest.pmc_gate import Refusal, licence_code, refusal
from ingest.pmc_media import PmcMedia
from ingest.session import XML, Clock, Manners, Session
from schemas.errors import ReasonedError, SourceError
from schemas.records import Dropped, Failed, Figure, Record, make_id

SOURCE = "pmc"
ABSENT = "absent"
"""The stamp of an article that the bucket doesn't have."""

_STAGE = "1-figures"
_LISTING_AGE_S = 86_400.0
_MOST_VERSIONS = 10
_PER_SECOND = 5.0
_SEARCHES_PER_SECOND = 3.0
_SEARCHES_PER_SECOND_WITH_KEY = 10.0


class PmcRequest(Record):
    """Which articles are wanted, and from where."""

    ids: tuple[str, ...] = ()
    query: str | None = None
    since: date | None = None
    until: date | None = None
    licenses: tuple[str, ...]
    """SPDX ids that may enter."""
    limit: PositiveInt | None = None
    sample_n: PositiveInt | None = None
    sample_seed: int = 0
    cloud_url: str = CLOUD_URL
    eutils_url: str = EUTILS_URL
    api_key: SecretStr | None = None
    per_second: PositiveFloat = _PER_SECOND


class Chosen(NamedTuple):
    """The version of an article that is taken."""

    version: int
    told: dict[str, Any]


def manners(request: PmcRequest) -> Manners:
    """Return how the hosts of `request` are treated; where both are one host, the slower rate holds."""
    searches = _SEARCHES_PER_SECOND_WITH_KEY if request.api_key else _SEARCHES_PER_SECOND
    cloud, entrez = urlsplit(request.cloud_url).netloc, urlsplit(request.eutils_url).netloc
    rates = {cloud: request.per_second, entrez: searches}
    if cloud == entrez:
        rates = {cloud: min(request.per_second, searches)}
    return Manners(per_second=request.per_second, per_host=rates)


class PmcConnector:
    """The live route to PMC; implements `ingest.connector.Connector`."""

    def __init__(self, request: PmcRequest, *, contact: str, cache: Path, clock: Clock | None = None) -> None:
        self._request = request
        self._session = Session(SOURCE, contact=contact, cache=cache, manners=manners(request), clock=clock)
        self._cloud = Cloud(self._session, request.cloud_url)
        key = request.api_key.get_secret_value() if request.api_key else None
        self._entrez = Entrez(self._session, contact, key, request.eutils_url)

    def find(self) -> Iterator[Item]:
        """Yield the wanted articles with their highest version; one that the bucket lacks is yielded too."""
        for number in self._wanted():
            pmcid = f"PMC{number}"
            # Kept until the article has been fetched, so that a killed run doesn't ask again.
            there = versions(self._cloud, pmcid, max_age_s=_LISTING_AGE_S)
            yield Item(source=SOURCE, key=pmcid, stamp=str(there[-1]) if there else ABSENT)

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of an article, or why there is none."""
        try:
            yield from self._figures(item)
        except ReasonedError as error:
            yield _failed(item, error.reason, error.detail, item.key)
        self._session.forget(self._cloud.address(""), params=listing_params(f"{item.key}."))

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        """Yield what has changed in PMC since `known` was fetched."""
        return pmc_recheck.changes(self._cloud, known)

    def evict(self, item: Item) -> None:
        """Remove everything that is kept of an article: its figures are safe, or must go."""
        self._session.purge(self._cloud.address(f"{item.key}."))
        self._session.forget(self._cloud.address(""), params=listing_params(f"{item.key}."))

    def _wanted(self) -> Iterator[int]:
        request = self._request
        numbers = self._numbers()
        if request.sample_n:
            everything = sorted(numbers)
            few = min(request.sample_n, len(everything))
            numbers = iter(sorted(random.Random(request.sample_seed).sample(everything, few)))  # noqa: S311
        return islice(numbers, request.limit)

    def _numbers(self) -> Iterator[int]:
        request = self._request
        if request.ids:
            return iter(sorted({number_of(one) for one in request.ids}))
        if request.query:
            return eutils.find_ids(self._entrez, released(request.query, request.since, request.until))
        if request.since:
            return iter(inventory.changed_articles(self._cloud, request.since, request.until))
        raise SourceError("nothing_asked", "neither ids, query nor since", where=SOURCE)

    def _figures(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        chosen = self._choose(item)
        if isinstance(chosen, Refusal):
            yield _dropped(item, chosen)
            return
        media = PmcMedia(self._cloud, chosen.told)
        url, md5 = rebase(self._cloud, str(chosen.told.get("xml_url")))
        body = self._session.get(url, promise=XML, md5=md5).read()
        xml_name = url.rpartition("/")[2]
        for article in parse_articles(body, where=url):
            for outcome in figures_of(article, media, xml_name, _origin(item, chosen, url)):
                yield _as_failure(item, outcome, media)

    def _choose(self, item: Item) -> Chosen | Refusal:
        """Return the highest version whose metadata let it in; a retracted one speaks for all below it."""
        if item.stamp == ABSENT:
            return Refusal(ABSENT, "the bucket has no version of it")
        highest, first = int(item.stamp), None
        for version in range(highest, max(0, highest - _MOST_VERSIONS), -1):
            told = self._told(item.key, version)
            refused = refusal(told, self._request.licenses) if told else None
            if told and not refused:
                return Chosen(version, told)
            first = first or refused
            if refused and refused.reason == "retracted":
                return refused
        return first or Refusal(ABSENT, "no version has metadata")

    def _told(self, pmcid: str, version: int) -> dict[str, Any] | None:
        try:
            return metadata(self._cloud, pmcid, version, max_age_s=None)
        except SourceError as error:
            if error.reason == "http_404":
                return None
            raise


def number_of(pmcid: str) -> int:
    """Return the number of a PMCID, with or without its prefix.

    >>> number_of("PMC11370360"), number_of("11370360")
    (11370360, 11370360)
    """
    digits = pmcid.strip().upper().removeprefix("PMC")
    if not digits.isdigit():
        raise SourceError("not_a_pmcid", repr(pmcid), where=SOURCE)
    return int(digits)


def released(query: str, since: date | None, until: date | None) -> str:
    """Return `query`, bounded to articles released in PMC from `since` to `until`.

    >>> released("confocal", date(2026, 1, 1), None)
    '(confocal) AND 2026/01/01:3000/01/01[pmcrdat]'
    """
    if since is None and until is None:
        return query
    first, last = since or date(1800, 1, 1), until or date(3000, 1, 1)
    return f"({query}) AND {first:%Y/%m/%d}:{last:%Y/%m/%d}[pmcrdat]"


def _origin(item: Item, chosen: Chosen, url: str) -> Origin:
    code = licence_code(chosen.told)
    return Origin(
        source=SOURCE,
        source_id=item.key,
        version=str(chosen.version),
        url=url,
        license=code,
        license_evidence=f"license_code {code} in {item.key}.{chosen.version}.json",
        live=True,
    )


def _dropped(item: Item, refused: Refusal) -> Dropped:
    return Dropped(
        id=make_id(SOURCE, item.key, item.stamp, refused.reason),
        stage=_STAGE,
        reason=refused.reason,
        detail=refused.detail,
        source_id=item.key,
    )


def _failed(item: Item, reason: str, detail: str, *named: str) -> Failed:
    return Failed(
        id=make_id(SOURCE, item.key, item.stamp, *named),
        stage=_STAGE,
        reason=reason,
        detail=detail,
        source_id=item.key,
        locator=item.locator,
    )
