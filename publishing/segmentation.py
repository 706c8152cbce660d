"""Segmentation: the rows of the view `segmentation`, an image with a mask each."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipeline.masks import objects_on, with_class
from pipeline.planes import label_png
from publishing.instructions import instruction
from publishing.joins import Joined
from schemas.errors import PixelError, WorkspaceError
from schemas.features import arrow_schema
from schemas.published_rows import PublishedSegmentation
from schemas.records import Mask


def segmented(run: Joined) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (place in the run, row) for each figure that has a mask; one at a time, since its objects may be many."""
    masks = run.figures["mask"]
    for at in range(run.rows.num_rows if masks.null_count < len(masks) else 0):
        mask = masks[at].as_py()
        if mask is not None:
            yield at, _row(run.rows.slice(at, 1), run.figures.slice(at, 1), Mask.model_validate(mask))


def _row(panel: pa.RecordBatch, figure: pa.Table, mask: Mask) -> pa.RecordBatch:
    schema = arrow_schema(PublishedSegmentation)
    told = {**_of_mask(panel, mask), **{name: figure[name][0].as_py() for name in ("dataset", "official_split")}}
    same = [name for name in schema.names if name not in told]
    columns = dict(zip(same, panel.select(same).columns, strict=True))
    columns |= {name: pa.array([value], schema.field(name).type) for name, value in told.items()}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _of_mask(panel: pa.RecordBatch, mask: Mask) -> dict[str, Any]:
    """Return the columns that are made of the mask.

    Raises:
        WorkspaceError: it isn't the one that `2-panels` has read, or the panel isn't the whole picture.
    """
    key, width, height, facts = (panel[name][0].as_py() for name in ("id", "width_px", "height_px", "facts"))
    mask = with_class(mask, facts)
    try:
        objects = objects_on(mask, width_px=width, height_px=height)
    except PixelError as error:
        detail = f"the mask of {key} is not what it was: {error.detail}."
        raise WorkspaceError(detail, mend="Remove its part of 1-figures and run again: it is brought again.") from error
    classes = objects.classes or [mask.object_class]
    return {
        "mask": {"bytes": label_png(objects.label_map(), deep=True), "path": None},
        "instances": [instance.model_dump() for instance in objects.instances()],
        "instruction": instruction(classes, facts),
    }
