"""File gates: whether a dataset's files are whole, load again as they were made, and keep to the Hub's limits."""

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.pixels import inspect
from pipeline.rle import counts_of
from pipeline.strokes import painted, strokes_of_counts
from publishing.change_log import CHANGES, TOMBSTONES
from publishing.contact_sheet import FILE as SHEET
from publishing.croissant import FILE as CROISSANT
from publishing.dataset_files import SUMS, files_below, sha256_of, told_sums
from publishing.refused import Refused
from publishing.research_crate import FILE as CRATE
from publishing.views import SEGMENTATION_VIEW, VIEWS
from schemas.errors import PixelError
from schemas.features import arrow_schema
from schemas.records import Record

_BESIDE: Final = frozenset(
    {
        "README.md",
        "ATTRIBUTION.csv",
        "manifest.yaml",
        "manifest.lock.json",
        TOMBSTONES,
        CHANGES,
        SHEET,
        CROISSANT,
        CRATE,
        SUMS,
    }
)
"""What stands beside the views."""
_SHARD: Final = re.compile(r"(train|validation|test)-\d{5}-of-\d{5}\.parquet")
_ROW_GROUP_BYTES: Final = 286 << 20
"""A row group that the viewer still reads without a page index: huggingface.co/docs/dataset-viewer."""
_SCAN_BYTES: Final = 300 << 20
"""What the viewer reads at most for a page."""
_FILE_BYTES: Final = 20_000_000_000
_FILES: Final = 100_000
_FOLDER_FILES: Final = 10_000
"""Of a file, a repository and a folder: huggingface.co/docs/hub/storage-limits."""
_JUDGED: Final = (
    "id", "panel_id", "image", "image_sha256", "width_px", "height_px", "mask", "instances", "drawn_bar",
    "raw", "raw_format", "source_sha256",
)  # fmt: skip
_EIGHT_BIT: Final = frozenset({"1", "L", "P", "RGB", "RGBA", "LA"})


@dataclass(frozen=True)
class Made:
    """What a panel's picture is, as the workspace gives it; `raw_format` is None where its row has no original."""

    image_sha256: str
    source_sha256: str
    raw_format: str | None
    masked: str | None = None
    """Of its mask and objects: `masked_as`; None where it has none."""


def masked_as(row: Mapping[str, Any]) -> str:
    """Return the sum of a mask's file and of all that is told of its objects."""
    told = json.dumps(row["instances"], sort_keys=True).encode()
    return hashlib.sha256((row["mask"]["bytes"] or b"") + told).hexdigest()


def torn(folder: Path, seals: Collection[str]) -> Iterator[Refused]:
    """Yield files that aren't those that were made: gone, more, or of other bytes than SHA256SUMS tells.

    SHA256SUMS itself must have one of the sha256s that the workspace remembers, `seals`.
    """
    listed = folder / SUMS
    if not listed.is_file():
        yield Refused("whole", SUMS, None, "is missing")
        return
    if sha256_of(listed) not in seals:
        yield Refused("whole", SUMS, None, "isn't the one that this run wrote")
    told = told_sums(folder)
    there = {path.relative_to(folder).as_posix(): path for path in files_below(folder) if path != listed}
    for name in sorted(told.keys() | there.keys()):
        if name not in there or name not in told:
            yield Refused("whole", name, None, "is missing" if name in told else f"is not in {SUMS}")
        elif sha256_of(there[name]) != told[name]:
            yield Refused("whole", name, None, f"has other bytes than {SUMS} tells")


def foreign(folder: Path) -> Iterator[Refused]:
    """Yield files that are no part of a dataset of bricks: of another name, links, or tables of other columns."""
    models = {name: view.model for view in VIEWS for name in view.names}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        view, _, file = name.rpartition("/")
        if path.is_symlink():
            yield Refused("columns", name, None, "is a link")
        elif path.is_file() and view in models and _SHARD.fullmatch(file):
            yield from _other_columns(path, name, models[view])
        elif path.is_file() and name not in _BESIDE:
            yield Refused("columns", name, None, "is no file of a dataset")


def _other_columns(path: Path, name: str, model: type[Record]) -> Iterator[Refused]:
    try:
        found = pq.read_schema(path).remove_metadata()
    except (pa.ArrowException, OSError) as error:
        yield Refused("columns", name, None, f"can't be read: {error}"[:300])
        return
    wanted = arrow_schema(model)
    if not found.equals(wanted):
        odd = [field.name for field in {*found, *wanted} if field not in found or field not in wanted]
        yield Refused("columns", name, None, f"has other columns than its view: {', '.join(sorted(set(odd)))}"[:300])


def beyond_limits(folder: Path) -> Iterator[Refused]:
    """Yield what the Hub or its viewer doesn't take: files too many or too large, row groups too large to be shown."""
    files = files_below(folder)
    if len(files) > _FILES:
        yield Refused("viewer", folder.name, None, f"{len(files)} files; {_FILES} at most")
    for place, count in sorted(Counter(path.parent for path in files).items()):
        if count > _FOLDER_FILES:
            yield Refused("viewer", place.name, None, f"{count} files in a folder; {_FOLDER_FILES} at most")
    for path in files:
        name, size = path.relative_to(folder).as_posix(), path.stat().st_size
        if size > _FILE_BYTES:
            yield Refused("viewer", name, None, f"{size} bytes; {_FILE_BYTES} at most")
        if path.suffix == ".parquet":
            yield from _unseen(path, name)


def _unseen(path: Path, name: str) -> Iterator[Refused]:
    with pq.ParquetFile(path) as parquet:
        for at in range(parquet.metadata.num_row_groups):
            group = parquet.metadata.row_group(at)
            columns = [group.column(place) for place in range(group.num_columns)]
            stored = sum(column.total_compressed_size for column in columns)
            if stored > _SCAN_BYTES or (
                stored > _ROW_GROUP_BYTES and not all(column.has_offset_index for column in columns)
            ):
                yield Refused("viewer", name, None, f"row group {at} has {stored} bytes; {_ROW_GROUP_BYTES} at most")


def unlike(folder: Path, made: Mapping[str, Made]) -> Iterator[Refused]:
    """Yield rows that don't load with `datasets` as they were made, and files that don't load at all.

    Each picture must have the sha256 that its row tells, be of 8 bits and the row's size; a panel's must be the one
    that the workspace gives: `made` tells it by the panel's id, or
    by that of a question with a bar. An original must be the harvested one. Each mask must
    show the objects of its run lengths.
    """
    import datasets

    for path in sorted(folder.glob("*/*.parquet")):
        try:
            for row in _loaded(path):
                if why := _row_judged(path.parent.name, row, made):
                    yield Refused("reload", path.parent.name, row["id"], why)
        except (datasets.exceptions.DatasetsError, OSError, ValueError) as error:
            why = f"doesn't load: {type(error).__name__}: {error}"[:300]
            yield Refused("reload", path.relative_to(folder).as_posix(), None, why)


def _loaded(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file as `datasets` reads it, streamed, so that nothing lands in its cache."""
    import datasets

    rows = datasets.load_dataset("parquet", data_files=str(path), split="train", streaming=True)
    held = [name for name in _JUDGED if name in (rows.column_names or ())]
    rows = rows.select_columns(held)
    for column in {"image", "mask"} & set(held):
        rows = rows.cast_column(column, datasets.Image(decode=False))
    yield from rows


def _row_judged(view: str, row: Mapping[str, Any], made: Mapping[str, Made]) -> str:
    """Return what is wrong with a row; a picture that doesn't open is its row's fault alone."""
    try:
        return _row_unlike(view, row, made)
    except (OSError, ValueError, PixelError) as error:
        return f"its picture doesn't open: {error}"[:200]


def _row_unlike(view: str, row: Mapping[str, Any], made: Mapping[str, Made]) -> str:
    name = view.removesuffix("-noncommercial")
    panel = row.get("panel_id", row["id"])
    if panel not in made:
        return "is no panel of the workspace"
    if why := _picture_unlike(row):
        return why
    shown = made.get(row["id"]) if row.get("drawn_bar") else made[panel]
    if shown is None or shown.image_sha256 != row["image_sha256"]:
        return "its picture isn't the one that the workspace gives"
    if "raw" in row and (why := _original_unlike(row, made[panel])):
        return why
    return _mask_unlike(row, made[panel]) if name == SEGMENTATION_VIEW.name else ""


def _original_unlike(row: Mapping[str, Any], made: Made) -> str:
    """Return what is wrong with the original: it must be the harvested one, by its sum, and what its format says."""
    if row["source_sha256"] != made.source_sha256:
        return "is told to be of another original than the workspace's"
    if (row["raw"] is None, row["raw_format"]) != (made.raw_format is None, made.raw_format):
        return "has an original, or a format of one, that the workspace doesn't give, or lacks it"
    if row["raw"] is None:
        return ""
    if hashlib.sha256(row["raw"]).hexdigest() != made.source_sha256:
        return "its original isn't the one that was harvested"
    found = inspect(row["raw"]).format
    return "" if found == row["raw_format"] else f"its original is {found}, not {row['raw_format']}"


def _picture_unlike(row: Mapping[str, Any]) -> str:
    from PIL import Image

    blob = (row["image"] or {}).get("bytes")
    if not blob:
        return "has no picture"
    if hashlib.sha256(blob).hexdigest() != row["image_sha256"]:
        return "its picture has another sha256 than the row tells"
    with Image.open(io.BytesIO(blob)) as picture:  # what it raises of a broken file is an OSError
        if picture.mode not in _EIGHT_BIT:
            return f"its picture is no 8-bit one ({picture.mode})"
        if picture.size != (row["width_px"], row["height_px"]):
            return f"its picture is {picture.size[0]} x {picture.size[1]} px, not what the row tells"
        picture.load()
    return ""


def _mask_unlike(row: Mapping[str, Any], made: Made) -> str:
    """Return what is wrong with a mask: later objects cover earlier ones in it, in the run lengths they don't."""
    from PIL import Image

    if not (row["mask"] or {}).get("bytes") or row["instances"] is None:
        return "has no mask"
    with Image.open(io.BytesIO(row["mask"]["bytes"])) as picture:
        shown = np.asarray(picture)
    if shown.shape != (row["height_px"], row["width_px"]):
        return "its mask is of another size than its picture"
    each = (counts_of(instance["rle"]["counts"]) for instance in row["instances"])
    strokes = strokes_of_counts(each, height_px=shown.shape[0], width_px=shown.shape[1])
    drawn = painted(strokes, [instance["id"] for instance in row["instances"]])
    if not np.array_equal(drawn, shown):
        return "its mask shows other objects than its run lengths"
    return "" if masked_as(row) == made.masked else "its mask or objects aren't those that the workspace gives"
