"""Purge: nothing of what was taken down stands in any file of the workspace, in whatever form files keep it."""

import contextlib
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import openai_server
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parent.parent
WORD = "zyxwolframin"
"""A word that only the captions of what goes hold."""


def told(path):
    """Return all that a file says: its bytes, and what they hold where they are packed."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield repr(pq.ParquetFile(path).read().to_pylist()).encode()
    if path.suffix == ".arrow":
        yield repr(pa.ipc.open_file(path).read_all().to_pylist()).encode()
    if path.suffix == ".sqlite":
        with sqlite3.connect(path) as base:
            names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            yield repr([base.execute(f"SELECT * FROM {name}").fetchall() for name in names]).encode()


def holding(place, *needles):
    """Return the files that hold one of `needles`."""
    files = [path for path in place.rglob("*") if path.is_file()]
    return sorted(
        {p.relative_to(place).as_posix() for p in files for said in told(p) if any(n in said for n in needles)}
    )


@pytest.fixture
def served(bench):
    with openai_server.running() as server:
        asked = {"backend": "openai", "endpoints": [server.url], "model": "tiny", "revision": "r1"}
        bench.manifest(captioning=asked)
        bench.article(1, figures=2)
        bench.article_of(WORD, 1)
        bench.article(2)
        bench.made()
        bench.model = server
        yield bench


def needles(bench):
    blobs = [(bench.inputs / "PMC1" / f"1-g00{at}.jpg").read_bytes() for at in (1, 2)]
    return [WORD.encode(), *(blob[len(blob) // 4 : len(blob) // 2] for blob in blobs)]


def test_neither_the_picture_nor_the_caption_is_in_any_file_any_more(served, command):
    found = holding(served.place, *needles(served))
    assert any(name.startswith("cache/answers") for name in found)
    assert any(name.startswith("dataset/") for name in found)
    said = command("remove", served.place, "--source-id", "PMC1", "--reason", "privacy")
    assert said.code == 0, said.err
    assert holding(served.place, *needles(served)) == []
    asked = len(served.model.asked())
    served.made()
    assert len(served.model.asked()) == asked, "what stays is not asked about again"


def test_a_picture_may_be_named_as_the_dataset_shows_it(served, command):
    before = served.published()
    row = next(row for row in before if row["source_id"] == "PMC1")
    said = command("remove", served.place, "--sha256", row["image_sha256"], "--reason", "privacy")
    assert said.code == 0, said.err
    assert row["id"] not in {one["id"] for one in served.published()}
    assert len(served.published()) == len(before) - 1


def test_a_rendering_of_deeper_samples_names_its_file(demo, tmp_path, command):
    place = shutil.copytree(demo, tmp_path / "ws")
    rows = [row for path in place.glob("dataset/panels*/*.parquet") for row in pq.read_table(path).to_pylist()]
    row = next(row for row in rows if row["image_sha256"] != row["source_sha256"])
    said = command("remove", place, "--sha256", row["image_sha256"].upper(), "--reason", "error")
    assert said.code == 0, said.err
    left = [one for path in place.glob("dataset/panels*/*.parquet") for one in pq.read_table(path).to_pylist()]
    assert row["source_sha256"] not in {one["source_sha256"] for one in left}
    assert len(left) < len(rows)


@pytest.mark.slow
def test_a_kill_in_the_midst_and_again_gives_the_same_bytes(served, tmp_path, command):
    whole = shutil.copytree(served.place, tmp_path / "whole")
    assert command("remove", whole, "--source-id", "PMC1", "--reason", "privacy").code == 0
    words = ["remove", str(served.place), "--source-id", "PMC1", "--reason", "privacy"]
    chance = random.Random(7)
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-m", "bricks", *words], cwd=ROOT, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.5, 6))
        process.kill()
        process.wait()
    assert command(*words).code == 0
    assert holding(served.place, *needles(served)) == []
    assert served.dataset() == served.dataset(whole)
