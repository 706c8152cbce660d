"""Host species: what was brought into cells, or is of another species than their line, isn't what they are of."""

import pytest

from captioning.host_species import has_part, is_disputed, is_origin, species_of
from captioning.mentioned import mentioned
from schemas.curated_table import rows
from schemas.trees import values


@pytest.mark.parametrize(("organism", "text", "disputed"), [
    ("Mus musculus", "COS-7 cells expressing mouse Fmr1-GFP", True),
    ("Mus musculus", "HeLa cells transfected with the mouse Lmna gene", True),
    ("Homo sapiens", "HeLa cells transfected with the mouse Lmna gene", False),
    ("Homo sapiens", "PC12 cells expressing human huntingtin", True),
    ("Homo sapiens", "S2 cells expressing human tau", True),
    ("Homo sapiens", "Neurons transfected with human tau", True),
    ("Toxoplasma gondii", "Vero cells infected with Toxoplasma gondii", True),
    ("Mus musculus", "Sections with a goat anti-mouse antibody", True),
    ("Mus musculus", "Mouse brain with a goat anti-rabbit antibody", False),
    ("Homo sapiens", "HeLa and U2OS cells", False),
    ("Homo sapiens", "Human macrophages infected with HIV-1", False),
    ("Homo sapiens", "Human lung infected with SARS-CoV-2", False),
    ("Viruses", "Human macrophages infected with HIV-1", True),
    ("Homo sapiens", "HeLa and COS-7 cells", True),
])  # fmt: skip
def test_an_organism_is_that_of_the_cells(organism, text, disputed):
    assert is_disputed(organism, mentioned(text), [text]) is disputed


def test_a_long_run_of_letters_is_read_at_once():
    assert not is_origin("iPSC", ["a" * 200_000, "a-" * 100_000, "a " + "-" * 100_000])


def test_a_structure_is_one_that_the_organism_has():
    assert not has_part("Escherichia coli", "motile cilium")
    assert has_part("Escherichia coli", "bacterial flagellum")
    assert has_part("Bacteria", "ribosome")
    assert has_part("Mus musculus", "motile cilium")
    assert has_part(None, "motile cilium")


def test_every_line_has_its_species():
    lines = {value for value, node in values("cell_type").items() if node.above == "bricks:cell-lines"}
    assert {row["value"] for row in rows("line_species")} == lines
    assert species_of({("cell_type", "COS-7"), ("stain", "DAPI")}) == {"Chlorocebus aethiops"}
