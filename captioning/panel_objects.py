"""Panel objects: what a mask and the scale tell of a panel: its objects in the pixels of the panel, and its bar.

Where a panel is a part of its figure, an object is what lies in the panel of it. What the panel's edge cuts is counted
and has the pixels that are seen; nothing that asks for a whole object asks for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from captioning.class_names import may_both_be_true
from captioning.evidence import MICROSCOPY
from captioning.quiet_corners import Grey, panel_grey
from pipeline.masks import Objects, objects_on, with_class
from pipeline.stroke_parts import chosen, cropped, owners, parts
from pipeline.strokes import Ints, Strokes, areas_px, boxes, centroids, overlapping, painted
from schemas.errors import PixelError, WorkspaceError
from schemas.panel_records import ScaleBar
from schemas.questions import NONE
from schemas.records import Mask

FIGURE_COLUMNS = ("mask", "facts", "width_px", "height_px")
"""What is read of a row of `1-figures`."""
PANEL_COLUMNS = ("id", "box", "kind", "tiles", "microns_per_pixel", "microns_per_pixel_source", "scale_bar")
"""What is read of a row of `2-panels`."""

_SMALL_SHARE = 0.1
"""Of an object; where less is seen at an edge, a person may overlook it."""

Flags = npt.NDArray[np.bool_]


class Scale(NamedTuple):
    """What is known of a panel's scale; pixels are square, or `microns_per_pixel` is None."""

    microns_per_pixel: float | None = None
    source: str | None = None
    """metadata, scale_bar (its length is written in the picture) or caption."""
    bar: ScaleBar | None = None


class Group(NamedTuple):
    """Objects that are asked about together."""

    name: str | None
    """Their class; None for all objects where there are several classes, or none is known."""
    at: Ints

    @property
    def one(self) -> str:
        """Return what one of them is called."""
        return f"object of the class {self.name}" if self.name else "object"

    @property
    def many(self) -> str:
        """Return what they are called."""
        return f"objects of the class {self.name}" if self.name else "objects"


@dataclass(frozen=True)
class PanelObjects:
    """The objects of a panel; every measure is in px of the panel and has a value for each, in their order."""

    panel_id: str
    objects: Objects
    lost_px: Ints
    """Pixels of each that lie in the figure, but not in the panel."""
    scale: Scale
    pixels: Callable[[], Grey | None] = lambda: None
    """Gives the panel in grey; None where nobody has read its picture."""

    @cached_property
    def grey(self) -> Grey | None:
        """Return the panel in grey [row, column]."""
        return self.pixels()

    @property
    def width_px(self) -> int:
        """Return the panel's width."""
        return self.objects.strokes.width_px

    @property
    def height_px(self) -> int:
        """Return the panel's height."""
        return self.objects.strokes.height_px

    def __len__(self) -> int:
        return len(self.objects.numbers)

    @cached_property
    def boxes(self) -> Ints:
        """Return rows of (left, top, right, bottom)."""
        return boxes(self.objects.strokes) if len(self) else np.empty((0, 4), np.int64)

    @cached_property
    def centroids(self) -> npt.NDArray[np.float64]:
        """Return rows of (x, y)."""
        return centroids(self.objects.strokes) if len(self) else np.empty((0, 2))

    @cached_property
    def areas_px(self) -> Ints:
        """Return the pixels of each."""
        return areas_px(self.objects.strokes) if len(self) else np.empty(0, np.int64)

    @cached_property
    def overlaps(self) -> Flags:
        """Return which share a pixel with another."""
        return overlapping(self.objects.strokes) if len(self) else np.empty(0, np.bool_)

    @cached_property
    def parts(self) -> Ints:
        """Return of how many pieces each is."""
        return parts(self.objects.strokes)

    @cached_property
    def points(self) -> Ints:
        """Return rows (x, y): the middle of each one's longest run of pixels down a column, so it lies in it."""
        strokes = self.objects.strokes
        length = strokes.end - strokes.start
        longest = np.lexsort((strokes.start, -length, owners(strokes)))[strokes.first]
        middle = strokes.start[longest] + (length[longest] - 1) // 2
        return np.stack([middle // strokes.height_px, middle % strokes.height_px], axis=1)

    @cached_property
    def cut(self) -> Flags:
        """Return which touch the border of the panel, or go on beyond it."""
        low, high = self.boxes[:, :2], self.boxes[:, 2:]
        edges: Flags = (low == 0).any(axis=1) | (high == (self.width_px, self.height_px)).any(axis=1)
        return edges | (self.lost_px > 0)

    @cached_property
    def slivers(self) -> Flags:
        """Return which lie outside the panel for the most part."""
        few: Flags = self.areas_px < _SMALL_SHARE * (self.areas_px + self.lost_px)
        return few

    @cached_property
    def label_map(self) -> npt.NDArray[np.uint16]:
        """Return a map [row, column] of the objects' places, counted from 1; the later above the earlier."""
        return painted(self.objects.strokes, range(1, len(self) + 1))

    def map_of(self, group: Group) -> Flags:
        """Return a map [row, column] of the pixels that lie in an object of a group."""
        if len(group.at) == len(self):
            return self.label_map > 0
        alone = chosen(self.objects.strokes, group.at)
        return painted(alone, [1] * len(group.at)) > 0

    @cached_property
    def groups(self) -> list[Group]:
        """Return the objects of each class, and all together where they are not of one class.

        Of a class whose name may be true of an object of another class here (cell, red blood cell) nothing is asked.
        """
        classes = [class_words(name) for name in self.objects.classes]
        plain = [(words or "").casefold() for words in classes]
        names = {key: words for key, words in sorted(zip(plain, classes, strict=True), reverse=True) if words}
        all_of_one = len(names) == 1 and "" not in plain
        together = [] if all_of_one or not plain else [Group(None, np.arange(len(self)))]
        told_apart = [key for key in sorted(names) if not _akin(names[key], names.values())]
        return together + [Group(names[key], np.flatnonzero([own == key for own in plain])) for key in told_apart]


def _akin(name: str, names: Iterable[str]) -> bool:
    return any(may_both_be_true(name, other) for other in names if other != name)


def class_words(name: str | None) -> str | None:
    """Return a class as words, or None where it says nothing: `red_cell` is a red cell."""
    words = " ".join((name or "").replace("_", " ").split())
    return words if any(map(str.isalnum, words)) and words.casefold() != NONE else None


def panel_objects(figure: Mapping[str, Any], panel: Mapping[str, Any]) -> PanelObjects:
    """Return the objects of a panel, given its rows of `1-figures` and `2-panels`; none where there is no mask.

    Raises:
        WorkspaceError: the mask isn't the one that `2-panels` has read.
    """
    box = tuple(panel["box"])
    whole = _objects(figure, panel["id"])
    kept, strokes = cropped(whole.strokes, box) if whole.numbers else (np.empty(0, np.int64), _none(box))
    seen = Objects(strokes, [whole.numbers[at] for at in kept], [whole.classes[at] for at in kept])
    lost_px = areas_px(whole.strokes)[kept] - areas_px(strokes) if len(kept) else np.empty(0, np.int64)
    return PanelObjects(panel["id"], seen, lost_px, scale_of(panel), partial(panel_grey, figure, box))


def scale_of(panel: Mapping[str, Any]) -> Scale:
    """Return the scale of a panel that is one micrograph; of a plot or a montage it isn't that of the whole."""
    if panel.get("kind") not in {None, MICROSCOPY} or (panel.get("tiles") or 1) > 1:
        return Scale()
    bar = panel["scale_bar"]
    told = ScaleBar.model_validate(bar) if bar else None
    return Scale(panel["microns_per_pixel"], panel["microns_per_pixel_source"], told)


def _objects(figure: Mapping[str, Any], key: str) -> Objects:
    width, height = figure["width_px"], figure["height_px"]
    if figure["mask"] is None:
        return Objects(_none((0, 0, width, height)), [], [])
    mask = with_class(Mask.model_validate(figure["mask"]), figure["facts"])
    try:
        return objects_on(mask, width_px=width, height_px=height)
    except PixelError as error:
        detail = f"the mask of {key} is not what it was: {error.detail}."
        raise WorkspaceError(detail, mend="Remove its part of 1-figures and run again: it is brought again.") from error


def _none(box: tuple[int, ...]) -> Strokes:
    left, top, right, bottom = box
    nothing = np.empty(0, np.int64)
    return Strokes(bottom - top, right - left, nothing, nothing, nothing)
