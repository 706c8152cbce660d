"""Runs the demo with captions by a real vLLM that serves a tiny model: python -m scripts.demo_vlm [WORKSPACE].

`make demo-vlm` installs what it needs. The weights are random, so what the model says has the right form and no sense:
the checks refuse it, and the texts are made of facts instead, as the sums of answers tell.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from captioning.server import serving
from captioning.server_flags import Serving
from pipeline.pace import hear

ROOT: Final = Path(__file__).resolve().parent.parent
VLLM: Final = ROOT / ".venv-vllm" / "bin"
FLAGS: Final = ("--enforce-eager", "--max-num-seqs", "4", "--dtype", "bfloat16")
VARIABLES: Final = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "PYTHONWARNINGS": "ignore"}
_TOKENS = 4096


def main(workspace: Path) -> int:
    """Make the model where it is missing, serve it, run the demo, end the server; return the run's exit code."""
    hear()
    model = workspace / "tiny-vlm"
    if not (model / "config.json").is_file():
        subprocess.run([VLLM / "python", ROOT / "scripts" / "make_tiny_vlm.py", model], check=True)  # noqa: S603
    asked = Serving(
        model=str(model),
        log=workspace / "vllm.log",
        port=_free_port(),
        name="tiny",
        max_model_len=_TOKENS,
        vllm=VLLM / "vllm",
        more=FLAGS,
    )
    with serving(asked, {**os.environ, **VARIABLES}) as running:
        sys.stderr.write(f"{running.url} answers after {running.wait_until_ready():.0f} s\n")
        return subprocess.run(_run(workspace, running.url), check=False).returncode  # noqa: S603


def _run(workspace: Path, url: str) -> list[str]:
    said = {
        "backend": "openai",
        "endpoints": json.dumps([url]),
        "model": "tiny",
        "prompt": "short-v1",
        "image_side_px": "224",
        "max_tokens": "256",
    }
    settings = [word for key, value in said.items() for word in ("--set", f"captioning.{key}={value}")]
    command = [sys.executable, "-m", "bricks", "run", ROOT / "manifests" / "demo.yaml", *settings]
    return [str(word) for word in (*command, "--workspace", workspace)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/demo-vlm")))
