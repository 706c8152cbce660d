"""Scale shares: which widths and bar lengths are right in a run, and how often; such are wrong answers elsewhere.

One that is right only once isn't told: beside values that are right elsewhere it could be struck out, or picked.
"""

from collections import Counter
from functools import lru_cache

from captioning.curated_panels import kept_panels
from captioning.panel_objects import PANEL_COLUMNS, scale_of
from captioning.scale_questions import Scaled, right_values
from captioning.value_shares import Shares, curated_state, in_steps, state_of
from pipeline.workspace import Workspace


def scale_shares_of(workspace: Workspace, seed: int) -> Shares:
    """Return task -> value as it is written -> its share; read once, as long as `4-curated` stays as it is."""
    return _shares(workspace, seed, curated_state(workspace))


def scale_shares_state(workspace: Workspace, seed: int) -> str:
    """Return what changes where a value is new, or its share is a step up or down."""
    return state_of(scale_shares_of(workspace, seed))


@lru_cache(maxsize=2)
def _shares(workspace: Workspace, seed: int, state: tuple[tuple[int, str], ...]) -> Shares:
    counts: dict[str, Counter[str]] = {}
    for number, _ in state:
        for row in kept_panels(workspace, number, PANEL_COLUMNS):
            left, top, right, bottom = row["box"]
            one = Scaled(row["id"], right - left, bottom - top, scale_of(row))
            for task, value in right_values(one, seed):
                counts.setdefault(task, Counter()).update([value])
    return {task: in_steps(often) for task, told in counts.items() if (often := _repeated(told))}


def _repeated(counts: Counter[str]) -> Counter[str]:
    return Counter({value: count for value, count in counts.items() if count > 1})
