"""The example plug-in: installed as any package is, it makes a dataset, and passes the conformance kit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.conformance import CHECKS

ROOT = Path(__file__).resolve().parent.parent


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder into which the example was installed by pip, without the network."""
    made = tmp_path_factory.mktemp("plugin")
    source = made / "plugin"
    for path in (ROOT / "examples" / "plugin").rglob("*"):  # setuptools builds beside the sources: not in ours
        if path.is_file() and "__pycache__" not in path.parts:
            (source / path.relative_to(ROOT / "examples" / "plugin")).parent.mkdir(parents=True, exist_ok=True)
            (source / path.relative_to(ROOT / "examples" / "plugin")).write_bytes(path.read_bytes())
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", *options, "--target", str(made / "site"), str(source)]
    subprocess.run(pip, check=True, capture_output=True, text=True)
    return made / "site"


PROGRAM = """
import contextlib, io, json, sys
import bricks
said = []
for arguments in json.load(sys.stdin):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            bricks.main(arguments)
        except SystemExit as ended:
            code = ended.code or 0
    said.append([code, out.getvalue(), err.getvalue()])
json.dump(said, sys.stdout)
"""
"""Several commands in one process: most of a command's time is the loading of its modules."""


@pytest.fixture
def bricks(site, tmp_path):
    """Runs commands, each given as a line, where the example is installed; in a process and a folder of their own."""

    def called(*lines):
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(site)])}
        given = json.dumps([line.split() for line in lines])
        program = [sys.executable, "-P", "-c", PROGRAM]
        ran = subprocess.run(
            program, input=given, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return [Said(*one) for one in json.loads(ran.stdout)]

    return called


@pytest.fixture
def sample(site):
    return site / "bricks_shelf" / "sample" / "manifest.yaml"


def test_every_command_works_with_it(bricks, sample, tmp_path):
    listed, right, planned, made, shown, would, again, asked, removed, left = bricks(
        "plugins --json",
        f"check {sample}",
        f"plan {sample} --json",
        f"run {sample} --workspace ws --workers 2 --json",
        "show ws --json",
        "publish ws --dry-run --to out",
        "retry ws",
        "refresh ws",
        "remove ws --source-id yeast.png --reason request",
        "status ws --json",
    )

    ours = [(one["kind"], one["name"], one["loads"]) for one in listed.lines if one["distribution"] == "bricks-shelf"]
    assert ours == [("connector", "shelf", True), ("gate", "signed", True), ("captioner", "first-fact", True)]
    assert "shelf-sample is right" in right.out
    assert planned.json["sources"][0]["items"] == 7
    figures, *_, captioned = made.json["stages"]
    assert (figures["found"], figures["kept"]) == (7, 5)
    assert figures["dropped"] == {"image_missing": 1, "image_truncated": 1}
    assert captioned["kept"] == len(shown.lines) == 3
    lock = json.loads((tmp_path / "ws" / "manifest.lock.json").read_text())
    assert lock["versions"]["connector shelf"] == lock["versions"]["captioner first-fact"] == "bricks-shelf 1.0"
    assert "table.csv" not in (tmp_path / "ws" / "dataset" / "manifest.yaml").read_text()
    assert "signed         passes" in would.err
    assert "nothing to do" in again.err
    assert "nothing to do" in asked.err
    assert removed.code == 0
    after = left.json["stages"]
    assert (after[0]["dropped"]["removed"], after[-1]["kept"]) == (1, 2)
    (life,) = bricks(f"explain ws {shown.lines[0]['id']}")
    assert "first-fact-v1" in life.out


@pytest.mark.slow
def test_the_example_passes_the_kit(bricks):
    tried, unknown = bricks("plugins check shelf --json", "plugins check shelv")
    assert [one["check"] for one in tried.lines] == list(CHECKS)
    assert all(one["passed"] and one["done"] and one["seen"] for one in tried.lines)
    assert (tried.code, unknown.code) == (0, 2)
    assert "no plug-in offers a connector shelv. Those that are installed: shelf." in unknown.err
