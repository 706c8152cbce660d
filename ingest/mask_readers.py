"""Mask readers: what each layout lists of a folder, and how one image of it is read with its mask."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ingest.containers import FolderFiles
from ingest.mask_arrays import ARRAYS, is_kind, opened
from ingest.mask_coco import files_of, objects_of
from ingest.mask_coco_pairs import coco_pairs
from ingest.mask_labels import Array, Drawn, drawn_in, is_turned, label_mask, pieces_of_one
from ingest.mask_objects import foreground_in, mask_of_objects
from ingest.mask_pairs import MaskError, Pair, masks_of, names_in, pairs_in, reasoned
from ingest.mask_patterns import pattern_of
from ingest.mask_planes import blob_of, is_stack, open_pictured, places
from ingest.mask_wanted import mask_in
from pipeline.pixels import Pixels, inspect
from schemas.mask_layouts import MaskLayout
from schemas.records import Mask

_TOLD_OBJECTS = 20
"""How many of the objects that are left out are named."""

_TWO_COLOURS = "two channels are shown in green and magenta, in their order; the file keeps both as they are"


class Listed(NamedTuple):
    """An image, or a section of a volume, with the files it is made from, or why it can't be one."""

    name: str
    at: tuple[int, ...] = ()
    files: tuple[Path, ...] = ()
    reason: str | None = None
    detail: str = ""
    size_bytes: int = 0
    """Of a section; 0: that of the files."""


Image = tuple[bytes, Pixels]
"""A picture's bytes, and what they say it is."""


class Read(NamedTuple):
    """An image's bytes and its mask."""

    blob: bytes
    pixels: Pixels
    mask: Mask
    mask_size: tuple[int, int]
    """Width and height in pixels."""
    holds: bool
    """Whether there is an object."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Reasons and details of objects that are not in the mask."""
    rule: str | None = None
    """What was chosen of the file, in words."""
    masks: tuple[str, ...] = ()
    """The files that the mask was read from, relative to the folder."""
    pieces: int = 0
    """Of a label map's one object, if it has but one."""


def list_of(root: Path, layout: MaskLayout, cache: Path) -> Iterator[Listed]:
    """Yield every image of a folder, and what has no image or no mask, in a fixed order."""
    for pair in _pairs(root, layout, cache):
        files = tuple(root / name for name in (pair.image, *pair.masks))
        if pair.reason:
            yield Listed(pair.image, reason=pair.reason, detail=pair.detail)
        elif outside := next((path for path in files if _leaves(path, root)), None):
            yield Listed(pair.image, reason="archive_link", detail=f"{outside.name} is a link out of the folder")
        elif layout.format == "arrays":
            yield from _sections(root, pair, files, layout, cache)
        else:
            yield Listed(pair.image, files=files)


def _pairs(root: Path, layout: MaskLayout, cache: Path) -> Iterator[Pair]:
    if layout.format == "coco":
        yield from coco_pairs(root, layout, cache)
    elif layout.masks is None:
        wanted, ignored = pattern_of(layout.images or ""), pattern_of(layout.ignore or "")
        for name in names_in(root):
            if wanted.captures(name) is not None and (not layout.ignore or ignored.captures(name) is None):
                yield Pair(name, (name,))
    else:
        yield from pairs_in(names_in(root), layout)


def _leaves(path: Path, root: Path) -> bool:
    return path.is_symlink() and not path.resolve().is_relative_to(root.resolve())


def _sections(root: Path, pair: Pair, files: Sequence[Path], layout: MaskLayout, cache: Path) -> Iterator[Listed]:
    """Yield the sections of a pair of arrays that the layout takes; a plain picture is one."""
    files = tuple(dict.fromkeys(files))
    if _is_plain(root / pair.image):
        yield Listed(pair.image, files=files)
        return
    try:
        with reasoned("array_unreadable"), ExitStack() as stack:
            pictured = open_pictured(stack, root / pair.image, root / pair.masks[0], layout, cache)
            shape = pictured.shape
            plane_bytes = shape.length("Y") * shape.length("X") * pictured.images[0].dtype.itemsize
            found = list(places(shape, layout.slices or "all"))
    except MaskError as error:
        yield Listed(pair.image, reason=error.reason, detail=error.detail)
        return
    if not found:
        yield Listed(pair.image, reason="array_empty", detail=f"an array of shape {shape.lengths}")
    yield from (Listed(pair.image, at, files, size_bytes=max(1, plane_bytes)) for at in found)


def _is_plain(path: Path) -> bool:
    """Return whether a file is one picture, whose bytes are kept."""
    return not is_kind(path.name, ARRAYS) and not is_stack(path)


def read_image(root: Path, name: str, at: tuple[int, ...], layout: MaskLayout, cache: Path) -> Read:
    """Return an image of a folder with its mask.

    Raises:
        ReasonedError: the image or its mask can't be read, or are not of one size.
    """
    if layout.format == "arrays":
        return _of_arrays(root, name, at, layout, cache)
    files = FolderFiles(root, [])
    blob = files.read(name)
    pixels = _picture(blob)
    if layout.format == "coco":
        return _of_coco(root, name, (blob, pixels), layout, cache)
    masks = masks_of(name, root, layout)
    if layout.format == "binary":
        return _of_objects(files, masks, (blob, pixels), layout)._replace(masks=masks)
    return _of_map((blob, pixels), files.read(masks[0]), layout)._replace(masks=masks)


def _picture(blob: bytes) -> Pixels:
    """Return what a picture is on which a mask can be drawn.

    Raises:
        ReasonedError: it is none, holds several planes, or is to be turned before it is shown.
    """
    pixels = inspect(blob)
    if pixels.frames > 1:
        advice = "format: arrays reads stacks, and axes: says what its planes are"
        raise MaskError("image_is_stack", f"holds {pixels.frames} planes; {advice}")
    if is_turned(blob):
        raise MaskError("image_is_turned", "it is to be turned before it is shown; was its mask drawn before or after?")
    return pixels


def _of_map(image: Image, mask_blob: bytes, layout: MaskLayout) -> Read:
    return _of_drawn(image, drawn_in(mask_blob), mask_blob, layout)


def _of_drawn(image: Image, drawn: Drawn, mask_blob: bytes | None, layout: MaskLayout, rule: str | None = None) -> Read:
    mask, holds = label_mask(
        drawn, mask_blob, layout.background, components=layout.components, object_class=layout.object_class
    )
    height_px, width_px = drawn.numbers.shape
    pieces = 0 if layout.components else pieces_of_one(drawn.numbers)
    return Read(*image, mask, (width_px, height_px), holds, rule=rule, pieces=pieces)


def _of_objects(files: FolderFiles, masks: Sequence[str], image: Image, layout: MaskLayout) -> Read:
    shape = (image[1].height_px, image[1].width_px)
    empty: list[str] = []

    def fields() -> Iterator[Array]:
        for name in masks:
            try:
                field = foreground_in(files.read(name))
            except MaskError as error:
                raise MaskError(error.reason, f"{name}: {error.detail}") from error
            if field.shape != shape:
                said = f"the image is {shape[1]} x {shape[0]} px, {name} {field.shape[1]} x {field.shape[0]} px"
                raise MaskError("mask_size_differs", said)
            if field.any():
                yield field
            else:
                empty.append(name)

    mask = mask_of_objects(fields(), shape, layout.object_class)
    holds = len(empty) < len(masks)
    # where nothing at all is drawn, an empty mask says so
    left_out = {"object_empty": [f"{name}: covers no pixel" for name in empty]} if empty and holds else {}
    return Read(*image, mask, shape[::-1], holds, _told(left_out))


def _told(left_out: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
    """Return a line for each reason: how many objects, and the first of them."""
    return tuple(
        (reason, f"{len(objects)} objects: {'; '.join(objects[:_TOLD_OBJECTS])}")
        for reason, objects in sorted(left_out.items())
    )


def _of_coco(root: Path, name: str, image: Image, layout: MaskLayout, cache: Path) -> Read:
    found = objects_of(name, files_of(root, layout), cache, layout.object_class)
    size = (found.width_px, found.height_px)
    masks = (found.file.relative_to(root).as_posix(),)
    return Read(*image, found.mask, size, found.holds, _told(found.left_out), masks=masks)


def _of_arrays(root: Path, name: str, at: tuple[int, ...], layout: MaskLayout, cache: Path) -> Read:
    mask_name = masks_of(name, root, layout)[0] if layout.masks else name
    for path in (root / name, root / mask_name):
        if _leaves(path, root):
            raise MaskError("archive_link", f"{path.name} is a link out of the folder")
    if _is_plain(root / name):
        return _of_picture(root, name, mask_name, layout, cache)._replace(masks=(mask_name,))
    with ExitStack() as stack:
        pictured = open_pictured(stack, root / name, root / mask_name, layout, cache)
        samples, labels = pictured.samples(at), pictured.labels(at)
        numbered = pictured.shape.numbered
    rule = [f"section {place} of axis {axis}" for axis, place in zip(numbered, at, strict=True)]
    rule += [_TWO_COLOURS] if samples.ndim == 3 and samples.shape[0] == 2 else []
    blob = blob_of(samples)
    read = _of_drawn((blob, inspect(blob)), Drawn(np.asarray(labels)), None, layout, "; ".join(rule) or None)
    return read._replace(masks=(mask_name,))


def _of_picture(root: Path, name: str, mask_name: str, layout: MaskLayout, cache: Path) -> Read:
    """Return a picture whose mask is an array, or a picture too."""
    files = FolderFiles(root, [])
    blob = files.read(name)
    image = (blob, _picture(blob))
    if not is_kind(mask_name, ARRAYS):
        return _of_map(image, files.read(mask_name), layout)
    with opened(mask_in(root / mask_name, layout.mask_key, cache)) as lazy:
        numbers = lazy.take((slice(None),) * len(lazy.shape))
    if layout.mask_channel is not None and numbers.ndim == 3 and layout.mask_channel < numbers.shape[2]:
        numbers = numbers[..., layout.mask_channel]
    if numbers.ndim != 2:
        raise MaskError("mask_is_stack", f"{mask_name} has the shape {numbers.shape}")
    return _of_drawn(image, Drawn(numbers), None, layout)
