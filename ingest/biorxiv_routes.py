"""bioRxiv routes: the ways to a preprint's files: the TDM bucket, the website, and PMC, where it lies there too.

A route either fails before it gives anything, and the next one is tried, or gives all that there is.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import date
from itertools import chain
from pathlib import Path

from ingest.admission import admitted, admitted_rows
from ingest.article_files import Opened, Unread, open_articles
from ingest.articles import Work, work_doi
from ingest.biorxiv_bucket import Bucket, months_of
from ingest.biorxiv_records import Preprint
from ingest.biorxiv_selection import BiorxivRequest, State, doi_of, page_of
from ingest.biorxiv_web import WebFiles, Website, manners_of_website, place_of
from ingest.connector import Item, Origin
from ingest.europepmc import pmcid_of
from ingest.jats import parse_articles
from ingest.jats_license import strictest
from ingest.pmc import PmcConnector, PmcRequest
from ingest.session import Clock, Session
from schemas.errors import ArticleError, SourceError
from schemas.licence import parse_licence
from schemas.records import Dropped, Failed, Figure, make_id

_log = logging.getLogger(__name__)
_NOT_THERE = frozenset({"absent", "listed_later", "not_open_access", "metadata_invalid"})
"""Drops of PMC that say nothing about the preprint."""

Outcomes = Iterator[Figure | Dropped | Failed]


class Routes:
    """The three routes of one server; may be pickled."""

    def __init__(
        self, request: BiorxivRequest, session: Session, *, contact: str, cache: Path, clock: Clock | None = None
    ) -> None:
        self._request, self._session = request, session
        self._contact, self._cache, self._clock = contact, cache, clock
        manners = manners_of_website(request.web_url, request.web_per_second)
        web = Session(request.server, contact=contact, cache=cache, manners=manners, clock=clock)
        self._site = Website(web, request.web_url, marks=cache / "rests", clock=clock)
        self._bucket_fault = cache / "bucket" / f"{request.server}.fault"
        self.bucket = Bucket(request.server, folder=cache / "bucket", endpoint_url=request.bucket_url)

    def prepare(self, wanted: Collection[Preprint]) -> None:
        """Find out where in the bucket the wanted preprints lie, where that isn't known yet."""
        if "bucket" not in self._request.routes or not wanted:
            return
        months = months_of(self._request.server, *{one.date for one in wanted})
        try:
            self.bucket.bring_index_up_to_date(months, {(one.doi, one.version) for one in wanted})
        except SourceError as error:
            _log.warning("%s: the bucket is left out of this run: %s", self._request.server, error)
            self._bucket_fault.parent.mkdir(parents=True, exist_ok=True)
            self._bucket_fault.write_text(f"{error.reason} {error.detail}", encoding="utf-8")
        else:
            self._bucket_fault.unlink(missing_ok=True)

    def outcomes(self, route: str, item: Item, state: State) -> Outcomes:
        """Return what becomes of a preprint by a route.

        Raises:
            ReasonedError: the route doesn't lead there.
        """
        by: dict[str, Callable[[Item, State], Outcomes]]
        by = {"bucket": self._by_bucket, "web": self._by_web, "pmc": self._by_pmc}
        return by[route](item, state)

    def forget(self, item: Item, state: State) -> None:
        """Remove what is kept of a preprint."""
        entry = self.bucket.find(doi_of(item), state.version) if self.bucket.index.is_file() else None
        if entry is not None:
            self.bucket.forget(entry)
        if state.jatsxml:
            with suppress(SourceError):  # an address that was refused: nothing was fetched from it
                self._web_files(item, state).forget()

    def _by_bucket(self, item: Item, state: State) -> Outcomes:
        entry = self.bucket.find(doi_of(item), state.version)
        if entry is None:
            raise self._not_in_bucket()
        opened = open_articles(self.bucket.download(entry))
        first = next(opened)
        works = (self._opened(read, item, state) for read in opened)
        return self._rows(chain([self._opened(first, item, state)], works), item, frozenset())

    def _not_in_bucket(self) -> SourceError:
        """Return why the index lacks a preprint: the worker that misses it is not the process that read the bucket."""
        if self._bucket_fault.is_file():
            reason, _, detail = self._bucket_fault.read_text(encoding="utf-8").partition(" ")
            return SourceError(reason, detail)
        return SourceError("not_in_bucket", "no archive of the months around its day is this version")

    def _opened(self, read: Opened | Unread, item: Item, state: State) -> Work:
        if isinstance(read, Unread):
            raise read.error
        return self._work(read, item, state)

    def _web_files(self, item: Item, state: State) -> WebFiles:
        day = date.fromisoformat(state.day)
        return WebFiles(self._site, place_of(self._request.server, doi_of(item), day, state.jatsxml))

    def _by_web(self, item: Item, state: State) -> Outcomes:
        if state.jatsxml is None:
            raise SourceError("not_posted_yet", "the API names no XML: it takes a day or two after posting")
        files = self._web_files(item, state)
        articles = parse_articles(files.read(files.xml_name), where=files.xml_name)
        works = [self._work(Opened(article, files, files.xml_name), item, state) for article in articles]
        for work in works:
            self._bring_pictures(work)
        return self._rows(works, item, files.failures)

    def _bring_pictures(self, work: Work) -> None:
        """Download what will be read, so that a challenge in the middle leads to the next route."""
        names = set(work.files.names())
        for figure in admitted(work, self._request.licenses)[0].figures:
            for name in names & {graphic.href for graphic in figure.graphics}:
                try:
                    work.files.read(name)
                except SourceError as error:
                    if error.reason == "blocked":
                        raise

    def _work(self, read: Opened, item: Item, state: State) -> Work:
        told = read.article.article.doi
        if told is None or work_doi(told) != work_doi(doi_of(item)):
            raise ArticleError("wrong_article", f"the XML is that of {told}", where=read.xml_name)
        if read.article.version not in (None, str(state.version)):
            detail = f"the XML is that of version {read.article.version}, not {state.version}"
            raise ArticleError("wrong_article", detail, where=read.xml_name)
        return Work(read.article, read.files, read.xml_name, self._origin(item, state))

    def _origin(self, item: Item, state: State) -> Origin:
        return Origin(
            source=item.source,
            source_id=doi_of(item),
            version=str(state.version),
            url=page_of(self._request, item, state),
            license=state.license,
            license_evidence=evidence_of(state),
            live=True,
            published_doi=state.published,
        )

    def _rows(self, works: Iterable[Work], item: Item, failures: Collection[str]) -> Outcomes:
        for work in works:
            yield from admitted_rows(work, self._request.licenses, failures=failures, locator=item.locator)

    def _by_pmc(self, item: Item, state: State) -> Outcomes:
        pmcid = pmcid_of(self._session, self._request.europepmc_url, doi_of(item))
        if pmcid is None:
            raise SourceError("not_in_pmc", "Europe PMC names no PMCID for it")
        request = PmcRequest(ids=(pmcid,), licenses=self._request.licenses, cloud_url=self._request.cloud_url)
        pmc = PmcConnector(request, contact=self._contact, cache=self._cache, clock=self._clock)
        outcomes = chain.from_iterable(pmc.fetch(found) for found in pmc.find())
        first = next(outcomes, None)
        if first is None or isinstance(first, Failed) or (isinstance(first, Dropped) and first.reason in _NOT_THERE):
            reason, detail = (first.reason, first.detail) if first else ("absent", "nothing came")
            raise SourceError(reason, detail, where=pmcid)
        if isinstance(first, Figure) and first.family_key != work_doi(doi_of(item)):
            raise ArticleError("wrong_article", "another work lies under that PMCID", where=pmcid)
        return (self._rehomed(outcome, item, state) for outcome in chain([first], outcomes))

    def _rehomed(self, outcome: Figure | Dropped | Failed, item: Item, state: State) -> Figure | Dropped | Failed:
        """Return an outcome of PMC as one of the preprint; PMC counts versions of its own, so none is stated."""
        doi = doi_of(item)
        if isinstance(outcome, Figure):
            return self._rehomed_figure(outcome, item, state)
        same = {"id": make_id(item.source, doi, outcome.id), "source_id": doi}
        return outcome.model_copy(update=same | ({"locator": item.locator} if isinstance(outcome, Failed) else {}))

    def _rehomed_figure(self, figure: Figure, item: Item, state: State) -> Figure:
        doi, told = doi_of(item), parse_licence(state.license)
        license_id, url = figure.license, figure.license_url
        if told.license is not None:
            license_id, url = strictest((figure.license, figure.license_url), (told.license, told.url))
        same_work = sorted({*figure.same_work, *([work_doi(state.published)] if state.published else [])})
        return figure.model_copy(
            update={
                "id": make_id(item.source, doi, None, figure.figure_key),
                "source": item.source,
                "source_id": doi,
                "version": None,
                "license": license_id,
                "license_url": url,
                "license_evidence": "; ".join(filter(None, (figure.license_evidence, evidence_of(state)))),
                "same_work": [name for name in same_work if name != figure.family_key],
            }
        )


def evidence_of(state: State) -> str:
    """Return what the API said of the licence, of which version, and of what day that was."""
    return f"license {state.license} in the API, version {state.version} of {state.day}"
