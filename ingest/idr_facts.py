"""IDR facts: ordered pairs of key and value (a row of an annotation file, a map annotation) as named facts.

Keys repeat, and what a pair means hangs on the pair before it: "Phenotype Term Accession" is that of the phenotype
above. Only keys that say something of the sample or the picture become facts; people, files and notes do not.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from ingest.idr_terms import curie, gene_curie
from schemas.records import Fact

Pair = tuple[str, str]

MOST_FACTS = 300
MOST_CHARACTERS = 20_000
"""What a row, or a value, may hold; no curator wrote more."""

NAMES = {
    "organism": "organism",
    "organism part": "tissue",
    "tissue": "tissue",
    "cell line": "cell_line",
    "cell type": "cell_type",
    "strain": "strain",
    "genotype": "genotype",
    "developmental stage": "developmental_stage",
    "sex": "sex",
    "age": "age",
    "diagnosis": "diagnosis",
    "disease": "disease",
    "disease state": "disease",
    "pathology": "pathology",
    "cell cycle phase": "cell_cycle_phase",
    "cell cycle stage": "cell_cycle_phase",
    "growth conditions": "growth_conditions",
    "environmental stress": "environmental_stress",
    "treatment": "treatment",
    "marker": "marker",
    "protein": "protein",
    "targeted protein": "protein",
    "antibody": "antibody",
    "antibody name": "antibody",
    "antibody identifier": "antibody",
    "sirna identifier": "sirna",
    "sirna pool identifier": "sirna_pool",
    "compound name": "compound",
    "control type": "control_type",
    "phenotype annotation level": "phenotype_annotation_level",
    "imaging method": "imaging_method",
    "study title": "study_title",
    "study type": "study_type",
    "study description": "study_description",
    "screen description": "experiment_description",
    "experiment description": "experiment_description",
    "screen type": "screen_type",
    "screen technology type": "screen_technology",
    "sample type": "sample_type",
    "image description": "description",
    "material type": "material",
}
"""Which facts the keys of IDR are; what stands under [Characteristics] and the like needs no entry."""

_QUALIFIED = re.compile(
    r"(?P<kind>characteristics|experimental condition|factor value|comment)\s*\[(?P<key>.+)\]", re.IGNORECASE
)
_OF_SAMPLE = frozenset({"characteristics", "experimental condition", "factor value"})
_NO_FACT = re.compile(
    r"\b(?:individual|patient|donor|subject|person|author|e-?mail|orcid|contact|address|metabric"
    r"|age (?:at|in)|url|dois?|(?:sample|source|core|case) (?:id|name|identifier)|dilution"
    r"|concentration|volume|replicate)\b"
)
"""Keys that tell of people, amounts or where something lies."""
_PERSONAL = re.compile(r"[\w.+-]+@[A-Za-z][\w-]*(?:\.[\w-]+)*\.[A-Za-z]{2,}\b|\b(?:\d{4}-){3}\d{3}[\dX]\b")
_COUNT = re.compile(r"(?<=\S) \d+(?= |$)")


class _Key(NamedTuple):
    """A key without its number and its brackets, in lower case."""

    plain: str
    kind: str | None
    """characteristics, experimental condition, comment, or None without brackets."""


def facts_of(pairs: Iterable[Pair], origin: str) -> list[Fact]:
    """Return the facts that `pairs` state, none twice; `origin` names where the pairs stand.

    >>> facts_of([("Phenotype 1", "large cells"), ("Phenotype 1 Term Accession", "CMPO_0000128")], "a.csv")[0].id
    'CMPO:0000128'
    """
    read = _Reading(origin)
    for key, value in pairs:
        read.take(key.strip(), clean(value))
    return distinct(read.facts())[:MOST_FACTS]


def clean(text: str) -> str:
    """Return `text` on one line, without e-mail addresses and ORCIDs, and not without end.

    >>> clean("Ask  jane@doe.example for it")
    'Ask for it'
    """
    return " ".join(_PERSONAL.sub(" ", text).split())[:MOST_CHARACTERS]


def distinct(facts: Iterable[Fact]) -> list[Fact]:
    """Return `facts` without those that say again, from another place, what one before them says."""
    by_saying: dict[tuple[str, str, str | None], Fact] = {}
    known = list(facts)
    identified = {(fact.name, fact.value) for fact in known if fact.id}
    for fact in known:
        if fact.id or (fact.name, fact.value) not in identified:
            by_saying.setdefault((fact.name, fact.value, fact.id), fact)
    return list(by_saying.values())


class _Phenotype:
    """A phenotype with the terms that curators chose for it."""

    def __init__(self, text: str, origin: str) -> None:
        self.text, self.origin = text, origin
        self.names: list[str] = []
        self.accessions: list[str] = []

    def facts(self) -> Iterator[Fact]:
        """Yield the phenotype with its first term, and a fact for each further term."""
        known = zip_longest(self.names, self.accessions)
        for at, (name, accession) in enumerate(known if self.names or self.accessions else [(None, None)]):
            value = (self.text if at == 0 else None) or name or self.text
            if value:
                yield Fact(name="phenotype", value=value, id=curie(accession or "", "CMPO"), origin=self.origin)


class _Reading:
    """What was read so far of a list of pairs."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._facts: list[Fact] = []
        self._termed = False
        """Whether the next term source is that of the last fact."""
        self._reference = ""
        self._phenotypes: list[_Phenotype] = []
        self._genes: dict[str, list[tuple[str, str]]] = {"gene symbol": [], "gene identifier": []}

    def take(self, key: str, value: str) -> None:
        """Read one pair; an empty value ends what the pair before it began."""
        plain, kind = _key(key)
        origin = f"{self._origin}: {key}"
        if plain.startswith("term source "):
            self._term(plain, value)
            return
        self._termed, self._reference = False, ""
        if plain == "phenotype":
            self._phenotypes.append(_Phenotype(value, origin))
        elif plain in ("phenotype term name", "phenotype term accession"):
            self._phenotype_term(plain, value, origin)
        elif value and plain in self._genes:
            self._genes[plain].append((value, origin))
        elif value and plain == "channels":
            parts = [part.strip() for part in value.split(";")]
            self._facts += [Fact(name="channel_description", value=part, origin=origin) for part in parts if part]
        elif value and (name := _name(plain, kind)):
            self._facts.append(Fact(name=name, value=value, origin=origin))
            self._termed = True

    def _term(self, plain: str, value: str) -> None:
        if plain.endswith("ref"):
            self._reference = value
        elif self._termed and self._facts[-1].id is None:
            self._facts[-1] = self._facts[-1].model_copy(update={"id": curie(value, self._reference)})

    def _phenotype_term(self, plain: str, value: str, origin: str) -> None:
        if not self._phenotypes:
            self._phenotypes.append(_Phenotype("", origin))
        if value:
            last = self._phenotypes[-1]
            (last.names if plain.endswith("name") else last.accessions).append(value)

    def facts(self) -> Iterator[Fact]:
        """Yield all facts."""
        yield from self._facts
        for phenotype in self._phenotypes:
            yield from phenotype.facts()
        yield from self._gene_facts()

    def _gene_facts(self) -> Iterator[Fact]:
        symbols, identifiers = self._genes["gene symbol"], self._genes["gene identifier"]
        paired = identifiers if len(identifiers) == len(symbols) else []
        for at, (symbol, origin) in enumerate(symbols):
            yield Fact(name="gene", value=symbol, id=gene_curie(paired[at][0]) if paired else None, origin=origin)
        for identifier, origin in identifiers:
            if not (paired and gene_curie(identifier)):
                yield Fact(name="gene_identifier", value=identifier, id=gene_curie(identifier), origin=origin)


def _key(key: str) -> _Key:
    found = _QUALIFIED.fullmatch(key)
    bare = found["key"] if found else key
    plain = _COUNT.sub("", " ".join(bare.lower().replace("_", " ").split()))
    return _Key(plain, found["kind"].lower() if found else None)


def _name(plain: str, kind: str | None) -> str | None:
    """Return which fact a key states; None where it states none."""
    if plain in NAMES:
        return NAMES[plain]
    if kind not in _OF_SAMPLE or _NO_FACT.search(plain):
        return None
    return re.sub(r"\W+", "_", plain).strip("_") or None
