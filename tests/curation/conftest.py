"""Small ontologies made by hand."""

from pathlib import Path

import pytest

from curation.curated_terms import with_curated
from curation.lexicon import Lexicon
from curation.lexicons import lexicon
from curation.obo import read_obo
from curation.terms import known_terms

CL = """\
format-version: 1.2
data-version: releases/2026-01-01
ontology: cl

[Term]
id: CL:0000540
name: neuron
synonym: "nerve cell" EXACT []
is_a: CL:0000000 ! cell

[Term]
id: CL:0000000
name: cell

[Term]
id: CL:9000001
name: Kenyon cell
is_a: CL:0000540 ! neuron

[Term]
id: CL:9000002
name: glow cell {source="x"}
synonym: "lumen cell" RELATED []
synonym: "GLC" EXACT []

[Term]
id: CL:9000003
name: obsolete ghost cell
is_obsolete: true

[Term]
id: UBERON:0000955
name: brain

[Typedef]
id: part_of
name: part of
"""

TAXA = """\
ontology: ncbitaxon

[Term]
id: NCBITaxon:7215
name: Drosophila <fruit fly, genus>

[Term]
id: NCBITaxon:99000001
name: Exemplar vulgaris
synonym: "example beast" EXACT []

[Term]
id: NCBITaxon:99000002
name: Lampas
"""


@pytest.fixture
def obo(tmp_path: Path):
    """Return a function that writes an OBO file."""

    def write(text: str | bytes = CL, name: str = "cl.obo") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def small(obo) -> Lexicon:
    """A lexicon of the small ontologies and the curated table, with no verdicts."""
    paths = (obo(CL), obo(TAXA, "taxa.obo"))
    return Lexicon(with_curated(known for path in paths for known in known_terms(read_obo(path))))


@pytest.fixture(scope="session")
def shipped() -> Lexicon:
    """What is there without any file: the curated table and what was learnt."""
    from curation.lexicons import Ontologies

    return lexicon(Ontologies())
