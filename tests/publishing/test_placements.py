"""Placements: a dataset that inherits its splits, from run to run; what leaves is told everywhere."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publishing.shards import divided
from publishing.splits import SPLITS


def split_of(rows):
    return {row["id"]: row["split"] for row in rows}


@pytest.fixture
def old(bench):
    """A published dataset of eight articles, kept beside the workspace; splits as the shares say."""
    for number in range(1, 9):
        bench.article(number)
    bench.made()
    shutil.copytree(bench.place / "dataset", bench.root / "old")
    return split_of(bench.published())


def keep(bench, **more):
    bench.manifest(split={"test": 0.2, "validation": 0.2, "seed": 99, "keep": "old", **more})


def test_the_same_rows_keep_their_splits_under_another_seed(bench, old):
    bench.manifest(split={"test": 0.2, "validation": 0.2, "seed": 99})
    bench.made()
    assert split_of(bench.published()) != old
    keep(bench)
    bench.made()
    assert split_of(bench.published()) == old
    assert {row["origin"] for row in bench.rows("6-splits")} == {"inherited"}


def test_new_rows_join_and_none_of_the_old_ones_moves(bench, old):
    keep(bench)
    for number in range(9, 15):
        bench.article(number)
    bench.made()
    now = split_of(bench.published())
    assert {key: now[key] for key in old} == old
    assert len(now) == 14
    assert {row["split"] for row in bench.published() if row["id"] not in old} > {"train"}


def relabelled(folder, wanted):
    """Write the published dataset anew so that each id of `wanted` was published in that split, panels alone."""
    for other in folder.glob("conversations*"):
        shutil.rmtree(other)
    paths = sorted((folder / "panels").glob("*.parquet"))
    table = pa.concat_tables([pq.read_table(path) for path in paths])
    for path in paths:
        path.unlink()
    for split in set(wanted.values()):
        mine = [at for at, key in enumerate(table["id"].to_pylist()) if wanted.get(key) == split]
        part = table.take(mine)
        column = pa.array([split] * len(mine))
        part = part.set_column(part.schema.get_field_index("split"), "split", column)
        pq.write_table(part, folder / "panels" / f"{split}-00000-of-00001.parquet")


@pytest.fixture
def torn(bench):
    """An article with two figures that were published apart, as if they had been two works then."""
    bench.article(1, figures=2)
    for number in range(2, 7):
        bench.article(number)
    bench.made()
    folder = bench.root / "old"
    shutil.copytree(bench.place / "dataset", folder)
    rows = bench.published()
    (trained, tested) = (row["id"] for row in rows if row["source_id"] == "PMC1")
    relabelled(folder, {**{row["id"]: "train" for row in rows}, tested: "test"})
    return trained, tested


def as_two_works(folder, trained):
    """Give the row that was trained on the family and source of another work."""
    path = folder / "panels" / "train-00000-of-00001.parquet"
    table = pq.read_table(path)
    for name in ("family", "source_id"):
        values = [
            "another" if key == trained else value
            for key, value in zip(table["id"].to_pylist(), table[name].to_pylist(), strict=True)
        ]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    pq.write_table(table, path)


def test_a_row_that_was_trained_on_leaves_a_work_that_is_for_testing_and_is_told_everywhere(bench, torn, command):
    trained, tested = torn
    as_two_works(bench.root / "old", trained)
    keep(bench)
    said = bench.made()
    now = split_of(bench.published())
    assert now[tested] == "test"
    assert trained not in now
    (gone,) = bench.rows("6-splits", "dropped")
    assert (gone["id"], gone["reason"], gone["source_id"]) == (trained, "published_in_train", "PMC1")
    for stages in (said["stages"], command("status", bench.place, "--json").json["stages"]):
        sums = stages[-1]
        assert (sums["name"], sums["found"], sums["kept"], sums["complete"]) == ("6-splits", 7, 6, True)
        assert sums["dropped"] == {"published_in_train": 1}
    (line,) = command("show", bench.place, "--dropped", "published_in_train", "--json").lines
    assert line["id"] == trained
    assert "published_in_train" in command("explain", bench.place, trained).out
    assert "published_in_train" in (bench.place / "report" / "index.html").read_text()
    assert "published_in_train 1" in (bench.place / "dataset" / "README.md").read_text()
    assert len(command("show", bench.place, "--json").lines) == 7


def test_without_keep_there_is_no_such_stage_any_more(bench, old, command):
    keep(bench)
    bench.made()
    assert (bench.place / "6-splits").is_dir()
    bench.manifest()
    bench.made()
    assert not (bench.place / "6-splits").exists()
    names = [stage["name"] for stage in command("status", bench.place, "--json").json["stages"]]
    assert "6-splits" not in names


def test_a_dataset_may_inherit_from_itself_and_is_current_then(bench, old):
    keep(bench, keep="./ws/dataset")
    bench.made()
    bench.made()  # its card says that it inherits, which was not so when it was read
    before = {path: path.stat().st_ino for path in (bench.place / "dataset").rglob("*")}
    bench.made()
    assert {path: path.stat().st_ino for path in (bench.place / "dataset").rglob("*")} == before
    assert split_of(bench.published()) == old


def test_another_published_state_makes_the_dataset_anew(bench, old):
    keep(bench)
    bench.made()
    relabelled(bench.root / "old", dict.fromkeys(old, "validation"))
    (bench.root / "old" / "SHA256SUMS").unlink()
    bench.made()
    assert set(split_of(bench.published()).values()) == {"validation"}


def test_the_published_recipe_names_no_folder_and_the_card_says_what_was_looked_for(bench, old):
    keep(bench, keep=str(bench.root / "old"))
    bench.made()
    files = bench.dataset()
    assert all(str(bench.root).encode() not in content for content in files.values())
    assert "keep: local" in files["manifest.yaml"].decode()
    card = " ".join(files["README.md"].decode().split())
    assert "8 families, 0 clusters, 8 pictures by their bytes, 8 source ids; none stands in two splits" in card
    assert "Splits are inherited from an earlier version" in card
    page = (bench.place / "report" / "index.html").read_text()
    assert "duplicate cluster 0, family 8, image sha256 8, source id 8" in page


def test_a_folder_that_isnt_there_ends_the_run_with_one_line_and_leaves_the_dataset(bench, old):
    before = bench.dataset()
    keep(bench, keep="nowhere/x/y")
    said = bench.run()
    assert said.code == 2
    assert "split.keep: nowhere/x/y: no published dataset is here" in said.err
    assert "new items" not in said.err
    assert bench.dataset() == before


def in_two_splits(*asked):
    each = [divided(*asked) for _ in range(2)]
    for rows, split in zip(each, ("train", "test"), strict=True):
        rows["split"] = SPLITS.index(split)
    return np.concatenate(each)


def test_a_division_that_leaks_is_refused_with_exit_4_and_the_old_dataset_stays(bench, old, monkeypatch):
    before = bench.dataset()
    monkeypatch.setattr("publishing.publish.divided", in_two_splits)
    bench.manifest(split={"test": 0.5, "seed": 5})
    said = bench.run()
    assert said.code == 4
    assert "leaks between splits, so nothing was published" in said.err
    kinds = [json.loads(line)["kind"] for line in (bench.place / "leakage.jsonl").read_text().splitlines()]
    assert kinds == ["family"] * 8 + ["image_sha256"] * 8 + ["source_id"] * 8
    assert bench.dataset() == before
    monkeypatch.undo()
    bench.made()
    assert not (bench.place / "leakage.jsonl").exists()
