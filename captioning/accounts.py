"""Accounts: what captioning took in tokens and GPU-hours, what the rest will take, and where the budget ends.

An endpoint's GPUs are paid for while it has something to do: each second in which at least one request was with it
counts once, also where several processes ask it.
"""

import time
from pathlib import Path
from typing import Any, NamedTuple

from captioning.answers import Answers, Spent, answers_file
from captioning.curated_panels import askable
from pipeline.engine import read_stamps
from pipeline.workspace import CURATED, Workspace
from schemas.errors import BudgetError
from schemas.manifest import CaptioningSettings

_HOUR_S = 3600.0


class Bill(NamedTuple):
    """What so many panels took, or will take; `measured_on` says how many the figures come from."""

    panels: int
    tokens_in: int
    tokens_out: int
    gpu_hours: float
    measured_on: int


def gpu_hours(busy_s: int, settings: CaptioningSettings) -> float:
    """Return GPU-hours for the seconds in which endpoints were at work."""
    return busy_s * settings.gpus_per_endpoint / _HOUR_S


def forecast(cache: Path, settings: CaptioningSettings, panels: int) -> Bill | None:
    """Return what `panels` more will take by what the model's panels so far took; None where there are none."""
    spent = _spent(cache, settings)
    if not spent.panels:
        return None
    share = panels / spent.panels
    tokens = (round(spent.tokens_in * share), round(spent.tokens_out * share))
    return Bill(panels, *tokens, gpu_hours(spent.busy_s, settings) * share, spent.panels)


def outlook(workspace: Workspace, settings: CaptioningSettings) -> dict[str, Any] | None:
    """Return what captioning the panels of `4-curated` will take, for `bricks plan`; None without a model.

    Panels whose licence forbids new words don't count, and those that were asked about before are taken off; without
    any, tokens and hours are None: nobody knows yet.
    """
    if settings.backend != "openai":
        return None
    curated = askable(workspace, read_stamps(workspace, CURATED))
    asked = _spent(answers_file(workspace), settings).panels
    left = max(0, curated - asked)
    rest = forecast(answers_file(workspace), settings, left)
    known = (rest.tokens_in, rest.tokens_out, round(rest.gpu_hours, 3)) if rest else (None, None, None)
    return {"panels": left, **dict(zip(("tokens_in", "tokens_out", "gpu_hours"), known, strict=True)), "sample": asked}


def so_far(workspace: Workspace) -> dict[str, int] | None:
    """Return how many panels' answers are kept, and how many are open, of a run that asks or was stopped in it."""
    cache = answers_file(workspace)
    if not cache.is_file():
        return None
    with Answers(cache) as answers:
        told = answers.so_far()
    return told and {"panels": told[0], "kept": told[1], "open": max(0, told[0] - told[1])}


def _spent(cache: Path, settings: CaptioningSettings) -> Spent:
    if not cache.is_file():
        return Spent(0, 0, 0, 0)
    with Answers(cache) as answers:
        return answers.spent(settings.model or "")


class Meter:
    """Notes in which seconds endpoints are at work, and says when the budget is used up."""

    def __init__(self, settings: CaptioningSettings) -> None:
        self._settings = settings
        self._unwritten: set[tuple[int, int]] = set()
        self.busy_s = 0

    def at_work(self, endpoint: int) -> None:
        """Note that an endpoint has something to do now."""
        self._unwritten.add((endpoint, int(time.time())))

    def write(self, answers: Answers) -> None:
        """Write down what was noted, and learn what others noted."""
        noted, self._unwritten = self._unwritten, set()
        self.busy_s = answers.note_busy(sorted(noted))

    def overdrawn(self) -> BudgetError | None:
        """Return the error that ends a run whose budget is used up."""
        budget, hours = self._settings.budget, gpu_hours(self.busy_s + len(self._unwritten), self._settings)
        if budget is None or hours < budget.gpu_hours:
            return None
        return BudgetError(
            f"{hours:.3g} GPU-hours are used, of a budget of {budget.gpu_hours:g}.",
            where="captioning.budget.gpu_hours",
            mend="All answers are kept; raise it, and the same command goes on.",
        )
