"""Server flags: how vLLM is called for captioning: one picture a prompt, short answers, the same words for all."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.errors import UsageError

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  (compared, not bound)

ANSWERING: Final = {
    "--limit-mm-per-prompt": json.dumps({"image": 1, "video": 0}),
    # A model may put blanks between the marks of JSON for ever (vllm-project/vllm#13260).
    "--structured-outputs-config": json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}),
    # A model's own defaults, such as a penalty for repetition, would change what the same request gives.
    "--generation-config": "vllm",
}
"""Options that decide how requests are answered, in `vllm serve` and `vllm run-batch` alike."""


@dataclass(frozen=True)
class Serving:
    """What is served, where, and how."""

    model: str
    log: Path
    """Where vLLM's output goes."""
    host: str = "127.0.0.1"
    port: int = 8000
    name: str | None = None
    """By which requests ask for the model; the model's own if left out."""
    revision: str | None = None
    gpus: int | None = None
    """GPUs that the model is spread over; as many as fit if left out."""
    max_model_len: int = 8192
    """Tokens of picture, words and answer; 1024 x 1024 pixels are about 1,400 of Qwen2.5-VL's."""
    shared_folder: Path | None = None
    """From which requests may name pictures by file:// addresses."""
    key_variable: str | None = None
    """The environment variable that holds the key which requests must show."""
    vllm: Path | None = None
    """vLLM's program; looked for beside this Python, then on the path, if left out."""
    ready_within_s: float = 3600.0
    more: tuple[str, ...] = ()
    """Options of vLLM's own."""

    @property
    def reached_at(self) -> str:
        """Return the host at which this machine reaches the server."""
        return "127.0.0.1" if self.host in _EVERYWHERE else self.host


def command(serving: Serving, environ: Mapping[str, str]) -> list[str]:
    """Return vLLM's command line; a key is never on it.

    Raises:
        UsageError: vLLM isn't installed.
    """
    options = {
        "--host": serving.host,
        "--port": str(serving.port),
        "--served-model-name": serving.name or serving.model,
        "--max-model-len": str(serving.max_model_len),
        **ANSWERING,
    }
    spread = _spread(serving.gpus if serving.gpus is not None else gpu_count(environ))
    options |= {"--tensor-parallel-size": str(spread)} if spread > 1 else {}
    options |= {"--revision": serving.revision} if serving.revision else {}
    folder = serving.shared_folder
    options |= {"--allowed-local-media-path": str(folder.absolute())} if folder else {}
    switches = ["--enable-prefix-caching", "--disable-uvicorn-access-log"]
    said = [word for option in options.items() for word in option]
    return [str(_program(serving)), "serve", serving.model, *said, *switches, *serving.more]


def environment(serving: Serving, environ: Mapping[str, str]) -> dict[str, str]:
    """Return vLLM's environment: no reports to anybody, and the key where it reads one.

    Raises:
        UsageError: the variable that shall hold the key is empty.
    """
    own = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if serving.key_variable is not None:
        key = environ.get(serving.key_variable)
        if not key:
            raise UsageError(f"the environment has no {serving.key_variable}.", where="--key", mend="Set it first.")
        own["VLLM_API_KEY"] = key
    return {**environ, **own}


def gpu_count(environ: Mapping[str, str]) -> int:
    """Return how many GPUs this process may use."""
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() and name.strip() != "-1"])
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0
    listed = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)  # noqa: S603
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def _spread(gpus: int) -> int:
    """Return the largest power of two of GPUs: attention heads are divided among them evenly."""
    return 1 << (gpus.bit_length() - 1) if gpus > 0 else 1


def _program(serving: Serving) -> Path:
    if serving.vllm is not None and os.access(serving.vllm, os.X_OK):
        return serving.vllm
    beside = Path(sys.executable).parent / "vllm"
    found = beside if beside.is_file() else shutil.which("vllm")
    if serving.vllm is not None or found is None:
        raise UsageError(
            "vLLM isn't installed.",
            where=str(serving.vllm or "vllm"),
            mend="pip install 'bricks[serve]' where there are GPUs; where there are none, a"
            " checkout's scripts/install_vllm_cpu.sh, and --vllm .venv-vllm/bin/vllm.",
        )
    return Path(found)
