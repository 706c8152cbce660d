"""PMC selection: which articles a request names, in a fixed order: by ids, by a query, or by days of change."""

import random
import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from pydantic import PositiveFloat, PositiveInt, SecretStr

from ingest import eutils, inventory
from ingest.eutils import Entrez
from ingest.pmc_cloud import CLOUD_URL, Cloud
from schemas.errors import SourceError
from schemas.manifest_sources import PMC_EUTILS_URL
from schemas.records import Record

_PMCID = re.compile(r"(?:PMC)?([1-9][0-9]{0,14})(?:\.([1-9][0-9]{0,5}))?", re.IGNORECASE)


class PmcRequest(Record):
    """Which articles are wanted, and from where."""

    ids: tuple[str, ...] = ()
    """PMCIDs; PMC11370360.1 asks for that version and no other."""
    query: str | None = None
    since: date | None = None
    """With a query: released in PMC from this day on; alone: changed from this day on."""
    until: date | None = None
    licenses: tuple[str, ...]
    """SPDX ids that may enter."""
    limit: PositiveInt | None = None
    sample_n: PositiveInt | None = None
    sample_seed: int = 0
    cloud_url: str = CLOUD_URL
    eutils_url: str = PMC_EUTILS_URL
    api_key: SecretStr | None = None
    per_second: PositiveFloat = 5.0
    """Requests a second to the bucket, which states no limit."""


class Wanted(NamedTuple):
    """An article that is wanted; `version` 0 stands for the best there is."""

    number: int
    version: int = 0

    @property
    def pmcid(self) -> str:
        return f"PMC{self.number}"

    @property
    def key(self) -> str:
        """Return the article's name, with the version where only that one will do."""
        return f"{self.pmcid}.{self.version}" if self.version else self.pmcid


def wanted_of(name: str) -> Wanted:
    """Return the article that a PMCID names.

    >>> wanted_of("PMC11370360"), wanted_of("PMC11370360.2").key
    (Wanted(number=11370360, version=0), 'PMC11370360.2')
    """
    found = _PMCID.fullmatch(name.strip())
    if not found:
        raise SourceError("not_a_pmcid", repr(name), where="pmc")
    return Wanted(int(found[1]), int(found[2] or 0))


def released(query: str, since: date | None, until: date | None) -> str:
    """Return `query`, bounded to articles released in PMC from `since` to `until`.

    >>> released("confocal", date(2026, 1, 1), None)
    '(confocal) AND 2026/01/01:3000/01/01[pmcrdat]'
    """
    if since is None and until is None:
        return query
    first, last = since or date(1800, 1, 1), until or date(3000, 1, 1)
    return f"({query}) AND {first:%Y/%m/%d}:{last:%Y/%m/%d}[pmcrdat]"


def _named(request: PmcRequest, cloud: Cloud, entrez: Entrez) -> Iterator[Wanted]:
    if request.ids:
        return iter(sorted({wanted_of(one) for one in request.ids}))
    if request.query:
        query = released(request.query, request.since, request.until)
        return map(Wanted, eutils.find_ids(entrez, query))
    if request.since:
        return map(Wanted, inventory.changed_articles(cloud, request.since, request.until))
    raise SourceError("nothing_asked", "neither ids, query nor since", where="pmc")


def wanted(request: PmcRequest, cloud: Cloud, entrez: Entrez) -> Iterator[Wanted]:
    """Yield the articles that `request` names: a sample of all of them first, then as many as its limit."""
    named = _named(request, cloud, entrez)
    if request.sample_n:
        everything = sorted(named)
        few = min(request.sample_n, len(everything))
        named = iter(sorted(random.Random(request.sample_seed).sample(everything, few)))  # noqa: S311
    return islice(named, request.limit)
