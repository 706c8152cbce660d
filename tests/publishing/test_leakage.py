"""Leakage: what stands in two splits of a dataset's files is found over all views, whoever wrote them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.workspace import Workspace
from publishing.leakage import KINDS, check_leakage, refuse_leakage
from schemas.errors import GateError

_COLUMNS = ("family", "duplicate_cluster", "image_sha256", "source", "source_id")


def row(number, **more):
    said = {"family": f"f{number}", "duplicate_cluster": None, "image_sha256": f"i{number}"}
    return {**said, "source": "pmc", "source_id": f"PMC{number}", **more}


def write(folder, name, rows, columns=_COLUMNS, split=None):
    path = folder / f"{name}-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {column: pa.array([one[column] for one in rows], pa.string()) for column in columns}
    said["split"] = [split or path.name.partition("-")[0]] * len(rows)
    pq.write_table(pa.table(said), path)


def test_a_clean_dataset_is_counted(tmp_path):
    write(tmp_path, "panels/train", [row(1), row(2, duplicate_cluster="c"), row(3, family="f1")])
    write(tmp_path, "panels/test", [row(4)])
    write(tmp_path, "segmentation/train", [row(1)], columns=("family", "image_sha256", "source", "source_id"))
    checked = check_leakage(tmp_path)
    assert checked.leaks == ()
    assert checked.looked_at == {"family": 3, "duplicate_cluster": 1, "image_sha256": 4, "source_id": 4}


@pytest.mark.parametrize("view", ["panels", "panels-noncommercial", "segmentation"])
@pytest.mark.parametrize(
    ("column", "kind", "value"),
    [
        ("family", "family", "f1"),
        ("duplicate_cluster", "duplicate_cluster", "c1"),
        ("image_sha256", "image_sha256", "i1"),
        ("source_id", "source_id", "pmc PMC1"),
    ],
)
def test_what_stands_in_two_splits_is_found_over_all_views(tmp_path, view, column, kind, value):
    first = row(1, duplicate_cluster="c1")
    write(tmp_path, "panels/train", [first, row(2)])
    write(tmp_path, f"{view}/test", [row(3, **{column: first[column]})])
    (leak,) = check_leakage(tmp_path).leaks
    assert (leak.kind, leak.value, leak.splits) == (kind, value, ("test", "train"))


def test_the_same_number_in_two_sources_is_no_leak(tmp_path):
    write(tmp_path, "panels/train", [row(1, source_id="7", source="idr")])
    write(tmp_path, "panels/test", [row(2, source_id="7", source="elabftw")])
    assert check_leakage(tmp_path).leaks == ()


def test_rows_that_say_another_split_than_their_file_are_told(tmp_path):
    write(tmp_path, "panels/train", [row(1)], split="test")
    (leak,) = check_leakage(tmp_path).leaks
    assert (leak.kind, leak.splits) == ("split", ("test", "train"))
    assert "panels/train" in leak.value


_rows = st.tuples(st.sampled_from(["train", "validation", "test"]), st.integers(0, 5), st.integers(0, 5))


@given(st.lists(_rows, max_size=12))
def test_it_finds_what_comparing_each_with_each_finds(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("dataset")
    for split in {split for split, _, _ in rows}:
        write(
            folder,
            f"panels/{split}",
            [row(at, family=f"f{family}", image_sha256=f"i{picture}", source_id=f"{at}")
             for at, (own, family, picture) in enumerate(rows) if own == split],
        )  # fmt: skip
    wanted = {
        (kind, f"{kind[0]}{one[at]}")
        for kind, at in (("family", 1), ("image_sha256", 2))
        for one in rows
        for other in rows
        if one[at] == other[at] and one[0] != other[0]
    }
    assert {(leak.kind, leak.value) for leak in check_leakage(folder).leaks} == wanted


def test_nothing_leaks_where_nothing_is(tmp_path):
    assert check_leakage(tmp_path / "absent").looked_at == dict.fromkeys(KINDS, 0)


def test_the_gate_refuses_lists_and_forgets_when_it_is_mended(tmp_path):
    place, dataset = Workspace(tmp_path / "ws"), tmp_path / "dataset"
    write(dataset, "panels/train", [row(1)])
    write(dataset, "panels/test", [row(2, family="f1")])
    with pytest.raises(GateError, match=r"1 leaks.*family f1 in test and train"):
        refuse_leakage(place, dataset)
    listed = place.root / "leakage.jsonl"
    (said,) = map(json.loads, listed.read_text().splitlines())
    assert said == {"kind": "family", "value": "f1", "splits": ["test", "train"]}
    write(dataset, "panels/test", [row(2)])
    assert refuse_leakage(place, dataset).leaks == ()
    assert not listed.exists()
