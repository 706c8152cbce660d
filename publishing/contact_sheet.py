"""Contact sheet: contact-sheet.jpg, small pictures of some panels that may be sold and adapted, each with its id."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from publishing.dataset_files import files_of_view
from publishing.views import PANELS_VIEW
from schemas.licence import permits

if TYPE_CHECKING:
    from PIL import Image

FILE: Final = "contact-sheet.jpg"
ID_CHARACTERS: Final = 8
"""Of an id, as the sheet labels it."""
_MOST: Final = 24
_COLUMNS: Final = 6
_CELL_PX: Final = (180, 160)
_LABEL_PX: Final = 22
_GAP_PX: Final = 10
_LARGEST_PX: Final = 64_000_000
"""Pixels of a picture that is still opened for a small one."""
_QUALITY: Final = 85
_WANTED: Final = ("id", "source", "kind", "family", "license", "attribution", "width_px", "height_px")


@dataclass(frozen=True)
class Shown:
    """A panel on the sheet, and what must be said under it."""

    id: str
    license: str
    attribution: str

    @property
    def label(self) -> str:
        """Return what stands under the picture."""
        return self.id[:ID_CHARACTERS]


def write_contact_sheet(folder: Path) -> list[Shown]:
    """Write the sheet of the dataset at `folder` and return what it shows, in its order; nothing, no file."""
    chosen = _chosen(_rows(folder))
    pictures = dict(_small(folder, {row["id"] for row in chosen}))
    shown = [Shown(row["id"], row["license"], row["attribution"]) for row in chosen if row["id"] in pictures]
    if shown:
        _drawn([(one.label, pictures[one.id]) for one in shown]).save(folder / FILE, "JPEG", quality=_QUALITY)
    return shown


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the panels that may be shown small beside others, by whomever."""
    for path in files_of_view(folder, PANELS_VIEW):
        with pq.ParquetFile(path) as parquet:
            for batch in parquet.iter_batches(4096, columns=list(_WANTED), use_threads=False):
                yield from filter(_may_be_shown, batch.to_pylist())


def _may_be_shown(row: dict[str, Any]) -> bool:
    may = permits(row["license"])
    return may.commercial and may.crop and row["width_px"] * row["height_px"] <= _LARGEST_PX


def _chosen(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the panels of the sheet: the sources and kinds take turns, and so do the families in each.

    No more families are kept of each, and no more rows of a family, than the sheet could show: those of the lowest ids.
    """
    sorts: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        families = sorts.setdefault((row["source"], row["kind"] or ""), {})
        _kept(families.setdefault(row["family"], []), row)
        if len(families) > _MOST:
            del families[max(families)]
    turns = [_in_turn([families[name] for name in sorted(families)]) for _, families in sorted(sorts.items())]
    return _in_turn(turns)[:_MOST]


def _kept(family: list[dict[str, Any]], row: dict[str, Any]) -> None:
    family.append(row)
    family.sort(key=lambda one: str(one["id"]))
    del family[_MOST:]


def _in_turn(lists: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [one for one in chain.from_iterable(zip_longest(*lists)) if one is not None]


def _small(folder: Path, ids: set[str]) -> Iterator[tuple[str, "Image.Image"]]:
    """Yield the chosen pictures, small; a row group is held at a time, and only one with a chosen row."""
    for path in files_of_view(folder, PANELS_VIEW):
        with pq.ParquetFile(path) as parquet:
            for group in range(parquet.num_row_groups):
                held = parquet.read_row_group(group, ["id"])["id"]
                places = [at for at, key in enumerate(held.to_pylist()) if key in ids]
                if places:
                    table = parquet.read_row_group(group, ["id", "image"]).take(places)
                    blobs = pc.struct_field(table["image"], "bytes").to_pylist()
                    small = zip(table["id"].to_pylist(), map(_opened, blobs), strict=True)
                    yield from ((key, picture) for key, picture in small if picture is not None)


def _opened(blob: bytes) -> "Image.Image | None":
    """Return a picture, small; None where it doesn't open, which another gate tells."""
    try:
        return _thumbnail(blob)
    except (OSError, SyntaxError, ValueError):
        return None


def _thumbnail(blob: bytes) -> "Image.Image":
    from PIL import Image

    with Image.open(io.BytesIO(blob)) as picture:
        picture.draft("RGB", (2 * _CELL_PX[0], 2 * _CELL_PX[1]))
        seen = picture.convert("RGBA") if picture.mode in ("P", "LA", "RGBA") else picture.convert("RGB")
    seen.thumbnail(_CELL_PX)
    if seen.mode == "RGB":
        return seen
    paper = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(paper, seen).convert("RGB")


def _drawn(pictures: Sequence[tuple[str, "Image.Image"]]) -> "Image.Image":
    """Return the sheet: rows of pictures, each in the middle of its cell, its label below."""
    from PIL import Image, ImageDraw, ImageFont

    columns = min(_COLUMNS, len(pictures))
    width, height = _CELL_PX[0] + _GAP_PX, _CELL_PX[1] + _LABEL_PX + _GAP_PX
    lines = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width + _GAP_PX, lines * height + _GAP_PX), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for at, (label, picture) in enumerate(pictures):
        left, top = _GAP_PX + at % columns * width, _GAP_PX + at // columns * height
        sheet.paste(picture, (left + (_CELL_PX[0] - picture.width) // 2, top + (_CELL_PX[1] - picture.height) // 2))
        middle = (left + _CELL_PX[0] // 2, top + _CELL_PX[1] + _LABEL_PX // 2)
        draw.text(middle, label, fill=(60, 60, 60), font=font, anchor="mm")
    return sheet
