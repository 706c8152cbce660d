"""Source ids: the DOIs, PMIDs, PMCIDs and IDR images that values name, each in one spelling: doi:, pmid:, pmcid:, idr:.

An id is told by what a text says (an address, a prefix, its own shape) or by the name of its column. A DOI loses what
isn't of it: the version of a preprint, the view of a page, the full stop of a sentence.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_DOI = re.compile(
    r"(?<![\d.])10\.\d{4,9}/(?:[^\s\"'<>\[\]{}|\\^`]|<\d[^\s<>]{0,40}>){1,200}"
)  # <1661::AID-SIM1>: a SICI
_PMCID = re.compile(r"(?<![a-z0-9])pmc[\s:_-]?(\d{3,9})(?!\d)", re.IGNORECASE)
_PMID = re.compile(
    r"(?:(?<![a-z0-9])pmid[\s:_#-]{0,3}|pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/|"
    r"europepmc\.org/(?:article|abstract)/med/)(\d{1,9})(?!\d)",
    re.IGNORECASE,
)
_IDR = re.compile(
    r"(?:idr\.openmicroscopy\.org\S{0,200}?(?:image-|imgData/|img_detail/|render_image/|image/|images/)|"
    r"(?<![a-z0-9])idr\d{4}\S{0,80}?/image-|(?<![a-z0-9])idr[\s_-]?image(?:[\s_-]?id)?[\s:=#-]{1,3})(\d{1,12})(?!\d)",
    re.IGNORECASE,
)
_PREPRINT_VIEW = re.compile(r"(?:v\d+)?(?:\.(?:full|abstract|short))?(?:[.-]text|\.pdf)*$")
_PREPRINTS = ("10.1101/", "10.64898/")
_PAIRS = {")": "(", "]": "[", ">": "<"}
_NUMBER = re.compile(r"\s*(\d{1,12})(?:\.0+)?\s*")
_COLUMNS = {
    "pmid": re.compile(r"(?:^|_)(?:pmid|pubmed)s?(?:_?ids?)?$"),
    "pmcid": re.compile(r"(?:^|_)(?:pmcid|pmc)s?(?:_?ids?)?$"),
    "idr": re.compile(r"(?:^|_)idr(?:_?images?)?(?:_?ids?)?$"),
}
"""By the last part of a column's name, in lower case: what a bare number in it is."""
_MOST_CHARACTERS = 20_000
"""Of a text: ids that stand beyond it in a longer one are references of an article, not its source."""


def ids_in(value: object, column: str = "") -> Iterator[str]:
    """Yield the ids that a value of a column names, with those of all values within it; some may come twice.

    >>> sorted(ids_in({"citation": "See https://doi.org/10.7554/eLife.00001.", "pmid": 123.0}))
    ['doi:10.7554/elife.00001', 'pmid:123']
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from ids_in(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from ids_in(inner, column)
    elif isinstance(value, str):
        yield from _in_text(value[:_MOST_CHARACTERS])
        yield from _by_column(value, column)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _by_column(str(value), column)


def _in_text(text: str) -> Iterator[str]:
    if "10." in text:
        spelled = unquote(text) if "%" in text else text
        yield from (f"doi:{doi}" for found in _DOI.finditer(spelled) if (doi := _plain_doi(found[0])))
    yield from (f"pmcid:PMC{int(found[1])}" for found in _PMCID.finditer(text))
    yield from (f"pmid:{int(found[1])}" for found in _PMID.finditer(text))
    yield from (f"idr:{int(found[1])}" for found in _IDR.finditer(text))


def _by_column(text: str, column: str) -> Iterator[str]:
    number, name = _NUMBER.fullmatch(text), column.lower()
    if number and int(number[1]):
        for kind, pattern in _COLUMNS.items():
            if pattern.search(name):
                yield f"{kind}:{'PMC' if kind == 'pmcid' else ''}{int(number[1])}"


def _plain_doi(found: str) -> str:
    """Return a DOI in lower case without what follows it in a sentence or an address; "" where nothing is left."""
    doi = re.split(r"[?#&]", found.lower(), maxsplit=1)[0]
    while doi and (doi[-1] in ".,;:/!*" or (doi[-1] in _PAIRS and doi.count(doi[-1]) > doi.count(_PAIRS[doi[-1]]))):
        doi = doi[:-1]
    if doi.startswith(_PREPRINTS):
        doi = _PREPRINT_VIEW.sub("", doi)
    return doi if doi.partition("/")[2] else ""


def panel_ids(figure: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of a row of `1-figures`, from its columns `source`, `source_id`, `url`, `article`, `same_work`."""
    article = figure.get("article") or {}
    named = {name: article.get(name) for name in ("doi", "pmid", "pmcid")}
    is_idr = figure.get("source") == "idr"
    own = [figure.get("source_id"), figure.get("url") if is_idr else None, *(figure.get("same_work") or ())]
    return frozenset(ids_in({**named, "own": own}))
