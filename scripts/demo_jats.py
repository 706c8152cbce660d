"""Demo JATS: an article's words as XML, in the dialects that PMC and bioRxiv have spoken over the years."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NOTE = "All pictures are rendered by a program; no specimen was imaged."
"""Stands in every abstract, so that nobody takes the sample for a finding."""

_CC = "https://creativecommons.org"


@dataclass(frozen=True)
class DemoFigure:
    """A figure as its article tells it; `words` are paragraphs of JATS, None where there is no caption."""

    key: str
    label: str
    words: tuple[str, ...] | None
    href: str
    title: str | None = None
    permissions: str = ""


@dataclass(frozen=True)
class DemoArticle:
    """An article: who, what, under which licence; `paragraphs` are JATS."""

    number: int
    title: str
    abstract: str
    paragraphs: tuple[str, ...]
    license: str
    """The whole `permissions` element; "" for none."""
    figures: tuple[DemoFigure, ...] = ()
    year: int = 2025
    published_doi: str | None = None
    """Of a preprint: the DOI it was published under."""
    authors: tuple[tuple[str, str], ...] = field(default=(("Brick", "Ada"), ("Mortar", "Ben")))

    @property
    def pmcid(self) -> str:
        """Return the number that PMC would give, far above any it has given."""
        return f"PMC{999_000_00 + self.number}"

    @property
    def doi(self) -> str:
        """Return a DOI under 10.5555, the prefix that is kept for examples."""
        return f"10.5555/bricks.{self.year}.{self.number:04d}"


def see(key: str, text: str) -> str:
    """Return a reference to a figure in the running text."""
    return f'<xref ref-type="fig" rid="{key}">{text}</xref>'


def creative_commons(kind: str, version: str = "4.0", holder: str = "the authors") -> str:
    """Return permissions with the licence as an address, as most publishers write them."""
    url = f"{_CC}/publicdomain/zero/1.0/" if kind == "zero" else f"{_CC}/licenses/{kind}/{version}/"
    return (
        f"<permissions><copyright-statement>&#169; {escape(holder)}</copyright-statement>"
        f'<license license-type="open-access" xlink:href="{url}"><license-p>This is an open access article '
        f'under the terms of the licence at <ext-link ext-link-type="uri" xlink:href="{url}">{url}</ext-link>.'
        "</license-p></license></permissions>"
    )


def license_reference(kind: str, code: str) -> str:
    """Return permissions with `ali:license_ref`, as PMC writes them since 2025."""
    url = f"{_CC}/publicdomain/zero/1.0/" if kind == "zero" else f"{_CC}/licenses/{kind}/4.0/"
    return (
        '<permissions><license><ali:license_ref specific-use="textmining" '
        f'content-type="{code}">{url}</ali:license_ref><license-p>Licence: {url}</license-p></license></permissions>'
    )


def own_words(statement: str) -> str:
    """Return permissions with a licence in the publisher's own words."""
    return f"<permissions><license><license-p>{escape(statement)}</license-p></license></permissions>"


def pmc_package(article: DemoArticle) -> str:
    """Return the article as PMC's packages held it until 2025: bare digits for the PMCID, DTD 1.2."""
    ids = f'<article-id pub-id-type="pmc">{article.pmcid[3:]}</article-id>{_doi(article)}'
    return _article(article, "1.2", ids, "Journal of Rendered Microscopy")


def pmc_cloud(article: DemoArticle) -> str:
    """Return the article as PMC's Cloud Service gives it: pmcid with its version, DTD 1.4."""
    ids = (
        f'<article-id pub-id-type="pmcid">{article.pmcid}</article-id>'
        f'<article-id pub-id-type="pmcid-ver">{article.pmcid}.1</article-id>'
        f'<article-id pub-id-type="pmcaid">{article.pmcid[3:]}</article-id>{_doi(article)}'
    )
    return _article(article, "1.4", ids, "Journal of Rendered Microscopy")


def preprint(article: DemoArticle) -> str:
    """Return the article as a preprint server gives it: no PMCID, an article version."""
    ids = f"{_doi(article)}<article-version>1.1</article-version>"
    return _article(article, "1.2d1", ids, "bioRxiv")


def _doi(article: DemoArticle) -> str:
    return f'<article-id pub-id-type="doi">{article.doi}</article-id>'


def _article(article: DemoArticle, dtd: str, ids: str, journal: str) -> str:
    names = "".join(
        f'<contrib contrib-type="author"><name><surname>{last}</surname><given-names>{first}</given-names></name>'
        "</contrib>"
        for last, first in article.authors
    )
    kin = article.published_doi
    related = (
        f'<related-article related-article-type="published-article" ext-link-type="doi" xlink:href="{kin}"/>'
        if kin
        else ""
    )
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in article.paragraphs)
    figures = "\n".join(_figure(figure) for figure in article.figures)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/" \
article-type="research-article" dtd-version="{dtd}" xml:lang="en">
<front>
<journal-meta><journal-title-group><journal-title>{journal}</journal-title></journal-title-group></journal-meta>
<article-meta>
{ids}
<title-group><article-title>{article.title}</article-title></title-group>
<contrib-group>{names}</contrib-group>
<pub-date pub-type="epub"><year>{article.year}</year></pub-date>
{article.license}
{related}
<abstract><p>{article.abstract}</p></abstract>
</article-meta>
</front>
<body>
<sec><title>Results</title>
{body}
{figures}
</sec>
</body>
</article>
"""


def _figure(figure: DemoFigure) -> str:
    title = f"<title>{figure.title}</title>" if figure.title else ""
    words = "".join(f"<p>{paragraph}</p>" for paragraph in figure.words or ())
    caption = "" if figure.words is None else f"<caption>{title}{words}</caption>"
    return (
        f'<fig id="{figure.key}" position="float"><label>{figure.label}</label>{caption}'
        f'<graphic xlink:href="{figure.href}"/>{figure.permissions}</fig>'
    )
