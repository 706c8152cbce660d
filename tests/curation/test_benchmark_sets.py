"""What a manifest names is found: hash lists, folders, datasets of the Hub; hashed once, or refused in one line."""

import io
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub_server import point_at
from PIL import Image

from curation.benchmark_sets import read_benchmarks, state_of
from schemas.errors import UsageError, WorkspaceError
from schemas.manifest_sections import Dedup


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    small = Image.fromarray(np.random.default_rng(seed).integers(0, 255, (12, 12), np.uint8))
    small.resize((96, 96), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(folder: Path, *seeds: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"{seed}.png").write_bytes(png(seed))
    return folder


def read(tmp_path, *entries, told=None):
    def shown(things, total, what):
        if told is not None:
            told.append((total, what))
        return things

    return read_benchmarks(entries, tmp_path, tmp_path / "cache", Dedup(), shown)


def test_lists_and_folders_are_read_in_the_order_of_the_manifest(tmp_path, command):
    pictures(tmp_path / "one", 1, 2)
    pictures(tmp_path / "two", 3)
    assert command("hashes", tmp_path / "one", "--out", tmp_path / "one.parquet", "--name", "first").code == 0
    first, second = read(tmp_path, "one.parquet", str(tmp_path / "two"))
    assert (first.name, len(first.sketches), first.held) == ("first", 2, None)
    assert (second.name, len(second.sketches)) == ("two", 1)
    assert second.grey(0).shape == (96, 96)


def test_a_folder_is_hashed_once_until_it_changes(tmp_path):
    folder, told = pictures(tmp_path / "bench", 1, 2), []
    before = state_of(["bench"], tmp_path)
    assert [len(read(tmp_path, "bench", told=told)[0].sketches) for _ in range(2)] == [2, 2]
    assert told == [(2, "rows hashed")]
    pictures(folder, 3)
    assert len(read(tmp_path, "bench", told=told)[0].sketches) == 3
    assert len(told) == 2
    assert state_of(["bench"], tmp_path) != before


def test_benchmarks_of_one_name_are_told_apart(tmp_path):
    pictures(tmp_path / "a" / "test", 1)
    pictures(tmp_path / "b" / "test", 2)
    assert [one.name for one in read(tmp_path, "a/test", "b/test")] == ["test (1)", "test (2)"]


def test_a_picture_that_is_gone_since_it_was_hashed_is_no_hit(tmp_path):
    folder = pictures(tmp_path / "bench", 1, 2)
    benchmark = read(tmp_path, "bench")[0]
    (folder / "1.png").unlink()
    (folder / "2.png").write_bytes(b"nothing")
    assert [benchmark.grey(at) for at in range(2)] == [None, None]


@pytest.mark.parametrize("entry", ["absent.parquet", "absent/"])
def test_what_isnt_there_is_told_before_anything_is_made(tmp_path, entry):
    for ask in (lambda: read(tmp_path, entry), lambda: state_of([entry], tmp_path)):
        with pytest.raises(UsageError, match="no such file or folder") as told:
            ask()
        assert entry in str(told.value)


def test_a_file_that_is_no_hash_list_is_told_before_anything_is_made(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(UsageError, match="is no hash list"):
        state_of(["other.parquet"], tmp_path)


def test_a_folder_with_a_parquet_that_is_cut_is_told_before_anything_is_made(tmp_path):
    folder = pictures(tmp_path / "bench", 1)
    pq.write_table(pa.table({"a": [1]}), folder / "test.parquet")
    state_of(["bench"], tmp_path)
    (folder / "test.parquet").write_bytes((folder / "test.parquet").read_bytes()[:-9])
    with pytest.raises(UsageError, match=r"bench: test\.parquet can't be read: .* Fetch it again"):
        state_of(["bench"], tmp_path)


@pytest.fixture
def hub(tmp_path, server_module, monkeypatch):
    rows = {"image": [{"bytes": png(seed), "path": None} for seed in (1, 2)], "pmid": [7, 8]}
    pq.write_table(pa.table(rows), tmp_path / "file.parquet")
    files = {"data/test-00000-of-00001.parquet": (tmp_path / "file.parquet").read_bytes(), "README.md": b"# bench"}
    with server_module("hub_server").running("org/bench", "main", files) as server:
        point_at(server.url, monkeypatch)
        yield server


def test_a_dataset_of_the_hub_is_fetched_and_hashed_once(tmp_path, hub):
    told: list[object] = []
    first = read(tmp_path, "hub:org/bench", told=told)[0]
    assert (first.name, first.ids, len(first.sketches)) == ("org/bench", {"pmid:7", "pmid:8"}, 2)
    assert first.grey(1).shape == (96, 96)
    fetched = len(hub.asked("/resolve/"))
    again = read(tmp_path, "hub:org/bench@main", "hub:org/bench", told=told)
    assert [one.name for one in again] == ["org/bench (1)", "org/bench (2)"]
    assert len([one for one in hub.asked("/resolve/") if one.method == "GET"]) <= fetched
    assert len(told) == 2


def test_a_dataset_of_pictures_with_metadata_is_fetched(tmp_path, server_module, monkeypatch):
    lines = b'{"file_name": "1.png", "pmid": 7}\n{"file_name": "2.png", "pmid": 8}\n'
    files = {"test/1.png": png(1), "test/2.png": png(2), "test/metadata.jsonl": lines}
    with server_module("hub_server").running("org/bench", "main", files) as server:
        point_at(server.url, monkeypatch)
        found = read(tmp_path, "hub:org/bench")[0]
    assert (found.ids, len(found.sketches)) == ({"pmid:7", "pmid:8"}, 2)
    assert found.grey(1).shape == (96, 96)


@pytest.mark.parametrize("entry", ["hub:org/other", "hub:org/bench@v9", "hub:a/b/c"])
def test_a_dataset_or_a_revision_that_the_hub_lacks_is_told(tmp_path, hub, entry):
    with pytest.raises(UsageError, match="the Hub has no such dataset") as told:
        read(tmp_path, entry)
    assert entry in str(told.value)


def test_a_hub_that_isnt_there_is_told_unless_the_dataset_was_fetched_before(tmp_path, hub, monkeypatch):
    read(tmp_path, "hub:org/bench")
    point_at("http://127.0.0.1:1", monkeypatch)
    assert len(read(tmp_path, "hub:org/bench")[0].sketches) == 2
    with pytest.raises(WorkspaceError, match="the Hub doesn't answer"):
        read(tmp_path, "hub:org/unseen")


def test_a_state_is_the_same_wherever_the_set_lies(tmp_path):
    for name in ("a", "b"):
        folder = pictures(tmp_path / name / "bench", 1)
        os.utime(folder / "1.png", ns=(1, 1))
    assert state_of(["bench"], tmp_path / "a") == state_of(["bench"], tmp_path / "b")


def test_check_says_which_benchmarks_arent_there(bench, command):
    (bench.root / "here.parquet").write_bytes(b"")
    entries = ["here.parquet", "gone.parquet", "gone/", "hub:org/bench"]
    manifest = bench.manifest(curation={"decontaminate": entries, "encoder": {"model": "./gone"}})
    said = command("check", manifest, "--json")
    assert said.code == 0
    told = [note.replace(str(bench.root), "") for note in said.json["notes"]]
    assert told == [
        "curation.decontaminate.1: there is no file or folder /gone.parquet",
        "curation.decontaminate.2: there is no file or folder /gone",
        "curation.encoder.model: there is no folder /gone",
    ]
    manifest = bench.manifest(curation={"encoder": {"model": "org/model"}})
    assert len(command("check", manifest, "--json").json["notes"]) == 1
