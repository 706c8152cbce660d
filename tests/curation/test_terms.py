"""Terms, their index and the ontologies' folder: built once, kept whole, refused when they aren't what they were."""

import datetime as dt
import json
import warnings

import pytest

from curation import ontologies as shelf
from curation.curated_terms import with_curated
from curation.lexicon import Lexicon
from curation.lexicons import Ontologies, asked_ontologies, lexicon
from curation.obo import Ontology, Term, read_obo
from curation.ontology_rules import BY_NAME, rule_of
from curation.pinned import PUBLISHED, Published
from curation.tagging import tag
from curation.term_index import editions, index_file, read_index, read_ontology, write_index
from curation.terms import Kind, known_terms, prefix_of
from curation.verdicts import verdicts
from schemas.curated_table import TABLES, curated, rows
from schemas.errors import OntologyError, SourceError, UsageError
from schemas.manifest_sections import ONTOLOGIES

OWL = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
 xmlns:owl="http://www.w3.org/2002/07/owl#" xmlns:oboInOwl="http://www.geneontology.org/formats/oboInOwl#">
<owl:Ontology rdf:about="http://purl.obolibrary.org/obo/fbbi.owl"/>
<owl:Class rdf:about="http://purl.obolibrary.org/obo/FBbi_00000241"><rdfs:label>microscopy</rdfs:label></owl:Class>
<owl:Class rdf:about="http://purl.obolibrary.org/obo/FBbi_00000999"><rdfs:label>glow microscopy</rdfs:label>
<rdfs:subClassOf rdf:resource="http://purl.obolibrary.org/obo/FBbi_00000241"/>
<oboInOwl:hasExactSynonym>GLM</oboInOwl:hasExactSynonym></owl:Class>
</rdf:RDF>"""


def names_of(terms, identifier, *kinds):
    (known,) = (known for known in terms if known.id == identifier)
    return {name.text for name in known.names if not kinds or name.kind in kinds}


def test_only_live_terms_of_the_ontology_itself_are_looked_for(obo):
    terms = known_terms(read_obo(obo()))
    assert [known.id for known in terms] == ["CL:0000000", "CL:0000540", "CL:9000001", "CL:9000002"]
    assert {known.ontology for known in terms} == {"CL"}
    assert {known.field for known in terms} == {"cell_type"}


def test_names_that_are_not_searched_for_are_kept_for_checks(obo):
    terms = known_terms(read_obo(obo()))
    assert names_of(terms, "CL:9000002", Kind.RARE) == {"lumen cell", "GLC"}
    assert "neuronal" in names_of(terms, "CL:0000540", Kind.ADJECTIVE)


def test_a_cycle_of_parents_ends():
    terms = tuple(Term(f"FBbi:{n}", f"name {n}", parents=(f"FBbi:{(n + 1) % 3}", "FBbi:00000241")) for n in range(3))
    assert {known.field for known in known_terms(Ontology("fbbi", "", terms, ()))} == {"submodality"}


def test_of_chebi_only_dyes_and_what_bears_their_roles_stay():
    terms = (
        Term("CHEBI:37958", "dye"), Term("CHEBI:1", "glowing acid", roles=("CHEBI:37958",)),
        Term("CHEBI:2", "glowing acid ester", parents=("CHEBI:1",)), Term("CHEBI:3", "water"),
    )  # fmt: skip
    assert [known.id for known in known_terms(Ontology("chebi", "", terms, ()))] == [
        "CHEBI:1",
        "CHEBI:2",
        "CHEBI:37958",
    ]
    assert len(known_terms(Ontology("chebi-dyes", "", terms, ()))) == 4


def test_ids_without_a_prefix_get_one_and_other_namespaces_stay_out():
    assert known_terms(Ontology("edam-bioimaging", "", (Term("topic_1", "glow"),), ()))[0].id == "EDAM:topic_1"
    go = (
        Term("GO:1", "nucleus", namespace="cellular_component"),
        Term("GO:2", "glowing", namespace="biological_process"),
    )
    assert [known.id for known in known_terms(Ontology("go", "", go, ()))] == ["GO:1"]


def test_the_prefix_is_that_of_the_header_where_terms_bear_it():
    terms = (Term("CL:1", "a"), Term("UBERON:1", "b"), Term("UBERON:2", "c"))
    assert prefix_of(Ontology("cl", "", terms, ())) == "CL"
    assert prefix_of(Ontology("mine", "", terms, ())) == "UBERON"


def test_an_index_gives_back_what_was_written(obo, tmp_path):
    terms, edition = index_file(obo())
    write_index(tmp_path / "terms.arrow", terms, [edition])
    assert read_index(tmp_path / "terms.arrow") == terms
    assert read_index(tmp_path / "terms.arrow", ["CL"]) == terms
    assert read_index(tmp_path / "terms.arrow", ["UBERON"]) == []
    assert editions(tmp_path / "terms.arrow") == [edition]
    assert (edition.name, edition.version, edition.terms) == ("CL", "releases/2026-01-01", 4)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
def test_a_file_that_is_no_index_is_refused(tmp_path, content):
    (tmp_path / "terms.arrow").write_bytes(content)
    with pytest.raises(OntologyError, match="no_index"):
        read_index(tmp_path / "terms.arrow")


def test_owl_is_read_and_broken_owl_refused(tmp_path):
    path = tmp_path / "fbbi.owl"
    path.write_text(OWL)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        terms = known_terms(read_ontology(path))
    assert [(known.id, known.field) for known in terms] == [
        ("FBbi:00000241", "submodality"),
        ("FBbi:00000999", "submodality"),
    ]
    assert "GLM" in names_of(terms, "FBbi:00000999")
    path.write_text("<rdf:RDF>")
    with pytest.raises(OntologyError, match="unreadable"):
        read_ontology(path)


def test_ids_of_edam_lose_their_address(tmp_path):
    path = tmp_path / "edam-bioimaging.owl"
    path.write_text(OWL.replace("http://purl.obolibrary.org/obo/FBbi_00000", "http://edamontology.org/topic_"))
    assert [known.id for known in known_terms(read_ontology(path))] == ["EDAM:topic_241", "EDAM:topic_999"]


def test_what_was_made_of_a_file_is_kept_for_its_bytes(obo, tmp_path):
    folder = tmp_path / "kept"
    asked = Ontologies(files=(obo(),), folder=folder)
    lexicon.cache_clear()
    first = lexicon(asked)
    (kept,) = (folder / "files").iterdir()
    lexicon.cache_clear()
    assert lexicon(asked).terms == first.terms
    kept.write_bytes(b"damaged")
    lexicon.cache_clear()
    assert lexicon(asked).terms == first.terms
    assert kept.stat().st_size > 100


def test_a_folder_that_can_t_be_written_only_costs_time(obo, tmp_path):
    (tmp_path / "file").write_text("in the way")
    lexicon.cache_clear()
    assert lexicon(Ontologies(files=(obo(),), folder=tmp_path / "file")).number_of("CL:9000001") is not None


def test_ontologies_are_asked_for_by_name_or_file(obo, tmp_path):
    path = obo()
    asked = asked_ontologies(["CL", {"CL": path.name}, str(path)], folder=tmp_path, beside=path.parent)
    assert (asked.names, asked.files) == (("CL",), (path.resolve(),))
    with pytest.raises(UsageError, match="no ontology and no file"):
        asked_ontologies(["bricks"], folder=None)
    with pytest.raises(UsageError, match="ontologies pull CL"):
        lexicon(Ontologies(names=("CL",), folder=tmp_path / "empty"))


def test_the_curated_table_is_right():
    table = curated()
    assert len(table) == sum(len(list(rows(name))) for name in TABLES)
    values = {(row.field, row.value) for row in table.values()}
    for row in table.values():
        assert row.label
        assert row.value
        assert row.id.partition(":")[0] in {rule.prefix for rule in BY_NAME.values()}
        if row.field in ("submodality", "stain") and row.within:
            assert ("modality", row.within) in values, row
        if row.field == "subdomain":
            assert ("domain", row.within) in values, row
        if row.field == "organism":
            assert row.within.startswith("NCBITaxon:"), row
    assert {"brightfield", "darkfield", "DIC", "phase contrast", "polarized light", "TEM", "SEM", "cryo-EM"} <= {
        value for field, value in values if field == "submodality"
    }


def test_every_verdict_speaks_of_an_ontology_that_is_known():
    assert {ontology for ontology, _ in verdicts()} <= set(BY_NAME)


def test_a_term_that_both_have_keeps_the_file_s_label_and_gets_our_aliases(obo):
    terms = with_curated(known_terms(read_obo(obo())))
    assert "neuronal cell" in names_of(terms, "CL:0000540", Kind.ALIAS)
    assert "neural cell" in names_of(terms, "CL:0000540")


def test_an_unknown_ontology_is_searched_by_plain_rules(obo):
    (known,) = known_terms(read_obo(obo("ontology: mine\n\n[Term]\nid: MINE:1\nname: blue thing\n")))
    assert (known.ontology, known.field, rule_of("MINE").plural) == ("MINE", "factor", True)
    assert [each.term for each in tag("Blue things", Lexicon([known]))] == ["MINE:1"]


class Came:
    """What a fetch brings."""

    def __init__(self, path, content):
        path.write_bytes(content)
        self.body, self.size_bytes = path, len(content)
        self.sha256 = __import__("hashlib").sha256(content).hexdigest()
        self.retrieved_at = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.fixture
def shop(obo, tmp_path):
    """One published ontology, what a fetch of it brings, and the addresses that were asked."""
    asked = []
    content = obo().read_bytes()

    def fetch(url):
        asked.append(url)
        return Came(tmp_path / "came", content)

    return (Published(name="CL", url="http://here/cl.obo", file="cl.obo"),), fetch, asked


def test_pull_fetches_once_and_pins(shop, tmp_path):
    wanted, fetch, asked = shop
    folder = tmp_path / "shelf"
    assert [row["new"] for row in shelf.pull(folder, wanted, fetch)] == [True]
    assert [row["new"] for row in shelf.pull(folder, wanted, fetch)] == [False]
    assert asked == ["http://here/cl.obo"]
    assert json.loads((folder / shelf.PINS).read_text())["CL"]["retrieved_at"] == "2026-01-02T00:00:00+00:00"
    (folder / "cl.obo").write_text("other")
    assert shelf.pull(folder, wanted, fetch)[0]["new"]


@pytest.mark.parametrize("damaged", ["{", '{"CL": "x"}', '{"CL": {"sha256": "1"}}', "[1]", '"pins"'])
def test_a_damaged_list_of_pins_is_told_and_not_taken_for_none(shop, tmp_path, damaged):
    wanted, fetch, _ = shop
    shelf.pull(tmp_path / "shelf", wanted, fetch)
    (tmp_path / "shelf" / shelf.PINS).write_text(damaged)
    for act in (lambda: shelf.pull(tmp_path / "shelf", wanted, fetch), lambda: shelf.build(tmp_path / "shelf", wanted),
                lambda: shelf.listed(tmp_path / "shelf")):  # fmt: skip
        with pytest.raises(OntologyError, match="put a copy back"):
            act()


def test_build_makes_the_index_of_what_was_pinned_and_refuses_other_bytes(shop, tmp_path):
    wanted, fetch, _ = shop
    folder = tmp_path / "shelf"
    with pytest.raises(UsageError, match="no ontology is here"):
        shelf.build(folder, wanted)
    shelf.pull(folder, wanted, fetch)
    assert [edition.terms for edition in shelf.build(folder, wanted)] == [4]
    assert {row["name"]: row["built"] for row in shelf.listed(folder)}["CL"]
    lexicon.cache_clear()
    assert [each.term for each in tag("Kenyon cells", lexicon(Ontologies(names=("CL",), folder=folder)))] == [
        "CL:9000001"
    ]
    with pytest.raises(UsageError, match="doesn't hold UBERON"):
        lexicon(Ontologies(names=("UBERON",), folder=folder))
    (folder / "cl.obo").write_bytes((folder / "cl.obo").read_bytes() + b"\n")
    with pytest.raises(OntologyError, match="not_as_pinned"):
        shelf.build(folder, wanted)


def test_building_one_keeps_those_that_were_built_before(obo, tmp_path):
    folder = obo().parent
    obo("ontology: uberon\n\n[Term]\nid: UBERON:1\nname: glow organ\n", "uberon.obo")
    of = {each.name: each for each in PUBLISHED}
    shelf.build(folder, [of["CL"]])
    assert [edition.name for edition in shelf.build(folder, [of["UBERON"]])] == ["UBERON"]
    assert {edition.name for edition in editions(folder / "terms.arrow")} == {"CL", "UBERON"}
    assert len(read_index(folder / "terms.arrow", ["CL"])) == 4
    shelf.build(folder, [of["CL"]])
    assert [edition.name for edition in editions(folder / "terms.arrow")] == ["UBERON", "CL"]
    (folder / "terms.arrow").write_bytes(b"of no version")
    shelf.build(folder, [of["CL"]])
    assert [edition.name for edition in editions(folder / "terms.arrow")] == ["CL"]


def test_cells_of_bto_are_cell_types(obo):
    lines = "".join(
        f"\n[Term]\nid: BTO:{at}\nname: {name}\n"
        for at, name in enumerate(("glow cell", "GL-1 cell line", "glow cells", "cellar", "glow organ"))
    )
    fields = [known.field for known in known_terms(read_obo(obo(f"ontology: bto\n{lines}", "bto.obo")))]
    assert fields == ["cell_type", "cell_type", "cell_type", "tissue", "tissue"]


def test_a_file_that_holds_another_ontology_is_refused(obo, tmp_path):
    path = obo(name="uberon.obo")
    with pytest.raises(OntologyError, match="wrong_ontology"):
        shelf.build(path.parent, [each for each in PUBLISHED if each.name == "UBERON"])


def test_a_fetch_that_fails_leaves_what_was_there(shop, tmp_path):
    wanted, fetch, _ = shop
    folder = tmp_path / "shelf"
    shelf.pull(folder, wanted, fetch)
    (folder / "cl.obo").write_text("other")

    def fail(url):
        raise SourceError("http_404", "answered 404")

    with pytest.raises(SourceError):
        shelf.pull(folder, wanted, fail)
    assert (folder / "cl.obo").read_text() == "other"


def test_every_published_ontology_has_its_rule():
    assert {each.name for each in PUBLISHED} == set(BY_NAME) - {"bricks"} == set(ONTOLOGIES)
    with pytest.raises(UsageError, match="no ontology has this name"):
        shelf.named(["CLL"])
