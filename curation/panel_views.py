"""Panel views: the grey picture of a panel that its sketch is made of, and that is compared with others."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from math import ceil
from typing import Any

import numpy as np
from PIL import Image

from curation.confirm import View, view_of
from curation.local_features import SIDE_PX, Plane, sized
from curation.members import Member
from pipeline.pixels import PIXEL_COLUMNS, Pixels, crop, luma, pixels_of
from pipeline.store import part_path, read_rows_at
from pipeline.stretch import Array8
from pipeline.workspace import FIGURES, Workspace
from schemas.errors import PixelError
from schemas.records import Box

_DECODED_AT_ONCE = 8


def grey_in(shown: Array8, box: Box) -> Plane:
    """Return the part of a decoded picture, grey or RGB, in `box` in grey."""
    return np.asarray(Image.fromarray(crop(shown, box)).convert("L"), np.float32)


def grey_of_panel(blob: bytes, pixels: Pixels, box: Box) -> Plane:
    """Return the part of a picture in `box` in grey, decoded no larger than it is compared.

    Raises:
        PixelError: the picture can't be decoded.
    """
    left, top, right, bottom = box
    shorter = min(pixels.width_px, pixels.height_px)
    grey = luma(blob, pixels, side_px=max(1, ceil(SIDE_PX * shorter / max(right - left, bottom - top))))
    across, down = grey.width / pixels.width_px, grey.height / pixels.height_px
    part = (round(left * across), round(top * down), ceil(right * across), ceil(bottom * down))
    return np.asarray(grey.crop(part), np.float32)


def views(workspace: Workspace, wanted: Iterable[Member], each: Callable[..., Iterable[Any]] = map) -> dict[int, View]:
    """Return panels as they are compared, by their place; one that can't be read is missing.

    `each` maps a function over pictures, in their order.
    """
    of_part: dict[int, dict[int, list[Member]]] = defaultdict(lambda: defaultdict(list))
    for member in wanted:
        of_part[member.part][member.figure_row].append(member)
    found: dict[int, View] = {}
    for part in sorted(of_part):
        rows = read_rows_at(part_path(workspace.stage(FIGURES), part), of_part[part], ["blob", *PIXEL_COLUMNS])
        placed = zip(sorted(of_part[part]), rows, strict=True)
        while lot := list(islice(placed, _DECODED_AT_ONCE)):
            for one in each(partial(_views, of_part[part]), lot):
                found.update(one)
    return found


def _views(of_row: dict[int, list[Member]], placed: tuple[int, dict[str, Any]]) -> dict[int, View]:
    row, figure = placed
    return dict(_seen(of_row[row], figure))


def _seen(members: Iterable[Member], figure: dict[str, Any]) -> Iterator[tuple[int, View]]:
    pixels = pixels_of(figure)
    for member in members:
        with suppress(PixelError):  # it was decoded for its sketch; what can't be seen now is no duplicate
            yield member.at, view_of(sized(grey_of_panel(figure["blob"], pixels, member.box)))
