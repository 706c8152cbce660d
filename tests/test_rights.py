"""Whoever may not read or write somewhere, or whose disk is full, is told what to do in a line that is true."""

import os
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from rights import read_only, without_rights

ROOT = Path(__file__).resolve().parent.parent
GOES_ON = "the same command goes on"


@pytest.fixture
def lying(tmp_path, monkeypatch):
    """A working folder with a file and a folder that nobody may read, and a folder that nobody may write to."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed.file").write_text("{}\n")
    (tmp_path / "held").mkdir()
    (tmp_path / "pictures").mkdir()
    for name in ("a", "b"):
        Image.effect_noise((64, 64), 90).save(tmp_path / "pictures" / f"{name}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "check closed.file", "extract closed.file", "tag closed.file", "dedup closed", "hashes closed --out x.parquet",
        "status closed",
    ],
)  # fmt: skip
def test_what_may_not_be_read_is_told_in_a_line(command, lying, monkeypatch, words):
    monkeypatch.setattr(os, "access", partial(os.access, effective_ids=True))
    with without_rights(lying / "closed", lying / "closed.file", folder=0o000, file=0o000):
        said = command(*words.split())
    (line,) = said.err.splitlines()
    assert line.startswith("closed")
    assert line.endswith("may not be read. Give yourself rights to it, or name another.")
    assert said.code == 2


OWN = "--source images --path p --own-license CC-BY-4.0"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (f"init --name a {OWN} --out held/a.yaml", "--out"),
        ("dedup pictures --html held/page.html", "--html"),
        ("hashes pictures --out held/x.parquet", "a folder of yours"),
        ("split pictures/a.png --draw held/a.png", ""),
    ],
)
def test_where_nobody_may_write_the_option_is_named_that_says_where(command, lying, words, option):
    with read_only(lying / "held"):
        said = command(*words.split())
    (line,) = [line for line in said.err.splitlines() if "held" in line and "denied" in line]
    assert option in line
    assert GOES_ON not in line
    assert said.code == 2


@pytest.mark.parametrize(
    "words",
    [
        f"init --name a {OWN} --out a.yaml",
        "dedup pictures --html page.html",
        "hashes pictures --out x.parquet",
        "split pictures/a.png --draw a.png",
    ],
)
def test_a_full_disk_leaves_no_half_and_names_the_file(lying, words):
    before = sorted(lying.iterdir())
    small = 200  # bytes a file may have: less than is written
    said = subprocess.run(
        [sys.executable, "-m", "bricks", *words.split()],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small)),
    )  # fmt: skip
    assert sorted(lying.iterdir()) == before
    (line,) = [line for line in said.stderr.splitlines() if "File too large" in line]
    assert words.split()[-1] in line
    assert "Make room there" in line
    assert GOES_ON not in said.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            "remove {ws} --reason x --id x",
            1,
            "can't be written: Permission denied. Give yourself rights to it.\n",
        ),
        ("retry {ws}", 1, "can't be written: Permission denied. Give yourself rights to it.\n"),
        ("publish {ws} --to held", 1, "can't be written: Permission denied. Give yourself rights to it.\n"),
        ("report {ws}", 1, "Permission denied. Give yourself rights to it, or name another.\n"),
        ("review {ws} --list", 1, "you may not write there. Give yourself rights to its folder.\n"),
    ],
)
def test_of_a_workspace_that_is_only_read_true_advice_is_given(command, bench, lying, words, code, told):  # noqa: PLR0917
    bench.article(1)
    bench.made()
    with read_only(bench.place):
        said = command(*words.format(ws=bench.place).split())
    assert said.err.endswith(told)
    assert said.code == code


def test_a_run_on_a_workspace_that_is_only_read_may_go_elsewhere(bench):
    bench.article(1)
    bench.made()
    with read_only(bench.place):
        assert bench.run().err.endswith("Give yourself rights to it, or another folder as --workspace.\n")
