"""The wheel: holds all that bricks needs, and works where nothing of the checkout is."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ingest", "curation", "captioning", "publishing", "training", "pipeline", "schemas")
NOT_SHIPPED = {".pyc"}
CONSUMER = '''
"""What a plug-in's author writes against."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pipeline.conformance import CHECKS, Bench, Finding, bench_for
from schemas.connecting import Change, Connector, Item, Known
from schemas.manifest import CaptioningSettings, Manifest
from schemas.manifest_file import load_manifest
from schemas.manifest_sources import SourceSettings
from schemas.plugin_kinds import Around, CaptionerPlugin, ConnectorPlugin, GatePlugin, PanelEvidence, Refusal
from schemas.records import Dropped, Failed, Figure


class Source(SourceSettings):
    type: Literal["mine"]


class Mine:
    def find(self) -> Iterator[Item]:
        yield Item(source="mine", key="a", stamp="1")

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        yield Dropped(id="0" * 32, stage="1-figures", reason="no", detail="", source_id=item.key)

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:
        yield from ()


def connect(source: Source, around: Around) -> Connector:
    return Mine()


def caption(panel: PanelEvidence, settings: CaptioningSettings) -> str | None:
    return panel.facts[0]


def judge(dataset: Path, manifest: Manifest) -> Iterator[Refusal]:
    yield Refusal("panels", manifest.name)


MINE = ConnectorPlugin(Source, connect)
WORDS = CaptionerPlugin(caption)
GATE = GatePlugin(judge)


def tried(root: Path) -> list[Finding]:
    bench: Bench = bench_for("mine", root, {}, manifest=Path("m.yaml"))
    return [check(bench) for check in CHECKS.values()]


name: str = load_manifest(Path("m.yaml")).manifest.name
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built once."""
    pytest.importorskip("hatchling", reason="hatchling, of the extra dev, builds the wheel")
    out = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(out), str(ROOT)], check=True)
    (made,) = out.glob("bricks-*.whl")
    return made


@pytest.fixture(scope="module")
def site(wheel):
    """A folder into which the wheel was installed, and nothing else."""
    target = wheel.parent / "site"
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(wheel)], check=True)
    return target


@pytest.fixture
def bricks(site, tmp_path):
    """Runs a command of the installed wheel, in an empty folder."""

    def called(*arguments):
        program = [sys.executable, "-P", "-c", "import bricks; bricks.main()", *map(str, arguments)]
        environ = {**os.environ, "PYTHONPATH": str(site)}
        return subprocess.run(program, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout

    return called


def test_every_file_of_the_packages_is_in_it(wheel):
    with zipfile.ZipFile(wheel) as opened:
        held = set(opened.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", *PACKAGES, "manifests", ":(glob)*_doors.py", "bricks.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert sorted(set(tracked) - held) == []
    assert {f"{package}/py.typed" for package in PACKAGES} <= held
    assert [name for name in held if Path(name).suffix in NOT_SHIPPED or name.startswith(("tests/", "docs/"))] == []


def test_it_is_what_is_run(bricks, site):
    program = [sys.executable, "-P", "-c", "import bricks, schemas; print(bricks.__file__, schemas.__file__)"]
    said = subprocess.run(
        program,
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=site.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(path.startswith(str(site)) for path in said.stdout.split())
    assert bricks("--version").strip() == "0.1.0"
    assert "Builds text-and-picture datasets" in bricks("--help")


def test_the_plain_commands_work_without_a_checkout(bricks, site):
    assert "demo is right" in bricks("check", site / "manifests" / "demo.yaml")
    assert '"$schema"' in bricks("schema", "manifest")
    picture = site / "manifests" / "demo" / "pmc" / "PMC99900002" / "jrm-2-fig1.jpg"
    assert '"panels"' in bricks("split", picture, "--caption", "(A) Nuclei. (B) Actin.")
    assert "connector  pmc" in bricks("plugins")


@pytest.mark.slow
def test_the_demo_runs_out_of_the_wheel(bricks, site, tmp_path):
    said = bricks("run", site / "manifests" / "demo.yaml", "--workspace", "ws", "--workers", 1)
    assert "panels: test 3, train 10, validation 2" in said
    assert (tmp_path / "ws" / "report" / "index.html").is_file()


@pytest.mark.slow
def test_its_public_names_are_typed(site, tmp_path):
    (tmp_path / "consumer.py").write_text(CONSUMER, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\nplugins = pydantic.mypy\n", encoding="utf-8")
    environ = {**os.environ, "MYPYPATH": "", "PYTHONPATH": str(site)}
    program = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        "mypy.ini",
        "--cache-dir",
        str(tmp_path / "c"),
        "consumer.py",
    ]
    said = subprocess.run(program, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
