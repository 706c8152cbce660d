"""OME planes: in which page of which file each plane of an image lies, by the metadata's TiffData."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where a plane lies: a page of a file; the file is None for the one the metadata came with."""

    file: str | None
    page: int


class Block(NamedTuple):
    """Planes that lie in consecutive pages; kept as a run, since a few words may speak of billions of planes."""

    first: int
    """Number of the first plane in the image's order of dimensions."""
    length: int
    place: Place


class Order(NamedTuple):
    """How the planes of an image are numbered: the axis that varies fastest first, with their sizes."""

    axes: str
    sizes: tuple[int, int, int]

    @property
    def planes(self) -> int:
        """Return how many planes there are."""
        return self.sizes[0] * self.sizes[1] * self.sizes[2]

    def number(self, z: int, c: int, t: int) -> int:
        """Return the number of a plane."""
        at = {"z": z, "c": c, "t": t}
        first, second, third = (at[axis] for axis in self.axes)
        return first + self.sizes[0] * (second + self.sizes[1] * third)


def order_of(pixels: Any) -> Order:  # noqa: ANN401  (ome-types is heavy to import)
    """Return how the planes of ome-types' Pixels are numbered."""
    axes = pixels.dimension_order.value[2:].lower()
    sizes = {"z": pixels.size_z, "c": len(pixels.channels) or pixels.size_c, "t": pixels.size_t}
    return Order(axes, (sizes[axes[0]], sizes[axes[1]], sizes[axes[2]]))


def blocks_of(pixels: Any, order: Order) -> Iterator[Block]:  # noqa: ANN401
    """Yield the runs of planes that the metadata place in a file."""
    for block in pixels.tiff_data_blocks:
        place = Place(block.uuid.file_name if block.uuid else None, block.ifd or 0)
        first = order.number(block.first_z or 0, block.first_c or 0, block.first_t or 0)
        # Without a count: one plane where a page is named, else all that follow.
        untold = 1 if "ifd" in block.model_fields_set else order.planes - first
        yield Block(first, untold if block.plane_count is None else block.plane_count, place)


def place_in(blocks: tuple[Block, ...], number: int) -> Place | None:
    """Return where a plane lies; of several places the last that is told; None where it lies nowhere."""
    for block in reversed(blocks):
        if block.first <= number < block.first + block.length:
            return Place(block.place.file, block.place.page + number - block.first)
    return None
