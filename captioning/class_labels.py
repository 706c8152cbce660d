"""Class labels: which classes the images of a set have, over all parts; one is a wrong answer for another."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from captioning.known import set_name
from pipeline.engine import read_stamps
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import FIGURES, Workspace

_COLUMNS = ["labels", "dataset", "source", "attribution"]


def classes_of(workspace: Workspace) -> Mapping[str, Collection[str]]:
    """Return the classes of each set; a process reads them once, as long as `1-figures` stays as it is."""
    return _classes(workspace, _state(workspace))


def classes_state(workspace: Workspace) -> str:
    """Return what changes with any class of any set."""
    return fingerprint(sorted((name, list(found)) for name, found in classes_of(workspace).items()))


def _state(workspace: Workspace) -> tuple[tuple[int, str], ...]:
    return tuple(sorted((number, stamp.fingerprint) for number, stamp in read_stamps(workspace, FIGURES).items()))


@lru_cache(maxsize=2)
def _classes(workspace: Workspace, state: tuple[tuple[int, str], ...]) -> Mapping[str, Collection[str]]:
    found: dict[str, set[str]] = {}
    for number, _ in state:
        for row in read_rows(part_path(workspace.stage(FIGURES), number), _COLUMNS, batch=4096):
            if row["labels"]:
                found.setdefault(set_name(row), set()).update(row["labels"])
    return {name: tuple(sorted(labels)) for name, labels in sorted(found.items())}
