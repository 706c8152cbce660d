"""Croissant: mlcroissant finds nothing to say against it, and reads every row, column and picture of the files."""

import io
import json
import warnings

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from publishing.views import VIEWS
from schemas.features import arrow_schema

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of mlcroissant's with rdflib
MODELS = {name: view.model for view in VIEWS for name in view.names}


@pytest.fixture(scope="module")
def read(demo):
    """What mlcroissant makes of the demo's file."""
    return read_from(demo / "dataset")


def read_from(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import mlcroissant

        return mlcroissant.Dataset(jsonld=folder / "croissant.json")


def told(folder):
    return json.loads((folder / "croissant.json").read_text(encoding="utf-8"))


def rows_of(folder, view):
    return [row for path in sorted((folder / view).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_mlcroissant_has_no_error_and_no_warning(read):
    issues = read.metadata.ctx.issues
    assert (list(issues.errors), list(issues.warnings)) == ([], [])
    assert read.metadata.ctx.is_v1_1()


def test_every_record_set_gives_the_rows_of_the_files_in_all_columns(demo, read):
    folder = demo / "dataset"
    views = [one.id for one in read.metadata.record_sets if one.id != "splits"]
    assert set(views) == {path.name for path in folder.iterdir() if path.is_dir()}
    for view in views:
        rows, records = rows_of(folder, view), list(read.records(view))
        for column in ("id", "license", "attribution", "split", "image_sha256"):
            assert [text(record[f"{view}/{column}"]) for record in records] == [row[column] for row in rows]
        assert {key.split("/")[1] for record in records for key in record} == set(arrow_schema(MODELS[view]).names)


def test_pictures_decode_and_nested_values_are_those_of_the_row(demo, read):
    rows = {row["id"]: row for row in rows_of(demo / "dataset", "panels")}
    for record in read.records("panels"):
        row = rows[text(record["panels/id"])]
        assert record["panels/image"].size == (row["width_px"], row["height_px"])
        assert record["panels/box"] == row["box"]
        assert [text(one["panels/mentions/text"]) for one in record["panels/mentions"]] == [
            one["text"] for one in row["mentions"]
        ]
        assert [text(one["panels/annotations/where"]) for one in record["panels/annotations"]] == [
            one["where"] for one in row["annotations"]
        ]
        assert record["panels/year"] == row["year"]
        assert text(record["panels/raw"]) == row["raw"]


def test_the_splits_are_a_record_set_of_their_own(demo, read):
    splits = {text(record["splits/name"]) for record in read.records("splits")}
    assert splits == {path.name.partition("-")[0] for path in (demo / "dataset").glob("*/*.parquet")}


def test_a_split_says_what_it_is_for(read):
    uses = {text(record["splits/name"]): text(record["splits/url"]) for record in read.records("splits")}
    assert uses == {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}


def test_masks_and_their_objects_are_read(bench):
    bench.masked()
    folder = bench.place / "dataset"
    (row,), (record,) = rows_of(folder, "segmentation"), list(read_from(folder).records("segmentation"))
    assert np.array_equal(np.asarray(record["segmentation/mask"]), np.asarray(opened(row["mask"])))
    assert [one["segmentation/instances/area_px"] for one in record["segmentation/instances"]] == [900, 900]
    assert list(map(text, record["segmentation/instances/rle"]["segmentation/instances/rle/counts"])) == [
        one["rle"]["counts"] for one in row["instances"]
    ]


def opened(picture):
    return Image.open(io.BytesIO(picture["bytes"]))


def test_it_names_every_file_with_its_sum_and_size_but_those_made_of_it(demo):
    folder = demo / "dataset"
    sums = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    named = {one["@id"]: one for one in told(folder)["distribution"] if one["@type"] == "cr:FileObject"}
    assert named.keys() == sums.keys() - {"croissant.json", "ro-crate-metadata.json"}
    for name, one in named.items():
        assert (one["contentUrl"], one["sha256"]) == (name, sums[name])
        assert one["contentSize"] == f"{(folder / name).stat().st_size} B"


def test_it_tells_what_holds_of_these_rows_and_where_they_come_from(demo):
    said = told(demo / "dataset")
    assert "pmc (11 rows), biorxiv (5 rows)" in said["rai:dataCollection"]
    assert "The most frequent modality is light microscopy, of 6 of 16 panels." in said["rai:dataBiases"]
    assert "organism of 16" in said["rai:dataCollectionMissingData"]
    assert {"Training", "Validation", "Testing"} <= set(said["rai:dataUseCases"])
    assert "rai:dataCollectionTimeFrame" not in said  # local copies tell no day
    assert [one["prov:label"] for one in said["prov:wasDerivedFrom"]] == ["pmc: 11 rows", "biorxiv: 5 rows"]
    made = said["prov:wasGeneratedBy"]
    lock = (demo / "dataset" / "SHA256SUMS").read_text().split("  manifest.lock.json")[0][-64:]
    assert made["prov:used"][0]["prov:label"] == f"manifest.lock.json sha256:{lock}"
    assert len(said["license"]) == 5


def test_the_day_is_that_of_the_newest_row_and_never_the_clocks(live):
    live.server.add(1, figures=1, unused=0)
    live.made()
    folder = live.place / "dataset"
    days = {row["retrieved_at"].date().isoformat() for row in rows_of(folder, "panels")}
    assert told(folder)["datePublished"] == max(days)
    assert told(folder)["rai:dataCollectionTimeFrame"] == [min(days), max(days)]


def test_no_contact_private_address_or_path_stands_in_any_paper(live):
    live.server.add(1, figures=1, unused=0)
    live.made()
    papers = {path.name: path.read_bytes() for path in (live.place / "dataset").iterdir() if path.is_file()}
    assert len(papers) == 8
    for name, blob in papers.items():
        for secret in (b"lab@example.org", b"127.0.0.1", b"localhost", str(live.root).encode()):
            assert secret not in blob, (name, secret)


def test_the_same_inputs_give_the_same_bytes(bench):
    bench.article(1)
    bench.made()
    bench.made(place=bench.root / "again")
    here, there = bench.dataset(), bench.dataset(bench.root / "again")
    for name in ("croissant.json", "ro-crate-metadata.json", "contact-sheet.jpg", "README.md", "SHA256SUMS"):
        assert here[name] == there[name], name


def test_a_date_alone_that_nothing_tells_is_not_asked_for(demo, caplog):
    from publishing.croissant_gate import _errors

    said = json.loads((demo / "dataset" / "croissant.json").read_text())
    said.pop("datePublished", None)
    assert _errors(said) == []
    assert "recommended" not in caplog.text
    said.pop("license")
    _errors(said)
    assert "recommended" in caplog.text
