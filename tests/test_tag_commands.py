"""The door to the terms: bricks tag and bricks ontologies, on files made by hand."""

import hashlib
import json

import pytest

OBO = """\
data-version: 2026-01-01
ontology: cl

[Term]
id: CL:9000001
name: Kenyon cell
"""


@pytest.fixture
def texts(tmp_path):
    """Return a function that writes a file of texts."""

    def write(*lines):
        path = tmp_path / "texts.jsonl"
        path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
        return path

    return write


@pytest.fixture
def shelf(tmp_path):
    """A folder of ontologies that holds one."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "cl.obo").write_text(OBO)
    return folder


def test_tag_prints_a_line_for_every_text(command, texts, shelf):
    path = texts({"id": "a", "text": "Kenyon cells (KCs) in DAPI."}, {"id": 2, "text": ""})
    said = command("tag", path, "--ontology", shelf / "cl.obo", "--folder", shelf)
    assert said.code == 0
    first, second = said.lines
    assert second == {"id": 2, "annotations": []}
    assert first["id"] == "a"
    cells = [each for each in first["annotations"] if each["ontology"] == "CL"]
    assert cells[0] == {
        "start": 0, "end": 12, "text": "Kenyon cells", "term": "CL:9000001", "label": "Kenyon cell", "ontology": "CL",
        "field": "cell_type", "negated": False, "confidence": 0.95,
    }  # fmt: skip
    assert [each["text"] for each in cells] == ["Kenyon cells", "KCs"]
    assert said.out == command("tag", path, "--ontology", shelf / "cl.obo", "--folder", shelf, "--json").out


def test_several_ontologies_may_follow_one_option(command, texts, shelf):
    (shelf / "own.obo").write_text("ontology: own\n\n[Term]\nid: OWN:1\nname: glow worm\n")
    path = texts({"id": 1, "text": "A Kenyon cell and a glow worm."})
    (line,) = command("tag", path, "--ontology", shelf / "cl.obo", shelf / "own.obo", "--folder", shelf).lines
    assert {"CL:9000001", "OWN:1"} <= {each["term"] for each in line["annotations"]}


def test_a_bad_line_costs_only_itself(command, texts, shelf):
    path = texts("no json\n", {"id": 1}, {"id": 1, "text": 5}, "\n", {"id": 2, "text": "DAPI"})
    said = command("tag", path, "--folder", shelf)
    assert said.code == 0
    assert [line.get("error") for line in said.lines] == [
        "no JSON", "text: is required", "text: must be text, not 5 (put it in quotes)", None,
    ]  # fmt: skip
    assert [line["line"] for line in said.lines[:3]] == [1, 2, 3]


@pytest.mark.parametrize(
    "arguments",
    [["absent.jsonl"], ["{texts}", "--ontology", "absent.obo"], ["{texts}", "--ontology", "CL"]],
    ids=["no texts", "no ontology file", "not built"],
)
def test_tag_refuses_in_one_line(command, texts, shelf, arguments):
    path = texts({"id": 1, "text": "x"})
    said = command("tag", *(word.format(texts=path) for word in arguments), "--folder", shelf)
    assert (said.code, said.out) == (2, "")
    assert len(said.err.strip().splitlines()) == 1


def test_a_file_that_is_no_ontology_ends_with_1(command, texts, shelf):
    (shelf / "cl.obo").write_text("<html>")
    said = command("tag", texts({"id": 1, "text": "x"}), "--ontology", shelf / "cl.obo", "--folder", shelf)
    assert (said.code, said.out) == (1, "")
    assert "no_terms" in said.err


def test_an_ontology_is_built_and_then_known_by_its_name(command, texts, shelf):
    built = command("ontologies", "build", "CL", "--folder", shelf, "--json")
    assert (built.code, built.json["name"], built.json["terms"]) == (0, "CL", 1)
    (line,) = command("tag", texts({"id": 1, "text": "Kenyon cell"}), "--ontology", "CL", "--folder", shelf).lines
    assert "CL:9000001" in {each["term"] for each in line["annotations"]}
    listed = command("ontologies", "list", "--folder", shelf)
    assert "CL               1 terms, " in listed.out
    assert "UBERON           not here: http://purl.obolibrary.org/obo/uberon.obo" in listed.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["grow"], "Use pull, build or list."),
        (["pull", "CLL"], "no ontology has this name"),
        (["pull", "CL"], "Give --contact"),
        (["build", "UBERON"], "bricks ontologies pull"),
    ],
)
def test_ontologies_refuses_in_one_line(command, shelf, arguments, told):
    said = command("ontologies", *arguments, "--folder", shelf)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_pull_goes_through_the_session_and_pins(command, shelf, server_module, monkeypatch):
    from curation import ontologies as module
    from curation.pinned import Published

    faulty = server_module("faulty_http")
    log = faulty.Log()
    with faulty.serving(log, {"purl": lambda _: (200, "text/plain", OBO.encode() + b"\n")}) as urls:
        here = (Published(name="CL", url=urls["purl"] + "cl.obo", file="cl.obo"),)
        monkeypatch.setattr(module.named, "__defaults__", (here,))
        said = command("ontologies", "pull", "CL", "--contact", "lab@example.org", "--folder", shelf, "--json")
        assert (said.code, said.json["new"]) == (0, True)
        assert "lab@example.org" in log.asked("cl.obo")[0].agent
        assert "is here" in command("ontologies", "pull", "--contact", "lab@example.org", "--folder", shelf).out
        log.fault("cl.obo", status=404)
        (shelf / "cl.obo").unlink()
        gone = command("ontologies", "pull", "CL", "--contact", "lab@example.org", "--folder", shelf)
        assert (gone.code, gone.out) == (1, "")
        assert "http_404" in gone.err


def test_a_run_tells_in_its_lock_what_its_texts_were_searched_for(bench, tmp_path):
    own = bench.root / "cl.obo"
    own.write_text(OBO, encoding="utf-8")
    bench.article(1)
    bench.manifest(curation={"ontologies": [{"CL": "cl.obo"}]})
    bench.made()
    (lock,) = [bytes_ for name, bytes_ in bench.dataset().items() if name == "manifest.lock.json"]
    versions = json.loads(lock)["versions"]
    assert versions["ontology file cl.obo"] == f"sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}"
    assert len(versions["terms"]) == 32
    before = bench.parts()
    own.write_text(OBO + "\n", encoding="utf-8")
    bench.made()
    after = bench.parts()
    assert [name for name in before if after[name] != before[name] and name.startswith("1-")] == []
    assert [name for name in before if after[name] != before[name] and name.startswith("2-")] != []


def test_an_ontology_that_was_not_built_is_told_before_anything_is_done(bench, monkeypatch):
    monkeypatch.setenv("BRICKS_ONTOLOGIES", str(bench.root / "none"))
    bench.article(1)
    bench.manifest(curation={"ontologies": ["FBbi"]})
    said = bench.run()
    assert said.code == 2
    assert "no index of ontologies is here" in said.err
    assert not (bench.place / "1-figures").exists()


def test_check_tells_which_ontologies_are_not_here(command, bench, shelf, monkeypatch):
    monkeypatch.setenv("BRICKS_ONTOLOGIES", str(shelf))
    bench.manifest(curation={"ontologies": ["CL", {"UBERON": "onto/uberon.obo"}, "BTO"]})
    notes = command("check", bench.manifest_file, "--json").json["notes"]
    assert notes[0] == f"curation.ontologies.1: there is no file {bench.root / 'onto' / 'uberon.obo'}"
    assert [note.partition(" isn't")[0] for note in notes[1:]] == [
        "curation.ontologies.0: CL",
        "curation.ontologies.2: BTO",
    ]
    assert command("ontologies", "build", "CL", "--folder", shelf).code == 0
    notes = command("check", bench.manifest_file, "--json").json["notes"]
    assert [note.partition(":")[0] for note in notes] == ["curation.ontologies.1", "curation.ontologies.2"]
    (shelf / "terms.arrow").write_bytes(b"no index")
    assert "not an index of terms" in command("check", bench.manifest_file).out


def test_check_refuses_an_ontology_of_no_known_name_with_its_place(command, bench):
    bench.manifest_file.write_text(
        "bricks: 1\nname: b\nlicenses: [CC0-1.0]\nsources: [{type: pmc, path: inputs}]\n"
        "curation: {ontologies: [FBbi, Uberon2]}\n"
    )
    said = command("check", bench.manifest_file)
    assert said.code == 2
    assert f"{bench.manifest_file}:5:31  curation.ontologies.1  must be a file or one of" in said.err
    assert 'did you mean "UBERON"' in said.err
