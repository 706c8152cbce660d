"""The house: its layout, its names, its first lines, and what the door may import."""

import ast
import os
import re
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from schemas.manifest_file import load_manifest

ROOT = Path(__file__).resolve().parent.parent
WINGS = ("ingest", "curation", "captioning", "publishing", "training", "pipeline", "schemas", "benchmarks", "scripts")
OURS = [
    ROOT / "bricks.py",
    ROOT / "look_doors.py",
    ROOT / "start_doors.py",
    ROOT / "side_doors.py",
    ROOT / "model_doors.py",
    ROOT / "mask_doors.py",
    ROOT / "plugin_doors.py",
    *(path for wing in WINGS for path in sorted((ROOT / wing).rglob("*.py"))),
]
HEAVY = {"datasets", "pandas", "torch", "ray", "vllm", "scipy", "pyarrow", "zarr", "openai"}
MOST_LINES = 400


def named(path):
    return path.relative_to(ROOT).as_posix()


def test_tests_are_no_package():
    assert [named(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_manifests_hold_no_code():
    assert [named(path) for path in (ROOT / "manifests").rglob("*.py")] == []


# `ingest/idr.py` is a name of the interface, and so is idr-py's `idr`; nothing in ingest/ is started by its path.
NAMED_BY_DESIGN = {"bricks", "idr"}


def test_no_module_bears_the_name_of_a_library():
    taken = (set(sys.stdlib_module_names) | set(packages_distributions())) - set(WINGS) - NAMED_BY_DESIGN
    assert [named(path) for path in OURS if path.stem in taken and path.stem != "__init__"] == []


def test_no_file_is_a_drawer_for_anything():
    drawers = {"utils", "util", "helpers", "common", "base", "core", "manager", "misc"}
    assert [named(path) for path in OURS if path.stem in drawers] == []


@pytest.mark.parametrize("path", OURS, ids=named)
def test_a_file_says_its_job_in_its_first_line_and_is_short(path):
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text))
    assert said, "no docstring"
    assert text.startswith('"""'), "the docstring isn't the first line"
    assert said.splitlines()[0].endswith((".", "?")), said.splitlines()[0]
    assert len(text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", OURS, ids=named)
def test_only_one_file_prints_and_only_the_door_reads_the_environment(path):
    if path.parent.name in ("benchmarks", "scripts"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print" or path.name == "saying.py", f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            assert node.attr not in ("environ", "getenv") or path.name == "bricks.py", f"line {node.lineno}"


@pytest.mark.parametrize("path", OURS, ids=named)
def test_no_error_is_swallowed_unseen(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
            assert not all(isinstance(step, ast.Pass) for step in node.body), f"line {node.lineno}: except and pass"


def imported(*arguments):
    """Return the modules that a command loads, and the seconds it takes at best."""
    report = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); import bricks; "
    program = [sys.executable, "-c", f"{report} bricks.main({list(arguments)!r})"]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    plain, best_s = [sys.executable, "-m", "bricks", *arguments], float("inf")
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(plain, cwd=ROOT, capture_output=True, check=True)
        best_s = min(best_s, time.perf_counter() - began)
    return {name.partition(".")[0] for name in told.stderr.split()}, best_s


@pytest.mark.alone
@pytest.mark.parametrize("arguments", [["--help"], ["check", "manifests/demo.yaml"], ["license", "CC BY 4.0"]])
def test_the_door_opens_at_once(arguments):
    modules, best_s = imported(*arguments)
    assert modules & HEAVY == set()
    assert best_s < 1.0


@pytest.mark.parametrize("path", sorted((ROOT / "manifests").glob("*.yaml")), ids=named)
def test_every_manifest_that_is_shipped_is_right(path):
    assert load_manifest(path).manifest.name


def test_the_commands_of_the_papers_exist(command):
    """Whatever README and docs show as `bricks NAME` is a command, and its options are too."""
    papers = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    fenced = "\n".join(
        block for paper in papers for block in re.findall(r"^```.*?^```", paper.read_text(), re.MULTILINE | re.DOTALL)
    )
    for line in sorted(set(re.findall(r"^\s*(?:\$ )?(?:\.venv/bin/)?bricks ([a-z].*)$", fenced, re.MULTILINE))):
        name, *rest = line.split(" #")[0].split()
        said = command(name, "--help")
        if rest and " COMMAND [ARGS]" in said.out:  # a command of commands, such as `evaluate`
            said = command(name, rest.pop(0), "--help")
        assert said.code == 0, line
        told = re.sub(r"\s+", " ", said.out)
        options = [word.partition("=")[0] for word in rest if word.startswith("--")]
        assert [option for option in options if option not in told] == [], line


def test_the_make_targets_of_the_papers_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    papers = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *ROOT.glob("ARCHITECTURE.md")]
    shown = {name for paper in papers for name in re.findall(r"`?make ([a-z-]+)`?$", paper.read_text(), re.MULTILINE)}
    assert shown <= targets


def test_the_files_that_begin_first_are_there():
    tree = ast.parse((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (names,) = [
        one.value for one in tree.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "LONGEST"
    ]
    longest = ast.literal_eval(names)
    assert [name for name in longest if not (ROOT / "tests" / name).is_file()] == []


@pytest.mark.parametrize(("setting", "failed"), [("", 0), ("1", 1)])
def test_a_skip_is_a_failure_where_all_is_required(tmp_path, setting, failed):
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_x.py").write_text(
        "import pytest\n"
        "def test_a(): pytest.skip('no browser')\n"
        "def test_b(): pytest.skip('../shared/data is not there')\n"
        "@pytest.mark.xfail(strict=True)\ndef test_c(): assert 0\n"
    )
    environment = {**os.environ, "BRICKS_REQUIRE_ALL": setting, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == failed, told.stdout
    assert f"{2 - failed} skipped" in told.stdout
    assert ("1 failed" in told.stdout) == bool(failed)
