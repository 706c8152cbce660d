"""ELN records: entries with pictures become figures, each with its own words, and nobody is named."""

import base64
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from eln_exports import HTML, STAIN, brought, crate, dataset, file_node, one_entry, picture, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.eln_contract import Contract
from ingest.eln_lines import export_lines
from ingest.eln_reading import opened
from ingest.eln_records import figures_of
from ingest.eln_settlement import Terms
from schemas.errors import ReasonedError


def test_one_picture_has_all_words_of_its_entry(tmp_path):
    one_entry(tmp_path / "a.eln", text="<p>Fixed.</p><p><img src='a.png'></p><p>Stained.</p>", variableMeasured=[STAIN])
    (figure,), dropped = brought(tmp_path, attribution="A Lab")
    assert (figure.caption, figure.mentions, dropped) == ("Fixed.\n\nStained.", [], [])
    assert (figure.source, figure.license, figure.attribution) == ("eln", "CC-BY-4.0", "A Lab")
    assert ("Stain", "DAPI") in [(fact.name, fact.value) for fact in figure.facts]
    assert (figure.member, figure.width_px, figure.blob) == ("export/e/a.png", 24, picture(1))


def several(path, text, **more):
    """Write an export of one entry with pictures a, b and c."""
    blobs = {f"e/{name}.png": picture(seed) for seed, name in enumerate("abc")}
    files = [file_node(f"./{key}", blob, **more.get(key[2], {})) for key, blob in blobs.items()]
    nodes = [dataset("./e/", *(f"./{key}" for key in blobs), name="E", text=text, encodingFormat=HTML), *files]
    return write(path, blobs, crate(nodes, ["./e/"]))


def test_each_of_several_pictures_has_its_nearest_words_and_all_share_the_entry(tmp_path):
    text = "<p>wild type</p><img src='a.png'><p>mutant</p><img src='b.png'><p>end</p>"
    several(tmp_path / "a.eln", text, c={"description": "a blank"})
    figures, _ = brought(tmp_path)
    assert [figure.caption for figure in figures] == ["wild type", "mutant", "a blank"]
    assert {figure.family_key for figure in figures} == {figures[0].family_key}
    assert {figure.mentions[0].text for figure in figures} == {"wild type\n\nmutant\n\nend"}


@pytest.mark.parametrize("key", ["text", "description", "articleBody"])
def test_of_a_text_in_several_strings_all_are_read(tmp_path, key):
    one_entry(tmp_path / "a.eln", **{"text": "", key: ["<p>first</p>", {"@value": "<p>second</p>"}, "<p>first</p>"]})
    (figure,), _ = brought(tmp_path)
    assert figure.caption == "first\n\nsecond"


def test_ids_stay_when_an_entry_is_exported_again(tmp_path):
    for name in ("a", "b"):
        one_entry(tmp_path / name / f"{name}.eln", identifier="20250916-4af4da4ef50c")
    first, again = (brought(tmp_path / name)[0][0] for name in ("a", "b"))
    assert (first.id, first.source_id) == (again.id, "20250916-4af4da4ef50c")


def test_entries_of_two_notebooks_at_one_place_are_two(tmp_path):
    for lab in ("a", "b"):
        one_entry(tmp_path / f"{lab}.eln", identifier="1", url=f"https://{lab}.example.org/objects/1")
    one, other = brought(tmp_path)[0]
    assert (one.id != other.id, one.family_key != other.family_key) == (True, True)
    assert "example.org" not in one.model_dump_json(exclude={"blob"})


def test_entries_of_one_place_that_say_nothing_of_themselves_are_told_apart_by_what_they_hold(tmp_path):
    nodes = [dataset("./e/", "./e/a.png", name="E", text="w"), {"@id": "./e/a.png", "@type": "File"}]
    for name, seed, text in (("a", 1, "w"), ("b", 2, "w"), ("c", 1, "other"), ("d", 1, "w")):
        said = [{**nodes[0], "text": text}, nodes[1]]
        write(tmp_path / f"{name}.eln", {"e/a.png": picture(seed)}, crate(said, ["./e/"]))
    figures, _ = brought(tmp_path)
    assert len(figures) == 4
    assert len({figure.id for figure in figures}) == len({figure.family_key for figure in figures}) == 3


@pytest.mark.parametrize(("member", "at_id"), [("k\u00fcr.png", "ku\u0308r.png"), ("ku\u0308r.png", "k\u00fcr.png")])
def test_an_accent_tells_no_files_apart_and_changes_no_name(tmp_path, member, at_id):
    for seed in (1, 2):
        nodes = [dataset("./e/", f"./e/{at_id}", name="E", text="w"), file_node(f"./e/{at_id}", picture(seed))]
        del nodes[1]["sha256"]
        write(tmp_path / f"{seed}.eln", {f"e/{member}": picture(seed)}, crate(nodes, ["./e/"]))
    one, other = brought(tmp_path)[0]
    assert (one.member, one.blob, other.blob) == (f"export/e/{member}", picture(1), picture(2))
    assert one.family_key != other.family_key


def test_a_picture_written_into_the_text_is_taken(tmp_path):
    src = f"data:image/png;base64,{base64.b64encode(picture(7)).decode()}"
    nodes = [dataset("./e/", name="E", text=f"<p>nuclei <img src='{src}'></p>")]
    write(tmp_path / "a.eln", {}, crate(nodes, ["./e/"]))
    (figure,), _ = brought(tmp_path)
    assert (figure.caption, figure.blob, figure.member) == ("nuclei", picture(7), "#inline-1")


@pytest.mark.parametrize(
    "head", ["data:image/png;charset=utf-8;base64,", "DATA:IMAGE/PNG;BASE64,", "data:image/png;base64, "]
)
def test_a_picture_written_into_the_text_is_taken_however_its_kind_is_said(tmp_path, head):
    src = f"{head}{base64.b64encode(picture(7)).decode()}"
    write(tmp_path / "a.eln", {}, crate([dataset("./e/", name="E", text=f"<p>nuclei <img src='{src}'></p>")], ["./e/"]))
    (figure,), _ = brought(tmp_path)
    assert (figure.caption, figure.blob) == ("nuclei", picture(7))


@pytest.mark.parametrize(("listed", "kind"), [((), "File"), (("./e/a.png",), "Thing")])
def test_a_picture_that_is_no_file_of_an_entry_is_told(tmp_path, listed, kind):
    nodes = [dataset("./e/", *listed, name="E", text="words"), {**file_node("./e/a.png", picture(1)), "@type": kind}]
    write(tmp_path / "a.eln", {"e/a.png": picture(1)}, crate(nodes, ["./e/"]))
    assert [reason for reason, _ in brought(tmp_path)[1]] == ["file_not_listed", "no_figures"]


def test_the_script_in_the_description_of_a_file_does_not_come_through(tmp_path):
    described = file_node("./e/a.png", picture(1), description="<script>alert(1)</script>Nuclei")
    write(
        tmp_path / "a.eln",
        {"e/a.png": picture(1)},
        crate([dataset("./e/", "./e/a.png", name="E"), described], ["./e/"]),
    )
    (figure,), _ = brought(tmp_path)
    assert figure.caption == "Nuclei"


def test_a_step_whose_place_is_no_number_comes_last(tmp_path):
    steps = [{"@type": "HowToStep", "position": at, "text": f"step {at}"} for at in ("2", "nan", "1")]
    one_entry(tmp_path / "a.eln", step=steps)
    (figure,), _ = brought(tmp_path)
    assert figure.caption.endswith("1. step 1\n2. step 2\n3. step nan")


def test_each_of_several_pictures_in_a_text_has_its_own_words(tmp_path):
    heads = ["data:image/png;base64", "DATA:IMAGE/PNG;BASE64"]
    srcs = [f"{head},{base64.b64encode(picture(seed)).decode()}" for seed, head in enumerate(heads)]
    text = "".join(f"<p>day {at} <img src='{src}'></p>" for at, src in enumerate(srcs))
    write(tmp_path / "a.eln", {}, crate([dataset("./e/", name="E", text=text)], ["./e/"]))
    assert [figure.caption for figure in brought(tmp_path)[0]] == ["day 0", "day 1"]


def test_what_is_no_pair_says_why(tmp_path):
    nodes = [
        dataset("./e/", name="no picture", text="words"),
        dataset("./f/", "./f/a.png", name="no words"),
        dataset("./g/", name="old", text="words", status="archived"),
        file_node("./f/a.png", picture(1)),
    ]
    write(tmp_path / "a.eln", {"f/a.png": picture(1), "x/b.png": picture(2)}, crate(nodes, ["./e/", "./f/", "./g/"]))
    figures, dropped = brought(tmp_path)
    assert figures == []
    assert [reason for reason, _ in dropped] == ["entry_archived", "file_undescribed", "no_figures", "no_caption"]
    assert dropped[3][1].startswith("a.png: its entry says nothing")


@pytest.mark.parametrize("listed", [["./p/"], ["./p/", "./p/n/"]])
def test_each_picture_of_a_container_and_a_child_without_words_is_told_by_name(tmp_path, listed):
    blobs = {f"p/{name}.png": picture(seed) for seed, name in enumerate(("c/a", "n/b", "n/b2", "d"))}
    nodes = [
        dataset("./p/", "./p/c/", "./p/n/", "./p/d.png", name="Project"),
        dataset("./p/c/", "./p/c/a.png", name="Child", text="words"),
        dataset("./p/n/", "./p/n/b.png", "./p/n/b2.png", name="Folder", text=""),
        *(file_node(f"./{key}", blob) for key, blob in blobs.items()),
    ]
    write(tmp_path / "a.eln", blobs, crate(nodes, listed))
    (figure,), dropped = brought(tmp_path)
    assert figure.caption == "words"
    assert {reason for reason, _ in dropped} == {"no_caption"}
    assert sorted(detail.partition(":")[0] for _, detail in dropped) == ["b.png", "b2.png", "d.png"]


def test_of_two_entries_under_one_id_it_is_told_what_is_not_taken(tmp_path):
    nodes = [
        dataset("./e/", "./e/a.png", name="One", text="first"),
        dataset("./e/", "./e/a.png", name="Two", text="second", genre="note"),
        file_node("./e/a.png", picture(1)),
        file_node("./e/a.png", picture(1)),
    ]
    write(tmp_path / "a.eln", {"e/a.png": picture(1)}, crate(nodes, ["./e/"]))
    (figure,), dropped = brought(tmp_path)
    assert (figure.caption, [fact.value for fact in figure.facts if fact.name == "kind"]) == ("first", ["note"])
    ((reason, detail),) = dropped
    assert (reason, detail.partition(": ")[0], detail.rpartition(": ")[2]) == ("entry_twice", "One", "name, text")


def test_without_a_text_the_fields_are_the_words(tmp_path):
    one_entry(tmp_path / "a.eln", text="", variableMeasured=[STAIN])
    (figure,), _ = brought(tmp_path)
    assert figure.caption == "Entry. Stain: DAPI."


def test_an_exporters_licence_is_recorded_and_is_no_consent(tmp_path):
    one_entry(tmp_path / "a.eln", license={"@id": "https://creativecommons.org/licenses/by-nc-sa/4.0/"})
    (figure,), _ = brought(tmp_path, license=None)
    assert (figure.license, figure.license_evidence) == (None, None)
    assert ["by-nc-sa" in fact.value for fact in figure.facts if fact.name == "export_license"] == [True]


def test_nobody_is_named(tmp_path):
    path = one_entry(tmp_path / "a.eln", author={"@id": "#ada"})
    blob = {"@id": "#ada", "@type": "Person", "name": "Ada Lovelace", "email": "ada@example.org"}
    nodes = [dataset("./e/", "./e/a.png", name="E", text="w", author={"@id": "#ada"}), blob]
    write(path, {"e/a.png": picture(1)}, crate([*nodes, file_node("./e/a.png", picture(1))], ["./e/"]))
    (figure,), _ = brought(tmp_path)
    said = figure.model_dump_json(exclude={"blob"})
    assert "Lovelace" not in said
    assert "ada@" not in said
    assert [len(fact.value) for fact in figure.facts if fact.name == "person"] == [16]


def test_steps_are_told_in_the_order_in_which_they_are_done(tmp_path):
    inline = {"@type": "HowToStep", "position": 2, "itemListElement": [{"@type": "HowToDirection", "text": "stain"}]}
    nodes = [
        dataset("./e/", "./e/a.png", name="E", text="<p>w</p>", step=[inline, {"@id": "#s"}]),
        {"@id": "#s", "@type": "HowToStep", "position": 1, "itemListElement": {"@id": "#d"}},
        {"@id": "#d", "@type": "HowToDirection", "text": "<p>fix</p>"},
        file_node("./e/a.png", picture(1)),
    ]
    write(tmp_path / "a.eln", {"e/a.png": picture(1)}, crate(nodes, ["./e/"]))
    (figure,), _ = brought(tmp_path)
    assert figure.caption == "w\n\nSteps:\n1. fix\n2. stain"


REAL_SHAPE = [
    dataset(
        "./e/",
        "./e/a.png",
        "./e/c/",
        name="E",
        text="<p>w <img src='a.png'></p>",
        keywords="a,b",
        license={"@id": "https://creativecommons.org/licenses/by/4.0/"},
        author={"@id": "#p"},
        step=[{"@id": "#s"}],
        comment=[{"@id": "#k"}],
        isBasedOn={"@id": "./e/c/"},
        variableMeasured=[{"@id": "#v"}, {"propertyID": "elabftw_metadata", "value": '{"extra_fields": {}}'}],
        about={"@id": "#t"},
    ),
    dataset("./e/c/", text="child", description={"@id": "#t"}),
    file_node("./e/a.png", picture(1), alternateName="x/a.png", description="d"),
    {"@id": "#p", "@type": "Person", "name": "Ada"},
    {"@id": "#s", "@type": "HowToStep", "position": 1, "itemListElement": {"@type": "HowToDirection", "text": "do"}},
    {"@id": "#v", "@type": "PropertyValue", "propertyID": "T", "value": [1, {"@id": "#v"}], "unitText": "C"},
    {"@id": "#k", "@type": ["Comment", "Dataset"], "text": "c"},
    {"@id": "#t", "@type": "TextObject", "text": "t", "name": "n"},
]
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "./", "./e/", "#v", "x", "\ud800", "\x00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@id", "@type", "text", "x"]), inner),
    max_leaves=4,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_a_crate_holds_it_is_read_or_refused(data):
    nodes = [dict(node) for node in REAL_SHAPE]
    for _ in range(data.draw(st.integers(1, 4))):
        node = data.draw(st.sampled_from(nodes))
        node[data.draw(st.sampled_from(sorted(node)))] = data.draw(ODD)
    blob = json.dumps(crate(nodes, ["./e/"])).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.eln", {"e/a.png": picture(1)}, blob)
        with suppress(ReasonedError), opened(path) as export:
            for row in figures_of(export, "eln", Terms("CC0-1.0"), Contract()):
                assert row.model_dump_json(exclude={"blob"})
        list(export_lines(path))
