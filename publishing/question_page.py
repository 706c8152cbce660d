"""Question page: examples of each task with their pictures, and what a blind guesser gets; it stands alone."""

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.pages import data_uri, environment
from pipeline.pixels import thumbnail
from pipeline.workspace import Workspace, write_whole
from publishing.asked import asked_in_files
from publishing.question_figures import Figures, files_of, is_shown
from schemas.errors import PixelError

PAGE = "questions.html"
"""Beside the report."""
_EXAMPLES = 4
"""A task."""
_SIDE_PX = 420
_SHOWN = ("id", "task", "question", "options", "captions", "answer_index", "answer", "held_back", "origin", "license",
          "attribution", "source_id", "boxes", "split", "width_px", "height_px")  # fmt: skip


def write_question_page(workspace: Workspace, folder: Path, name: str, figures: Figures) -> Path:
    """Write the page of a dataset's questions beside the report; without any, what an earlier run wrote goes."""
    page = workspace.root / "report" / PAGE
    if not figures["questions"]:
        page.unlink(missing_ok=True)
        return page
    told = environment("publishing").get_template("questions.html.jinja")
    page.parent.mkdir(parents=True, exist_ok=True)
    shown = [gate for gate in figures["gates"] if is_shown(gate)]
    rest = [gate for gate in figures["gates"] if not is_shown(gate)]
    words = told.render(name=name, figures=figures, tasks=_tasks(folder, figures), gates=((shown, ""), (rest, "each")))
    write_whole(page, words.encode())
    return page


def _tasks(folder: Path, figures: Figures) -> list[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Return (task, its figures, its examples); ids are hashes, so the smallest are a fair draw."""
    ids: dict[str, list[str]] = {task: [] for task in figures["tasks"]}
    for asked in asked_in_files(files_of(folder)):
        ids[asked.task] = heapq.nsmallest(_EXAMPLES, [*ids[asked.task], asked.id])
    wanted = {key for each in ids.values() for key in each}
    rows = {row["id"]: row for path in files_of(folder) for row in _rows(path, wanted)}
    return [(task, told, [rows[key] for key in ids[task]]) for task, told in figures["tasks"].items()]


def _rows(path: Path, wanted: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the wanted rows of a file, their pictures made small; of its pictures a row group is held."""
    with pq.ParquetFile(path) as parquet:
        for at in range(parquet.num_row_groups):
            ids = parquet.read_row_group(at, columns=["id"], use_threads=False)["id"].to_pylist()
            mine = [place for place, key in enumerate(ids) if key in wanted]
            if mine:
                group = parquet.read_row_group(at, columns=[*_SHOWN, "image"], use_threads=False).take(mine)
                yield from ({**row, "picture": _small(row.pop("image")["bytes"])} for row in group.to_pylist())


def _small(blob: bytes) -> str:
    try:
        return data_uri(thumbnail(blob, _SIDE_PX))
    except PixelError:
        return ""
