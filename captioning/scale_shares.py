"""Scale shares: which widths and bar lengths are right in a run, and how often; such are wrong answers elsewhere.

One that is right only once isn't told: beside values that are right elsewhere it could be struck out, or picked.
"""

from collections import Counter
from functools import lru_cache

from captioning.curated_panels import KEYS
from captioning.panel_objects import PANEL_COLUMNS, scale_of
from captioning.scale_questions import Scaled, right_values
from captioning.value_shares import Shares, curated_state, in_steps
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import CURATED, PANELS, Workspace

_COLUMNS = [*dict.fromkeys(["id", "figure_row", *PANEL_COLUMNS])]


def scale_shares_of(workspace: Workspace, seed: int) -> Shares:
    """Return task -> value as it is written -> its share; read once, as long as `4-curated` stays as it is."""
    return _shares(workspace, seed, curated_state(workspace))


def scale_shares_state(workspace: Workspace, seed: int) -> str:
    """Return what changes where a value is new, or its share is a step up or down."""
    return fingerprint(sorted((task, sorted(told.items())) for task, told in scale_shares_of(workspace, seed).items()))


@lru_cache(maxsize=2)
def _shares(workspace: Workspace, seed: int, state: tuple[tuple[int, str], ...]) -> Shares:
    counts: dict[str, Counter[str]] = {}
    for number, _ in state:
        kept = {(row["figure_row"], row["id"]) for row in read_rows(part_path(workspace.stage(CURATED), number), KEYS)}
        for row in read_rows(part_path(workspace.stage(PANELS), number), _COLUMNS, batch=4096):
            if (row["figure_row"], row["id"]) in kept:
                left, top, right, bottom = row["box"]
                one = Scaled(row["id"], right - left, bottom - top, scale_of(row))
                for task, value in right_values(one, seed):
                    counts.setdefault(task, Counter()).update([value])
    return {task: in_steps(often) for task, told in counts.items() if (often := _repeated(told))}


def _repeated(counts: Counter[str]) -> Counter[str]:
    return Counter({value: count for value, count in counts.items() if count > 1})
