"""Shards: which rows lie in which file."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.workspace import Workspace
from publishing.places import Place, write_index
from publishing.rows import Spill
from publishing.shards import TAKEN, cut, divided, shards
from publishing.splits import SPLITS, Division
from publishing.views import PANELS_VIEW


def place(at, family="f", panel=""):
    return Place(f"{at:032x}", at % 3, at, family, None, 10, commercial=True, panel=panel)


def taken(*sizes):
    return np.array([(at % 3, at, size, True, 0) for at, size in enumerate(sizes)], TAKEN)


def split(folder, places, split_of, gone=frozenset(), surplus=frozenset()):
    """Return (offset, split) of the rows of `places`, each part's in an index of its own."""
    spills = [Spill(Workspace(folder), part, "key") for part in range(3)]
    for job in spills:
        write_index(job.index, {"panels": [one for one in places if one.part == job.number]})
    rows = divided(spills, PANELS_VIEW, Division(split_of, {}, gone), surplus)
    return [(offset, SPLITS[at]) for offset, at in rows[["offset", "split"]].tolist()]


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 100))
def test_a_cut_loses_nothing_and_keeps_the_order(sizes, most):
    rows = taken(*sizes)
    runs = list(cut(rows, most))
    assert [one for run in runs for one in run.tolist()] == rows.tolist()
    for run in runs:
        assert len(run)
        assert len(run) == 1 or run["bytes"].sum() <= most


@given(order=st.permutations(range(8)))
def test_rows_are_sorted_by_id_whatever_their_order(tmp_path_factory, order):
    found = split(tmp_path_factory.mktemp("rows"), [place(at) for at in order], {"f": "train"})
    assert found == [(at, "train") for at in range(8)]


def test_of_equal_ids_the_row_of_the_first_part_comes_first(tmp_path):
    places = [Place("a", part, offset, "f", None, 10, commercial=True) for part, offset in ((2, 1), (0, 8), (0, 3))]
    assert [at for at, _ in split(tmp_path, places, {"f": "test"})] == [3, 8, 1]


def test_a_shard_knows_only_the_parts_it_takes_from():
    (shard,) = shards(
        PANELS_VIEW,
        Path("panels"),
        "test",
        rows=taken(1, 1, 1, 1)[[1, 1]],
        spills={0: Path("a"), 1: Path("b"), 2: Path("c")},
    )
    assert shard.spills == {1: Path("b")}
    assert shard.path == Path("panels/test-00000-of-00001.parquet")


def test_large_splits_are_cut_and_numbered(monkeypatch):
    monkeypatch.setattr("publishing.shards._SHARD_BYTES", 25)
    files = shards(
        PANELS_VIEW,
        Path("panels"),
        "train",
        rows=taken(10, 10, 10, 10, 10),
        spills=dict.fromkeys(range(3), Path("a")),
    )
    assert [file.path.name for file in files] == [f"train-{at:05d}-of-00003.parquet" for at in range(3)]


def test_rows_are_divided_by_the_split_of_their_family(tmp_path):
    places = [place(1, family="a"), place(2, family="b"), place(3, family="a")]
    assert split(tmp_path, places, {"a": "train", "b": "test"}) == [(1, "train"), (2, "test"), (3, "train")]


def test_a_row_leaves_by_itself_or_with_its_panel(tmp_path):
    places = [place(1), place(2), place(3, panel="gone"), place(4, panel="here")]
    found = split(tmp_path, places, {"f": "train"}, gone=frozenset({"gone", places[0].id}), surplus={places[1].id})
    assert found == [(4, "train")]
