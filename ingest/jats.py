"""JATS: articles in XML of every era, from NLM 2.x to JATS 1.4, as figures with their words.

Read from the tag sets' documentation (jats.nlm.nih.gov, dtd.nlm.nih.gov) and from articles of PMC, PLOS, eLife,
BMC, F1000 and bioRxiv, last looked at in autumn 2026. Nothing but the bytes given is read.
"""

from collections.abc import Iterator

from lxml import etree

from ingest.jats_figures import figures_of_article
from ingest.jats_front import article_meta, authors_of, read_article, related_of, version_of
from ingest.jats_license import copyright_words
from ingest.jats_records import Graphic, JatsArticle, JatsFigure, RelatedArticle
from ingest.jats_source import read_xml, root_name
from ingest.jats_text import local_name
from schemas.errors import ArticleError

__all__ = ["Graphic", "JatsArticle", "JatsFigure", "RelatedArticle", "may_be_article", "parse_articles"]

_PARTS = frozenset({"front", "body", "back", "floats-group", "floats-wrap", "front-stub"})
_ARTICLE_ROOTS = frozenset({"article", "pmc-articleset", "articles", "OAI-PMH", "GetRecord", "ListRecords", "record"})
_OTHER_ROOTS = frozenset(
    {
        "manifest",
        "transfer",
        "directives",
        "dar",
        "package",
        "container",
        "svg",
        "html",
        "properties",
        "rss",
        "feed",
    }
)
"""Roots of the XML files that lie beside articles: MECA, PLOS and Texture manifests, pictures, pages."""


def parse_articles(xml: bytes, *, where: str) -> list[JatsArticle]:
    """Return the articles in `xml`, in order: one, or those of an article set or an OAI answer.

    Raises:
        ArticleError: the XML can't be read without guessing, or holds no article; `reason` says which.
    """
    source = read_xml(xml, where=where)
    articles = list(_article_elements(source.root))
    if not articles:
        raise ArticleError("not_jats", f"the root is <{local_name(source.root)}>", where=where)
    return [_article(element, list(source.repairs)) for element in articles]


def may_be_article(head: bytes) -> bool:
    """Return whether a file that begins with `head` is, or fails to be, an article: no manifest or web page."""
    return root_name(head) not in _OTHER_ROOTS


def is_article(head: bytes) -> bool:
    """Return whether the root in `head`, the beginning of a file, is one that holds articles."""
    return root_name(head) in _ARTICLE_ROOTS


def _article_elements(root: etree._Element) -> Iterator[etree._Element]:
    for element in [root] if local_name(root) == "article" else root.iter("{*}article"):
        _without_namespace(element)
        if any(local_name(child) in _PARTS for child in element):
            yield element


def _without_namespace(article: etree._Element) -> None:
    """Take the JATS namespace off, which OAI answers carry and files don't."""
    if not article.tag.startswith("{"):
        return
    namespace = article.tag.partition("}")[0] + "}"
    for element in article.iter(f"{namespace}*"):
        element.tag = local_name(element)


def _article(element: etree._Element, repairs: list[str]) -> JatsArticle:
    record, stated = read_article(element)
    return JatsArticle(
        article=record,
        version=version_of(element),
        authors=authors_of(element),
        copyright=copyright_words(article_meta(element)) or None,
        related=related_of(element),
        has_body=element.find("body") is not None,
        figures=figures_of_article(element, stated, year=record.year),
        repairs=repairs,
    )
