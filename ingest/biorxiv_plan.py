"""bioRxiv plan: what a request would take by its first route, in requests, bytes, time and dollars."""

from collections.abc import Sequence

from ingest.biorxiv_bucket import Bucket, estimate, months_of
from ingest.biorxiv_records import Preprint
from ingest.biorxiv_selection import BiorxivRequest
from ingest.connector import Plan

_PICTURES = 6.4
"""Figures of an article, as in PMC."""
_PICTURE_BYTES = 150_000
"""An F1.large.jpg of the website is 1280 px wide: 28 of them had 149 kB on the average."""
_XML_BYTES = 150_000
_BUCKET_BYTES_PER_S = 10e6


def plan(request: BiorxivRequest, bucket: Bucket, refused: Sequence[Preprint], fit: Sequence[Preprint]) -> Plan:
    """Return what fetching `fit` would take; `refused` come to an end without a request."""
    if request.routes[0] == "bucket" and fit:
        months = months_of(request.server, *{one.date for one in fit})
        cost = estimate(unsized=len(fit), heads=bucket.still_to_read(months))
        return Plan(
            articles=len(refused) + len(fit),
            requests=cost.requests,
            size_bytes=cost.size_bytes,
            seconds=cost.size_bytes / _BUCKET_BYTES_PER_S,
            dollars=cost.dollars,
        )
    requests = round(len(fit) * (1 + _PICTURES))
    rate = request.web_per_second if request.routes[0] == "web" else request.api_per_second
    size_bytes = round(len(fit) * (_XML_BYTES + _PICTURES * _PICTURE_BYTES))
    return Plan(articles=len(refused) + len(fit), requests=requests, size_bytes=size_bytes, seconds=requests / rate)
