"""Elsewhere: the command puts a dataset into a folder or a store, in each shape, after the gates of the Hub."""

import gc
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import ftp_server
import pyarrow.parquet as pq
import pytest
import s3_server

from pipeline.workspace import Workspace
from publishing.git_tags import is_tag
from publishing.shapes import shaped

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGES = ("jpg", "png", "webp")


@pytest.fixture
def workspace(demo, tmp_path):
    """A copy of the demo's workspace; its manifest names no repository."""
    return shutil.copytree(demo, tmp_path / "ws")


@pytest.fixture(scope="module")
def shapes(demo, tmp_path_factory):
    """The demo's dataset in both other shapes."""
    place = shutil.copytree(demo, tmp_path_factory.mktemp("shapes") / "ws")
    made = {}
    for name in ("webdataset", "arrow"):
        made[name] = shutil.copytree(shaped(Workspace(place), name), place.parent / name)
    return made


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pictures(dataset):
    """Return the sums of the pictures of each (view, split), and the id of each row."""
    each = {}
    for path in sorted(dataset.glob("*/*.parquet")):
        rows = pq.read_table(path, columns=["id", "image_sha256"]).to_pylist()
        each.setdefault((path.parent.name, path.name.partition("-")[0]), []).extend(
            (row["id"], row["image_sha256"]) for row in rows
        )
    return {place: sorted(rows) for place, rows in each.items()}


def sums_hold(folder):
    told = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    there = {name: hashlib.sha256(blob).hexdigest() for name, blob in files(folder).items() if name != "SHA256SUMS"}
    return told == there


def sha256(blob):
    return hashlib.sha256(blob).hexdigest()


def test_a_folder_gets_exactly_the_datasets_files_after_all_gates(workspace, command, tmp_path):
    said = command("publish", workspace, "--to", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    assert files(tmp_path / "out") == files(workspace / "dataset")
    assert "reload         passes" in said.err
    assert (said.json["to"], said.json["as"], said.json["was_there"]) == (str(tmp_path / "out"), "parquet", False)
    again = command("publish", workspace, "--to", tmp_path / "out")
    assert again.code == 0
    assert again.out.endswith("already\n")


@pytest.mark.parametrize("shape", ["parquet", "webdataset", "arrow"])
def test_a_dry_run_tells_and_writes_nothing(workspace, command, tmp_path, shape):
    said = command("publish", workspace, "--to", tmp_path / "out", "--as", shape, "--dry-run", "--json")
    assert said.code == 0, said.err
    assert (said.json["dry_run"], said.json["to_write"], said.json["to_remove"]) == (True, said.json["files"], [])
    assert not (tmp_path / "out").exists()
    told = command("publish", workspace, "--to", tmp_path / "out", "--as", shape, "--dry-run").out
    assert f"would go to {tmp_path / 'out'}" in told
    assert "Nothing was written" in told


def test_a_shape_takes_the_place_of_another(workspace, command, tmp_path):
    for shape in ("arrow", "webdataset", "parquet"):
        said = command("publish", workspace, "--to", tmp_path / "out", "--as", shape)
        assert said.code == 0, said.err
        assert sums_hold(tmp_path / "out")
    assert files(tmp_path / "out") == files(workspace / "dataset")
    assert not (workspace / "cache" / "shapes").exists()


def test_what_a_gate_refuses_goes_nowhere(workspace, command, tmp_path):
    (workspace / "dataset" / "README.md").write_text("other")
    said = command("publish", workspace, "--to", tmp_path / "out")
    assert said.code == 4
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "doesn't say where the dataset goes"),
        (("--dry-run",), "or say --to DIR|URL"),
        (("--as", "arrow"), "the Hub gets Parquet"),
        (("--to", "OUT", "--as", "zip"), "there is no shape 'zip'. Choose one of parquet, webdataset, arrow."),
        (("--to", "OUT", "--tag", "v1"), "a tag names a state on the Hub"),
        (("--to", "WS/dataset"), "is the run's folder, or in or around it"),
        (("--to", "WS/.."), "is the run's folder, or in or around it"),
        (("--to", "gs://bucket/x"), "gcsfs"),
    ],
)
def test_what_cannot_be_is_told_before_any_gate(workspace, command, tmp_path, options, why):
    places = {"OUT": str(tmp_path / "out"), "WS/dataset": str(workspace / "dataset"), "WS/..": str(workspace / "..")}
    said = command("publish", workspace, *(places.get(word, word) for word in options))
    assert said.code == 2
    assert why in said.err
    assert "passes" not in said.err


def goes_to_the_hub(workspace):
    lock = json.loads((workspace / "manifest.lock.json").read_text())
    lock["manifest"]["publish"] = {"repo": "lab/demo"}
    (workspace / "manifest.lock.json").write_text(json.dumps(lock))


@pytest.mark.parametrize("tag", ["a b", "v1..2", "-f", "x~1", "@", "a.lock", "/v1", "v1/", "a//b", "é\x07", "a@{b"])
def test_a_tag_that_git_refuses_is_told_before_any_gate(workspace, command, tag):
    goes_to_the_hub(workspace)
    said = command("publish", workspace, "--dry-run", f"--tag={tag}")
    assert said.code == 2
    assert "git takes no tag" in said.err
    assert "passes" not in said.err


@pytest.mark.parametrize("tag", ["main", "HEAD", "refs/heads/x", "a" * 40])
def test_a_tag_that_means_something_else_is_told_before_any_gate(workspace, command, tag):
    goes_to_the_hub(workspace)
    said = command("publish", workspace, "--dry-run", f"--tag={tag}")
    assert said.code == 2
    assert "is what a branch or a commit is called" in said.err
    assert "passes" not in said.err


@pytest.mark.skipif(shutil.which("git") is None, reason="asks git itself")
def test_git_says_the_same_of_tags():
    chance = random.Random(5)
    for _ in range(150):
        name = "".join(chance.choice("ab/.@{~^:? \\-*[lock") for _ in range(chance.randint(1, 5)))
        asked = subprocess.run(["git", "check-ref-format", f"refs/tags/{name}"], check=False)
        assert is_tag(name) == (asked.returncode == 0 and name[0] != "-" and name != "@"), name


def environment(tmp_path, **more):
    return {**os.environ, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(ROOT), **more}


def started(tmp_path, *words, **more):
    """Start the command as a user does."""
    command = [sys.executable, "-m", "bricks", *map(str, words)]
    where = environment(tmp_path, **more)
    return subprocess.Popen(command, cwd=ROOT, env=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_server_gets_the_files_and_nobody_hears_the_password(workspace, tmp_path):
    with ftp_server.running(tmp_path / "ftp") as server:
        process = started(tmp_path, "publish", workspace, "--to", f"{server.url}/lab/demo", "--json")
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert files(server.root / "lab" / "demo") == files(workspace / "dataset")
        assert json.loads(out)["to"] == f"{server.shown}/lab/demo"
        written = "".join(path.read_text(errors="replace") for path in workspace.glob("*.json*"))
        assert "cret" not in out + err + written


def test_a_bucket_gets_the_files_and_nobody_hears_the_key(workspace, tmp_path):
    with s3_server.running("mine", guarded=False) as server:
        told = {
            "AWS_ENDPOINT_URL": server.endpoint_url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "hidden-key",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        process = started(tmp_path, "publish", workspace, "--to", "s3://mine/demo", "--as", "webdataset", **told)
        out, err = process.communicate()
        assert process.returncode == 0, err
        objects = {one.name.removeprefix("demo/"): one.value for one in server.objects()}
        there = {name: blob for name, blob in objects.items() if name}  # Arrow leaves a mark of the folder itself
        assert there.keys() >= {"SHA256SUMS", "README.md", "panels/train-00000.tar"}
        sums = dict(line.split("  ")[::-1] for line in there["SHA256SUMS"].decode().splitlines())
        assert sums == {name: sha256(blob) for name, blob in there.items() if name != "SHA256SUMS"}
        assert "hidden-key" not in out + err


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["parquet", "webdataset"])
def test_a_run_that_is_killed_anywhere_is_finished_by_the_same_command(workspace, tmp_path, shape):
    chance, out = random.Random(7), tmp_path / "out"
    wanted = files(shaped(Workspace(workspace), shape))
    for _ in range(4):
        process = started(tmp_path, "publish", workspace, "--to", out, "--as", shape)
        while not out.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        there = {name: blob for name, blob in files(out).items() if not name.startswith("PUBLISHING")}
        assert there.items() <= wanted.items(), "each file is whole or absent"
        (out / "SHA256SUMS").unlink(missing_ok=True)
        (out / "README.md").unlink(missing_ok=True)
    process = started(tmp_path, "publish", workspace, "--to", out, "--as", shape)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert files(out) == wanted


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdataset_holds_each_row_with_its_own_bytes(shapes, demo):
    webdataset = pytest.importorskip("webdataset")
    for (view, split), rows in pictures(demo / "dataset").items():
        tars = [str(path) for path in sorted((shapes["webdataset"] / view).glob(f"{split}-*.tar"))]
        samples = list(webdataset.WebDataset(tars, shardshuffle=False))
        found = sorted(
            (json.loads(one["json"])["id"], sha256(next(one[ending] for ending in IMAGES if ending in one)))
            for one in samples
        )
        assert found == rows
        assert all(one["__key__"].startswith(json.loads(one["json"])["id"]) for one in samples)
        if view.startswith("panels"):
            assert [one["__key__"] for one in samples] == [key for key, _ in rows]
    gc.collect()  # the reader leaves its files to the collector


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_reads_webdataset_by_its_card(shapes, demo, tmp_path, streaming):
    import datasets

    for (view, split), rows in pictures(demo / "dataset").items():
        place = str(shapes["webdataset"])
        loaded = datasets.load_dataset(place, view, split=split, streaming=streaming, cache_dir=str(tmp_path))
        held = [name for name in IMAGES if name in loaded.column_names]
        for name in held:
            loaded = loaded.cast_column(name, datasets.Image(decode=False))
        found = [(row["json"]["id"], sha256(next(row[name]["bytes"] for name in held if row[name]))) for row in loaded]
        assert sorted(found) == rows


def test_webdataset_keeps_every_column_and_the_originals(shapes, demo):
    originals = 0
    for path in sorted((demo / "dataset" / "panels").glob("*.parquet")):
        rows = {row["id"]: row for row in pq.read_table(path).to_pylist()}
        with tarfile.open(shapes["webdataset"] / "panels" / f"{path.name.partition('-')[0]}-00000.tar") as tar:
            parts = {name: tar.extractfile(name).read() for name in tar.getnames()}
        for key, row in rows.items():
            told = json.loads(parts[f"{key}.json"])
            assert told.keys() == row.keys() - {"image", "raw"}
            assert told == json.loads(
                json.dumps({name: row[name] for name in told}, default=lambda day: day.isoformat())
            )
            if row["raw"]:
                originals += 1
                assert parts[f"{key}.raw.{row['raw_format']}"] == row["raw"]
    assert originals


def test_tars_are_the_same_bytes_whenever_they_are_made(shapes, demo, tmp_path):
    place = shutil.copytree(demo, tmp_path / "ws")
    assert files(shaped(Workspace(place), "webdataset")) == files(shapes["webdataset"])
    with tarfile.open(next((shapes["webdataset"] / "panels").glob("*.tar"))) as tar:
        assert {(one.mtime, one.uid, one.gid, one.uname, one.mode) for one in tar} == {(0, 0, 0, "", 0o644)}


def members(path):
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_large_splits_are_cut_and_numbered(demo, tmp_path, monkeypatch):
    monkeypatch.setattr("publishing.webdataset_shards._SHARD_BYTES", 500_000)
    place = shutil.copytree(demo, tmp_path / "ws")
    folder = shaped(Workspace(place), "webdataset")
    tars = sorted(path.name for path in (folder / "panels").glob("train-*.tar"))
    assert tars == [f"train-{at:05d}.tar" for at in range(len(tars))]
    assert len(tars) > 1
    keys = [name.partition(".")[0] for path in sorted((folder / "panels").glob("train-*")) for name in members(path)]
    assert list(dict.fromkeys(keys)) == [key for key, _ in pictures(demo / "dataset")["panels", "train"]]


def test_saved_arrow_gives_each_row(shapes, demo):
    import datasets

    for (view, split), rows in pictures(demo / "dataset").items():
        loaded = datasets.load_from_disk(str(shapes["arrow"] / view))[split]
        shown = loaded[0]["image"]
        assert shown.size == (loaded[0]["width_px"], loaded[0]["height_px"])
        plain = loaded.cast_column("image", datasets.Image(decode=False))
        assert sorted((row["id"], sha256(row["image"]["bytes"])) for row in plain) == rows


@pytest.mark.parametrize("shape", ["webdataset", "arrow"])
def test_a_shape_has_its_own_papers_and_tells_nothing_of_this_machine(shapes, demo, shape):
    folder = shapes[shape]
    assert sums_hold(folder)
    for name in ("ATTRIBUTION.csv", "manifest.yaml", "manifest.lock.json"):
        assert (folder / name).read_bytes() == (demo / "dataset" / name).read_bytes()
    card = (folder / "README.md").read_text()
    assert "## Licences" in card
    assert ".parquet" not in card
    assert "| panels | train | 10 |" in card
    named = set(re.findall(r"`([\w.-]+\.(?:jsonl?|csv|yaml|md))`|`(SHA256SUMS)`", card))
    assert {one or other for one, other in named} - files(folder).keys() == set()
    assert ("", "SHA256SUMS") in named
    assert not [name for name, blob in files(folder).items() if str(demo.parent).encode() in blob or b"/ws/" in blob]


@pytest.mark.parametrize("shape", ["webdataset", "arrow"])
def test_the_quick_start_of_a_shape_works(shapes, shape, tmp_path):
    card = (shapes[shape] / "README.md").read_text()
    programs = [block.partition("```")[0] for block in card.split("```python\n")[1:]]
    assert programs
    for program in programs:
        text = program.replace("PATH", str(shapes[shape])) + "\n"
        text += "pair = next(iter(pairs))\nassert pair[1]['id']\n" if "pairs" in program else ""
        done = subprocess.run(
            [sys.executable, "-c", text], env=environment(tmp_path), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_saved_arrow_of_several_files_gives_each_row_in_order(demo, tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr("publishing.saved_arrow._SHARD_BYTES", 100_000)
    monkeypatch.setattr("publishing.dataset_files._BATCH_ROWS", 2)
    place = shutil.copytree(demo, tmp_path / "ws")
    folder = shaped(Workspace(place), "arrow") / "panels"
    assert len(list((folder / "train").glob("*.arrow"))) > 1
    loaded = datasets.load_from_disk(str(folder))["train"]
    assert loaded["id"][:] == [key for key, _ in pictures(demo / "dataset")["panels", "train"]]
