"""Logs: steps' numbers as lines of JSON, in TensorBoard where it is installed, in wandb where it is asked for."""

import json
from pathlib import Path
from typing import Any, Final

from pipeline.saying import log
from pipeline.workspace import write_whole
from schemas.errors import UsageError
from training.loop import Step

METRICS: Final = "metrics.jsonl"
BOARD: Final = "tensorboard"


class Logs:
    """Where a stage's numbers go; what was logged behind the step that a training goes on from is taken back."""

    def __init__(self, out: Path, stage: str, first: int, *, wandb: str | None = None) -> None:
        self._path, self._stage = out / METRICS, stage
        _forget(self._path, stage, first)
        self._board = _board(out / BOARD / stage, first)
        self._wandb = _wandb(wandb, out, stage) if wandb else None

    def step(self, step: Step, counts: dict[str, int] | None = None) -> None:
        """Write a step's numbers."""
        told: dict[str, Any] = {"stage": self._stage, "step": step.number, "loss": step.loss, "lr": step.rate}
        told |= {"gradient_norm": step.norm, "seconds": round(step.seconds, 4)} | (counts or {})
        with self._path.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(told) + "\n")
        numbers = {name: value for name, value in told.items() if name not in {"stage", "step"}}
        if self._board is not None:
            for name, value in numbers.items():
                self._board.add_scalar(f"{self._stage}/{name}", value, step.number)
        if self._wandb is not None:
            self._wandb.log({f"{self._stage}/{name}": value for name, value in numbers.items()})

    def picture(self, step: int, pixels: Any) -> None:  # noqa: ANN401
        """Show an overlay (H, W, 3) of 8 bit."""
        if self._board is not None:
            self._board.add_image(f"{self._stage}/overlay", pixels, step, dataformats="HWC")

    def close(self) -> None:
        """Let nothing be lost."""
        if self._board is not None:
            self._board.close()
        if self._wandb is not None:
            self._wandb.finish()


def logged(out: Path) -> list[dict[str, Any]]:
    """Return every step's numbers, as they were written; a line that a kill cut is left out."""
    path = out / METRICS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [told for line in lines if (told := _read(line)) is not None]


def _read(line: str) -> dict[str, Any] | None:
    try:
        told: Any = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and {"stage", "step"} <= told.keys() else None


def _forget(path: Path, stage: str, first: int) -> None:
    """Take back what was logged of steps that are done once more."""
    kept = [told for told in logged(path.parent) if told["stage"] != stage or told["step"] <= first]
    write_whole(path, "".join(json.dumps(told) + "\n" for told in kept).encode())


def _board(folder: Path, first: int) -> Any:  # noqa: ANN401
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        log("TensorBoard isn't installed: numbers go to metrics.jsonl alone (pip install 'bricks[train]')")
        return None
    return SummaryWriter(str(folder), purge_step=first + 1)


def _wandb(project: str, out: Path, stage: str) -> Any:  # noqa: ANN401
    try:
        import wandb
    except ImportError as error:
        raise UsageError(
            "wandb isn't installed.", where="--wandb", mend="pip install wandb, or leave it out."
        ) from error
    return wandb.init(project=project, name=f"{out.name}-{stage}", dir=str(out), resume="allow")
