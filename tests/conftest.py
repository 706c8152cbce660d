"""What every test may use: a workbench, the shared data where it is there, and no network but loopback."""

import contextlib
import importlib
import io
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import settings
from PIL import Image

import bricks

settings.register_profile("house", deadline=None)  # the first example pays for the imports
settings.load_profile("house")

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
_LOOPBACK = {"127.0.0.1", "::1", "localhost", ""}
_SHARED = "../shared/data is not there"
STAGES = ("1-figures", "2-panels", "3-groups", "4-curated", "5-captioned")
LONGEST = (
    "test_docs.py", "test_elabftw_runs.py", "test_resume.py", "test_incremental.py", "test_idr_runs.py",
    "curation/test_review_page.py", "test_review_runs.py", "test_faults.py", "publishing/test_placements.py",
    "test_commands.py", "publishing/test_segmentation.py", "curation/test_one_work.py", "captioning/test_outages.py",
    "test_doubt.py", "test_preprints.py", "captioning/test_diagnosis.py", "test_demo_sample.py",
    "curation/test_hashing.py", "test_masks_runs.py",
)  # fmt: skip
"""What takes longest. A file runs in one process, for its fixtures: one that began last would be waited for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--deep`."""
    parser.addoption("--deep", action="store_true", help="kill runs at 40 random moments, not at 8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first, beside which the short ones fill the time."""
    rank = {HERE / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session")
def deep(request: pytest.FixtureRequest) -> bool:
    """Whether `--deep` was given."""
    return bool(request.config.getoption("--deep"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Make a skipped test fail where BRICKS_REQUIRE_ALL is set; the shared data may be absent anywhere."""
    report = yield
    if os.environ.get("BRICKS_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if _SHARED not in why:
            report.outcome, report.longrepr = "failed", f"BRICKS_REQUIRE_ALL is set, and this was skipped: {why}"
    return report


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and host not in _LOOPBACK:
            raise RuntimeError(f"a test must not speak to {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real articles, beside the project; not part of it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(_SHARED)
    return folder


def _server_module(name: str) -> ModuleType:
    """Return a module of tests/servers, which pytest puts on the path: tests are no package."""
    return importlib.import_module(name)


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def call(*arguments: object) -> Said:
    """Run a command in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            bricks.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder` by its relative name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def footprint(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what changes of a file when it is written again, even with the same bytes."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {p.relative_to(folder).as_posix(): (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}


class Bench:
    """A folder with tiny articles, a manifest and a workspace, and the commands on them."""

    def __init__(self, root: Path) -> None:
        self.root, self.inputs, self.place = root, root / "inputs", root / "ws"
        self.manifest_file = root / "manifest.yaml"
        self.articles = _server_module("pmc_articles")
        self.manifest()

    def article(self, number: int, folder: str | None = None, **known: Any) -> Path:
        """Write an article's folder: its XML and pictures; `known` as in `pmc_articles.Stored`."""
        stored = self.articles.Stored(number, **{"figures": 1, "unused": 0, **known})
        place = self.inputs / (folder or f"PMC{number}")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"PMC{number}.xml").write_bytes(self.articles.jats(stored))
        for at in range(1, stored.figures + 1):
            picture = self.articles.picture(number * 100 + stored.version * 10 + at)
            (place / f"{number}-g{at:03d}.jpg").write_bytes(picture)
        return place

    def article_of(self, shown: str, number: int) -> None:
        """Write an article whose caption names something else than nuclei."""
        (xml,) = self.article(number).glob("*.xml")
        xml.write_text(xml.read_text(encoding="utf-8").replace("nuclei", shown), encoding="utf-8")

    def manifest(self, **changes: Any) -> Path:
        """Write the manifest; `changes` replace its keys."""
        said: dict[str, Any] = {
            "bricks": 1,
            "name": "bench",
            "licenses": ["CC0-1.0", "CC-BY-4.0"],
            "sources": [{"type": "pmc", "path": "inputs"}],
            "split": {"by": "family", "test": 0.2, "validation": 0.2, "seed": 17},
        }
        self.manifest_file.write_text(json.dumps({**said, **changes}), encoding="utf-8")
        return self.manifest_file

    def run(self, *more: object, place: Path | None = None) -> Said:
        """Run the manifest with one worker in this process."""
        return call("run", self.manifest_file, "--workspace", place or self.place, "--workers", 1, *more)

    def made(self, *more: object, place: Path | None = None) -> dict[str, Any]:
        """Run the manifest, which must end well, and return what it says."""
        said = self.run("--json", *more, place=place)
        assert said.code == 0, said.err
        return dict(said.json)

    def masked(self) -> None:
        """Run on one image of 110 x 100 px with a mask of two squares, 30 px a side."""
        masks = np.zeros((100, 110), np.uint16)
        masks[10:40, 10:40], masks[60:90, 60:90] = 1, 2
        for folder, pixels in (("images", np.random.default_rng(1).integers(0, 256, (100, 110))), ("masks", masks)):
            (self.inputs / folder).mkdir(parents=True)
            Image.fromarray(pixels.astype(np.uint8)).save(self.inputs / folder / "1.png")
        source = {"type": "masks", "path": "inputs", "format": "labels", "license": "CC0-1.0"}
        self.manifest(sources=[{**source, "images": "images/*.png", "masks": "masks/*.png"}])
        self.made()

    def dataset(self, place: Path | None = None) -> dict[str, bytes]:
        """Return the files of the dataset."""
        return files_of((place or self.place) / "dataset")

    def published(self, place: Path | None = None) -> list[dict[str, Any]]:
        """Return the rows of the view `panels`, in all splits and both halves, by id."""
        folder = (place or self.place) / "dataset"
        rows = [row for path in folder.glob("panels*/*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
        return sorted(rows, key=lambda row: str(row["id"]))

    def rows(self, stage: str, side: str = "") -> list[dict[str, Any]]:
        """Return the rows of a stage, or of what left it."""
        paths = sorted((self.place / stage / side).glob("part-*.parquet"))
        return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]

    def parts(self) -> dict[str, tuple[int, int]]:
        """Return the footprint of every part of every stage."""
        found = footprint(self.place)
        return {name: mark for name, mark in found.items() if name.startswith(STAGES) and name.endswith(".parquet")}

    def items_per_part(self, count: int) -> None:
        """Let `count` items make a part."""
        self._patch.setattr("ingest.harvest._ITEMS_PER_PART", count)

    _patch: pytest.MonkeyPatch
    server: Any
    """The local PMC, where there is one."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An empty workbench; what is not told its number of workers uses one."""
    made = Bench(tmp_path)
    made._patch = monkeypatch
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    return made


@pytest.fixture(scope="session")
def server_module() -> Any:
    """Returns a module of tests/servers by its name."""
    return _server_module


@pytest.fixture
def command() -> Any:
    """Runs a command in this process; returns what it said and its exit code."""
    return call


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of the bundled sample, made once; not to be changed."""
    place = tmp_path_factory.mktemp("demo") / "ws"
    said = call("run", ROOT / "manifests" / "demo.yaml", "--workspace", place, "--workers", 1)
    assert said.code == 0, said.err
    return place


@pytest.fixture
def live(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A workbench whose manifest asks a local PMC, `live.server`, without waiting between tries."""
    from ingest.pmc_plan import manners_of

    def hasty(request: Any) -> Any:
        free = dict.fromkeys(manners_of(request).per_host, 2000.0)
        return manners_of(request).model_copy(
            update={"backoff_s": 0, "timeout_s": 1, "per_second": 2000.0, "per_host": free}
        )

    monkeypatch.setattr("ingest.pmc.manners_of", hasty)
    with _server_module("pmc_server").running() as server:
        bench.server = server
        urls = {"cloud_url": server.cloud_url, "eutils_url": server.eutils_url}
        asked = [{"type": "pmc", "query": "confocal", **urls}]
        bench.manifest(sources=asked, contact="lab@example.org", on_error={"max_failure_rate": 1.0})
        yield bench
