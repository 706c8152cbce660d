"""Value shares: how often each value is right in a run, over all parts; such values are wrong answers elsewhere."""

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from captioning.curated_panels import kept_panels
from captioning.evidence import MICROSCOPY
from pipeline.engine import read_stamps
from pipeline.store import fingerprint
from pipeline.workspace import CURATED, Workspace
from schemas.trees import FIELDS

Shares = Mapping[str, Mapping[str, float]]
"""Column -> value -> its share of the panels that have a value there, as a power of the root of two."""
_COLUMNS = ["kind", "conflicts", *FIELDS]


def shares_of(workspace: Workspace) -> Shares:
    """Return the shares of the values; a process reads them once, as long as `4-curated` stays as it is."""
    return _shares(workspace, curated_state(workspace))


def shares_state(workspace: Workspace) -> str:
    """Return what changes where a value is new, or its share is a step up or down."""
    return state_of(shares_of(workspace))


def state_of(shares: Shares) -> str:
    """Return what changes with any share."""
    return fingerprint(sorted((name, sorted(told.items())) for name, told in shares.items()))


def curated_state(workspace: Workspace) -> tuple[tuple[int, str], ...]:
    """Return (part, fingerprint) of `4-curated`."""
    return tuple(sorted((number, stamp.fingerprint) for number, stamp in read_stamps(workspace, CURATED).items()))


@lru_cache(maxsize=2)
def _shares(workspace: Workspace, state: tuple[tuple[int, str], ...]) -> Shares:
    counts: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    for number, _ in state:
        for row in kept_panels(workspace, number, _COLUMNS):
            if row["kind"] in {None, MICROSCOPY}:
                disputed = {conflict["field"] for conflict in row["conflicts"] or ()}
                for field in FIELDS:
                    counts[field].update([row[field]] if row[field] and field not in disputed else [])
    return {field: in_steps(found) for field, found in counts.items()}


def in_steps(counts: Counter[str]) -> dict[str, float]:
    """Return shares in steps of the root of two, so that a few more panels don't ask all others anew."""
    steps = {value: round(2 * math.log2(count / counts.total())) for value, count in sorted(counts.items())}
    return {value: 2.0 ** (step / 2) for value, step in steps.items()}
