"""Class labels: which classes the images of a set have, over all parts; one is a wrong answer for another.

A set may have several schemes (a cell line in one folder, a phase in the next): only those that share a class are one.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from captioning.known import scheme_of, set_name
from pipeline.engine import read_stamps
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import FIGURES, Workspace

_COLUMNS = ["labels", "facts", "dataset", "source", "attribution"]


def classes_of(workspace: Workspace) -> Mapping[str, Collection[str]]:
    """Return the classes of each scheme of a set; a process reads them once, as long as `1-figures` stays as it is."""
    return _classes(workspace, _state(workspace))


def classes_state(workspace: Workspace) -> str:
    """Return what changes with any class of any set."""
    return fingerprint(sorted((name, list(found)) for name, found in classes_of(workspace).items()))


def _state(workspace: Workspace) -> tuple[tuple[int, str], ...]:
    return tuple(sorted((number, stamp.fingerprint) for number, stamp in read_stamps(workspace, FIGURES).items()))


@lru_cache(maxsize=2)
def _classes(workspace: Workspace, state: tuple[tuple[int, str], ...]) -> Mapping[str, Collection[str]]:
    found: dict[str, dict[str, set[str]]] = {}
    for number, _ in state:
        for row in read_rows(part_path(workspace.stage(FIGURES), number), _COLUMNS, batch=4096):
            if row["labels"]:
                found.setdefault(set_name(row), {}).setdefault(scheme_of(row), set()).update(row["labels"])
    return {scheme: classes for _, each in sorted(found.items()) for scheme, classes in _joined(each)}


def _joined(schemes: Mapping[str, set[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the schemes of a set with their classes, and those of all that share a class with them, one by one."""
    for scheme, own in sorted(schemes.items()):
        classes, more = set[str](), own
        while more - classes:
            classes |= more
            more = set[str]().union(*(others for others in schemes.values() if others & classes))
        yield scheme, tuple(sorted(classes))
