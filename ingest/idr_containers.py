"""IDR containers: the screens and projects of a study, and what their map annotations say of it.

A study is one or several of them, named "idr0001-graml-sysgro/screenA"; each has its own annotation, with the
licence among its pairs.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal

from ingest.idr_api import DAY_S, IdrApi
from ingest.idr_facts import Pair, clean, distinct, facts_of
from ingest.idr_study import Study, authors_of, stated_terms
from ingest.jats_front import bare_doi
from schemas.records import Article, Fact, Record

Kind = Literal["project", "screen"]
KINDS: tuple[Kind, ...] = ("project", "screen")
_NAME = re.compile(r"idr\d{4}(?:[-_/].*)?", re.IGNORECASE)
_ADDRESS = re.compile(r"\s*\bhttps?://\S+")
_PROSE = re.compile(r"(?:screen|experiment) description\s*:?\s*(.+)", re.IGNORECASE | re.DOTALL)


class Container(Record):
    """A screen or a project."""

    kind: Kind
    number: int
    name: str
    """idr0001-graml-sysgro/screenA."""
    description: str = ""

    @property
    def study(self) -> str:
        """Return the study's accession: idr0001."""
        return self.name[:7].lower()


def all_containers(api: IdrApi, *, max_age_s: float = DAY_S) -> list[Container]:
    """Return every screen and project that belongs to a study, by their names."""
    found = [
        one
        for kind in KINDS
        for one in api.pages(f"api/v0/m/{kind}s/", partial(_container, kind), max_age_s=max_age_s)
        if one is not None
    ]
    return sorted(found, key=lambda one: (one.name, one.kind, one.number))


def _container(kind: Kind, told: dict[str, Any]) -> Container | None:
    name, description = told.get("Name"), told.get("Description")
    if not isinstance(name, str) or not _NAME.fullmatch(name.strip()):
        return None
    words = description if isinstance(description, str) else ""
    return Container(kind=kind, number=told["@id"], name=name.strip(), description=words)


def described(api: IdrApi, container: Container, *, max_age_s: float) -> Study:
    """Return what the map annotations of a container say of its study."""
    pairs = api.annotations(container.kind, container.number, max_age_s=max_age_s)
    return study_of(container, pairs)


def study_of(container: Container, pairs: Sequence[Pair]) -> Study:
    """Return the study that `pairs`, the container's map annotations, describe."""
    told: dict[str, str] = {}
    for key, value in pairs:
        if value.strip():
            told.setdefault(key.strip().lower(), value.strip())
    place = f"map annotation of {container.kind} {container.number}"
    return Study(
        accession=container.study,
        name=container.name.partition("/")[0],
        article=_article(told),
        authors=authors_of(told.get("publication authors", "")),
        copyright=told.get("copyright", ""),
        data_doi=bare_doi(told.get("data doi", "")),
        terms=stated_terms(told.get("license", ""), copyright_=told.get("copyright", ""), named=""),
        facts=distinct([*facts_of(((key, _bare(value)) for key, value in pairs), place), *_prose(container)]),
        parts=[],
    )


def _bare(value: str) -> str:
    """Return a value without the address that IDR writes behind it."""
    return _ADDRESS.sub("", value) or value


def _article(told: dict[str, str]) -> Article:
    pmid = re.match(r"\d{1,9}\b", told.get("pubmed id", ""))
    pmcid = re.match(r"PMC\d+", told.get("pmc id", ""))
    return Article(
        doi=bare_doi(told.get("publication doi", "")),
        pmid=pmid[0] if pmid else None,
        pmcid=pmcid[0] if pmcid else None,
        title=told.get("publication title") or told.get("study title"),
    )


def _prose(container: Container) -> Iterator[Fact]:
    """Yield the description, which begins with the publication's title in many studies."""
    found = _PROSE.search(container.description)
    words = clean(found[1] if found else container.description)
    if words:
        origin = f"description of {container.kind} {container.number}"
        yield Fact(name="experiment_description", value=words, origin=origin)
