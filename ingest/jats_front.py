"""JATS front matter: what an article says of itself."""

import re
from collections.abc import Iterator

from lxml import etree

from ingest.jats_license import article_statement
from ingest.jats_records import RelatedArticle, Statement
from ingest.jats_text import attributes, flatten
from schemas.records import Article

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_MARKS = frozenset({"xref", "fn"})
_DATES = ("epub", "ppub", "electronic", "pub", "epub-ppub", "collection", "print", "publication", "preprint")
"""Kinds of publication date, the one that names the year of a work first."""


def article_meta(article: etree._Element) -> etree._Element | None:
    """Return the element that describes `article`: article-meta, or the stub of a reply."""
    found = article.find("front/article-meta")
    return found if found is not None else article.find("front-stub")


def bare_doi(text: str | None) -> str | None:
    """Return the DOI in `text` without resolver, prefix or final full stop; None where there is none.

    >>> bare_doi("https://doi.org/10.1371/journal.pone.0046493.")
    '10.1371/journal.pone.0046493'
    """
    found = _DOI.search(text or "")
    return found[0].rstrip(".,;") if found else None


def read_article(article: etree._Element) -> tuple[Article, Statement]:
    """Return what `article` says of itself, and its licence."""
    meta = article_meta(article)
    year = _year(meta)
    stated = article_statement(meta, year=year)
    ids = dict(_ids(meta))
    record = Article(
        doi=bare_doi(ids.get("doi")),
        pmcid=_pmcid(ids),
        pmid=ids.get("pmid"),
        title=_title(meta) or None,
        journal=_journal(article) or None,
        year=year,
        license=stated.license,
        license_url=stated.license_url,
        license_evidence=stated.evidence,
    )
    return record, stated


_OPENRXIV_DOI = re.compile(r"10\.(?:1101|64898)/")


def version_of(article: etree._Element) -> str | None:
    """Return the version the article gives itself: of PMC's numbering, else its own, else of bioRxiv's name."""
    meta = article_meta(article)
    ids = dict(_ids(meta))
    if "." in ids.get("pmcid-ver", ""):
        return ids["pmcid-ver"].rpartition(".")[2]
    versions = list(meta.iter("article-version")) if meta is not None else []
    for version in versions:
        # eLife's reviewed preprints also tell which version of the preprint they review.
        kind, number = version.get("article-version-type") or "", flatten(version)
        if "preprint" not in kind and re.fullmatch(r"v?\d+(\.\d+)*", number):
            own = number.lstrip("v")
            # bioRxiv and medRxiv count after the point: 1.2 is the second version, v2 of its address.
            return own.rpartition(".")[2] if _OPENRXIV_DOI.match(ids.get("doi", "")) else own
    found = re.search(r";[\d.]+v(\d+)$", ids.get("other", ""))
    return found[1] if found else None


def authors_of(article: etree._Element) -> list[str]:
    """Return the surnames, or the names of groups, in order."""
    meta = article_meta(article)
    names: list[str] = []
    for contrib in meta.iterfind("contrib-group/contrib") if meta is not None else ():
        if contrib.get("contrib-type", "author") not in {"author", "person"}:
            continue
        found = contrib.find(".//surname")
        for kind in (".//collab", ".//string-name", ".//anonymous"):
            found = contrib.find(kind) if found is None else found
        name = flatten(found, without={"contrib-group", "xref", "fn", "aff"})
        names += [name] if name else []
    return names


def related_of(article: etree._Element) -> list[RelatedArticle]:
    """Return the articles that `article` names as relatives and that have a DOI."""
    meta = article_meta(article)
    related = []
    for found in meta.iter("related-article", "related-object") if meta is not None else ():
        href = next((value for name, value in attributes(found) if name == "href"), "")
        doi = bare_doi(href) or bare_doi(flatten(found))
        relation = found.get("related-article-type") or found.get("document-type") or found.get("link-type")
        if doi and relation:
            related.append(RelatedArticle(relation=relation, doi=doi))
    return related + [RelatedArticle(relation="preprint", doi=doi) for doi in _posted_before(meta)]


def _posted_before(meta: etree._Element | None) -> Iterator[str]:
    """Yield the DOIs of the preprints that the article's history tells of (JATS 1.3: pub-history, event)."""
    for link in meta.iterfind(".//pub-history/event/self-uri") if meta is not None else ():
        told = dict(attributes(link))
        doi = bare_doi(told.get("href", "")) if told.get("content-type") == "preprint" else None
        if doi:
            yield doi


def _ids(meta: etree._Element | None) -> Iterator[tuple[str, str]]:
    """Yield (kind, id), the first of a kind last, so that a dict keeps the first."""
    found = [] if meta is None else [*meta.iterfind("article-id"), *meta.iterfind("object-id")]
    for element in reversed(found):
        text = flatten(element)
        if text:
            yield element.get("pub-id-type") or "", text


def _pmcid(ids: dict[str, str]) -> str | None:
    digits = re.sub(r"\D", "", ids.get("pmcid") or ids.get("pmc") or "")
    if not digits and "pmcid-ver" in ids:
        digits = re.sub(r"\D", "", ids["pmcid-ver"].partition(".")[0])
    return f"PMC{digits}" if digits else None


def _title(meta: etree._Element | None) -> str:
    if meta is None:
        return ""
    found = meta.find("title-group/article-title")
    return flatten(found if found is not None else meta.find(".//article-title"), without=_MARKS)


def _journal(article: etree._Element) -> str:
    meta = article.find("front/journal-meta")
    if meta is None:
        return ""
    for path in (".//journal-title", ".//abbrev-journal-title", "journal-id[@journal-id-type='nlm-ta']"):
        if name := flatten(meta.find(path)):
            return name
    return ""


def _year(meta: etree._Element | None) -> int | None:
    if meta is None:
        return None
    dates = {
        date.get(kind): date
        for kind in ("date-type", "pub-type")
        for date in meta.iterfind("pub-date")
        if date.get(kind) is not None
    }
    ordered = [dates[kind] for kind in _DATES if kind in dates]
    for date in [
        *ordered,
        *meta.iterfind("pub-date"),
        *meta.iterfind("history/date"),
        meta.find("permissions"),
    ]:
        for name in ("year", "copyright-year"):
            found = re.search(r"\b(1[5-9]|20)\d\d\b", flatten(date.find(name)) if date is not None else "")
            if found:
                return int(found[0])
    return None
