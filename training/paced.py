"""Paced: how many optimiser steps fit into the minutes a stage is given on this machine, measured once and kept.

The number stands in a file beside the checkpoints before the first step is done, so a training that goes on, here or
elsewhere, keeps its schedule; the same training anew is had by giving that number as `steps`.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pipeline.saying import log
from pipeline.workspace import write_whole
from schemas.errors import UsageError

FILE: Final = "steps.json"
_FIRST, _MEASURED = 4, 20
"""Passes that warm up, and that are measured after them."""
PASSES: Final = _FIRST + _MEASURED
_BESIDE: Final = 1.15
"""A step takes so much longer than its passes: the optimiser, averages, checkpoints."""


def paced_steps(  # noqa: PLR0913 - what may be done, how, and where it is kept
    most: int,
    minutes: float,
    passes: Callable[[], float],
    *,
    name: str,
    out: Path,
    accelerator: Any,  # noqa: ANN401
) -> int:
    """Return how many steps of at most `most` a stage does in its minutes; `passes` does those of one, and no step.

    Raises:
        UsageError: the file that holds what was measured is none.
    """
    kept = kept_steps(out / FILE)
    if not 1 <= kept.get(name, 1) <= most:
        what = f"says {kept[name]} steps of {name}, where the recipe has {most}."
        raise UsageError(what, where=str(out / FILE), mend="Put back what it said, or use another --out.")
    if name not in kept:
        step_s = _step_s(passes, accelerator)
        kept[name] = min(most, max(1, int(60 * minutes / step_s)))
        log(f"{name}: {kept[name]} of {most} steps, at {step_s:.2f} s each, for {minutes:g} minutes at most")
        if accelerator.is_main_process:
            write_whole(out / FILE, (json.dumps(kept, indent=1) + "\n").encode())
    return kept[name]


def kept_steps(path: Path) -> dict[str, int]:
    """Return what was measured, by stage; nothing where there is no such file.

    Raises:
        UsageError: it holds no such numbers.
    """
    if not path.exists():
        return {}
    try:
        return {str(name): int(count) for name, count in json.loads(path.read_bytes()).items()}
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        raise UsageError(f"isn't what was measured: {error}.", where=str(path), mend="Use another --out.") from error


def _step_s(passes: Callable[[], float], accelerator: Any) -> float:  # noqa: ANN401
    """Return the seconds of a step here, on the slowest of the devices; what else runs for a moment doesn't count."""
    import torch

    spent: list[float] = []
    for _ in range(PASSES):
        began_s = time.monotonic()
        passes()
        spent.append(time.monotonic() - began_s)
    typical = torch.tensor([statistics.median(spent[_FIRST:]) * _BESIDE], device=accelerator.device)
    return float(accelerator.gather(typical).max())
