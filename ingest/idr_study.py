"""IDR study: what the study file of a study (idrNNNN-study.txt) says, as facts with their origin.

A key stands in the first cell, its values in the cells after it; a value's term stands in the same column of the
rows below. What follows "Screen Number" or "Experiment Number" speaks of that part of the study alone. People
(names, e-mails, addresses, ORCIDs) become no facts: the authors are named in the attribution, as in a citation.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.idr_facts import clean, distinct
from ingest.idr_table import study_rows, text_of
from ingest.idr_terms import curie
from ingest.jats_front import bare_doi
from ingest.jats_license import strictest
from schemas.errors import ArchiveError
from schemas.licence import parse_licence
from schemas.records import Article, Fact, Record

_FACTS = {
    "title": "study_title",
    "description": "study_description",
    "type": "study_type",
    "key words": "keyword",
    "organism": "organism",
}
_PART_FACTS = {
    "description": "experiment_description",
    "imaging method": "imaging_method",
    "organism": "organism",
    "sample type": "sample_type",
    "type": "screen_type",
    "technology type": "screen_technology",
}
_PART = re.compile(r"(screen|experiment) number", re.IGNORECASE)
_PART_NAME = re.compile(r"comment\s*\[IDR (?:screen|experiment) name\]", re.IGNORECASE)
_ACCESSION = re.compile(r"idr\d{4}")
_PMCID = re.compile(r"PMC\d+")
_DIGITS = re.compile(r"\d{1,9}")


class Terms(Record):
    """Under which licence a study is, and the words it was read from; None without a statement."""

    license: str | None = None
    license_url: str | None = None
    evidence: str | None = None


class StudyPart(Record):
    """A screen or an experiment of a study."""

    name: str
    """idr0086-miron-micrographs/experimentA, or "" where the file names none."""
    facts: list[Fact]


class Study(Record):
    """What a study says of itself."""

    accession: str
    """idr0001."""
    name: str
    """idr0001-graml-sysgro where a part tells it, else the accession."""
    article: Article
    authors: str = ""
    """The first author of its publication, with "et al."."""
    copyright: str = ""
    data_doi: str | None = None
    terms: Terms = Terms()
    facts: list[Fact]
    parts: list[StudyPart]

    @property
    def all_facts(self) -> list[Fact]:
        """Return the facts of the study and of all its parts."""
        return distinct([*self.facts, *(fact for part in self.parts for fact in part.facts)])


class _Block(NamedTuple):
    """The rows of the study itself, or of one of its parts, in their order; keys in lower case."""

    kind: str
    rows: list[tuple[str, list[str]]]

    def values(self, key: str) -> list[str]:
        """Return the values of the first row of a key that has some; an empty cell keeps its column."""
        wanted = f"{self.kind} {key}"
        return next((values for name, values in self.rows if name == wanted and any(values)), [])

    def first(self, key: str) -> str:
        return next(filter(None, self.values(key)), "")


def read_study(blob: bytes, where: str) -> Study:
    """Return what a study file says; `where` is its name, from which facts have their origin.

    Raises:
        ArchiveError: it is no study file.
    """
    study, *parts = _blocks(text_of(blob, where))
    accession = _accession(study, where)
    names = [_part_name(part) for part in parts]
    return Study(
        accession=accession,
        name=next((name.partition("/")[0] for name in names if name), accession),
        article=_article(study),
        authors=authors_of(study.first("author list")),
        copyright=study.first("copyright"),
        data_doi=bare_doi(study.first("data doi")),
        terms=stated_terms(study.first("license"), study.first("license url"), study.first("copyright")),
        facts=_facts(study, _FACTS, where),
        parts=[
            StudyPart(name=name, facts=[*_facts(part, _PART_FACTS, where, name), *_phenotypes(part, where, name)])
            for name, part in zip(names, parts, strict=True)
        ],
    )


def _blocks(text: str) -> list[_Block]:
    blocks = [_Block("study", [])]
    for key, *values in study_rows(text):
        begins = _PART.fullmatch(key)
        if begins:
            blocks.append(_Block(begins[1].lower(), []))
        if not key.startswith("#"):
            blocks[-1].rows.append((key.lower(), values))
    return blocks


def _accession(study: _Block, where: str) -> str:
    told = next((values[0] for key, values in study.rows if "study accession]" in key and values), "")
    found = _ACCESSION.match(told.lower()) or _ACCESSION.match(where.rpartition("/")[2].lower())
    if not found or not (told or study.first("title")):
        raise ArchiveError("not_a_study", "neither an IDR accession nor a title stands in it", where=where)
    return found[0]


def _part_name(part: _Block) -> str:
    return next((values[0] for key, values in part.rows if _PART_NAME.fullmatch(key) and any(values)), "")


def _article(study: _Block) -> Article:
    pmcid, pmid = _PMCID.search(study.first("pmc id")), _DIGITS.fullmatch(study.first("pubmed id"))
    return Article(
        doi=bare_doi(study.first("doi")),
        pmcid=pmcid[0] if pmcid else None,
        pmid=pmid[0] if pmid else None,
        title=study.first("publication title") or study.first("title") or None,
    )


def authors_of(listed: str) -> str:
    """Return the first of several authors.

    >>> authors_of("Graml V, Studera X, Carazo Salas RE")
    'Graml V et al.'
    """
    first, *others = (name.strip() for name in re.split(r"[,;]", listed))
    return f"{first} et al." if others and first else first


def stated_terms(licence: str, url: str = "", copyright_: str = "", *, named: str = "Study ") -> Terms:
    """Return the licence that a study states; the stricter one where name and address differ, none in doubt."""
    told = {"License": licence, "License URL": url, "Copyright": copyright_}
    words = "; ".join(f"{named}{key}: {value}" for key, value in told.items() if value)
    if not licence and not url:
        return Terms(evidence=words or None)
    read = [parse_licence(text) for text in (licence, url) if text]
    license_id, address = read[0].license, read[0].url
    for other in read[1:]:
        license_id, address = strictest((license_id, address), (other.license, other.url))
    if any(one.license is None or one.refused for one in read) or parse_licence(copyright_).refused:
        return Terms(evidence=words)
    return Terms(license=license_id, license_url=address, evidence=words)


def _facts(block: _Block, names: dict[str, str], where: str, part: str = "") -> list[Fact]:
    return distinct(fact for key, name in names.items() for fact in _valued(block, key, name, _place(where, part)))


def _place(where: str, part: str) -> str:
    """Return where a fact stands: the file, and the part of the study where there is one."""
    return f"{where} [{part.rpartition('/')[2]}]" if part else where


def _valued(block: _Block, key: str, name: str, place: str) -> Iterator[Fact]:
    """Yield a fact for each value of a key, with the term that stands in its column."""
    accessions, references = block.values(f"{key} term accession"), block.values(f"{key} term source ref")
    origin = f"{place}: {block.kind.title()} {key.title()}"
    for at, value in enumerate(block.values(key)):
        if value:
            known = curie(_at(accessions, at), _at(references, at) or _at(references, 0))
            yield Fact(name=name, value=clean(value), id=known, origin=origin)


def _at(values: Sequence[str], at: int) -> str:
    return values[at] if at < len(values) else ""


def _phenotypes(part: _Block, where: str, name: str) -> Iterator[Fact]:
    """Yield the phenotypes that were looked for, with every term that stands in their columns."""
    listed: list[str] = []
    for key, values in part.rows:
        if key == "phenotype name" and any(values):
            listed = values
            terms = _terms(part)
            for at, value in enumerate(listed):
                if value:
                    yield from _phenotype(value, [row[at] for row in terms if at < len(row)], _place(where, name))


def _terms(part: _Block) -> list[list[str | None]]:
    """Return the CURIEs of the rows of accessions, column by column; a phenotype may have several terms."""
    references = [values for key, values in part.rows if key == "phenotype term source ref"]
    rows = [values for key, values in part.rows if key == "phenotype term accession"]
    return [
        [curie(accession, _at(_row(references, at), column) or "CMPO") for column, accession in enumerate(row)]
        for at, row in enumerate(rows)
    ]


def _row(rows: Sequence[list[str]], at: int) -> list[str]:
    return rows[at] if at < len(rows) else []


def _phenotype(value: str, terms: Iterable[str | None], place: str) -> Iterator[Fact]:
    known: list[str | None] = [term for term in terms if term]
    for term in known or [None]:
        yield Fact(name="phenotype", value=clean(value), id=term, origin=f"{place}: Phenotype Name")
