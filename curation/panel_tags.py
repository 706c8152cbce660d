"""Panel tags: all texts and facts of one panel to its annotations and columns."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from curation.consistency import Given, Names, check
from curation.fields import Values, choose
from curation.lexicon import Lexicon
from curation.tagging import Tag, shorts, tag
from schemas.panel_records import Annotation, Conflict
from schemas.records import Fact

_UNDERSCORED = re.compile(r"^(?:https?://\S*/)?([A-Za-z][\w-]*)_(\w+)$")


class PanelText(NamedTuple):
    """Words that speak of a panel."""

    where: str
    """caption, subcaption, title, mention:<id> or fact:<name>."""
    text: str


class PanelTags(NamedTuple):
    """What a panel's words and facts say of it."""

    annotations: list[Annotation]
    values: Values


def _as_they_are(annotations: list[Annotation]) -> list[Annotation]:
    return annotations


def tag_panel(
    texts: Sequence[PanelText],
    facts: Iterable[Fact],
    lexicon: Lexicon,
    amend: Callable[[list[Annotation]], list[Annotation]] = _as_they_are,
) -> PanelTags:
    """Return the terms that a panel's texts name, and the value of each column with what contradicts it.

    Build the lexicon once in a process (`curation.lexicons.lexicon` keeps it) and hand it in. Short forms that one
    of the texts defines are read in all of them. `amend` changes the terms before columns are chosen.
    """
    given = shorts((text for _, text in texts), lexicon)
    found = [_annotation(found, where) for where, text in texts for found in tag(text, lexicon, given)]
    annotations = amend(found)
    return PanelTags(annotations, choose(annotations, facts))


def believed(facts: Iterable[Fact], names: Callable[[], Names]) -> tuple[list[Fact], list[Conflict]]:
    """Return the facts whose id is one of their words, or that have none, and a conflict for each of the others.

    Such a fact fills no column: which of the two is meant, nobody knows. `names` is called where a fact has an id.
    """
    kept: list[Fact] = []
    conflicts: list[Conflict] = []
    for fact in facts:
        faults = check([Given(fact.value, _curie(fact.id))], names()).faults if fact.id else []
        told = [f"{fault.label} ({fault.id})" for fault in faults]
        conflicts += [Conflict(field=fact.name, chosen="", other=other, reason="id_against_words") for other in told]
        kept += [] if faults else [fact]
    return kept, conflicts


def _curie(identifier: str) -> str:
    """Return an id as its ontology writes it.

    >>> [_curie(text) for text in ("NCBITaxon_9606", "http://purl.obolibrary.org/obo/CL_0000540", "CL:0000540")]
    ['NCBITaxon:9606', 'CL:0000540', 'CL:0000540']
    """
    return _UNDERSCORED.sub(r"\1:\2", identifier)


def _annotation(found: Tag, where: str) -> Annotation:
    return Annotation(**found._asdict(), where=where)
