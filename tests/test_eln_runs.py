"""Runs over exports of lab notebooks, made by hand and real: every entry, file and picture is told, none twice."""

import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from eln_exports import crate, dataset, file_node, one_entry, picture, write
from PIL import Image, PngImagePlugin

from pipeline import status

ROOT = Path(__file__).resolve().parent.parent
SOURCE = {"type": "eln", "path": "inputs", "license": "CC-BY-4.0", "attribution": "A Lab"}


def lines(command, path):
    """Return the lines of `bricks extract` that are entries, and the others' errors."""
    told = command("extract", path).lines
    return [line for line in told if "error" not in line], [line["error"] for line in told if "error" in line]


def test_every_command_knows_exports(bench, command):
    one_entry(bench.inputs / "a.eln")
    nodes = [dataset("./e/", "./e/b.png", name="bad", text="w"), file_node("./e/b.png", b"other")]
    write(bench.inputs / "b.eln", {"e/b.png": picture(2)}, crate(nodes, ["./e/"]))
    (bench.inputs / "c.eln").write_bytes(b"no zip")
    manifest = bench.manifest(sources=[SOURCE])
    assert command("check", manifest).out.endswith("bench is right.\n")
    (planned,) = command("plan", manifest, "--workspace", bench.place, "--json").json["sources"]
    assert (planned["items"], planned["requests"]) == (3, 0)
    said = bench.run("--json", "--set", "curation.min_short_side_px=8", "--set", "on_error.max_failure_rate=0.9")
    figures = said.json["stages"][0]
    assert (figures["kept"], figures["dropped"], figures["failed"]) == (
        1,
        {"digest_mismatch": 1},
        {"archive_broken": 1},
    )
    (row,) = bench.published()
    assert (row["source"], row["license"], row["attribution"]) == ("eln", "CC-BY-4.0", "A Lab")
    assert row["caption"] == "Actin in HeLa cells."
    (shown,) = command("show", bench.place, "--dropped", "digest_mismatch", "--json").lines
    assert shown["detail"].startswith("b.png: its sha256 is")
    assert command("explain", bench.place, row["id"]).code == 0
    again = bench.made("--set", "curation.min_short_side_px=8", "--set", "on_error.max_failure_rate=0.9")
    assert again["rows"] == said.json["rows"]


def test_without_a_licence_nothing_is_published(bench):
    one_entry(bench.inputs / "a.eln", license="https://creativecommons.org/licenses/by/4.0/")
    bench.manifest(sources=[{"type": "eln", "path": "inputs"}])
    said = bench.made("--set", "curation.min_short_side_px=8")
    assert {stage["name"]: stage["dropped"] for stage in said["stages"]}["4-curated"] == {"license_unknown": 1}
    assert said["dataset"] is None


def test_entries_are_never_parted_by_a_split(bench):
    for number in range(6):
        blobs = {f"e/{at}.png": picture(number * 10 + at) for at in range(3)}
        files = [file_node(f"./{key}", blob) for key, blob in blobs.items()]
        nodes = [dataset("./e/", *(f"./{key}" for key in blobs), name="E", text=f"day {number}"), *files]
        write(bench.inputs / f"{number}.eln", blobs, crate(nodes, ["./e/"]), folder=f"export-{number}")
    bench.manifest(sources=[SOURCE])
    bench.made("--set", "curation.min_short_side_px=8")
    splits = {(row["family"], row["split"]) for row in bench.published()}
    assert len(bench.published()) == 18
    assert len(splits) == len({family for family, _ in splits}) == 6


@pytest.mark.parametrize("newer", ["a", "b"])
def test_of_an_entry_in_two_states_the_newer_is_published_whichever_export_comes_first(bench, newer):
    for name in "ab":
        moment = f"2026-01-15T{12 if name == newer else 10}:00:00+00:00"
        nodes = [
            dataset("./e/", "./e/a.png", name="E", text=f"state {name}", identifier="20260115-4af4da4ef50c"),
            file_node("./e/a.png", picture(ord(name))),
        ]
        nodes[0]["dateModified"] = moment
        write(bench.inputs / f"{name}.eln", {"e/a.png": picture(ord(name))}, crate(nodes, ["./e/"]))
    bench.manifest(sources=[SOURCE])
    said = bench.made("--set", "curation.min_short_side_px=8")
    (row,) = bench.published()
    assert (row["caption"], row["version"]) == (f"state {newer}", "20260115120000000000")
    assert {stage["name"]: stage["dropped"] for stage in said["stages"]}["4-curated"] == {"duplicate": 1}


def states(*told):
    """Return nodes and blobs of one entry in several states, each (folder, moment, names and seeds of pictures)."""
    nodes, blobs = [], {}
    for folder, moment, pictures in told:
        keys = {f"{folder}/{name}.png": picture(seed) for name, seed in pictures.items()}
        entry = dataset(f"./{folder}/", *(f"./{key}" for key in keys), name="E", text=f"state {folder}")
        nodes += [{**entry, "identifier": "20260115-4af4da4ef50c", "dateModified": moment}]
        nodes += [file_node(f"./{key}", blob) for key, blob in keys.items()]
        blobs |= keys
    return nodes, blobs


@pytest.mark.parametrize("together", [True, False])
def test_a_picture_that_the_newer_state_of_an_entry_lacks_leaves_with_the_older(bench, together):
    old = ("old", "2026-01-15T10:00:00+00:00", {"a": 1, "gone": 2, "elsewhere": 3})
    new = ("new", "2026-01-15T12:00:00+00:00", {"a": 1, "b": 4})
    for at, group in enumerate([[old, new]] if together else [[old], [new]]):
        nodes, blobs = states(*group)
        write(bench.inputs / f"{at}.eln", blobs, crate(nodes, [f"./{folder}/" for folder, *_ in group]))
    nodes = [dataset("./e/", "./e/c.png", name="F", text="another"), file_node("./e/c.png", picture(3))]
    write(bench.inputs / "z.eln", {"e/c.png": picture(3)}, crate(nodes, ["./e/"]))
    bench.manifest(sources=[SOURCE])
    said = bench.made("--set", "curation.min_short_side_px=8")
    assert sorted(row["caption"] for row in bench.published()) == ["another", "state new", "state new"]
    assert {stage["name"]: stage["dropped"] for stage in said["stages"]}["4-curated"] == {"duplicate": 3}
    told = {row["detail"] for row in bench.rows("4-curated", "dropped")}
    assert any("a newer state of the same entry is there" in detail for detail in told)


def test_what_looks_personal_is_listed_before_publishing_and_is_not_repeated(bench, caplog):
    one_entry(bench.inputs / "a.eln", text="<p>ask ada@example.org, 0000-0002-1825-0097</p>")
    bench.manifest(sources=[SOURCE])
    bench.made("--set", "curation.min_short_side_px=8")
    listed = [json.loads(line) for line in (bench.place / "personal.jsonl").read_text().splitlines()]
    assert {(one["column"], one["kind"]) for one in listed} >= {("caption", "email"), ("caption", "orcid")}
    assert "ada@" not in (bench.place / "personal.jsonl").read_text()
    assert "look like a person's e-mail or ORCID" in caplog.text
    one_entry(bench.inputs / "a.eln", text="<p>ask nobody in particular</p>")
    bench.made("--set", "curation.min_short_side_px=8")
    assert not (bench.place / "personal.jsonl").exists()


def test_who_is_named_in_a_pictures_file_is_listed_without_the_name(bench):
    out, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Author", "Ada Lovelace <ada@example.org>")
    Image.open(io.BytesIO(picture(1))).save(out, "PNG", pnginfo=info)
    nodes = [
        dataset("./e/", "./e/a.png", name="E", text="Actin in HeLa cells."),
        file_node("./e/a.png", out.getvalue()),
    ]
    write(bench.inputs / "a.eln", {"e/a.png": out.getvalue()}, crate(nodes, ["./e/"]))
    bench.manifest(sources=[SOURCE])
    bench.made("--set", "curation.min_short_side_px=8")
    told = (bench.place / "personal.jsonl").read_text()
    listed = {(one["column"], one["kind"], one["start"]) for one in map(json.loads, told.splitlines())}
    assert listed == {("image:Author", "author", None), ("image:Author", "email", None)}
    assert "ada" not in told.lower()


def test_every_reason_on_the_page_can_be_asked_for():
    table = (ROOT / "docs" / "eln.md").read_text().partition("| reason |")[2]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {reason for cell in cells for reason in re.findall(r"`(\w+)`", cell)}
    assert len(named) >= 20
    assert named <= status.REASONS


REAL = {
    "consortium/elabftw/export.eln": (12, 1),
    "consortium/SampleDB/sampledb_export.eln": (2, 1),
    "consortium/PASTA/PASTA.eln": (9, 4),
    "consortium/PASTA/goldStandard.eln": (4, 7),
    "consortium/kadi4mat/records-example.eln": (1, 0),
    "consortium/datalab/demo_IBPDKL.eln": (5, 0),
    "consortium/RSpace/RSpace-2023-12-08-14-44-xml-SELECTION-c0bEtpHcnNe-HA.eln": (3, 2),
    "elabftw_tests/multiple-experiments.eln": (9, 1),
    "elabftw_tests/single-experiment.eln": (1, 0),
    "elabftw_tests/version-103.eln": (1, 0),
    "elabftw_tests/version-104.eln": (1, 0),
    "elabftw_tests/sampledb.eln": (2, 1),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_real_exports_give_their_entries_and_pictures(command, shared_data, name):
    entries, errors = lines(command, shared_data / "eln" / name)
    assert (len(entries), sum(len(line["images"]) for line in entries)) == REAL[name]
    assert errors == []
    refused = [image["error"].partition(":")[0] for line in entries for image in line["images"] if "error" in image]
    assert refused == ["remote_file"] * ("PASTA.eln" in name)


@pytest.mark.shared
def test_facts_of_real_exports(command, shared_data):
    def told(name, entry):
        (line,) = [one for one in lines(command, shared_data / "eln" / name)[0] if one["entry"]["name"] == entry]
        return {fact["name"]: (fact["value"], fact["unit"]) for fact in line["facts"]}, line["caption"]

    facts, text = told("elabftw_tests/single-experiment.eln", "test eln export with metadata")
    assert (facts["num with unit"], facts["multi select"], text) == (("23", "unit 2"), ("Paris", None), "aieauie")
    facts, _ = told("consortium/SampleDB/sampledb_export.eln", "OMBE-1")
    assert facts["multilayer.0.films.0.thickness"] == ("5.0", "Å")
    facts, _ = told("consortium/SampleDB/sampledb_export.eln", "Measurement")
    assert facts["sample"] == ("OMBE-1", None)
    facts, text = told("consortium/kadi4mat/records-example.eln", "records-example")
    assert (text, {"actor.givenName", "actor.familyName"} & set(facts)) == ("This is a sample record.", set())
    _, text = told("elabftw_tests/version-103.eln", "Eln version 103")
    assert "Steps:\n1. Prepare chamber\n2. Add radioactive material" in text
    facts, text = told("consortium/RSpace/RSpace-2023-12-08-14-44-xml-SELECTION-c0bEtpHcnNe-HA.eln", "Editable2")
    assert (facts["MyNumber"], text.partition("\n")[0]) == (("5.0", None), "MyText")


@pytest.mark.shared
def test_a_run_over_all_real_exports_tells_every_picture_and_entry(bench, shared_data):
    bench.manifest(sources=[{**SOURCE, "path": str(shared_data / "eln")}], licenses=["CC-BY-4.0"])
    said = bench.made("--until", "1-figures")["stages"][0]
    entries = sum(count for count, _ in REAL.values()) + 9  # and the other PASTA's
    assert said["failed"] == {}
    assert said["dropped"]["remote_file"] == 2
    assert said["kept"] + sum(said["dropped"].values()) == said["found"]
    rows = bench.rows("1-figures")
    assert Counter(row["license"] for row in rows) == {"CC-BY-4.0": len(rows)}
    assert len({row["family_key"] for row in rows}) + said["dropped"]["no_figures"] <= entries
