"""Dataset seen: which files of a dataset were known to have their right bytes; only those touched since are read."""

import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.workspace import Workspace, read_json, write_json
from publishing.dataset_files import SUMS, files_below, sha256_of, told_sums


def other_bytes(workspace: Workspace) -> list[str]:
    """Return the files of the dataset that have other bytes than its SHA256SUMS tells, which itself is known.

    A file that lies there as it was remembered isn't read; one that is right is remembered from now on.
    """
    folder, seen = workspace.dataset, read_json(_place_of(workspace))
    known = seen if isinstance(seen, dict) else {}
    touched = [name for name, mark in _marks(folder).items() if known.get(name) != mark]
    if not touched:
        return []
    told = told_sums(folder)
    wrong = [name for name in touched if told.get(name) != sha256_of(folder / name)]
    if not wrong:
        remember(workspace, touched)
    return wrong


def remember(workspace: Workspace, names: Iterable[str] | None = None) -> None:
    """Take the dataset's files for right as they lie there, once those that are named, or all, are on the disk.

    After a power cut a file may have its time and its size, and zeros for the bytes that weren't on the disk.
    """
    marks = _marks(workspace.dataset)
    for name in marks if names is None else names:
        with (workspace.dataset / name).open("rb") as handle:
            os.fsync(handle.fileno())
    write_json(_place_of(workspace), marks)


def forget(workspace: Workspace) -> None:
    """Let the next run read every file."""
    _place_of(workspace).unlink(missing_ok=True)


def _place_of(workspace: Workspace) -> Path:
    return workspace.cache / "dataset-seen.json"


def _marks(folder: Path) -> dict[str, list[int]]:
    """Return what changes when a file is written or copied, by its name; SHA256SUMS is known by its own sum."""
    names = (path.relative_to(folder).as_posix() for path in files_below(folder))
    return {name: _mark(folder / name) for name in names if name != SUMS}


def _mark(path: Path) -> list[int]:
    there = path.stat()
    return [there.st_ino, there.st_size, there.st_mtime_ns]
