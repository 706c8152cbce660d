"""uBench: a dataset's questions in the layout of Micro-Bench (jnirschl/uBench, config perception): a row an image.

Its 22 fields, and its six tasks: organism, tissue and the like have no place in it, nor have questions about masks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from publishing.dataset_files import files_of_view
from publishing.question_figures import files_of
from publishing.views import PANELS_VIEW, SEGMENTATION_VIEW
from schemas.errors import UsageError

TASKS = {
    "label": "classification",
    "domain": "domain",
    "modality": "modality",
    "stain": "stain",
    "subdomain": "subdomain",
    "submodality": "submodality",
}
"""Our tasks, and what they are called there."""
_SAME = ("license", "domain", "subdomain", "modality", "submodality", "stain", "microns_per_pixel", "pmid")
_PANEL = ("id", "image", "label", "source", "organism", "ncbitaxon_id", "split", *_SAME)
_QUESTION = ("id", "panel_id", "task", "question", "options", "captions", "answer_index", "answer", "tags")
_BATCH = 32
_NAME = re.compile(r"\w+-00000-of-00001\.parquet")

Row = dict[str, Any]


def write_ubench(folder: Path, out: Path) -> dict[str, int]:
    """Write `out/<split>-00000-of-00001.parquet` from the dataset at `folder`, and return how much.

    `other_tasks` counts the questions that are left out, since Micro-Bench hasn't their task. An earlier export in
    `out` is replaced.

    Raises:
        UsageError: something else lies there.
    """
    earlier = _earlier(out)
    asked, others = _questions(folder)
    labels = sorted({row["label"] for row in _panels(folder, ("label",)) if row["label"]})
    boxes = _boxes(folder)
    writers: dict[str, Any] = {}
    images = 0
    out.mkdir(parents=True, exist_ok=True)
    for path in earlier:
        path.unlink()
    for batch in _batches(folder):
        for split, rows in _by_split(batch, asked, boxes, labels).items():
            writer = writers.get(split) or writers.setdefault(split, _writer(out, split, labels))
            writer.write_table(pa.Table.from_pylist(rows, schema=writer.schema))
            images += len(rows)
    for writer in writers.values():
        writer.finalize()
    return {"images": images, "questions": sum(map(len, asked.values())), "other_tasks": others}


def _earlier(out: Path) -> list[Path]:
    """Return the files of an earlier export in a folder that holds nothing else."""
    if not out.exists():
        return []
    each = sorted(out.iterdir()) if out.is_dir() else [out]
    if not all(map(_is_ours, each)):
        mend = "Name a new or empty folder, or that of an earlier export."
        raise UsageError("something lies there that is no export of questions.", where=str(out), mend=mend)
    return each


def _is_ours(path: Path) -> bool:
    """Return whether a file is one that `write_ubench` wrote: by its name and its columns."""
    if not _NAME.fullmatch(path.name) or not path.is_file():
        return False
    try:
        return bool(pq.read_schema(path).names == list(features([])))
    except (pa.ArrowInvalid, OSError):
        return False


def _writer(out: Path, split: str, labels: list[str]) -> Any:  # noqa: ANN401  (datasets is imported late and untyped)
    from datasets.arrow_writer import ParquetWriter

    return ParquetWriter(features=features(labels), path=str(out / f"{split}-00000-of-00001.parquet"))


def features(labels: list[str]) -> Any:  # noqa: ANN401  (datasets is imported late and untyped)
    """Return the `datasets.Features` of the layout; `labels` are the names of its class label."""
    from datasets import ClassLabel, Features, Image, List, Value

    text, texts = Value("string"), List(Value("string"))
    asked = {"answer": text, "answer_idx": Value("int64"), "id": text, "name": text, "options": texts}
    said = {"id": text, "name": text, "question": text, "answer_idx": text, "options": texts, "tags": texts}
    return Features({
        "image_id": text,
        "image": Image(),
        "label": ClassLabel(names=labels) if labels else Value("int64"),
        **dict.fromkeys(("label_name", "dataset", "domain", "institution", "license"), text),
        "microns_per_pixel": Value("float64"),
        **dict.fromkeys(("modality", "ncbitaxon_id", "ncbitaxon_name", "pmid", "split", "stain"), text),
        **dict.fromkeys(("subdomain", "submodality"), text),
        "synthetic": Value("bool"),
        "captions": {f"{name}_0": said for name in TASKS.values()},
        "questions": {name: {**asked, "question": text, "tags": texts} for name in TASKS.values()},
        "bbox": List(List(Value("int64"))),
        "polygon": List(List(Value("float64"))),
    })  # fmt: skip


def _questions(folder: Path) -> tuple[dict[str, list[Row]], int]:
    """Return the questions that have a place there by panel, and the number of those that have none."""
    found: dict[str, list[Row]] = {}
    others = 0
    for row in _rows(files_of(folder), _QUESTION):
        if row["task"] in TASKS:
            found.setdefault(row["panel_id"], []).append(row)
        else:
            others += 1
    return found, others


def _rows(files: list[Path], columns: tuple[str, ...]) -> Iterator[Row]:
    for path in files:
        with pq.ParquetFile(path) as parquet:
            for batch in parquet.iter_batches(_BATCH, columns=list(columns), use_threads=False):
                yield from batch.to_pylist()


def _panels(folder: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    return _rows(files_of_view(folder, PANELS_VIEW), columns)


def _batches(folder: Path) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in _panels(folder, _PANEL):
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _boxes(folder: Path) -> dict[str, tuple[str | None, list[list[int]]]]:
    """Return, by panel, the set that an image is of and the boxes of its objects."""
    columns = ("id", "dataset", "instances.list.element.bbox")
    return {
        row["id"]: (row["dataset"], [one["bbox"] for one in row["instances"]])
        for row in _rows(files_of_view(folder, SEGMENTATION_VIEW), columns)
    }


def _by_split(
    panels: list[Row], asked: Mapping[str, list[Row]], boxes: Mapping[str, tuple[str | None, Any]], labels: list[str]
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for panel in panels:
        if panel["id"] in asked:
            row = _row(panel, asked[panel["id"]], boxes.get(panel["id"], (None, None)), labels)
            found.setdefault(panel["split"], []).append(row)
    return found


def _row(panel: Row, asked: list[Row], of_mask: tuple[str | None, Any], labels: list[str]) -> Row:
    by_task = {TASKS[row["task"]]: row for row in asked}
    taxon = panel["ncbitaxon_id"]
    return {
        "image_id": panel["id"],
        "image": panel["image"],
        "label": labels.index(panel["label"]) if panel["label"] else None,
        "label_name": panel["label"],
        "dataset": of_mask[0] or panel["source"],
        "institution": None,
        **{name: panel[name] for name in _SAME},
        "ncbitaxon_id": taxon.replace(":", "_") if taxon else None,
        "ncbitaxon_name": panel["organism"],
        "split": panel["split"],
        "synthetic": None,
        "captions": {f"{name}_0": _said(name, by_task.get(name)) for name in TASKS.values()},
        "questions": {name: _asked(name, by_task.get(name)) for name in TASKS.values()},
        "bbox": of_mask[1],
        "polygon": None,
    }


def _asked(name: str, row: Row | None) -> Row | None:
    if row is None:
        return None
    same = {key: row[key] for key in ("answer", "id", "options", "question", "tags")}
    return {**same, "answer_idx": row["answer_index"], "name": name}


def _said(name: str, row: Row | None) -> Row | None:
    """Return a question as sentences; there the place of the right one is a text."""
    if row is None:
        return None
    return {
        "id": row["id"],
        "name": name,
        "question": _template(row["options"], row["captions"]),
        "answer_idx": str(row["answer_index"]),
        "options": row["captions"],
        "tags": row["tags"],
    }


def _template(options: Sequence[str], captions: Sequence[str]) -> str:
    """Return what the captions say around their options; an option may be a word of the sentence too.

    >>> _template(["micrograph", "cell"], ["A micrograph of micrograph.", "A micrograph of cell."])
    'A micrograph of {class}.'
    """
    first, said = options[0], captions[0]
    told = [(option, caption) for option, caption in zip(options, captions, strict=True) if option in caption]
    for found in re.finditer(f"(?={re.escape(first)})", said):
        before, after = said[: found.start()], said[found.start() + len(first) :]
        if all(caption == before + option + after for option, caption in told):
            return f"{before}{{class}}{after}"
    return said.replace(first, "{class}")
