"""Trees: a wrong answer is of the right one's branch, and never true together with it."""

import csv
import re

import pytest

from schemas.curated_table import curated
from schemas.trees import FIELDS, FOLDER, branches, kin, rings, values

EACH = [(field, value) for field in FIELDS for value in values(field)]


@pytest.mark.parametrize("field", FIELDS)
def test_every_value_hangs_on_a_branch_and_every_branch_on_one_that_is_there(field):
    assert {node.above for node in values(field).values()} <= branches(field).keys()
    assert {node.above for node in branches(field).values()} <= {"", *branches(field)}
    assert all(node.id and node.use in {"both", "never", "wrong"} for node in values(field).values())


@pytest.mark.parametrize("field", FIELDS)
def test_what_may_be_wrong_is_what_a_column_may_hold(field):
    known = {row.value for row in curated().values() if row.field == field}
    assert {node.value for node in values(field).values() if node.use != "wrong"} <= known


@pytest.mark.parametrize("field", FIELDS)
def test_kinship_is_mutual_and_speaks_of_values(field):
    for value, node in values(field).items():
        assert node.related <= values(field).keys()
        assert all(value in kin(field, other) for other in node.related), value


def test_no_ring_holds_a_value_or_its_kin_and_none_twice():
    for field, value in EACH:
        found = [other for ring in rings(field, value) for other in ring]
        assert not set(found) & kin(field, value)
        assert len(found) == len(set(found))


def test_what_is_in_nearly_every_picture_is_neither_right_nor_wrong():
    assert {value for field, value in EACH if values(field)[value].use == "never"} > {"nucleus", "plasma membrane"}
    for field, value in EACH:
        found = [values(field)[other].use for ring in rings(field, value) for other in ring]
        assert not found if values(field)[value].use == "never" else "never" not in found


TOGETHER = """domain:pathology+dermatology submodality:super-resolution+TIRF submodality:super-resolution+confocal
submodality:super-resolution+epifluorescence stain:gold+uranyl acetate stain:gold+lead citrate stain:CFP+YFP
stain:acridine orange+ethidium bromide stain:acridine orange+propidium iodide stain:Alexa Fluor 546+Cy3
tissue:ureter+urothelium tissue:urethra+urothelium tissue:joint+bone tissue tissue:neural tube+notochord
tissue:amnion+chorion organelle:neuron projection+node of Ranvier organelle:neuronal cell body+dendrite
organelle:axon+dendrite organelle:chloroplast+cell wall organelle:chloroplast+vacuole organelle:T-tubule+Z disc
organelle:bacterial flagellum+nucleoid organelle:postsynaptic density+synaptic vesicle
organelle:bacterial flagellum+motile cilium organelle:sarcoplasmic reticulum+Z disc cell_type:neutrophil+erythrocyte
cell_type:oocyte+granulosa cell cell_type:pancreatic beta cell+pancreatic delta cell cell_type:goblet cell+enterocyte
cell_type:type I muscle cell+type II muscle cell cell_type:spermatogonium+Sertoli cell
cell_type:pulmonary alveolar type 1 cell+pulmonary alveolar type 2 cell organism:Macaca mulatta+Macaca fascicularis
organism:Mus musculus+Rattus norvegicus organism:Plasmodium falciparum+Homo sapiens
organism:Candida albicans+Mus musculus
organism:Plasmodium falciparum+Anopheles gambiae organism:Mycobacterium tuberculosis+Homo sapiens
organism:Pseudomonas aeruginosa+Arabidopsis thaliana organism:Bacteria+Danio rerio tissue:larva+brain tissue:larva+heart
tissue:pupa+eye tissue:gastrula+brain tissue:limb bud+cartilage tissue:limb bud+skin tissue:fin+bone tissue:fin+skin"""


@pytest.mark.parametrize("pair", re.split(r"\s(?=[a-z_]+:)", TOGETHER))
def test_what_is_seen_in_one_picture_is_kin(pair):
    field, _, both = pair.partition(":")
    one, other = both.split("+")
    assert other in kin(field, one)
    assert one in kin(field, other)


def test_groups_speak_of_values_and_branches_that_are_there():
    with (FOLDER / "together.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"):
            named = {*row["one"].split("|"), *row["with"].split("|")} - {""}
            known = values(row["field"]).keys() | {f"@{key}" for key in branches(row["field"])}
            assert named <= known, named - known
            assert row["why"]


def test_ids_are_those_of_the_table():
    for field, value in EACH:
        node = values(field)[value]
        ids = {row.id for row in curated().values() if (row.field, row.value) == (field, value)}
        assert node.use == "wrong" or node.id in ids, (field, value)


def test_a_value_that_no_tree_has_has_no_wrong_answers():
    assert rings("tissue", "of a lost world") == ()
    assert kin("tissue", "of a lost world") == {"of a lost world"}


@pytest.mark.shared
def test_no_wrong_answer_is_a_kind_or_a_part_of_the_right_one_in_the_ontologies(shared_data):
    parents = {}
    for name in ("fbbi", "cl", "uberon", "go_cc", "ncbitaxon_slim", "bto"):
        text = (shared_data / "ontology" / f"{name}.obo").read_text(encoding="utf-8", errors="replace")
        for stanza in text.split("\n\n"):
            lines = stanza.splitlines()
            ids = [line[4:].strip() for line in lines if line.startswith("id: ")]
            above = [line.split()[1] for line in lines if line.startswith("is_a: ")]
            above += [
                line.split()[2]
                for line in lines
                if line.startswith(("relationship: part_of ", "relationship: BFO:0000050 "))
            ]
            if ids:
                parents.setdefault(ids[0], above)

    def ancestors(term):
        seen, todo = set(), [term]
        while todo:
            for parent in parents.get(todo.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
        return seen

    known = 0
    for field, value in EACH:
        mine = values(field)[value].id
        for other in (other for ring in rings(field, value) for other in ring):
            theirs = values(field)[other].id
            assert mine not in ancestors(theirs), (field, value, other)
            assert theirs not in ancestors(mine), (field, value, other)
        known += mine in parents
    assert known > 450
