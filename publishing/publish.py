"""Publish: the wing's verb; for now it makes `dataset/`, whole or not at all, from the stages."""

import logging
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pipeline.engine import read_stamps
from pipeline.processes import Workers
from pipeline.review_results import read_results
from pipeline.status import benchmarks
from pipeline.store import fingerprint
from pipeline.workspace import CAPTIONED, SPLITS, Workspace, read_json, write_json, write_whole
from publishing.asked import asked_in_spill
from publishing.card import Told, card, funnel, recipe, write_attributions
from publishing.change_log import log_of, tombstones_here, write_log
from publishing.contact_sheet import write_contact_sheet
from publishing.croissant import content_of
from publishing.dataset_counts import counted
from publishing.dataset_files import sizes_of
from publishing.dataset_note import place_of, sealed_as, seals_remembered, take_note
from publishing.dataset_seen import other_bytes, remember
from publishing.inherited import Published
from publishing.leakage import refuse_leakage
from publishing.placements import remove_placements, write_placements
from publishing.places import Places
from publishing.privacy import of_manifest, report_personal
from publishing.question_balance import LeftOut, left_out
from publishing.question_figures import Figures, figures_of, refuse_guessable, write_left_out
from publishing.question_page import write_question_page
from publishing.rows import Spill, spill
from publishing.sealing import seal, sums_below
from publishing.shards import Shard, divided, shards, write_shard
from publishing.splits import SPLITS as EACH_SPLIT
from publishing.splits import Division, divide
from publishing.text_only import blind_answers
from publishing.views import PANELS_VIEW, QUESTIONS_VIEW, VIEWS
from schemas.manifest import Manifest, QuestionSettings
from schemas.review import QueueResult

VERSION = 13
_log = logging.getLogger("bricks.pace.publish")


@dataclass(frozen=True)
class Made:
    """What came of the dataset: its rows by view and split, and whether it was there already."""

    rows: dict[str, dict[str, int]]
    path: Path | None
    was_current: bool


@dataclass(frozen=True)
class _Recipe:
    """What a dataset is made by: the manifest, its lock, and where splits are inherited from."""

    manifest: Manifest
    lock: dict[str, Any]
    published: Published | None


def refuse_impossible(workspace: Workspace, manifest: Manifest, folder: Path) -> None:
    """Refuse, before anything is fetched, a dataset that can't be published as the manifest asks.

    Raises:
        UsageError: says what is missing.
    """
    published = _published(manifest, folder)
    if published:
        published.refuse_absent(workspace)


def _published(manifest: Manifest, folder: Path) -> Published | None:
    return Published(manifest.split.keep, folder) if manifest.split.keep else None


def make_dataset(
    workspace: Workspace, manifest: Manifest, lock: dict[str, Any], make: Workers, *, folder: Path
) -> Made:
    """Bring `dataset/` up to date with `5-captioned`; an empty dataset is no folder.

    `folder` is the manifest's, which its paths start from.

    Raises:
        GateError: something would stand in two splits, or questions can be answered without their pictures.
    """
    asked = _Recipe(manifest, lock, _published(manifest, folder))
    key = _key(workspace, asked)
    said = read_json(place_of(workspace))
    told = (workspace.stage(SPLITS) / "stage.json").is_file() == bool(asked.published)
    if told and said and said.get("key") == key and _stands(workspace, said["files"]):
        return Made(_in_order(said["rows"]), workspace.dataset if said["rows"] else None, was_current=True)
    rows, found = _build(workspace, asked, make)
    take_note(workspace, {"key": key, "rows": rows, **found}, workspace.dataset)
    remember(workspace)
    return Made(rows, workspace.dataset if rows else None, was_current=False)


def _in_order(rows: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Return the rows of the views as they are made, which a file of sorted keys doesn't tell."""
    return {name: rows[name] for view in VIEWS for name in view.names if name in rows}


def _stands(workspace: Workspace, files: dict[str, int]) -> bool:
    """Return whether the dataset's files are those that were written: by name, size, seal, and bytes where touched."""
    seal = sealed_as(workspace.dataset)
    if sizes_of(workspace.dataset) != files or (seal is not None and seal not in seals_remembered(workspace)):
        return False
    wrong = other_bytes(workspace)
    if wrong:
        _log.warning("dataset/%s has other bytes than SHA256SUMS tells: dataset/ is written anew", wrong[0])
    return not wrong


def _key(workspace: Workspace, asked: _Recipe) -> str:
    stamps = read_stamps(workspace, CAPTIONED).items()
    made_from = sorted((number, stamp.fingerprint) for number, stamp in stamps)
    inherited = asked.published.state if asked.published else None
    split, blind = asked.manifest.split.model_dump(mode="json"), blind_answers(workspace.root)
    taken_out = [astuple(stone) for stone in tombstones_here(workspace)]
    told = blind and blind.model_dump(mode="json")
    reviewed = [one.model_dump(mode="json") for one in _reviewed(workspace)]
    return fingerprint(VERSION, made_from, split, inherited, asked.lock, told, taken_out, reviewed)


def _reviewed(workspace: Workspace) -> Sequence[QueueResult]:
    """Return what came of the reviewers' queues in which anything is asked."""
    results = read_results(workspace)
    return [one for one in results.queues if one.items] if results else []


def _build(
    workspace: Workspace, asked: _Recipe, make: Workers
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, Any]]]:
    """Write the dataset beside its place and put it there; return its rows and what the gates found."""
    half = workspace.root / f".dataset.{os.getpid()}"
    _clear(workspace.root.glob(".dataset.*"))
    every, surplus = _laid_out(workspace, half, _spilled(workspace, make), asked)
    files = [file for file in every if _is_asked(file, asked.manifest)]
    for _ in make(write_shard, files):
        pass
    rows = _rows(files)
    report_personal(workspace, half, of_manifest(asked.manifest))
    unshared = refuse_leakage(workspace, half).looked_at
    found = {"unshared": unshared, "questions": _questions(workspace, half, asked.manifest, surplus)}
    found["halves_left_out"] = _left_halves(every, asked.manifest)
    if rows:
        _add_papers(workspace, half, rows, asked, found)
    _clear([workspace.dataset])
    if rows:
        half.replace(workspace.dataset)
    shutil.rmtree(workspace.cache / "rows", ignore_errors=True)
    return rows, found


def _laid_out(
    workspace: Workspace, folder: Path, spills: Sequence[Spill], asked: _Recipe
) -> tuple[list[Shard], LeftOut]:
    """Return the files to write, and the questions that are left out; what decided that isn't held any longer."""
    division = _divided(workspace, spills, asked)
    surplus = _surplus(spills, division, asked.manifest)
    return list(_shards(folder, spills, division, surplus.ids)), surplus


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


def _divided(workspace: Workspace, spills: Sequence[Spill], asked: _Recipe) -> Division:
    """Return the splits of the panels; where they are inherited, `6-splits` tells what became of each."""
    panels = Places([job.index for job in spills], PANELS_VIEW.name)
    if asked.published is None:
        remove_placements(workspace)
        return divide(panels, asked.manifest.split)
    division = divide(panels, asked.manifest.split, asked.published.splits(workspace))
    write_placements(workspace, panels, division, version=VERSION)
    return division


def _surplus(spills: Sequence[Spill], division: Division, manifest: Manifest) -> LeftOut:
    """Return the questions that are left out, of those whose panels are published."""
    settings = manifest.questions or QuestionSettings(none_of_the_above=0.0)
    each = (asked for job in spills for asked in asked_in_spill(job.path(QUESTIONS_VIEW)))
    stays = (asked for asked in each if asked.panel_id not in division.gone)
    return left_out(stays, settings.none_of_the_above, settings.seed)


def _questions(workspace: Workspace, folder: Path, manifest: Manifest, surplus: LeftOut) -> Figures:
    """Return the figures of the questions, once their page is written.

    Raises:
        GateError: they can be answered without their pictures.
    """
    none_rate = manifest.questions.none_of_the_above if manifest.questions else 0.0
    write_left_out(workspace, surplus)
    figures = figures_of(folder, none_rate, surplus, blind_answers(workspace.root))
    write_question_page(workspace, folder, manifest.name, figures)
    refuse_guessable(workspace, folder, figures)
    return figures


def _shards(folder: Path, spills: Sequence[Spill], division: Division, surplus: Collection[str]) -> Iterator[Shard]:
    """Yield the files of all views, each in two: what may be sold, and what may not; all split as the panels are."""
    for view in VIEWS if spills else ():
        rows = divided(spills, view, division, surplus)
        paths = {job.number: job.path(view) for job in spills}
        for (name, commercial), split in product(view.names.items(), sorted(EACH_SPLIT)):
            mine = rows[(rows["commercial"] == commercial) & (rows["split"] == EACH_SPLIT.index(split))]
            yield from shards(view, folder / name, split, rows=mine, spills=paths)


def _is_asked(file: Shard, manifest: Manifest) -> bool:
    """Return whether the manifest wants the half that a file is of: what may be sold, or what may not."""
    commercial = file.view.names[file.path.parent.name]
    return manifest.publish is None or ("commercial" if commercial else "noncommercial") in manifest.publish.subsets


def _left_halves(files: Sequence[Shard], manifest: Manifest) -> dict[str, int]:
    """Return how many rows of each view the manifest leaves out by `publish.subsets`; they are told, too."""
    rows = _rows([file for file in files if not _is_asked(file, manifest)])
    left = {view: sum(splits.values()) for view, splits in rows.items()}
    for view, count in left.items():
        _log.warning("%s: %d rows are not in the dataset, since publish.subsets leaves them out", view, count)
    return left


def _rows(files: Sequence[Shard]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for file in files:
        view = rows.setdefault(file.path.parent.name, {})
        view[file.split] = view.get(file.split, 0) + len(file.rows)
    return rows


def _add_papers(
    workspace: Workspace,
    folder: Path,
    rows: dict[str, dict[str, int]],
    asked: _Recipe,
    found: Mapping[str, dict[str, Any]],
) -> None:
    """Write what stands beside the views: the card, the attributions, the recipe, and the sums of all files."""
    sums = sums_below(folder)
    digests = {view: _digest_of(sums, view) for view in rows}
    counts = counted(folder)
    told = Told(
        asked.manifest.name,
        rows,
        digests,
        funnel(workspace),
        asked.lock,
        unshared=found["unshared"],
        questions=found["questions"],
        benchmarks=benchmarks(workspace),
        counts=counts,
        shown=write_contact_sheet(folder),
        content=content_of(sums),
        halves_left_out=found["halves_left_out"],
        reviewed=_reviewed(workspace),
    )
    write_whole(folder / "README.md", card(told).encode())
    write_log(folder, log_of(workspace))
    write_attributions(folder)
    write_json(folder / "manifest.lock.json", asked.lock)
    write_whole(folder / "manifest.yaml", recipe(asked.manifest).encode())
    seal(folder, sums, counts)


def _digest_of(sums: Mapping[str, str], view: str) -> str:
    """Return what changes with any byte of a view."""
    return fingerprint(*(pair for pair in sorted(sums.items()) if pair[0].startswith(f"{view}/")))
