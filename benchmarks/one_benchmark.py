"""One benchmark: run in a process of its own, within a time; whatever goes wrong costs itself only."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.measured import DATA, DATASET, Benchmark

_ROOT = Path(__file__).resolve().parent.parent
_MB_OF_RSS = 1 / 1024 if sys.platform != "darwin" else 1 / (1 << 20)


@dataclass(frozen=True)
class Row:
    """A line of the table; `why` says why there is no figure."""

    name: str
    figure: str = ""
    ratio: float | None = None
    against: str = ""
    peak_mb: float | None = None
    """Of the largest of its processes."""
    seconds: float | None = None
    why: str = ""


def lacking(one: Benchmark, folders: Mapping[str, Path | None]) -> str:
    """Return what a benchmark would need and isn't here; nothing where it can run."""
    for word, option in ((DATA, "--data DIR"), (DATASET, "--dataset DIR")):
        folder = folders.get(word)
        if word in one.words and (folder is None or not folder.is_dir()):
            return f"not run: needs {option}" if folder is None else f"not run: {folder} is no folder"
    if one.extra and find_spec(one.extra) is None:
        return f"not run: needs {one.package}"
    return ""


def run(one: Benchmark, folders: Mapping[str, Path | None], *, quick: bool, limit_s: float) -> Row:
    """Return what a benchmark found, or why it found nothing."""
    why = lacking(one, folders)
    if why:
        return Row(one.name, why=why)
    words = [str(folders[word]) if word in folders else word for word in (one.quick if quick else one.words)]
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        command = [sys.executable, "-m", one.module, *words, "--json"]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=out, stderr=errors, start_new_session=True)
        code, peak_mb = _ended(process, limit_s)
        took_s = time.monotonic() - began
        said, told = (_all_of(file) for file in (out, errors))
    if code is None:
        return Row(one.name, peak_mb=peak_mb, seconds=took_s, why=f"stopped after {limit_s:.0f} s")
    return _row(one, said, Row(one.name, peak_mb=peak_mb, seconds=took_s, why=_last_line(told) or f"ended with {code}"))


def _ended(process: "subprocess.Popen[bytes]", limit_s: float) -> tuple[int | None, float]:
    """Wait for a process and return how it ended, None where it took too long, and its peak of memory in MB."""
    until_s, code = time.monotonic() + limit_s, None
    try:
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                code = process.returncode = os.waitstatus_to_exitcode(status)
                return code, used.ru_maxrss * _MB_OF_RSS
            if time.monotonic() > until_s:
                break
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return None, used.ru_maxrss * _MB_OF_RSS
    except BaseException:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        raise


def _all_of(file: Any) -> str:  # noqa: ANN401
    file.seek(0)
    return str(file.read().decode(errors="replace"))


def _row(one: Benchmark, said: str, otherwise: Row) -> Row:
    """Return the line of what a benchmark printed; `otherwise` where that can't be read."""
    try:
        figure, against, ratio = one.read(_json(said))
    except (ValueError, KeyError, IndexError, TypeError, ZeroDivisionError) as error:
        why = otherwise.why if not said.strip() else f"its answer can't be read: {type(error).__name__} {error}"
        return Row(one.name, peak_mb=otherwise.peak_mb, seconds=otherwise.seconds, why=f"failed: {why}")
    return Row(one.name, figure, ratio, against, otherwise.peak_mb, otherwise.seconds)


def _json(said: str) -> Any:  # noqa: ANN401
    """Return one object, or a list of them where there is one a line."""
    try:
        return json.loads(said)
    except ValueError:
        return [json.loads(line) for line in said.splitlines() if line.strip()]


def _last_line(told: str) -> str:
    lines = told.strip().splitlines()
    return " ".join(lines[-1].split())[:200] if lines else ""
