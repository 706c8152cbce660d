"""Articles: a parsed article and the files beside it become rows of `1-figures`, or drops that say why not."""

import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from ingest.connector import Files, Origin
from ingest.graphics import Index, index_of, stem
from ingest.jats import Graphic, JatsArticle, JatsFigure
from ingest.jats_license import REFUSED, strictest
from ingest.jats_records import Statement
from ingest.picture_columns import picture_columns
from pipeline.pixels import inspect
from pipeline.workspace import FIGURES
from schemas.errors import ReasonedError
from schemas.licence import parse_licence
from schemas.records import Dropped, Figure, make_id

_SAME_WORK = frozenset(
    """published-article updated-article updates version-of-record corrected-article retracted-article
    retraction-forward correction-forward object-of-concern addended-article preprint-of has-version
    peer-reviewed-article preprint has-preprint is-preprint-of is-version-of""".split()  # noqa: SIM905
)
_VERSIONED_DOI = re.compile(
    r"(?P<work>10\.7554/elife\.\d+(?=\.\d{1,2}$)|10\.12688/[a-z\d]+\.\d+(?=\.\d{1,2}$)|10\.21203/rs\.\d+\.rs-\d+(?=/v\d+$)"
    r"|10\.20944/preprints[\d.]+\d(?=\.v\d+$)|10\.(?:1101|64898)/[\d.]+(?=v\d+$))"
)


def figures_of(article: JatsArticle, files: Files, xml_name: str, origin: Origin) -> Iterator[Figure | Dropped]:
    """Yield a row for every picture of every figure of `article`, or why there is none.

    `xml_name` is the article's own name among the names of `files`: the picture nearest to it is taken.
    """
    work = Work(article, files, xml_name, origin)
    if not article.figures:
        detail = "the article has no figure" if article.has_body else "only the front matter was given"
        yield work.dropped("", "no_figures", detail)
    for figure in article.figures:
        yield from _rows(work, figure)


class Pairing(NamedTuple):
    """A picture a figure refers to, and the file that it is; None where no file is meant."""

    graphic: Graphic
    name: str | None


def pair(figure: JatsFigure, index: Index, xml_name: str) -> list[Pairing]:
    """Return the figure's pictures with their files, no file twice."""
    pairings: list[Pairing] = []
    for graphic in figure.graphics:
        hrefs = (graphic.href, *graphic.substitutes)
        name = next((found for href in hrefs if (found := index.find(href, near=xml_name))), None)
        if name is None or all(name != known.name for known in pairings):
            pairings.append(Pairing(graphic, name))
    return pairings


class Work:
    """What the rows of one article share."""

    def __init__(self, article: JatsArticle, files: Files, xml_name: str, origin: Origin) -> None:
        self.article, self.files, self.xml_name, self.origin = article, files, xml_name, origin
        self.version = origin.version or article.version or _version_in(xml_name)

    @cached_property
    def source_id(self) -> str:
        """Return the article's name at its source; without any, the hash of its XML."""
        about = self.article.article
        return self.origin.source_id or about.pmcid or about.doi or self._hash()

    @cached_property
    def index(self) -> Index:
        """Return the pictures beside the article."""
        return index_of(tuple(self.files.names()))

    def id(self, figure_key: str) -> str:
        """Return the id of a figure."""
        return make_id(self.origin.source, self.source_id, self.version, figure_key)

    def dropped(self, figure_key: str, reason: str, detail: str, label: str | None = None) -> Dropped:
        """Return the row that tells why a figure is not there."""
        return Dropped(
            id=self.id(figure_key),
            stage=FIGURES,
            reason=reason,
            detail=detail,
            label=label,
            source_id=self.source_id,
        )

    def _hash(self) -> str:
        return f"sha256:{hashlib.sha256(self.files.read(self.xml_name)).hexdigest()[:32]}"


def _version_in(xml_name: str) -> str | None:
    """Return the version that eLife and EPP write into the file's name: elife-09580-v3.xml."""
    found = re.search(r"[-_]v(\d{1,2})\.n?xml$", xml_name)
    return found[1] if found else None


def _rows(work: Work, figure: JatsFigure) -> Iterator[Figure | Dropped]:
    pairings = pair(figure, work.index, work.xml_name)
    if not pairings:
        yield work.dropped(figure.figure_key, "no_graphic", "the figure refers to no picture", figure.label)
    for pairing in pairings:
        key = figure.figure_key
        key = key if len(figure.graphics) == 1 else f"{key}/{stem(pairing.graphic.href)}"
        if pairing.name is None:
            detail = f"no file is called {pairing.graphic.href!r}"
            yield work.dropped(key, "image_missing", detail, figure.label)
            continue
        try:
            yield _row(work, figure, key, pairing.name)
        except ReasonedError as error:
            yield work.dropped(key, error.reason, f"{pairing.name}: {error.detail}", figure.label)


def _row(work: Work, figure: JatsFigure, key: str, member: str) -> Figure:
    blob = work.files.read(member)
    pixels = inspect(blob)
    about, origin = work.article.article, work.origin
    stated = governing(figure, work.article, origin)
    return Figure(
        id=work.id(key),
        source=origin.source,
        source_id=work.source_id,
        version=work.version,
        figure_key=key,
        member=member,
        url=origin.url or article_url(work.article),
        retrieved_at=work.files.retrieved_at(member),
        article=about,
        family_key=family_of(work.article) or work.source_id,
        same_work=same_work(work.article, origin),
        figure_label=figure.label,
        caption=figure.caption,
        in_sub_article=figure.in_sub_article,
        repairs=list(work.article.repairs),
        mentions=figure.mentions,
        license=stated.license,
        license_url=stated.license_url,
        license_evidence=stated.evidence,
        third_party=figure.third_party,
        attribution=attribution(work.article, figure, stated.license),
        facts=figure.facts,
        **picture_columns(blob, pixels),
    )


def governing(figure: JatsFigure, article: JatsArticle, origin: Origin) -> Statement:
    """Return the stricter of the figure's licence and of what the source's catalogue says of the article.

    Where the XML is silent the catalogue alone speaks; a figure's own terms are not softened by it.
    """
    own = Statement(license=figure.license, license_url=figure.license_url, evidence=figure.license_evidence)
    if origin.license is None and origin.license_evidence is None:
        return own
    told = parse_licence(origin.license or "", year=article.article.year)
    evidence = "; ".join(part for part in (own.evidence, origin.license_evidence or origin.license) if part)
    inherits = figure.license_evidence == article.article.license_evidence
    words = own.evidence or ""
    if own.license is None and inherits and not (REFUSED.search(words) or parse_licence(words).refused):
        return Statement(license=told.license, license_url=told.url, evidence=evidence)
    license_id, url = strictest((own.license, own.license_url), (told.license, told.url))
    return Statement(license=license_id, license_url=url, evidence=evidence)


def article_url(article: JatsArticle) -> str | None:
    """Return the address of the article's page."""
    about = article.article
    if about.pmcid:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{about.pmcid}/"
    return f"https://doi.org/{about.doi}" if about.doi else None


def family_of(article: JatsArticle) -> str | None:
    """Return the name that all versions of a work share: its DOI without the version, else its PMCID."""
    about = article.article
    return work_doi(about.doi) if about.doi else about.pmcid


def same_work(article: JatsArticle, origin: Origin) -> list[str]:
    """Return the DOIs under which the same work is known too: preprint, published article, correction."""
    named = {related.doi for related in article.related if related.relation in _SAME_WORK}
    named |= {origin.published_doi} if origin.published_doi else set()
    return sorted({work_doi(doi) for doi in named} - {family_of(article)})


def work_doi(doi: str) -> str:
    """Return a DOI in lower case without the version that some publishers write into it.

    >>> work_doi("10.7554/eLife.85111.2"), work_doi("10.12688/f1000research.22211.1")
    ('10.7554/elife.85111', '10.12688/f1000research.22211')
    """
    found = _VERSIONED_DOI.match(doi.lower())
    return found["work"] if found else doi.lower()


def attribution(article: JatsArticle, figure: JatsFigure, license_id: str | None) -> str:
    """Return whom to thank: authors, title, journal, year, address, licence, and the figure's own credit."""
    about = article.article
    authors = article.authors[0] + (" et al." if len(article.authors) > 1 else "") if article.authors else None
    place = " ".join(str(part) for part in (about.journal, about.year) if part)
    parts = [authors, about.title, place, article_address(article), license_id, figure.attribution]
    return ", ".join(part for part in parts if part)


def article_address(article: JatsArticle) -> str | None:
    """Return the address that lasts longest: the DOI's."""
    doi = article.article.doi
    return f"https://doi.org/{doi}" if doi else article_url(article)
