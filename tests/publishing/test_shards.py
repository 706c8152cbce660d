"""Shards: which rows lie in which file."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from publishing.rows import Place
from publishing.shards import by_split, cut, shards
from publishing.views import PANELS_VIEW


def place(at, size=10, family="f"):
    return Place(f"{at:032x}", at % 3, at, family, None, size, commercial=True)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 100))
def test_a_cut_loses_nothing_and_keeps_the_order(sizes, most):
    places = [place(at, size) for at, size in enumerate(sizes)]
    runs = list(cut(places, most))
    assert [one for run in runs for one in run] == places
    for run in runs:
        assert run
        assert len(run) == 1 or sum(one.bytes for one in run) <= most


@given(st.permutations(range(8)))
def test_rows_are_sorted_by_id_whatever_their_order(order):
    (shard,) = shards(
        PANELS_VIEW,
        Path("panels"),
        "train",
        places=[place(at) for at in order],
        spills={0: Path("a"), 1: Path("b"), 2: Path("c")},
    )
    assert [one.row for one in shard.places] == list(range(8))
    assert shard.path == Path("panels/train-00000-of-00001.parquet")


def test_a_shard_knows_only_the_parts_it_takes_from():
    (shard,) = shards(
        PANELS_VIEW,
        Path("panels"),
        "test",
        places=[place(1), place(4)],
        spills={0: Path("a"), 1: Path("b"), 2: Path("c")},
    )
    assert shard.spills == {1: Path("b")}


def test_large_splits_are_cut_and_numbered(monkeypatch):
    monkeypatch.setattr("publishing.shards._SHARD_BYTES", 25)
    files = shards(
        PANELS_VIEW,
        Path("panels"),
        "train",
        places=[place(at) for at in range(5)],
        spills=dict.fromkeys(range(3), Path("a")),
    )
    assert [file.path.name for file in files] == [f"train-{at:05d}-of-00003.parquet" for at in range(3)]


def test_rows_are_divided_by_the_split_of_their_family():
    places = [place(1, family="a"), place(2, family="b"), place(3, family="a")]
    divided = dict(by_split(places, {"a": "train", "b": "test"}))
    assert {split: [one.row for one in members] for split, members in divided.items()} == {"test": [2], "train": [1, 3]}
