"""OME planes: in which page of which file each plane of an image lies, by the metadata's TiffData."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where a plane lies: a page of a file; the file is None for the one the metadata came with."""

    file: str | None
    page: int


def planes_of(pixels: Any) -> Iterator[tuple[tuple[int, int, int], Place]]:  # noqa: ANN401
    """Yield where each plane lies that the metadata place in a file."""
    order = pixels.dimension_order.value[2:].lower()
    sizes = {"z": pixels.size_z, "c": max(1, len(pixels.channels) or pixels.size_c), "t": pixels.size_t}
    most = sizes["z"] * sizes["c"] * sizes["t"]
    for block in pixels.tiff_data_blocks:
        file = block.uuid.file_name if block.uuid else None
        first = {"z": block.first_z or 0, "c": block.first_c or 0, "t": block.first_t or 0}
        count = block.plane_count if block.plane_count is not None else (1 if block.ifd is not None else most)
        at = sum(first[axis] * _stride(order, sizes, axis) for axis in order)
        for step in range(min(count, max(0, most - at))):
            place = {axis: (at + step) // _stride(order, sizes, axis) % sizes[axis] for axis in order}
            yield (place["z"], place["c"], place["t"]), Place(file, (block.ifd or 0) + step)


def _stride(order: str, sizes: dict[str, int], axis: str) -> int:
    stride = 1
    for faster in order[: order.index(axis)]:
        stride *= sizes[faster]
    return stride
