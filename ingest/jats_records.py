"""JATS records: what is read from an article's XML before any picture is looked for."""

from schemas.records import Article, Fact, Mention, Record


class Statement(Record):
    """A licence as something states it; `evidence` keeps its words."""

    license: str | None = None
    license_url: str | None = None
    evidence: str | None = None
    third_party: bool = False


class RelatedArticle(Record):
    """Another article that this one names as a relative: its preprint, its correction."""

    relation: str
    """As written: preprint, published-article, corrected-article, ..."""
    doi: str


class Graphic(Record):
    """A picture that a figure refers to."""

    href: str
    """As written."""
    substitutes: tuple[str, ...] = ()
    """The hrefs of the same picture in other forms, best first."""


class JatsFigure(Record):
    """A figure as the XML tells it."""

    figure_key: str
    """Unique in the article: the XML's id, else its place among the figures."""
    label: str | None = None
    caption: str = ""
    graphics: tuple[Graphic, ...] = ()
    in_sub_article: bool = False
    license: str | None = None
    license_url: str | None = None
    license_evidence: str | None = None
    third_party: bool = False
    attribution: str | None = None
    """The figure's own credit line."""
    mentions: tuple[Mention, ...] = ()
    facts: tuple[Fact, ...] = ()


class JatsArticle(Record):
    """An article as its XML tells it."""

    article: Article
    version: str | None = None
    """The version number that the XML states for the whole article: 2 of PMC7029759.2."""
    authors: tuple[str, ...] = ()
    """Surnames or names of groups, in order."""
    copyright: str | None = None
    related: tuple[RelatedArticle, ...] = ()
    has_body: bool = True
    figures: tuple[JatsFigure, ...] = ()
    repairs: tuple[str, ...] = ()
    """What had to be mended for the XML to be readable; empty for well-formed XML."""
