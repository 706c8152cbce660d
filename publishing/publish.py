"""Publish: the wing's verb; for now it makes `dataset/`, whole or not at all, from the stages."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.engine import Workers, read_stamps
from pipeline.store import fingerprint
from pipeline.workspace import CAPTIONED, Workspace, read_json, write_json, write_whole
from publishing.card import Told, card, funnel, recipe, write_attributions
from publishing.privacy import report_personal
from publishing.rows import Spill, places, spill
from publishing.shards import Shard, by_split, shards, write_shard
from publishing.splits import assign
from publishing.views import PANELS_VIEW, VIEWS
from schemas.manifest import Manifest

VERSION = 5


@dataclass(frozen=True)
class Made:
    """What came of the dataset: its rows by view and split, and whether it was there already."""

    rows: dict[str, dict[str, int]]
    path: Path | None
    was_current: bool


def make_dataset(workspace: Workspace, manifest: Manifest, lock: dict[str, Any], make: Workers) -> Made:
    """Bring `dataset/` up to date with `5-captioned`; an empty dataset is no folder."""
    key = _key(workspace, manifest, lock)
    state = workspace.cache / "dataset.json"
    said = read_json(state)
    if said and said.get("key") == key and _stands(workspace, said["files"]):
        return Made(said["rows"], workspace.dataset if said["rows"] else None, was_current=True)
    rows = _build(workspace, manifest, lock, make)
    write_json(state, {"key": key, "rows": rows, "files": _sizes(workspace.dataset)})
    return Made(rows, workspace.dataset if rows else None, was_current=False)


def _stands(workspace: Workspace, files: dict[str, int]) -> bool:
    """Return whether the dataset's files are those that were written, by name and size."""
    return _sizes(workspace.dataset) == files


def _sizes(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in _files(folder)}


def _key(workspace: Workspace, manifest: Manifest, lock: dict[str, Any]) -> str:
    stamps = read_stamps(workspace, CAPTIONED).items()
    made_from = sorted((number, stamp.fingerprint) for number, stamp in stamps)
    return fingerprint(VERSION, made_from, manifest.split.model_dump(mode="json"), lock)


def _build(workspace: Workspace, manifest: Manifest, lock: dict[str, Any], make: Workers) -> dict[str, dict[str, int]]:
    """Write the dataset beside its place and put it there."""
    spills = _spilled(workspace, make)
    half = workspace.root / f".dataset.{os.getpid()}"
    _clear(workspace.root.glob(".dataset.*"))
    files = list(_shards(half, spills, manifest))
    for _ in make(write_shard, files):
        pass
    rows = _rows(files)
    report_personal(workspace, half)
    if rows:
        _add_papers(workspace, half, rows, manifest, lock)
    _clear([workspace.dataset])
    if rows:
        half.replace(workspace.dataset)
    shutil.rmtree(workspace.cache / "rows", ignore_errors=True)
    return rows


def _clear(folders: Iterable[Path]) -> None:
    """Remove folders that an earlier state or a killed process left."""
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


def _spilled(workspace: Workspace, make: Workers) -> list[Spill]:
    stamps = read_stamps(workspace, CAPTIONED)
    spills = [
        Spill(workspace, number, fingerprint(VERSION, stamp.fingerprint))
        for number, stamp in sorted(stamps.items())
        if stamp.counts.kept
    ]
    for _ in make(spill, spills):
        pass
    return spills


def _shards(folder: Path, spills: Sequence[Spill], manifest: Manifest) -> Iterator[Shard]:
    """Yield the files of all views, each in two: what may be sold, and what may not; all split as the panels are."""
    split_of = assign((place for job in spills for place in places(job, PANELS_VIEW)), manifest.split)
    for view in VIEWS:
        members = [place for job in spills for place in places(job, view)]
        paths = {job.number: job.path(view) for job in spills}
        for name, commercial in view.names.items():
            mine = [place for place in members if place.commercial == commercial]
            for split, in_split in by_split(mine, split_of):
                yield from shards(view, folder / name, split, places=in_split, spills=paths)


def _rows(files: Sequence[Shard]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for file in files:
        view = rows.setdefault(file.path.parent.name, {})
        view[file.split] = view.get(file.split, 0) + len(file.places)
    return rows


def _add_papers(
    workspace: Workspace,
    folder: Path,
    rows: dict[str, dict[str, int]],
    manifest: Manifest,
    lock: dict[str, Any],
) -> None:
    """Write what stands beside the views: the card, the attributions, the recipe, and the sums of all files."""
    sums = _sums(folder)
    told = Told(manifest.name, rows, {view: _digest_of(sums, view) for view in rows}, funnel(workspace), lock)
    write_whole(folder / "README.md", card(folder, told).encode())
    write_attributions(folder)
    write_json(folder / "manifest.lock.json", lock)
    write_whole(folder / "manifest.yaml", recipe(manifest).encode())
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted((_sums(folder, sums)).items()))
    write_whole(folder / "SHA256SUMS", lines.encode())


def _sums(folder: Path, known: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return the sha256 of every file by its name; `known` ones are not read again."""
    names = (path.relative_to(folder).as_posix() for path in _files(folder))
    return {name: known.get(name) or _sha256(folder / name) for name in names}


def _digest_of(sums: Mapping[str, str], view: str) -> str:
    """Return what changes with any byte of a view."""
    return fingerprint(*(pair for pair in sorted(sums.items()) if pair[0].startswith(f"{view}/")))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
