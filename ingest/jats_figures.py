"""JATS figures: every `fig` of an article with its words, its pictures' hrefs and its licence."""

import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from ingest.jats_front import article_meta
from ingest.jats_license import article_statement, copyright_words, figure_statement
from ingest.jats_mentions import mentions_of
from ingest.jats_records import Graphic, JatsFigure, Statement
from ingest.jats_text import all_text, attributes, flatten, local_name
from schemas.records import Fact

_SUB_ARTICLES = frozenset({"sub-article", "response"})
_NO_PICTURE_WITHIN = frozenset(
    {"caption", "label", "permissions", "attrib", "supplementary-material", "media", "fig", "disp-formula"}
    | {"inline-formula", "object-id", "alt-text", "long-desc", "kwd-group"}
)
_EXTENSION = re.compile(r"\.(?:jpe?g|png|tiff?|gif|webp|bmp|jp2|eps|ps|pdf|svg|ai|cdr|wmf|emf|pptx?)$", re.IGNORECASE)
_UNREADABLE = re.compile(r"(?:eps|ps|postscript|pdf|svg(?:\+xml)?|ai|cdr|wmf|emf|pptx?)$", re.IGNORECASE)
_THUMBNAIL = re.compile(r"thumb|icon|preview|tiny|small|low-?res", re.IGNORECASE)
_LARGE = re.compile(r"original|full|large|high-?res|hires", re.IGNORECASE)


def figures_of_article(article: etree._Element, stated: Statement, *, year: int | None) -> list[JatsFigure]:
    """Return the figures of `article`, in document order; `stated` is the article's own licence."""
    figs = list(_fig_elements(article))
    keys = _unique_keys(figs)
    targets: dict[str, list[str]] = {}
    for fig, key in zip(figs, keys, strict=True):
        for element in (fig, *_groups_around(fig)):
            if name := element.get("id"):
                targets.setdefault(name, []).append(key)
    labels = [flatten(fig.find("label")) for fig in figs]
    mentions = mentions_of(article, targets, dict(zip(keys, labels, strict=True)))
    scopes = _Scopes(article, stated, year)
    figures = []
    for fig, key, label in zip(figs, keys, labels, strict=True):
        words = {"figure_key": key, "label": label or None, "mentions": mentions.get(key, ())}
        figures.append(_figure(fig, scopes, words))
    return figures


class _Scopes:
    """What governs where: a reply within the article may have a licence of its own."""

    def __init__(self, article: etree._Element, stated: Statement, year: int | None) -> None:
        self.article, self.year = article, year
        self._known = {article: (stated, copyright_words(article_meta(article)))}

    def of(self, fig: etree._Element) -> tuple[etree._Element, Statement, str]:
        """Return the article or reply that holds `fig`, its licence and its owner."""
        around = next((one for one in fig.iterancestors() if local_name(one) in _SUB_ARTICLES), self.article)
        if around not in self._known:
            meta = article_meta(around)
            own = article_statement(meta, year=self.year)
            stated, owner = self._known[self.article]
            self._known[around] = (own, copyright_words(meta)) if own.evidence else (stated, owner)
        return (around, *self._known[around])


def _fig_elements(article: etree._Element) -> Iterator[etree._Element]:
    """Yield the figures; a group that holds a picture and no figure is one itself."""
    for element in article.iter("fig", "fig-group"):
        lonely = element.find(".//fig") is None and element.find(".//graphic") is not None
        if local_name(element) == "fig" or lonely:
            yield element


def _groups_around(fig: etree._Element) -> list[etree._Element]:
    return [around for around in fig.iterancestors() if local_name(around) == "fig-group"]


def _unique_keys(figs: Sequence[etree._Element]) -> list[str]:
    keys: list[str] = []
    seen: set[str] = set()
    for place, fig in enumerate(figs, 1):
        key = fig.get("id") or f"figure-{place}"
        while key in seen:
            key += "~"
        seen.add(key)
        keys.append(key)
    return keys


def _figure(fig: etree._Element, scopes: _Scopes, words: Mapping[str, object]) -> JatsFigure:
    around, of, owner = scopes.of(fig)
    caption = " ".join(text for found in fig.iterfind("caption") if (text := flatten(found)))
    stated = figure_statement(fig, caption, of=of, owner=owner, year=scopes.year)
    credit = " ".join(flatten(found) for found in fig.iterfind(".//attrib"))
    return JatsFigure.model_validate(
        {
            **words,
            "caption": caption,
            "graphics": _graphics(fig),
            "in_sub_article": around is not scopes.article,
            "license": stated.license,
            "license_url": stated.license_url,
            "license_evidence": stated.evidence,
            "third_party": stated.third_party,
            "attribution": credit or None,
            "facts": list(_facts(fig)),
        }
    )


def _facts(fig: etree._Element) -> Iterator[Fact]:
    """Yield what stands beside the caption: the group's words, texts for the blind, credits."""
    for group in _groups_around(fig):
        yield from _fact("group_label", group.findall("label"), "jats:fig-group/label")
        yield from _fact("group_caption", group.findall("caption"), "jats:fig-group/caption")
    for name, path in (
        ("alt_text", ".//alt-text"),
        ("long_description", ".//long-desc"),
        ("credit", ".//attrib"),
        ("text", "p"),
        ("keyword", "kwd-group/kwd"),
        ("doi", "object-id[@pub-id-type='doi']"),
    ):
        yield from _fact(name, fig.findall(path), f"jats:fig/{path.lstrip('./').partition('[')[0]}")


def _fact(name: str, elements: Sequence[etree._Element], origin: str) -> Iterator[Fact]:
    for value in dict.fromkeys(_words(element) for element in elements):
        if value:
            yield Fact(name=name, value=value, origin=origin)


def _words(element: etree._Element) -> str:
    return flatten(element) or all_text(element)


def _graphics(fig: etree._Element) -> list[Graphic]:
    """Return the pictures of a figure, each once, in its best form."""
    groups = list(_picture_groups(fig, "graphic")) or list(_picture_groups(fig, "inline-graphic"))
    merged: dict[str, list[etree._Element]] = {}
    names: dict[str, str] = {}
    for group in groups:
        key = next((names[name] for one in group for name in _names(one) if name in names), None)
        key = key or _stem(_href(group[0]))
        merged.setdefault(key, []).extend(group)
        names |= dict.fromkeys((name for one in group for name in _names(one)), key)
    forms = [_best_first(group) for group in merged.values()]
    full = [form for form in forms if not _THUMBNAIL.search(_use(form[0]))]
    return [_graphic(form) for form in full or forms]


def _picture_groups(element: etree._Element, name: str) -> Iterator[list[etree._Element]]:
    """Yield the pictures under `element`; those that are one picture in several forms together."""
    for child in element:
        kind = local_name(child)
        if kind == name and _href(child):
            yield [child]
        elif kind == "alternatives":
            group = [found for found in child.iter(name) if _href(found)]
            if group:
                yield group
        elif kind and kind not in _NO_PICTURE_WITHIN:
            yield from _picture_groups(child, name)


def _href(graphic: etree._Element) -> str:
    return next((value.strip() for name, value in attributes(graphic) if name == "href"), "")


def _stem(href: str) -> str:
    return _EXTENSION.sub("", href.lower())


def _names(graphic: etree._Element) -> list[str]:
    """Return what ties forms of one picture together: the same name but for the extension, or a reference."""
    tied = (graphic.get("id"), graphic.get("alternate-form-of"))
    return [f"href:{_stem(_href(graphic))}", *(f"id:{name}" for name in tied if name)]


def _use(graphic: etree._Element) -> str:
    return " ".join(filter(None, (graphic.get("specific-use"), graphic.get("content-type"), graphic.get("id"))))


def _best_first(group: Sequence[etree._Element]) -> list[etree._Element]:
    return sorted(group, key=_demerits)


def _demerits(graphic: etree._Element) -> tuple[bool, bool, bool, int]:
    """Return what speaks against a form: a picture we can open, of full size and in colour, comes first."""
    use, href = _use(graphic), _href(graphic).lower()
    kind = graphic.get("mime-subtype") or ""
    unreadable = bool(_UNREADABLE.search(href.rpartition(".")[2]) if _EXTENSION.search(href) else False)
    unreadable = unreadable or bool(_UNREADABLE.fullmatch(kind) and not _EXTENSION.search(href))
    rank = next((rank for rank, words in enumerate(_USES) if words.search(use)), len(_USES))
    return unreadable, bool(_THUMBNAIL.search(use)), href.endswith(".gif") or kind == "gif", rank


_USES = (
    _LARGE,
    re.compile(r"^(?!.*(?:web|online|screen|print|black|gr[ae]y|bw\b))", re.IGNORECASE | re.DOTALL),
    re.compile(r"web|online|screen", re.IGNORECASE),
    re.compile(r"print(?!.*(?:black|gr[ae]y))", re.IGNORECASE),
)
"""Kinds of use, best first; what is made for print only is often without colour."""


def _graphic(form: Sequence[etree._Element]) -> Graphic:
    hrefs = list(dict.fromkeys(_href(one) for one in form))
    return Graphic(href=hrefs[0], substitutes=tuple(hrefs[1:]))
