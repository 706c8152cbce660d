"""Streaming: a view that is streamed gives every row, in the order of its files, whatever it was cut into."""

import pyarrow.parquet as pq
import pytest

from benchmarks import streaming
from publishing.dataset_files import splits_by_view
from publishing.views import PANELS_VIEW


def ids(paths):
    return [key for path in paths for key in pq.read_table(path, columns=["id"])["id"].to_pylist()]


def test_every_view_streams_all_its_rows(demo):
    import datasets

    for (view, split), paths in splits_by_view(demo / "dataset").items():
        rows = datasets.load_dataset(str(demo / "dataset"), view, split=split, streaming=True)
        assert [row["id"] for row in rows] == ids(paths)


def test_the_repeated_view_has_rows_and_pictures_of_its_own_in_small_row_groups(demo, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "_SHARD_BYTES", 6_000_000)
    files = sorted((demo / "dataset" / "panels").glob("*.parquet"))
    rows = streaming.written(files, PANELS_VIEW, tmp_path, gigabytes=0.01)
    for folder in ("ours", "one-group"):
        paths = sorted((tmp_path / folder).glob("*.parquet"))
        assert len(set(ids(paths))) == rows
        pictures = [sha for path in paths for sha in pq.read_table(path)["image_sha256"].to_pylist()]
        assert len(set(pictures)) == rows
    ours, other = (min((tmp_path / folder).glob("*.parquet")) for folder in ("ours", "one-group"))
    assert pq.read_metadata(ours).num_row_groups > pq.read_metadata(other).num_row_groups == 1
    assert pq.read_schema(ours) == pq.read_schema(other)


@pytest.mark.slow
def test_memory_stays_flat_while_a_view_is_streamed(demo, tmp_path):
    files = sorted((demo / "dataset" / "panels").glob("*.parquet"))
    rows = streaming.written(files, PANELS_VIEW, tmp_path, gigabytes=0.1)
    tenth_mb, end_mb = streaming._told(streaming._ALL, tmp_path / "ours", tmp_path / "cache", rows)
    assert end_mb < 1.5 * tenth_mb + 100
