"""Conformance bench: a connector's manifest, run by bricks itself in processes of their own, under watch."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.watching import Watch
from pipeline.workspace import CURATED, FIGURES, Workspace
from schemas.errors import UsageError
from schemas.manifest import Manifest
from schemas.manifest_file import load_manifest
from schemas.plugin_kinds import ConnectorPlugin
from schemas.plugins import connector, names, plugin

LONGEST_S = 120.0
"""A run of the kit that takes longer has failed: what it is given is meant to be small."""
_TRACEBACK = "Traceback (most recent call last)"
_FIRST = "plain"
"""The run that all others are held against."""
_SECRET = re.compile(r"\$\{env:(\w+)\}")
_FRAME = re.compile(r'^ *File "(?P<file>[^"<]+)", line (?P<line>\d+)', re.MULTILINE)
_ROOT = Path(__file__).resolve().parent.parent
_OURS = ("bricks.py", "captioning", "curation", "ingest", "pipeline", "publishing", "schemas")
_PYTHON = Path(sysconfig.get_path("stdlib"))
_CANARY = "bricks-canary-5f0c7d21"


class BrokenError(UsageError):
    """A run of a good manifest ended by a bug, or didn't end."""


@dataclass(frozen=True)
class Ran:
    """What came of one run."""

    place: Workspace
    code: int
    """137 where it was killed, 124 where it didn't end."""
    out: str
    err: str
    seconds: float
    log: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return what was seen of its processes, in the order of time."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.is_file() else []
        return sorted((json.loads(line) for line in lines), key=lambda event: float(event["at"]))

    @property
    def broke(self) -> str:
        """Return what shows that it ended by a bug or not at all; "" where it ended as a command may."""
        if _TRACEBACK in self.err:
            after = self.err.partition(_TRACEBACK)[2].splitlines()[1:]
            said = next((line for line in after if line and not line.startswith((" ", '"""'))), "")
            return f"a traceback: {said}{self.culprit}"
        return {124: f"no end within {LONGEST_S:g} s", 137: "killed"}.get(self.code, "")

    @property
    def culprit(self) -> str:
        """Return the last line outside of bricks and Python that the first traceback names; "" where none is."""
        first = self.err.partition(_TRACEBACK)[2].partition(_TRACEBACK)[0]
        named = [(Path(file), line) for file, line in _FRAME.findall(first)]
        others = [(file, line) for file, line in named if not _is_known(file)]
        return f" (at {others[-1][0]}:{others[-1][1]})" if others else ""

    def must_end_well(self) -> "Ran":
        """Return it, where it ended as a run of a good manifest does; bugs that cost an item are among its failures.

        Raises:
            BrokenError: it ended by a bug, or didn't end, or not as the plain run did.
            UsageError: what the kit is given doesn't run by itself, so nothing can be said of it.
        """
        if self.code not in {0, 3}:
            said = self.broke or (self.err.strip().splitlines() or ["nothing was said"])[-1]
            kind = BrokenError if self.broke or self.place.root.name != _FIRST else UsageError
            raise kind(f"bricks run ended with {self.code}: {said}", where=self.place.root.name)
        return self


def _is_known(file: Path) -> bool:
    """Return whether a file is of bricks or of Python itself, which no plug-in is."""
    is_python = file.is_relative_to(_PYTHON) and "site-packages" not in file.parts
    return is_python or any(file.is_relative_to(_ROOT / name) for name in _OURS)


@dataclass(frozen=True)
class Bench:
    """A connector on the bench."""

    name: str
    described: ConnectorPlugin
    manifest_file: Path
    root: Path
    """An empty folder to work in."""
    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        """Return what the manifest says."""
        return load_manifest(self.manifest_file).manifest

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Return the secrets that the manifest names: those of the environment, made up where it has none."""
        asked = sorted(set(_SECRET.findall(self.manifest_file.read_text(encoding="utf-8"))))
        return {name: self.environ.get(name) or f"{_CANARY}-{name}" for name in asked}

    @property
    def plain(self) -> Ran:
        """Return the run that all others are held against: one process, to the gates' verdicts."""
        return self._plain.must_end_well()

    @property
    def parallel(self) -> tuple[Ran, Ran]:
        """Return a run that made several parts one after the other, and one that made the same parts at once."""
        slow, fast = self._parallel
        return slow.must_end_well(), fast.must_end_well()

    @cached_property
    def _plain(self) -> Ran:
        return self.run(_FIRST, "--until", CURATED)

    @cached_property
    def _parallel(self) -> tuple[Ran, Ran]:
        self.run("parallel", "--until", FIGURES, "--limit", "1").must_end_well()
        slow = self.run("parallel", "--until", FIGURES).must_end_well()
        kept = replace(slow, place=Workspace(self.root / "one by one"), log=self.root / "one by one.log.jsonl")
        shutil.copytree(slow.place.root, kept.place.root)
        shutil.rmtree(slow.place.stage(FIGURES))
        slow.log.rename(kept.log)
        return kept, self.run("parallel", "--until", FIGURES, workers=3)

    def run(self, name: str, *more: str, workers: int = 1, manifest: Path | None = None, **done: Any) -> Ran:  # noqa: ANN401
        """Run the manifest, or a changed copy, in the workspace `name`; `done` is what is done to it, as in Watch."""
        place, log = Workspace(self.root / name), self.root / f"{name}.log.jsonl"
        hook = self.root / f"{name}.watched"
        hook.mkdir(exist_ok=True)
        wanted = Watch(str(log), str(place.root), **done)
        text = f"from pipeline.watching import Watch, watch\nwatch(Watch(**{asdict(wanted)!r}))\n"
        (hook / "sitecustomize.py").write_text(text, encoding="utf-8")
        arguments = ["run", str(manifest or self.manifest_file), "--workspace", str(place.root), "--json", *more]
        began = time.monotonic()
        code, out, err = _called([*arguments, "--workers", str(workers)], self._environ_of(hook), self.root)
        return Ran(place, code, out, err, time.monotonic() - began, log)

    def _environ_of(self, hook: Path) -> dict[str, str]:
        paths = os.pathsep.join([str(hook), *(path for path in sys.path if path)])
        return {**self.environ, **self.secrets, "PYTHONPATH": paths}


def _called(arguments: list[str], environ: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
    program = [sys.executable, "-P", "-m", "bricks", *arguments]
    started = subprocess.Popen(  # noqa: S603  (this interpreter, our own program)
        program, env=dict(environ), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        out, err = started.communicate(timeout=LONGEST_S)
        code = started.returncode
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, 9)
        (out, err), code = started.communicate(), 124
    return 128 - code if code < 0 else code, out.decode(errors="replace"), err.decode(errors="replace")


def bench_for(name: str, root: Path, environ: Mapping[str, str], *, manifest: Path | None = None) -> Bench:
    """Return the connector `name` on a bench in the empty folder `root`; `manifest` is its own sample if left out.

    Raises:
        UsageError: there is no such connector, it can't be used, or has no sample and none is given.
    """
    found, described = plugin("connector", name), connector(name)
    if found is None or described is None:
        if found:
            raise UsageError(f"the plug-in can't be used: {found.why_not}.", where=found.told)
        there = ", ".join(names("connector")) or "none"
        raise UsageError(f"no plug-in offers a connector {name}.", mend=f"Those that are installed: {there}.")
    chosen = manifest or described.sample
    if chosen is None or not chosen.is_file():
        raise UsageError("has no sample manifest.", where=found.told, mend="Give one: --manifest FILE.")
    made = Bench(name, described, chosen.resolve(), root.resolve(), environ)
    if name not in {source.type for source in made.manifest.sources}:
        raise UsageError(f"has no source of type {name}.", where=str(chosen), mend="Give one that asks the connector.")
    return made
