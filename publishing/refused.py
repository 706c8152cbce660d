"""Refused: a row or file that a gate doesn't let out, and why."""

from dataclasses import dataclass

LIST = "refused.jsonl"
"""The file in the workspace that lists what no gate lets out; absent where all pass."""


@dataclass(frozen=True)
class Refused:
    """What doesn't pass; `id` is a row's, or None where a whole file or dataset is meant."""

    gate: str
    place: str
    """A view, a file in the dataset, or the dataset's own name."""
    id: str | None
    why: str
