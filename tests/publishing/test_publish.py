"""The dataset: loads, says where everything comes from, and holds the files' own bytes."""

import csv
import hashlib
import io
import json
import shutil

import pyarrow.parquet as pq
import pytest
from PIL import Image

from publishing.views import VIEWS
from schemas.features import arrow_schema
from schemas.manifest_file import load_manifest


def lines(folder):
    return list(csv.DictReader(io.StringIO((folder / "dataset" / "ATTRIBUTION.csv").read_text(encoding="utf-8"))))


def rows_of(folder):
    paths = sorted((folder / "dataset").glob("panels*/*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_it_loads_with_datasets(demo, tmp_path):
    from datasets import load_dataset

    state = json.loads((demo / "cache" / "dataset.json").read_text())["rows"]
    for view, splits in state.items():
        loaded = load_dataset(str(demo / "dataset"), view, cache_dir=str(tmp_path / "cache"))
        assert {split: len(rows) for split, rows in loaded.items()} == splits
        for rows in loaded.values():
            for row in rows:
                assert row["image"].size == (row["width_px"], row["height_px"])


def test_every_file_has_the_columns_that_the_schema_promises(demo):
    models = {view.name: view.model for view in VIEWS}
    for path in (demo / "dataset").glob("*/*.parquet"):
        wanted = arrow_schema(models[path.parent.name.removesuffix("-noncommercial")])
        assert pq.read_schema(path).remove_metadata().equals(wanted), path


def test_rows_are_sorted_by_id_and_stand_once(demo):
    for path in (demo / "dataset").glob("*/*.parquet"):
        rows = pq.read_table(path).select(["id"]).to_pylist()
        ids = [row["id"] for row in rows]
        assert ids == sorted(ids)
        assert len(set(ids)) == len(ids) or path.parent.name.startswith("conversations")
    ids = [row["id"] for row in rows_of(demo)]
    assert len(ids) == len(set(ids))


def test_a_jpeg_or_png_of_8_bits_is_published_as_the_files_own_bytes(demo):
    sources = {
        row["id"]: row for path in (demo / "1-figures").glob("*.parquet") for row in pq.read_table(path).to_pylist()
    }
    panels = {
        row["id"]: (row["figure_id"], tuple(row["box"]))
        for path in (demo / "2-panels").glob("*.parquet")
        for row in pq.read_table(path).to_pylist()
    }
    for row in rows_of(demo):
        figure_id, box = panels[row["id"]]
        figure, image = sources[figure_id], row["image"]["bytes"]
        whole = box == (0, 0, figure["width_px"], figure["height_px"])
        assert row["source_sha256"] == hashlib.sha256(figure["blob"]).hexdigest()
        assert row["image_sha256"] == hashlib.sha256(image).hexdigest()
        assert row["md5"] == hashlib.md5(image).hexdigest()
        if figure["blob_format"] in ("jpeg", "png") and figure["bit_depth"] == 8:
            assert (image == figure["blob"]) == whole
            assert row["raw"] is None
        if figure["bit_depth"] > 8:
            assert row["raw"] == figure["blob"]
            assert row["raw_format"] == figure["blob_format"]
        assert Image.open(io.BytesIO(image)).mode in ("L", "RGB", "P")


def test_a_row_carries_its_licence_source_and_credit(demo):
    for row in rows_of(demo):
        for column in ("license", "license_url", "attribution", "source", "source_id", "family", "doi", "split"):
            assert row[column], column


def test_views_part_what_may_be_sold_from_what_may_not(demo):
    views = {view: {row["license"] for path in (demo / "dataset" / view).glob("*.parquet")
                    for row in pq.read_table(path, columns=["license"]).to_pylist()}
             for view in ("panels", "panels-noncommercial")}  # fmt: skip
    assert views["panels-noncommercial"] == {"CC-BY-NC-4.0"}
    assert not {one for one in views["panels"] if "NC" in one}


def test_a_family_stands_in_one_split_over_all_views(demo):
    splits = {}
    for row in rows_of(demo):
        splits.setdefault(row["family"], set()).add(row["split"])
    assert all(len(found) == 1 for found in splits.values())
    for path in (demo / "dataset").glob("*/*.parquet"):
        assert set(pq.read_table(path, columns=["split"])["split"].to_pylist()) == {path.name.partition("-")[0]}


def test_the_sums_are_those_of_all_other_files(demo):
    folder = demo / "dataset"
    said = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert said == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if name != "SHA256SUMS"
    }


def test_every_row_has_a_line_in_the_attributions(demo):
    said = lines(demo)
    assert sorted(line["id"] for line in said) == sorted(row["id"] for row in rows_of(demo))
    assert all(line["license_url"].startswith("https://") and line["attribution"] for line in said)


def test_the_card_tells_views_licences_sources_and_what_was_left_out(demo):
    from huggingface_hub import DatasetCard

    card = DatasetCard((demo / "dataset" / "README.md").read_text(encoding="utf-8"))
    assert {config["config_name"] for config in card.data.to_dict()["configs"]} == {
        f"{view}{half}" for view in ("panels", "conversations", "questions") for half in ("", "-noncommercial")
    }
    for words in ("CC-BY-SA-4.0", "license_not_allowed 1", "image_truncated 1", "biorxiv"):
        assert words in card.text


def test_the_published_recipe_is_a_manifest_without_paths(demo):
    recipe = (demo / "dataset" / "manifest.yaml").read_text()
    assert "demo/pmc" not in recipe
    lock = json.loads((demo / "dataset" / "manifest.lock.json").read_text())
    assert lock["manifest"]["name"] == "demo"
    assert str(demo.parent) not in json.dumps(lock)
    assert lock["versions"]["pyarrow"]


def test_the_published_recipe_makes_a_manifest_again(demo, tmp_path):
    shutil.copy(demo / "dataset" / "manifest.yaml", tmp_path / "m.yaml")
    assert load_manifest(tmp_path / "m.yaml").manifest.name == "demo"


def test_no_file_names_this_machine(demo):
    for path in (demo / "dataset").rglob("*"):
        if path.is_file():
            assert str(demo).encode() not in path.read_bytes(), path.name


def test_the_same_dataset_is_not_written_twice(bench):
    bench.article(1)
    bench.made()
    before = {path: path.stat().st_ino for path in (bench.place / "dataset").rglob("*")}
    bench.made()
    assert {path: path.stat().st_ino for path in (bench.place / "dataset").rglob("*")} == before


@pytest.mark.parametrize("split", [{"seed": 18}, {"test": 0.4}])
def test_another_split_writes_the_dataset_and_no_stage(bench, split):
    for number in range(1, 8):
        bench.article(number)
    bench.made()
    before, dataset = bench.parts(), bench.dataset()
    bench.manifest(split={"by": "family", "test": 0.2, "validation": 0.2, "seed": 17, **split})
    bench.made()
    assert bench.parts() == before
    assert bench.dataset().keys() >= {"README.md", "SHA256SUMS"}
    assert bench.dataset() != dataset


def test_a_deep_picture_is_rendered_and_its_original_kept(bench):
    import numpy as np
    import tifffile

    place = bench.article(1)
    (place / "1-g001.jpg").unlink()
    counts = np.tile(np.arange(100, 1124, 8, np.uint16), (128, 1))
    tifffile.imwrite(place / "1-g001.tif", counts)
    xml = place / "PMC1.xml"
    xml.write_text(xml.read_text().replace("1-g001.jpg", "1-g001.tif"))
    bench.made()
    (row,) = bench.published()
    assert row["raw"] == (place / "1-g001.tif").read_bytes()
    shown = Image.open(io.BytesIO(row["image"]["bytes"]))
    assert (shown.mode, shown.size) == ("L", (128, 128))
    assert shown.getextrema() == (0, 255)
    assert row["source_sha256"] == hashlib.sha256(row["raw"]).hexdigest() != row["image_sha256"]


def test_several_shards_hold_what_one_would(bench, monkeypatch):
    for number in range(1, 6):
        bench.article(number)
    bench.manifest(split={"test": 0, "validation": 0})
    bench.made()
    rows = bench.published()
    monkeypatch.setattr("publishing.shards._SHARD_BYTES", 9000)
    shutil.rmtree(bench.place / "dataset")
    bench.made()
    assert len(list((bench.place / "dataset" / "panels").iterdir())) > 1
    assert bench.published() == rows


def test_the_card_says_under_which_licence_its_own_words_may_stand(bench):
    bench.article(1)
    bench.article(2, license_href="https://creativecommons.org/licenses/by-sa/4.0/")
    bench.article(3, license_href="https://creativecommons.org/licenses/by-nc/4.0/")
    bench.manifest(licenses=["CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"])
    bench.made()
    card = bench.dataset()["README.md"].decode()
    assert "in `panels` (texts, tags, boxes) may be used under [CC-BY-SA-4.0](" in card
    assert "in `panels-noncommercial` (texts, tags, boxes) may be used under [CC-BY-NC-4.0](" in card


def _loaded(folder, cache):
    """Return the ids that `load_dataset` gives, under a cache that it shares with all others, as a user's is."""
    from datasets import load_dataset

    views = load_dataset(str(folder), "panels", cache_dir=str(cache))
    return sorted(row for split in views.values() for row in split["id"])


def _on_disk(folder):
    return sorted(key for path in folder.glob("panels/*.parquet") for key in pq.read_table(path)["id"].to_pylist())


def test_load_dataset_gives_the_rows_of_this_dataset_and_not_those_that_it_loaded_before(bench, command):
    # datasets keeps what it loaded by the folder's name and its card; every workspace calls the folder `dataset`
    for number in (1, 2, 3):
        bench.article(number)
    bench.made()
    before = _loaded(bench.place / "dataset", bench.root / "cache")
    assert before == _on_disk(bench.place / "dataset")
    assert command("remove", bench.place, "--id", bench.rows("1-figures")[0]["id"], "--reason", "request").code == 0
    bench.article(4)
    bench.made()
    after = _loaded(bench.place / "dataset", bench.root / "cache")
    assert after == _on_disk(bench.place / "dataset")
    assert after != before


def test_rows_that_were_cleared_away_in_part_are_made_again(bench, monkeypatch):
    bench.article(1)
    bench.made()
    whole = bench.dataset()
    shutil.rmtree(bench.place / "dataset")

    def half(folder, **_):
        """Clear rows away as a kill may: the files are gone, their index is still there."""
        for path in folder.glob("*.arrow"):
            path.unlink()

    monkeypatch.setattr(
        "publishing.publish.shutil.rmtree", lambda folder, **_: half(folder) if folder.name == "rows" else None
    )
    bench.made()
    assert list((bench.place / "cache" / "rows").glob("*.index"))
    monkeypatch.undo()
    shutil.rmtree(bench.place / "dataset")
    bench.made()
    assert bench.dataset() == whole
