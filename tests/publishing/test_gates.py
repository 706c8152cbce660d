"""Gates: a sound dataset passes all; one bad row per gate is refused by that gate and by no other."""

import contextlib
import hashlib
import io
import json
import shutil
import sys
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.decisions import Decision, append
from pipeline.lock import read_lock
from pipeline.workspace import Workspace, write_json, write_whole
from publishing.croissant_gate import made_anew
from publishing.dataset_note import sealed_as
from publishing.file_gates import Made, _original_unlike
from publishing.gates import GATES, verdicts
from publishing.publish_doors import LIST, judge
from schemas.errors import GateError, UsageError
from schemas.manifest_sections import Queue, ReviewSettings


@pytest.fixture
def workspace(demo, tmp_path):
    """The demo's, of which the dataset and what is remembered of it may be spoilt."""
    place = tmp_path / "spoilt"
    (place / "cache").mkdir(parents=True)
    for path in demo.iterdir():
        if path.name not in ("dataset", "cache"):
            (place / path.name).symlink_to(path)
    shutil.copy(demo / "cache" / "dataset.json", place / "cache")
    shutil.copytree(demo / "dataset", place / "dataset")
    return Workspace(place)


@pytest.fixture
def dataset(workspace):
    return workspace.dataset


def fact(name, value):
    return {"name": name, "value": value, "unit": None, "id": None, "origin": "manifest"}


def refusing(workspace, dataset, manifest=None):
    manifest = manifest or read_lock(workspace)[0]
    return {each.gate: each.refused for each in verdicts(workspace, dataset, manifest) if each.refused}


def spoilt(dataset, view, **columns):
    """Rewrite columns of the first row of a view's first file, and the sums as if it had been made so."""
    path = min((dataset / view).glob("*.parquet"))
    table = pq.read_table(path)
    rows = table.to_pylist()
    before = dict(rows[0])
    rows[0] |= {name: value(before) if callable(value) else value for name, value in columns.items()}
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    summed(dataset)
    return before["id"]


def summed(dataset):
    """Write the sums as of the files that lie there, and what croissant.json tells of them where they can be read.

    The workspace remembers them, so that the other gates are asked.
    """
    _sums(dataset)
    with contextlib.suppress(pa.ArrowException, KeyError):
        write_json(dataset / "croissant.json", made_anew(dataset))
        _sums(dataset)


def _sums(dataset):
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(dataset).as_posix()}\n"
        for path in sorted(dataset.rglob("*"))
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (dataset / "SHA256SUMS").write_text("".join(lines))
    note = dataset.parent / "cache" / "dataset.json"
    write_json(note, json.loads(note.read_text()) | {"seals": [sealed_as(dataset)]})


def test_a_sound_dataset_passes_every_gate(workspace):
    said = list(verdicts(workspace, workspace.dataset, read_lock(workspace)[0]))
    assert [each.gate for each in said] == list(GATES)
    assert [one for each in said for one in each.refused] == []


def test_a_file_that_was_changed_cut_added_or_lost_is_named_and_nothing_else_judged(workspace, dataset):
    (dataset / "README.md").write_text("other")
    (dataset / "more.txt").write_text("more")
    lost = min(dataset.glob("panels/*.parquet"))
    lost.unlink()
    refused = refusing(workspace, dataset)
    assert list(refused) == ["whole"]
    assert {(one.place, one.why) for one in refused["whole"]} == {
        ("README.md", "has other bytes than SHA256SUMS tells"),
        ("more.txt", "is not in SHA256SUMS"),
        (f"panels/{lost.name}", "is missing"),
    }


def test_files_that_somebody_else_sealed_are_not_the_runs_own(workspace, dataset):
    note = workspace.cache / "dataset.json"
    before = note.read_text()
    (dataset / "README.md").write_text("other")
    summed(dataset)
    note.write_text(before)
    refused = refusing(workspace, dataset)
    assert [(gate, [(one.place, one.why) for one in rows]) for gate, rows in refused.items()] == [
        ("whole", [("SHA256SUMS", "isn't the one that this run wrote")])
    ]
    note.write_text("{}")
    assert list(refusing(workspace, dataset)) == ["whole"]


def test_a_dataset_without_its_sums_is_not_whole(workspace, dataset):
    (dataset / "SHA256SUMS").unlink()
    assert list(refusing(workspace, dataset)) == ["whole"]


def of_figure(workspace, row):
    for path in sorted((workspace.root / "2-panels").glob("*.parquet")):
        for panel in pq.read_table(path, columns=["id", "figure_id"]).to_pylist():
            if panel["id"] == row["id"]:
                return panel["figure_id"]
    raise AssertionError("no figure")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", of_figure),
        ("doi", lambda _, row: row["doi"]),
        ("source_id", lambda _, row: row["source_id"]),
        ("sha256", lambda _, row: row["source_sha256"]),
    ],
)
def test_what_was_taken_down_and_still_lies_there_is_refused_by_that_gate_alone(workspace, dataset, field, value):
    asked = {row["panel_id"] for row in rows_of(dataset, "questions", ["panel_id"])}
    row = next(row for row in rows_of(dataset, "panels", None) if row["doi"] and row["id"] in asked)
    log = workspace.root / "decisions.sqlite"
    log.unlink(missing_ok=True)
    said = {"who": "ana", "when": datetime(2026, 11, 1, tzinfo=UTC), "queue": "takedown", "stage": "1-figures"}
    named = value(workspace, row)
    append(log, [Decision(**said, id=named, field=field, after="removed", reason="retracted")])
    refused = refusing(workspace, dataset)
    assert list(refused) == ["taken_down"]
    assert row["id"] in {one.id for one in refused["taken_down"]}
    assert {one.place for one in refused["taken_down"]} >= {"panels", "questions"}
    append(log, [Decision(**said, id=named, field=field, after=None)])
    assert refusing(workspace, dataset) == {}


def rows_of(dataset, view, columns):
    for path in sorted((dataset / view).glob("*.parquet")):
        yield from pq.read_table(path, columns=columns).to_pylist()


@pytest.mark.parametrize(
    ("licence", "why"),
    [("CC-BY-NC-4.0", "forbids commercial use"), ("GPL-3.0", "not among"), ("CC-BY-ND-4.0", "not among")],
)
def test_a_row_under_another_licence_is_refused_by_that_gate_alone(workspace, dataset, licence, why):
    manifest = read_lock(workspace)[0]
    allowed = manifest.model_copy(update={"licenses": (*manifest.licenses, "CC-BY-NC-4.0")})
    key = spoilt(dataset, "conversations", license=licence)
    refused = refusing(workspace, dataset, allowed)
    assert {gate: [one.id for one in rows] for gate, rows in refused.items()} == {"licences": [key]}
    assert why in refused["licences"][0].why


def test_a_picture_that_may_not_be_adapted_stays_out_of_views_that_add_words(workspace, dataset):
    manifest = read_lock(workspace)[0]
    allowed = manifest.model_copy(update={"licenses": (*manifest.licenses, "CC-BY-ND-4.0")})
    key = spoilt(dataset, "conversations", license="CC-BY-ND-4.0")
    refused = refusing(workspace, dataset, allowed)
    assert {gate: [one.id for one in rows] for gate, rows in refused.items()} == {"licences": [key]}
    assert "forbids adaptations" in refused["licences"][0].why


def test_a_licence_that_is_not_the_workspaces_is_refused_by_that_gate_alone(workspace, dataset):
    key = spoilt(
        dataset, "conversations", license=lambda row: "CC0-1.0" if row["license"] != "CC0-1.0" else "CC-BY-4.0"
    )
    refused = refusing(workspace, dataset)
    assert [one.id for one in refused["licences"]] == [key]
    assert "the workspace says" in refused["licences"][0].why


@pytest.mark.parametrize("columns", [{"attribution": " "}, {"license_url": None}])
def test_a_row_that_thanks_nobody_is_refused_by_that_gate_alone(workspace, dataset, columns):
    table = next(path for path in sorted((dataset / "panels").glob("*.parquet")) if by_rows(path))
    key = by_rows(table)[0]
    spoil_row(dataset, table, key, **columns)
    refused = refusing(workspace, dataset)
    assert {gate: {one.id for one in rows} for gate, rows in refused.items()} == {"attribution": {key}}


def by_rows(path):
    rows = pq.read_table(path, columns=["id", "license"]).to_pylist()
    return [row["id"] for row in rows if row["license"].startswith("CC-BY")]


def spoil_row(dataset, path, key, **columns):
    table = pq.read_table(path)
    rows = [{**row, **(columns if row["id"] == key else {})} for row in table.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    summed(dataset)


def test_a_family_in_two_splits_is_refused_by_that_gate_alone(workspace, dataset):
    train = pq.read_table(min((dataset / "panels").glob("train-*.parquet")))
    other = min(path for path in (dataset / "panels").glob("*.parquet") if not path.name.startswith("train"))
    key = pq.read_table(other, columns=["id"])["id"][0].as_py()
    spoil_row(dataset, other, key, family=train["family"][0].as_py())
    assert list(refusing(workspace, dataset)) == ["splits"]


def test_a_row_of_another_family_than_its_panel_is_refused_by_that_gate_alone(workspace, dataset):
    key = spoilt(dataset, "questions", family="alone")
    refused = refusing(workspace, dataset)
    assert {gate: [(one.id, one.why) for one in rows] for gate, rows in refused.items()} == {
        "splits": [(key, "is of another split or family than its panel")]
    }


def test_a_picture_in_which_a_bar_was_said_to_be_drawn_is_compared_too(workspace, dataset):
    made = {}

    def image(row):
        made["blob"] = another_picture(row)
        return {"bytes": made["blob"], "path": None}

    bar = {"box": [0, 0, 1, 1], "length_px": 1.0, "length_um": 1.0}
    told = {"image": image, "image_sha256": lambda _: hashlib.sha256(made["blob"]).hexdigest(), "drawn_bar": bar}
    key = spoilt(dataset, "questions", **told)
    refused = refusing(workspace, dataset)
    assert {gate: [(one.id, one.why) for one in rows] for gate, rows in refused.items()} == {
        "reload": [(key, "its picture isn't the one that the workspace gives")]
    }


def test_a_panel_of_a_benchmark_is_refused_by_that_gate_alone_and_likeness_by_none(workspace, dataset):
    hit = {"benchmark": "uBench", "check": "embedding", "score": 0.99}
    key = spoilt(dataset, "panels", contamination=[hit])
    assert refusing(workspace, dataset) == {}
    spoilt(dataset, "panels", contamination=[{**hit, "check": "text"}])
    assert {gate: [one.id for one in rows] for gate, rows in refusing(workspace, dataset).items()} == {
        "contamination": [key]
    }


def test_a_quota_that_nobody_met_is_refused_by_that_gate_alone(workspace):
    queue = Queue.model_validate({"name": "audit", "from": "captions", "require": 0.95})
    manifest = read_lock(workspace)[0].model_copy(update={"review": ReviewSettings(queues=(queue,))})
    refused = refusing(workspace, workspace.dataset, manifest)
    assert {gate: [one.place for one in rows] for gate, rows in refused.items()} == {"review": ["audit"]}


def another_picture(row):
    with Image.open(io.BytesIO(row["image"]["bytes"])) as picture:
        turned = picture.rotate(180)
    out = io.BytesIO()
    turned.save(out, "PNG")
    return out.getvalue()


def test_a_picture_that_is_not_the_workspaces_is_refused_by_that_gate_alone(workspace, dataset):
    made = {}

    def image(row):
        made["blob"] = another_picture(row)
        return {"bytes": made["blob"], "path": None}

    key = spoilt(dataset, "panels", image=image, image_sha256=lambda _: hashlib.sha256(made["blob"]).hexdigest())
    refused = refusing(workspace, dataset)
    assert {gate: [(one.id, one.why) for one in rows] for gate, rows in refused.items()} == {
        "reload": [(key, "its picture isn't the one that the workspace gives")]
    }


@pytest.mark.parametrize(
    ("view", "columns", "why"),
    [
        ("panels", {"image": lambda row: {"bytes": another_picture(row), "path": None}}, "another sha256"),
        ("questions", {"width_px": 7}, "not what the row tells"),
    ],
)
def test_a_row_that_loads_otherwise_is_refused_by_that_gate_alone(workspace, dataset, view, columns, why):
    key = spoilt(dataset, view, **columns)
    refused = refusing(workspace, dataset)
    assert {gate: [one.id for one in rows] for gate, rows in refused.items()} == {"reload": [key]}
    assert why in refused["reload"][0].why


def another_class(row):
    return {"instances": [{**one, "class": "other"} for one in row["instances"]]}


def another_size(row):
    out = io.BytesIO()
    Image.fromarray(np.zeros((7, 9), np.uint16)).save(out, "PNG")
    return {"mask": {"bytes": out.getvalue(), "path": None}, "instances": []}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (lambda row: {"instances": row["instances"][:-1]}, "its mask shows other objects than its run lengths"),
        (another_class, "its mask or objects aren't those that the workspace gives"),
        (another_size, "its mask is of another size than its picture"),
        (lambda _: {"mask": None}, "has no mask"),
        (lambda _: {"instances": None}, "has no mask"),
    ],
)
def test_a_mask_that_isnt_what_the_workspace_gives_is_refused(bench, changed, why):
    bench.masked()
    place = Workspace(bench.place)
    dataset = place.dataset
    assert refusing(place, dataset) == {}
    row = next(rows_of(dataset, "segmentation", None))
    key = spoilt(dataset, "segmentation", **changed(row))
    refused = refusing(place, dataset)
    assert {gate: [(one.id, one.why) for one in rows] for gate, rows in refused.items()} == {"reload": [(key, why)]}


def test_a_picture_of_16_bit_is_refused(workspace, dataset):
    made = {}

    def image(row):
        out = io.BytesIO()
        Image.fromarray(np.zeros((row["height_px"], row["width_px"]), np.uint16)).save(out, "PNG")
        made["blob"] = out.getvalue()
        return {"bytes": made["blob"], "path": None}

    spoilt(dataset, "questions", image=image, image_sha256=lambda _: hashlib.sha256(made["blob"]).hexdigest())
    assert "8-bit" in refusing(workspace, dataset)["reload"][0].why


def test_a_row_group_that_no_viewer_shows_is_refused_by_that_gate_alone(workspace, dataset, monkeypatch):
    monkeypatch.setattr("publishing.file_gates._SCAN_BYTES", 1000)
    refused = refusing(workspace, dataset)
    assert list(refused) == ["viewer"]
    assert "row group 0 has" in refused["viewer"][0].why


def sha_of_another(told):
    told["distribution"][0]["sha256"] = "0" * 64


def a_file_less(told):
    del told["distribution"][0]


def a_column_less(told):
    (panels,) = (one for one in told["recordSet"] if one["@id"] == "panels")
    del panels["field"][3]


def no_kind_of_file(told):
    del told["distribution"][0]["encodingFormat"]


def another_standard(told):
    told["conformsTo"] = "http://example.org/1.1"


def context_from_elsewhere(told):
    told["@context"] = "https://example.org/context.json"


def licence_of_another(told):
    told["license"] = ["https://creativecommons.org/publicdomain/zero/1.0/"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (sha_of_another, "distribution ATTRIBUTION.csv: sha256 isn't what the files give"),
        (a_file_less, "distribution ATTRIBUTION.csv: isn't told"),
        (a_column_less, "recordSet panels: field isn't what the files give"),
        (no_kind_of_file, "encodingFormat"),
        (another_standard, "conformsTo"),
        (context_from_elsewhere, "another @context"),
        (licence_of_another, "license isn't what the files give"),
        (lambda told: told.pop("recordSet"), "recordSet panels: isn't told"),
    ],
)
def test_a_croissant_that_tells_something_else_is_refused_by_that_gate_alone(workspace, dataset, spoil, why):
    told = json.loads((dataset / "croissant.json").read_text())
    spoil(told)
    write_json(dataset / "croissant.json", told)
    _sums(dataset)
    refused = refusing(workspace, dataset)
    assert list(refused) == ["croissant"]
    assert any(why in one.why for one in refused["croissant"]), refused


@pytest.mark.parametrize("content", [None, b"{", b"[]"])
def test_a_croissant_that_is_gone_or_broken_is_refused_by_that_gate_alone(workspace, dataset, content):
    place = dataset / "croissant.json"
    if content is None:
        place.unlink()
    else:
        place.write_bytes(content)
    _sums(dataset)
    assert list(refusing(workspace, dataset)) == ["croissant"]


def test_where_mlcroissant_is_absent_one_line_says_what_to_install(workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlcroissant", None)
    with pytest.raises(UsageError, match="needs mlcroissant") as told:
        list(verdicts(workspace, workspace.dataset, read_lock(workspace)[0]))
    assert "pip install 'bricks[publish]'" in str(told.value)


def test_what_is_refused_is_listed_and_the_list_goes_when_all_passes(workspace, tmp_path):
    place = Workspace(shutil.copytree(workspace.root, tmp_path / "ws"))
    manifest = read_lock(place)[0]
    key = spoilt(place.dataset, "questions", width_px=7)
    heard = []
    with pytest.raises(GateError, match=r"nothing was published: refused by reload \(1\)") as told:
        judge(place, manifest, personal=False, heard=heard.append)
    assert told.value.exit_code == 4
    assert [json.loads(line)["id"] for line in (place.root / LIST).read_text().splitlines()] == [key]
    assert f"reload         REFUSES 1\n    questions {key}: " in "\n".join(heard)
    shutil.rmtree(place.root)
    shutil.copytree(workspace.root, place.root)
    write_whole(place.root / LIST, b"{}")
    judge(place, manifest, personal=False, heard=heard.append)
    assert not (place.root / LIST).exists()


def test_a_workspace_without_a_dataset_is_told(tmp_path):
    with pytest.raises(UsageError, match="there is no dataset"):
        judge(Workspace(tmp_path), None, personal=False, heard=print)


def test_a_file_or_link_that_is_no_part_of_a_dataset_is_refused_by_that_gate_alone(workspace, dataset, tmp_path):
    (dataset / "panels" / "more").mkdir()
    shard = min((dataset / "panels").glob("*.parquet"))
    shutil.copy(shard, dataset / "panels" / "more" / "train-00000-of-00001.parquet")
    (dataset / "panels" / "train.jsonl").write_text("{}\n")
    (tmp_path / "secret").write_text("x")
    (dataset / "panels-noncommercial" / "notes.txt").symlink_to(tmp_path / "secret")
    summed(dataset)
    refused = refusing(workspace, dataset)
    assert {gate: sorted(one.place for one in rows) for gate, rows in refused.items()} == {
        "columns": ["panels-noncommercial/notes.txt", "panels/more/train-00000-of-00001.parquet", "panels/train.jsonl"]
    }


@pytest.mark.parametrize(("view", "column"), [("panels", "license"), ("panels", "contamination"), ("questions", "id")])
def test_a_table_without_a_column_is_refused_and_judged_no_further(workspace, dataset, view, column):
    path = min((dataset / view).glob("*.parquet"))
    pq.write_table(pq.read_table(path).drop_columns([column]), path)
    summed(dataset)
    refused = refusing(workspace, dataset)
    assert {gate: [one.why for one in rows] for gate, rows in refused.items()} == {
        "columns": [f"has other columns than its view: {column}"]
    }


@pytest.mark.parametrize("content", [b"", b"PAR1 no table"])
def test_a_table_that_nobody_can_read_is_refused_and_judged_no_further(workspace, dataset, content):
    min((dataset / "panels").glob("*.parquet")).write_bytes(content)
    summed(dataset)
    refused = refusing(workspace, dataset)
    assert list(refused) == ["columns"]
    assert refused["columns"][0].why.startswith("can't be read")


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"answer_index": 99}, "its answer isn't the option"),
        ({"answer_index": None}, "its answer isn't the option"),
        ({"options": None}, "its answer isn't the option"),
        ({"panel_id": "0" * 32}, "is about no row of panels"),
        ({"answer": "another"}, "its answer isn't the option"),
        ({"options": lambda row: [row["answer"]] * len(row["options"])}, "two are alike"),
        ({"license": lambda row: "CC-BY-4.0" if row["license"] == "CC0-1.0" else "CC0-1.0"}, "and its panel isn't"),
    ],
)
def test_a_question_that_contradicts_itself_or_its_panel_is_refused_by_that_gate_alone(
    workspace, dataset, columns, why
):
    key = spoilt(dataset, "questions", **columns)
    refused = refusing(workspace, dataset)
    assert {gate: [one.id for one in rows] for gate, rows in refused.items()} == {"rows": [key]}
    assert why in refused["rows"][0].why


def test_a_panel_that_stands_there_twice_is_refused_by_that_gate_alone(workspace, dataset):
    path = min((dataset / "panels").glob("*.parquet"))
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), path)
    summed(dataset)
    assert {gate: [one.why for one in rows] for gate, rows in refusing(workspace, dataset).items()} == {
        "rows": ["stands there twice"]
    }


@pytest.mark.parametrize(
    ("image", "why"), [(None, "has no picture"), ({"bytes": None, "path": None}, "has no picture")]
)
def test_a_row_without_a_picture_is_refused_by_that_gate_alone(workspace, dataset, image, why):
    key = spoilt(dataset, "panels", image=image)
    refused = refusing(workspace, dataset)
    assert {gate: [(one.id, one.why) for one in rows] for gate, rows in refused.items()} == {"reload": [(key, why)]}


def test_a_picture_that_is_cut_off_is_refused_though_its_sum_is_right(workspace, dataset):
    made = {}

    def image(row):
        made["blob"] = row["image"]["bytes"][:-200]
        return {"bytes": made["blob"], "path": None}

    spoilt(
        dataset,
        "questions",
        image=image,
        image_sha256=lambda _: hashlib.sha256(made["blob"]).hexdigest(),
    )
    assert "doesn't open" in refusing(workspace, dataset)["reload"][0].why


def test_a_conversation_about_another_picture_is_refused(workspace, dataset):
    made = {}

    def image(row):
        made["blob"] = another_picture(row)
        return {"bytes": made["blob"], "path": None}

    spoilt(dataset, "conversations", image=image, image_sha256=lambda _: hashlib.sha256(made["blob"]).hexdigest())
    assert [one.why for one in refusing(workspace, dataset)["reload"]] == [
        "its picture isn't the one that the workspace gives"
    ]


def test_answers_of_a_blind_model_that_nobody_can_read_are_no_pass(workspace, tmp_path):
    place = Workspace(shutil.copytree(workspace.root, tmp_path / "ws"))
    (place.root / "blind.json").write_text('{"model": 3}')
    refused = refusing(place, place.dataset)
    assert {gate: [one.place for one in rows] for gate, rows in refused.items()} == {"questions": ["blind.json"]}


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"attribution": "Somebody Else et al., Another work, CC-BY-4.0"}, "thanks others than the workspace says"),
        ({"attribution": "CC-BY-4.0, https://doi.org/10.5555/x"}, "says of nobody"),
        ({"license_url": "https://example.org/by/4.0/"}, "an address that is none of"),
        ({"license_url": "https://creativecommons.org/licenses/by-nc/4.0/"}, "an address that is none of"),
    ],
)
@pytest.mark.parametrize("view", ["panels", "questions", "conversations"])
def test_a_row_that_thanks_others_or_names_another_licences_address_is_refused_by_that_gate_alone(
    workspace, dataset, view, columns, why
):
    table = next(path for path in sorted((dataset / view).glob("*.parquet")) if by_rows(path))
    key = by_rows(table)[0]
    spoil_row(dataset, table, key, **columns)
    refused = refusing(workspace, dataset)
    assert {gate: {one.id for one in rows} for gate, rows in refused.items()} == {"attribution": {key}}
    assert all(why in one.why for one in refused["attribution"])


@pytest.mark.parametrize(
    "url", ["http://creativecommons.org/licenses/by/4.0", "https://creativecommons.org/licenses/by/4.0/deed.de"]
)
def test_an_address_of_the_licence_in_another_spelling_is_one(workspace, dataset, url):
    path, key = next(
        (path, row["id"])
        for path in sorted((dataset / "panels").glob("*.parquet"))
        for row in pq.read_table(path, columns=["id", "license"]).to_pylist()
        if row["license"] == "CC-BY-4.0"
    )
    spoil_row(dataset, path, key, license_url=url)
    assert refusing(workspace, dataset) == {}


def with_original(dataset):
    for path in sorted((dataset / "panels").glob("*.parquet")):
        for row in pq.read_table(path, columns=["id", "raw"]).to_pylist():
            if row["raw"]:
                return path, row["id"], row["raw"]
    raise AssertionError("the demo has no original")


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"raw_format": "png"}, "that the workspace doesn't give"),
        ({"raw": None}, "or lacks it"),
        ({"raw": None, "raw_format": None}, "or lacks it"),
        ({"raw": b"II*\0 nothing"}, "isn't the one that was harvested"),
        ({"source_sha256": "0" * 64}, "another original"),
    ],
)
def test_an_original_that_is_not_the_harvested_one_is_refused_by_that_gate_alone(workspace, dataset, columns, why):
    path, key, _ = with_original(dataset)
    spoil_row(dataset, path, key, **columns)
    refused = refusing(workspace, dataset)
    assert {gate: [one.id for one in rows] for gate, rows in refused.items()} == {"reload": [key]}
    assert why in refused["reload"][0].why


def test_an_original_of_another_format_than_told_is_refused_whatever_the_workspace_says(workspace, dataset):
    _, _, raw = with_original(dataset)
    row = {"raw": raw, "raw_format": "png", "source_sha256": hashlib.sha256(raw).hexdigest()}
    assert _original_unlike(row, Made("", row["source_sha256"], "png")) == "its original is tiff, not png"


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("questions", {"question": "Ask ada@example.org: what is shown?"}),
        ("questions", {"captions": lambda row: [*row["captions"][:-1], "By 0000-0002-1825-0097."]}),
        ("questions", {"tags": ["ada@example.org"]}),
        ("conversations", {"purpose": "sft", "conversation": [{"role": "assistant", "content": "ada@example.org"}]}),
        ("panels", {"source": "images", "title": "Of ada@example.org"}),
        ("panels", {"source": "eln", "facts": [fact("e-mail", "ada@example.org")]}),
        ("panels", {"source": "eln", "organism": "ada@example.org"}),
        ("questions", {"source": "eln", "source_id": "ada@example.org"}),
        ("conversations", {"source": "eln", "conversation": [{"role": "user", "content": "ada@example.org"}]}),
    ],
)
def test_a_persons_address_in_any_text_of_any_view_is_refused_by_that_gate_alone(workspace, dataset, view, columns):
    key = spoilt(dataset, view, **columns)
    refused = refusing(workspace, dataset)
    assert {gate: {one.id for one in rows} for gate, rows in refused.items()} == {"personal": {key}}
    assert refused["personal"][0].place.startswith(f"{view}: ")
    assert "ada" not in json.dumps([one.why for one in refused["personal"] if "source_id" not in columns])


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("panels", {"caption": "Write to ada@example.org."}),
        ("conversations", {"purpose": "align", "conversation": [{"role": "assistant", "content": "ada@example.org"}]}),
    ],
)
def test_what_a_public_article_says_itself_is_let_out(workspace, dataset, view, columns):
    spoilt(dataset, view, **columns)
    assert "personal" not in refusing(workspace, dataset)


@pytest.mark.parametrize(
    ("name", "content", "gate"),
    [
        ("ATTRIBUTION.csv", b"id,license\n\xff\xfe,CC0-1.0\n", "attribution"),
        ("ATTRIBUTION.csv", b"key,license\na,CC0-1.0\n", "attribution"),
        ("manifest.lock.json", None, "croissant"),
        ("manifest.lock.json", b"[]", "croissant"),
        ("README.md", b"# No front\n", "reload"),
        ("README.md", b"---\n- : [\n---\n", "reload"),
    ],
)
def test_a_paper_that_nobody_can_read_is_refused_and_nothing_breaks(workspace, dataset, name, content, gate):
    if content is None:
        (dataset / name).unlink()
    else:
        (dataset / name).write_bytes(content)
    with contextlib.suppress(OSError, TypeError):  # what croissant.json tells can't be made of a broken lock
        summed(dataset)
    _sums(dataset)
    refused = refusing(workspace, dataset)
    assert list(refused) == [gate]
    assert [one.place for one in refused[gate]] == [name]
    assert "can't be read" in refused[gate][0].why


@pytest.mark.parametrize(
    ("said", "other", "why"),
    [
        ("config_name: panels\n", "config_name: pictures\n", "its config panels isn't"),
        ("path: panels/test-*.parquet", "path: panels/train-*.parquet", "its config panels isn't"),
        ("split: test\n", "split: train\n", "can't be read"),
        ("path: questions/train-*.parquet", "path: https://example.org/train.parquet", "its config questions isn't"),
    ],
)
def test_a_card_whose_configs_load_something_else_is_refused_by_that_gate_alone(workspace, dataset, said, other, why):
    card = (dataset / "README.md").read_text()
    assert said in card
    (dataset / "README.md").write_text(card.replace(said, other, 1))
    summed(dataset)
    refused = refusing(workspace, dataset)
    assert list(refused) == ["reload"]
    assert any(why in one.why for one in refused["reload"])


def test_what_a_labs_own_folder_of_masks_says_is_searched_for_persons(bench):
    for folder in ("images", "masks"):
        (bench.inputs / folder).mkdir(parents=True)
        shade = np.random.default_rng(1).integers(0, 256, (100, 110)) if folder == "images" else np.eye(100, 110)
        Image.fromarray(shade.astype(np.uint8)).save(bench.inputs / folder / "1.png")
    source = {"type": "masks", "path": "inputs", "format": "labels", "license": "CC0-1.0"}
    metadata = {"organism": "mouse of dora@hospital.example"}
    bench.manifest(sources=[{**source, "images": "images/*.png", "masks": "masks/*.png", "metadata": metadata}])
    bench.made()
    place = Workspace(bench.place)
    refused = refusing(place, place.dataset)
    assert list(refused) == ["personal"]
    assert {one.place.partition(":")[0] for one in refused["personal"]} >= {"panels", "segmentation"}
