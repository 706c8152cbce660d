"""Watched run: `bricks run` as a process, with its events as they come and what its processes take, from /proc.

Memory is the sum of the processes' proportional sets, in which a page that several share counts once. What is begun by
the run belongs to it; who reads the numbers pays for nothing that the run would notice.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.workspace import CAPTIONED

ROOT = Path(__file__).resolve().parent.parent
LISTING, DATASET = "listing", "dataset"
"""What a run does before the first stage, and after the last."""
_GLANCE_S = 0.02


@dataclass(frozen=True)
class Sample:
    """What the processes of a run take at one moment."""

    at_s: float
    """Since the run was started."""
    stage: str
    memory_mb: float
    own_mb: float
    """Of it, what is no page of a file, which the system would take back."""
    largest_mb: float
    """Resident memory of the largest process."""
    descriptors: int
    threads: int
    processes: int


@dataclass
class Stage:
    """When a stage made its parts, since the run was started, and how many rows went through it."""

    began_s: float
    ended_s: float = 0.0
    rows: int = 0

    @property
    def seconds(self) -> float:
        """Return how long it took; what begins and ends between two glances counts as one."""
        return max(self.ended_s - self.began_s, _GLANCE_S)


@dataclass
class Watched:
    """What was seen of a run."""

    seconds: float = 0.0
    code: int = -1
    out: str = ""
    told: str = ""
    """What it said on its standard error."""
    stages: dict[str, Stage] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)


def command(manifest: Path, workspace: Path, *words: str) -> list[str]:
    """Return the words of a run."""
    return [sys.executable, "-m", "bricks", "run", str(manifest), "--workspace", str(workspace), "--json", *words]


def watched(words: Sequence[str], workspace: Path, *, every_s: float = 2.0) -> Watched:
    """Run a command on a workspace to its end, and return what was seen of it every so many seconds."""
    log, seen = _Log(workspace / "events.jsonl"), Watched()
    files = [workspace.with_name(f"{workspace.name}.{name}") for name in ("out", "err")]
    began_s = time.perf_counter()
    with files[0].open("wb") as out, files[1].open("wb") as told:
        process = subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=told)
        try:
            _follow(process, log, seen, began_s=began_s, every_s=every_s)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    seen.code, seen.seconds = process.returncode, time.perf_counter() - began_s
    seen.out, seen.told = (file.read_text(errors="replace") for file in files)
    if DATASET in seen.stages:
        seen.stages[DATASET].ended_s = seen.seconds
    return seen


def _follow(process: "subprocess.Popen[bytes]", log: "_Log", seen: Watched, *, began_s: float, every_s: float) -> None:
    stage, next_s = LISTING, 0.0
    while process.poll() is None:
        now_s = time.perf_counter() - began_s
        for event in log.news():
            stage = _take(event, seen.stages, now_s)
        if now_s >= next_s:
            next_s = now_s + every_s
            found = _sample(process.pid, stage, now_s)
            seen.samples += [found] if found else []
        time.sleep(_GLANCE_S)
    for event in log.news():
        _take(event, seen.stages, time.perf_counter() - began_s)


class _Log:
    """The events of a workspace from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.is_file() else 0

    def news(self) -> Iterator[dict[str, Any]]:
        """Yield the events whose lines were added whole since the last time."""
        if not self._path.is_file() or self._path.stat().st_size == self._offset:
            return
        with self._path.open("rb") as lines:
            lines.seek(self._offset)
            for line in lines:
                if line.endswith(b"\n"):
                    self._offset += len(line)
                    yield json.loads(line)


def _take(event: Mapping[str, Any], stages: dict[str, Stage], now_s: float) -> str:
    """Note an event, and return what the run does after it."""
    name = str(event["stage"])
    stage = stages.setdefault(name, Stage(now_s))
    stage.ended_s = now_s
    if "counts" in event:
        stage.rows += event["counts"]["found"] + event["counts"]["created"]
        if name == CAPTIONED and event["done"] == event["total"]:
            stages.setdefault(DATASET, Stage(now_s)).rows = stage.rows
            return DATASET
    return name


def _sample(pid: int, stage: str, now_s: float) -> Sample | None:
    each = [taken for one in _tree(pid) if (taken := _of_process(one))]
    if not each:
        return None
    memory, own, resident, descriptors, threads = zip(*each, strict=True)
    return Sample(now_s, stage, sum(memory), sum(own), max(resident), sum(descriptors), sum(threads), len(each))


def _tree(pid: int) -> list[int]:
    """Return a process and all that come from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue  # it has ended meanwhile
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _of_process(pid: int) -> tuple[float, float, float, int, int] | None:
    """Return proportional memory, what of it is no file's, resident memory, all in MB, open descriptors and threads.

    None where the process has ended.
    """
    place = Path("/proc") / str(pid)
    try:
        rollup = dict(line.split(":", 1) for line in (place / "smaps_rollup").read_text().splitlines()[1:])
        memory, file, resident = (int(rollup[key].split()[0]) / 1024 for key in ("Pss", "Pss_File", "Rss"))
        descriptors, threads = (len(list((place / folder).iterdir())) for folder in ("fd", "task"))
    except (OSError, KeyError, ValueError):
        return None
    return memory, memory - file, resident, descriptors, threads
