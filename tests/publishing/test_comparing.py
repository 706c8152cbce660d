"""Comparing: rows that came, went or changed are told with their columns; shards and order make no difference."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publishing.comparing import compared, line
from schemas.errors import UsageError, WorkspaceError


def row(key, **more):
    return {"id": key, "split": "train", "caption": f"of {key}", "box": [0, 0, 5, 5], "image": b"png" * 9, **more}


def written(folder, rows, view="panels", name="train-00000-of-00001.parquet"):
    (folder / view).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / view / name)
    return folder


def told(old, new):
    return {one.view: one for one in compared(old, new)}


def test_the_same_rows_in_other_shards_and_another_order_are_the_same(tmp_path):
    old = written(tmp_path / "old", [row("a"), row("b"), row("c")])
    new = written(tmp_path / "new", [row("c"), row("b")], name="train-00000-of-00002.parquet")
    written(new, [row("a")], name="train-00001-of-00002.parquet")
    said = told(old, new)["panels"]
    assert (said.before, said.after, said.added, said.removed, said.changed) == (3, 3, [], [], {})
    assert line(said.told()).endswith("3 -> 3 rows  the same")


def test_rows_that_came_went_and_changed_are_told_with_their_columns(tmp_path):
    old = written(tmp_path / "old", [row("a"), row("b"), row("c")])
    new = written(
        tmp_path / "new", [row("b", caption="other", image=b"jpg"), row("c", box=[0, 0, 6, 5], split="test"), row("d")]
    )
    said = told(old, new)["panels"]
    assert (said.added, said.removed) == ([("d",)], [("a",)])
    assert said.changed == {("b",): ["caption", "image"], ("c",): ["box", "split"]}
    assert said.columns == {"box": 1, "caption": 1, "image": 1, "split": 1}
    assert "1 added, 1 removed, 2 changed" in line(said.told())


def test_a_column_that_only_one_version_has_changes_no_row_and_is_named(tmp_path):
    old = written(tmp_path / "old", [row("a", old=1)])
    new = written(tmp_path / "new", [row("a", new=2)])
    said = told(old, new)["panels"]
    assert (said.changed, said.new_columns, said.lost_columns) == ({}, ["new"], ["old"])
    assert line(said.told()).endswith("the same; new columns: new; lost columns: old")


def test_a_view_that_one_version_lacks_has_all_its_rows_added_or_removed(tmp_path):
    old = written(tmp_path / "old", [row("a")])
    new = written(written(tmp_path / "new", [row("a")]), [row("q")], view="questions")
    said = told(old, new)
    assert (said["questions"].before, said["questions"].added) == (0, [("q",)])
    assert told(new, old)["questions"].removed == [("q",)]


def test_conversations_of_one_panel_are_told_apart_by_their_purpose(tmp_path):
    old = written(tmp_path / "old", [row("a", purpose="align"), row("a", purpose="sft")], view="conversations")
    new = written(tmp_path / "new", [row("a", purpose="align")], view="conversations")
    assert told(old, new)["conversations"].removed == [("a", "sft")]


def test_a_run_may_be_given_instead_of_its_dataset(demo):
    assert all(not (one.added or one.removed or one.changed) for one in compared(demo, demo / "dataset"))
    assert {one.view for one in compared(demo, demo)} >= {"panels", "conversations", "questions"}


def test_what_is_no_dataset_or_is_damaged_is_told(tmp_path):
    good = written(tmp_path / "good", [row("a")])
    with pytest.raises(UsageError, match="is no dataset"):
        list(compared(good, tmp_path / "none"))
    bad = shutil.copytree(good, tmp_path / "bad")
    next(bad.glob("*/*.parquet")).write_bytes(b"PAR1 no")
    with pytest.raises(WorkspaceError, match="can't be read"):
        list(compared(good, bad))
    with pytest.raises(UsageError, match="has no column id"):
        list(compared(good, written(tmp_path / "foreign", [{"x": 1}])))
