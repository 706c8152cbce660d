"""Fields: from terms in a panel's texts, and from facts, to one value a column, by rules that are stated here.

1.  A fact beats prose. Where words beside the picture say something else, that is a conflict for a reviewer. Where
    facts give several values the column stays empty: which of a study's organisms an image shows, nobody said. So it
    does where the words of a fact name one term and its id another.
2.  What is denied, only supposed, or gave a reagent doesn't count; nor do terms that say nothing, such as "cell", nor
    one within a longer one of its column: the hematoxylin of "hematoxylin and eosin"; nor the blood of a blood cell,
    the embryo of an embryonic cell, the tissue in the name of a line of cells.
3.  A mention counts by how sure it is and by where it stands: the panel's own words before the figure's, those before
    paragraphs that speak of it, those before the title. Mentions add up as independent evidence does. What the panel's
    own words name stays among themselves, else the title's; the rest only supports them. Paragraphs alone give nothing:
    they speak of other experiments too.
4.  A submodality or a stain speaks for its modality too, a subdomain for its domain, each less than a name does; not
    so a fluorescent protein or label, which is measured in blots and flow cytometers as well.
5.  The value with most evidence wins; the first that is named, where two have the same. Two with nearly the same are
    a conflict in the columns that can hold but one: modality, submodality and organism; of organisms none is taken.
6.  A submodality that doesn't belong to the modality that won is left out.
7.  How a picture was made and stained is a closed list, the curated table's. The other columns take terms that only an
    ontology has too, but by a name of several words: its "temple", "crest" and "column" are everyday words. What BTO
    calls tissues are cells and parts of experiments as well, so it gives lines of cells only.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from curation.stated import COLUMNS, Choice, named, stated
from schemas.curated_table import Curated, curated
from schemas.panel_records import Annotation, Conflict
from schemas.records import Fact

_WEIGHTS = {"subcaption": 1.0, "caption": 0.8, "mention": 0.6, "title": 0.5}
_UNSURE = 0.5
"""At most so sure is what a text only supposes, and a name that several terms share."""
_IMPLIED = {"submodality": ("modality", 0.9), "stain": ("modality", 0.6), "subdomain": ("domain", 0.9)}
_CLOSED = frozenset({"modality", "submodality", "domain", "subdomain", "stain"})
_ONE_ONLY = frozenset({"modality", "submodality", "organism"})
_NEARLY = 0.95
_STRONG = 0.7
"""Evidence from which prose is taken to contradict a fact."""

# Terms that are true of nearly every picture, and so tell nothing about one.
_SAYS_NOTHING = frozenset(
    {"CL:0000000", "CL:0000010", "UBERON:0000479", "UBERON:0000062", "UBERON:0007023", "UBERON:0001062"}
    # the ends of whatever has two: animals, sperm, molecules, filaments
    | {"UBERON:0000033", "UBERON:0002415"}
    # what was added to a medium or bound to a stain, far more often than what is seen
    | {"UBERON:0001977", "UBERON:0001969", "GO:0071735", "GO:0019814"}
    | {"UBERON:0000468", "GO:0043226", "GO:0016020", "GO:0032991", "GO:0042571", "GO:0005622", "GO:0005576"}
    | {"NCBITaxon:1", "NCBITaxon:131567", "NCBITaxon:2759", "NCBITaxon:33208", "NCBITaxon:10239"}
)
_ORIGINS = frozenset({"UBERON:0000178", "UBERON:0000922", "UBERON:0001021"})
_NAMED_BY = {"tissue": "cell_type", "organelle": "tissue"}
"""Columns whose terms may stand in the name of another column's, and mean nothing then."""
_HIGH_TAXON = re.compile(r"[A-Z][a-z]+")
"""Mammalia, Diptera, Bacteria: true of too much to be an image's organism."""

_CELL_BESIDE_A_LINE = 0.9
"""What a type of cell counts beside a line that is named: "kidney cells (Vero)"."""

_GROUP = 0.4
"""What a group of species counts beside one: "vertebrates" are seldom what lies under the microscope."""


class Values(NamedTuple):
    """The columns that have a value, and what contradicts them."""

    choices: Mapping[str, Choice]
    ncbitaxon_id: str | None
    conflicts: tuple[Conflict, ...]


class _Vote(NamedTuple):
    value: str
    term: str | None
    weight: float
    source: str


def choose(annotations: Sequence[Annotation], facts: Iterable[Fact]) -> Values:
    """Return the value of each column, and the conflicts about them."""
    votes = _votes(annotations)
    said = stated(facts)
    choices: dict[str, Choice] = {}
    conflicts: list[Conflict] = []
    for field in COLUMNS:
        spoken = _ranked(_of_the_figure(votes.get(field, ())))
        if len(said.get(field, ())) == 1:
            (choices[field],) = said[field]
            conflicts += _against_fact(field, choices[field], spoken)
        elif field in said:
            conflicts += _facts_disagree(field, said[field])
        elif spoken:
            doubted = _two_values(field, spoken)
            conflicts += doubted
            if not (doubted and field == "organism"):
                choices[field] = spoken[0]
    conflicts += _drop_foreign_submodality(choices)
    return Values(choices, _taxon(choices.get("organism")), tuple(conflicts))


def _votes(annotations: Sequence[Annotation]) -> dict[str, list[_Vote]]:
    votes: dict[str, list[_Vote]] = defaultdict(list)
    heard: set[tuple[str, int, str]] = set()
    origins = _origins(annotations)
    for said in _outermost(annotations):
        if (said.where, said.start) in origins.get(said.field, ()):
            continue
        if said.where.startswith("fact:"):  # rule 1 reads facts by their names
            continue
        if said.negated or said.confidence <= _UNSURE or said.term in _SAYS_NOTHING or said.field not in COLUMNS:
            continue
        row = curated().get(said.term) or named(said.field, said.text)
        if (row.id in _SAYS_NOTHING) if row else not _is_plain(said):
            continue
        once = (said.where, said.start, row.value if row else said.label)  # two ontologies may have the same word
        if once in heard:
            continue
        heard.add(once)
        if said.field == "organism" and _HIGH_TAXON.fullmatch(row.value if row else said.label):
            continue
        weight = said.confidence * _WEIGHTS.get(said.where.partition(":")[0], _WEIGHTS["mention"])
        if said.field == "organism" and not _is_species(said, row):
            weight *= _GROUP
        weight *= 1 if said.field != "cell_type" or _is_line(said) else _CELL_BESIDE_A_LINE
        votes[said.field].append(
            _Vote(row.value if row else said.label, row.id if row else said.term, weight, said.where)
        )
        if row and row.within and said.field in _IMPLIED:
            field, share = _IMPLIED[said.field]
            votes[field].append(_Vote(row.within, None, weight * share, said.where))
    return votes


def _is_plain(said: Annotation) -> bool:
    """Return whether a term that the curated table doesn't have can be meant by nothing else."""
    if said.field in _CLOSED or (said.ontology == "BTO" and said.field != "cell_type"):
        return False
    return len(said.text.split()) > 1


def _of_the_figure(votes: Sequence[_Vote]) -> list[_Vote]:
    """Return the votes for values that the figure's own words name, else the title; paragraphs speak of much beside."""
    own = {vote.value for vote in votes if vote.source in ("subcaption", "caption")}
    own = own or {vote.value for vote in votes if vote.source == "title"}
    return [vote for vote in votes if vote.value in own]


def _outermost(annotations: Iterable[Annotation]) -> Iterator[Annotation]:
    """Yield what doesn't lie within something longer of the same column, in the order in which texts and words come."""
    by_place: dict[tuple[str, str], list[Annotation]] = defaultdict(list)
    for said in annotations:
        by_place[said.where, said.field].append(said)
    for there in by_place.values():
        widest = (-1, -1)
        for said in sorted(there, key=lambda said: (said.start, -said.end)):
            if said.end > widest[1] or (said.start, said.end) == widest:
                widest = (said.start, said.end)
                yield said


def _origins(annotations: Iterable[Annotation]) -> dict[str, set[tuple[str, int]]]:
    """Return where a column's term stands only in the name of something else: "blood cell", "outer nuclear layer"."""
    around: dict[tuple[str, str], list[Annotation]] = defaultdict(list)
    for said in annotations:
        around[said.where, said.field].append(said)
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for said in annotations:
        for outer in around.get((said.where, _NAMED_BY.get(said.field, "")), ()):
            within = (
                outer.start <= said.start and said.end <= outer.end and outer.end - outer.start > said.end - said.start
            )
            if within and (said.field == "organelle" or said.term in _ORIGINS or _is_line(outer)):
                found[said.field].add((said.where, said.start))
    return found


def _is_line(cell: Annotation) -> bool:
    """Return whether a cell is one of a line: HeLa, CHO; those are no longer in their tissue."""
    row = curated().get(cell.term)
    return row is not None and row.id.partition(":")[0] not in ("CL", "bricks")


def _is_species(said: Annotation, row: Curated | None) -> bool:
    return " " in (row.value if row else said.label)


def _ranked(votes: Iterable[_Vote]) -> list[Choice]:
    """Return a choice for each value, the one with most evidence first; of equals the one that was named first."""
    doubt: dict[str, float] = {}
    best: dict[str, _Vote] = {}
    for vote in votes:
        doubt[vote.value] = doubt.get(vote.value, 1.0) * (1 - vote.weight)
        if vote.value not in best or (vote.term is not None, vote.weight) > (
            best[vote.value].term is not None, best[vote.value].weight
        ):  # fmt: skip
            best[vote.value] = vote
    choices = [
        Choice(value=value, term=best[value].term, confidence=round(1 - left, 4), source=best[value].source)
        for value, left in doubt.items()
    ]
    return sorted(choices, key=lambda choice: -choice.confidence)


def _against_fact(field: str, fact: Choice, spoken: Sequence[Choice]) -> list[Conflict]:
    if not spoken or spoken[0].value.lower() == fact.value.lower() or spoken[0].confidence < _STRONG:
        return []
    if fact.term is not None and fact.term == spoken[0].term:
        return []
    return [Conflict(field=field, chosen=fact.value, other=spoken[0].value, reason="fact_against_text")]


def _facts_disagree(field: str, stated: Sequence[Choice]) -> list[Conflict]:
    """Tell the values that facts give side by side: of a study of two organisms, or as words and id of one fact."""
    return [Conflict(field=field, chosen="", other=other.value, reason="facts_disagree") for other in stated]


def _two_values(field: str, spoken: Sequence[Choice]) -> list[Conflict]:
    if field not in _ONE_ONLY or len(spoken) < 2 or spoken[1].confidence < _NEARLY * spoken[0].confidence:
        return []
    if field == "organism":  # whose the panel is, nobody said
        return [Conflict(field=field, chosen="", other=one.value, reason="two_values") for one in spoken[:2]]
    return [Conflict(field=field, chosen=spoken[0].value, other=spoken[1].value, reason="two_values")]


def _drop_foreign_submodality(choices: dict[str, Choice]) -> list[Conflict]:
    """Take a submodality out that belongs to another modality than the one that won."""
    modality, submodality = choices.get("modality"), choices.get("submodality")
    row = curated().get(submodality.term or "") if submodality else None
    if modality is None or submodality is None or row is None or row.within in ("", modality.value):
        return []
    del choices["submodality"]
    return [Conflict(field="submodality", chosen=modality.value, other=submodality.value, reason="not_of_modality")]


def _taxon(organism: Choice | None) -> str | None:
    if organism is None or organism.term is None:
        return None
    row = curated().get(organism.term)
    taxon = row.within if row and row.within else organism.term
    return taxon if taxon.startswith("NCBITaxon:") else None
