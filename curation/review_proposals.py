"""Review proposals: other ways to split a figure, for a reviewer to choose among."""

from collections.abc import Iterator
from typing import Any

from curation.captions import split_caption
from curation.detectors import detector
from curation.figure_panels import FoundPanels, panels_proposed
from curation.review_decoded import decoded_of
from pipeline.stretch import Array8, stretch
from pipeline.workspace import Workspace
from schemas.review import ReviewItem

_MOST_LABELS = 16
Split = list[dict[str, Any]]


def proposals(workspace: Workspace, item: ReviewItem, own_detector: str | None = None) -> list[Split]:
    """Return splits of an item's figure as a decision has them: what pixels show, even grids, all of it as one.

    `own_detector` is the manifest's, if it names one.

    Raises:
        PixelError: the figure can't be read.
    """
    decoded = decoded_of(workspace, item.pictures[0])
    caption = item.shown["caption"]
    labels = [panel.label for panel in split_caption(caption).panels]
    told: list[Split] = []
    shown = _rgb(stretch(decoded.array, colours=decoded.colours, hues=decoded.hues))
    for split in _splits(panels_proposed(shown, caption, detect=detector(own_detector)), labels, shown.shape[:2]):
        boxes = [one["box"] for one in split]
        if boxes not in ([one["box"] for one in known] for known in told):
            told.append(split)
    return told


def _rgb(array: Array8) -> Array8:
    return array[..., :3] if array.ndim == 3 else array


def _splits(found: FoundPanels, labels: list[str], shape: tuple[int, ...]) -> Iterator[Split]:
    height, width = shape
    yield [{"key": None, "label": panel.label, "box": list(panel.box)} for panel in found.panels]
    count = len(labels)
    for rows in range(1, count + 1 if 1 < count <= _MOST_LABELS else 1):
        if count % rows == 0:
            yield list(_grid(labels, rows, count // rows, (width, height)))
    yield [{"key": None, "label": None, "box": [0, 0, width, height]}]


def _grid(labels: list[str], rows: int, columns: int, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    for at, label in enumerate(labels):
        row, column = divmod(at, columns)
        sides = (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
        box = [round(side * size[place % 2]) for place, side in enumerate(sides)]
        yield {"key": None, "label": label, "box": box}
