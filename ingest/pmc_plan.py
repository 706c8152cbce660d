"""PMC plan: how much a request would fetch, and how long it takes at the polite rate; fetches no article."""

from urllib.parse import urlsplit

from ingest import eutils, inventory
from ingest.connector import Plan
from ingest.eutils import MOST_IDS, Entrez
from ingest.pmc_cloud import Cloud
from ingest.pmc_selection import PmcRequest, released
from ingest.session import Manners

_PICTURES = 6.4
"""Figures of an article: 2,475 in 387 articles of 30 publishers."""
_PICTURE_BYTES = 120_000
_XML_BYTES = 110_000
_METADATA_BYTES = 3_000
_REQUESTS = 3 + _PICTURES
"""Listing, metadata, XML, pictures."""
_BYTES = round(_XML_BYTES + _METADATA_BYTES + _PICTURES * _PICTURE_BYTES)
# A little below the 3 and 10 that are allowed: what leaves evenly does not arrive evenly.
_SEARCHES_PER_SECOND = 2.8
_SEARCHES_PER_SECOND_WITH_KEY = 9.5


def manners_of(request: PmcRequest) -> Manners:
    """Return how the hosts of `request` are treated; where both are one host, the slower rate holds."""
    searches = _SEARCHES_PER_SECOND_WITH_KEY if request.api_key else _SEARCHES_PER_SECOND
    cloud, entrez = urlsplit(request.cloud_url).netloc, urlsplit(request.eutils_url).netloc
    rates = {cloud: request.per_second, entrez: searches}
    if cloud == entrez:
        rates = {cloud: min(request.per_second, searches)}
    return Manners(per_second=request.per_second, per_host=rates)


def _articles(request: PmcRequest, entrez: Entrez) -> int | None:
    if request.ids:
        found = len(set(request.ids))
    elif request.query:
        found = eutils.count(entrez, released(request.query, request.since, request.until))
    else:
        return None
    bounds = [bound for bound in (request.sample_n, request.limit) if bound]
    return min([found, *bounds])


def plan(request: PmcRequest, cloud: Cloud, entrez: Entrez) -> Plan:
    """Return what `request` would take; asks for a count, or the inventory's tables of contents, at most."""
    articles = _articles(request, entrez)
    if articles is None:
        reports = inventory.newest_reports(cloud)
        shards = reports[0].shards if reports else ()
        size_bytes, bound = sum(shard.size_bytes for shard in shards), request.limit or 0
        requests, size_bytes = len(shards) + bound * _REQUESTS, size_bytes + bound * _BYTES
    else:
        requests, size_bytes = articles * _REQUESTS + articles / MOST_IDS, articles * _BYTES
    return Plan(
        articles=articles, requests=round(requests), size_bytes=size_bytes, seconds=requests / request.per_second
    )
