"""IDR selection: which images of a study are taken, in a fixed order that is spread evenly.

The images of a study lie in plates or datasets. Round by round each of these gives one image: the plates in an
order of which every beginning is spread evenly over them, and the images of a plate likewise. So the first n of a
study are spread evenly for every n, and a larger n only adds to what a smaller one took. Plates are listed one by
one, and no more of them than n takes.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Literal, NamedTuple

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from ingest.idr_api import DAY_S, IdrApi
from ingest.idr_containers import Container
from schemas.errors import SourceError
from schemas.manifest_sources import IDR_OMERO_URL, IDR_URL, IDR_ZARR_URL
from schemas.records import Record

_KEY = re.compile(r"(?P<container>.+)/(?P<group>(?:plate|dataset)-\d+)(?:/well-(?P<well>\d+))?/image-(?P<image>\d+)")
_CHILDREN = {"project": ("dataset", "images"), "screen": ("plate", "wells")}


class IdrRequest(Record):
    """Which images are wanted, and how."""

    studies: tuple[str, ...]
    images_per_study: PositiveInt | None = None
    pixels: Literal["rendered", "zarr", "omero"] = "rendered"
    level: NonNegativeInt | None = None
    plane: str | int | None = None
    channels: tuple[int, ...] | None = None
    licenses: tuple[str, ...]
    """SPDX ids that may enter."""
    limit: PositiveInt | None = None
    sample_n: PositiveInt | None = None
    sample_seed: int = 0
    url: str = IDR_URL
    zarr_url: str = IDR_ZARR_URL
    omero_url: str = IDR_OMERO_URL
    per_second: PositiveFloat = 1.5
    """Requests a second; IDR states no limit, and has 25 workers for everybody."""


class Place(Record):
    """Where an image lies: what an item's key says."""

    container: str
    """idr0001-graml-sysgro/screenA."""
    group: str
    """plate-422 or dataset-369."""
    well: int | None = None
    image: int

    @property
    def key(self) -> str:
        """Return the name of the image for ever."""
        well = f"/well-{self.well}" if self.well is not None else ""
        return f"{self.container}/{self.group}{well}/image-{self.image}"

    @property
    def source_id(self) -> str:
        """Return the name by which the image is known, taken down and asked about again."""
        return f"{self.container}/image-{self.image}"

    @property
    def family(self) -> str:
        """Return what is never parted by a split: the study and the plate or dataset."""
        return f"{self.container.partition('/')[0]}/{self.group}"


def place_of(key: str) -> Place:
    """Return the place that a key names.

    >>> place_of("idr0001-a-b/screenA/plate-422/well-7/image-9").family
    'idr0001-a-b/plate-422'
    """
    found = _KEY.fullmatch(key)
    assert found is not None, key
    well = int(found["well"]) if found["well"] else None
    return Place(container=found["container"], group=found["group"], well=well, image=int(found["image"]))


def chosen(api: IdrApi, containers: Iterable[Container], most: int | None) -> Iterator[Place]:
    """Yield the images of a study's `containers`, at most `most` of them.

    Raises:
        SourceError: a list is in doubt.
    """
    groups = [
        (container, number)
        for container in containers
        for number in sorted(api.pages(groups_path(container), _number, max_age_s=DAY_S))
    ]
    return islice(_round_by_round(api, [groups[at] for at in spread(len(groups))]), most)


def _number(told: dict[str, Any]) -> int:
    return int(told["@id"])


def groups_path(container: Container) -> str:
    """Return the path of the list of a container's plates or datasets."""
    return f"api/v0/m/{container.kind}s/{container.number}/{_CHILDREN[container.kind][0]}s/"


def _round_by_round(api: IdrApi, groups: Iterable[tuple[Container, int]]) -> Iterator[Place]:
    waiting: list[Iterator[Place]] = []
    for container, number in groups:
        ordered = _ordered(container, number, images_of(api, container, number))
        yield from islice(ordered, 1)
        waiting.append(ordered)
    while waiting:
        still: list[Iterator[Place]] = []
        for ordered in waiting:
            one = next(ordered, None)
            if one is not None:
                yield one
                still.append(ordered)
        waiting = still


def spread(count: int) -> list[int]:
    """Return the numbers below `count` in an order of which every beginning is spread evenly over them.

    >>> spread(8)
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda at: int(f"{at:0{bits}b}"[::-1], 2))


def _ordered(container: Container, number: int, found: list[tuple[int | None, int]]) -> Iterator[Place]:
    group = f"{_CHILDREN[container.kind][0]}-{number}"
    for at in spread(len(found)):
        well, image = found[at]
        yield Place(container=container.name, group=group, well=well, image=image)


def images_of(api: IdrApi, container: Container, number: int) -> list[tuple[int | None, int]]:
    """Return (well, image) of a plate, well by well, or (None, image) of a dataset, by their ids."""
    group, children = _CHILDREN[container.kind]
    path = f"api/v0/m/{group}s/{number}/{children}/"
    if container.kind == "project":
        return [(None, image) for image in sorted(api.pages(path, _number, max_age_s=DAY_S))]
    wells = sorted(api.pages(path, _well, max_age_s=DAY_S))
    return [(well.number, image) for well in wells for image in well.images]


class _Well(NamedTuple):
    """A well with the images of its fields, in their order."""

    row: int
    column: int
    number: int
    images: list[int]


def _well(told: dict[str, Any]) -> _Well:
    row, column = (told.get(name) if isinstance(told.get(name), int) else 0 for name in ("Row", "Column"))
    samples = told.get("WellSamples") or []
    try:
        images = [int(sample["Image"]["@id"]) for sample in samples if sample.get("Image")]
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise SourceError("not_an_answer", f"well {told['@id']} names no images") from error
    return _Well(row or 0, column or 0, told["@id"], images)
