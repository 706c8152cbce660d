"""Microscope files: the images in a file, a set of files or an OME-Zarr folder, each with its scale and facts.

A file is carried whole where that is small enough, so that what is published beside the picture is the original;
of a larger one the plane that is shown is taken, lossless and in its own depth.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ingest.file_scale import known_or
from ingest.image_choice import Choice, chosen
from ingest.lengths import MISSING, Scale
from ingest.ome import OmeFile, OmeImage, facts_of
from ingest.ome_sets import COMPANION_SUFFIXES, described, is_set, samples_of_set
from ingest.tiff_metadata import facts_in, scale_in
from pipeline.photometry import Samples, samples_in
from pipeline.pixels import Pixels, inspect
from pipeline.planes import tiff_of
from pipeline.refusals import TIFF_MAGIC, reasoned
from pipeline.tiff_planes import samples_of
from pipeline.tiffs import is_layered, layout_of, opened, series_of
from schemas.errors import ArticleError, ReasonedError
from schemas.records import Fact, Shown

CARRIED_BYTES = 64 << 20
"""What the rows of a file of many planes may carry of it together; beyond, each carries the plane that it shows.

A run holds some eight times as much in memory."""
PICTURE_BYTES = 256 << 20
"""As much may a file have that is one picture."""
_NEEDS_BIOIO = tuple(
    """.czi .nd2 .lif .oib .oif .ims .zvi .vsi .dv .r3d .mrxs .dcm .ets .xlef .sld .ipw .mvd2 .lei .xlf .lof .c01 .mrc
    .ser .dm3 .dm4 .emd .svslide .tfr""".split()  # noqa: SIM905
)
"""Makers' formats that bricks doesn't read."""
_NOT_THE_SAMPLE = {
    **dict.fromkeys(("label", "macro", "overview"), "slide_label"),
    "thumbnail": "smaller_copy",
}
"""Images of a slide scanner beside the sample's: photographs of the glass, which may name a person, and copies."""


class Seen(NamedTuple):
    """An image that can be taken."""

    key: str
    """Names the image within its file."""
    blob: bytes
    pixels: Pixels
    member: str
    """What is added to the file's name where only a plane of it was taken: "#series=0,z=3"."""
    scale: Scale
    facts: tuple[Fact, ...]


class Refused(NamedTuple):
    """An image that can't be, or isn't wanted."""

    key: str
    reason: str
    detail: str


def is_foreign(path: Path) -> bool:
    """Return whether a file is in a maker's format that bricks doesn't read."""
    return path.name.lower().endswith(_NEEDS_BIOIO)


def images_in(path: Path, choice: Choice) -> Iterator[Seen | Refused]:
    """Yield the images of a file, of the set that it belongs to, or of an OME-Zarr folder.

    What is wrong with the file as a whole becomes one `Refused`.
    """
    try:
        yield from _images(path, choice)
    except ReasonedError as error:
        yield Refused("", error.reason, error.detail)


def _images(path: Path, choice: Choice) -> Iterator[Seen | Refused]:
    if path.is_dir():
        from ingest.zarr_images import zarr_images

        yield from zarr_images(path, choice)
    elif is_foreign(path):
        mend = "save it as OME-TIFF, for example with bioio or Bio-Formats, and name that"
        yield Refused("", "needs_bioio", f"a {path.suffix.lower()} file; {mend}")
    elif path.name.lower().endswith(COMPANION_SUFFIXES):
        yield from _set_images(path, described(path, _changed(path)), choice)
    else:
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(0)
            yield from _tiff_images(path, file, choice) if head.startswith(TIFF_MAGIC) else [_picture(path, file)]


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns


def _picture(path: Path, file: BinaryIO) -> Seen:
    if path.stat().st_size > PICTURE_BYTES:
        detail = f"{path.stat().st_size} bytes; a picture may have {PICTURE_BYTES}. Save it as a tiled TIFF."
        raise ArticleError("file_too_large", detail)
    blob = file.read()
    return Seen("image", blob, inspect(blob), "", MISSING, ())


def _tiff_images(path: Path, file: BinaryIO, choice: Choice) -> Iterator[Seen | Refused]:
    with opened(file) as tiff:
        told = described(path, _changed(path)) if tiff.pages.first.is_ome else None
        if told is not None and is_set(told):
            yield from _set_images(path, told, choice)
            return
        with reasoned(TIFF_MAGIC[0]):
            names = [str(series.name).strip() for series in tiff.series]
            images = matched(told, tiff) if told is not None else {}
            limit_bytes = CARRIED_BYTES if is_layered(tiff) else PICTURE_BYTES
        file.seek(0)
        blob = file.read() if path.stat().st_size * len(names) <= limit_bytes else None
        for at, name in enumerate(names):
            unwanted = _NOT_THE_SAMPLE.get(name.lower()) if told is None and len(names) > 1 else None
            if unwanted:
                yield Refused(f"image-{at}", unwanted, f"the image {name!r} of a slide scanner")
            else:
                yield _seen_or_refused(tiff, at, blob, images.get(at), choice)
        for image in _without_pixels(told, images):
            detail = "the metadata describe an image that has no plane in the file"
            yield Refused(f"ome-{image}", "image_missing", detail)


def _seen_or_refused(tiff: Any, at: int, blob: bytes | None, image: OmeImage | None, choice: Choice) -> Seen | Refused:  # noqa: ANN401
    try:
        with reasoned(TIFF_MAGIC[0]):
            return _seen(tiff, at, blob, image, choice)
    except ReasonedError as error:
        return Refused(f"image-{at}", error.reason, error.detail)


def _seen(tiff: Any, at: int, blob: bytes | None, image: OmeImage | None, choice: Choice) -> Seen:  # noqa: ANN401
    series = series_of(tiff, at)
    layout = layout_of(tiff, Shown(series=at))
    shown = chosen(choice, series=at, sections=layout.sections, times=layout.times, channels=layout.channels)
    scale = known_or(image.scale if image else MISSING, scale_in(tiff) if at == 0 else MISSING)
    facts = tuple(facts_of(image, shown.channels) if image else facts_in(tiff))
    if blob is not None:
        is_all = layout.frames == 1 and not shown.channels
        return Seen(f"image-{at}", blob, inspect(blob, None if is_all else shown), "", scale, facts)
    samples = samples_of(tiff, series, shown)
    meant = samples_in(series.keyframe, samples, all_channels=not shown.channels)
    return plane_seen(f"image-{at}", meant, f"#image={at},z={shown.z},t={shown.t}", scale, facts)


def matched(told: OmeFile, tiff: Any) -> dict[int, OmeImage]:  # noqa: ANN401
    """Return the description of each series: both are in one order, and images without pixels have no series."""
    images, found = iter(told.images), {}
    for at, series in enumerate(tiff.series):
        sizes = dict(zip(series.axes, series.shape, strict=True))
        for image in images:
            if (image.size_x, image.size_y) == (sizes.get("X"), sizes.get("Y")):
                found[at] = image
                break
    return found


def _without_pixels(told: OmeFile | None, images: dict[int, OmeImage]) -> list[int]:
    given = {id(image) for image in images.values()}
    return [at for at, image in enumerate(told.images if told else ()) if id(image) not in given]


def _set_images(path: Path, told: OmeFile, choice: Choice) -> Iterator[Seen | Refused]:
    is_tiff = not path.name.lower().endswith(COMPANION_SUFFIXES)
    if not any(block.place.file or is_tiff for image in told.images for block in image.blocks):
        yield Refused("", "metadata_only", f"describes {len(told.images)} images, and names no file of their planes")
        return
    for at, image in enumerate(told.images):
        try:
            yield _set_image(path, at, image, choice)
        except ReasonedError as error:
            yield Refused(f"image-{at}", error.reason, error.detail)


def _set_image(path: Path, at: int, image: OmeImage, choice: Choice) -> Seen:
    samples, (z, t) = samples_of_set(path, image, choice)
    facts = tuple(facts_of(image, choice.channels))
    return plane_seen(f"image-{at}", samples, f"#image={at},z={z},t={t}", image.scale, facts)


def plane_seen(key: str, samples: Samples, member: str, scale: Scale, facts: tuple[Fact, ...]) -> Seen:
    """Return an image whose samples become a file of their own: colours a PNG, channels the pages of a TIFF."""
    array = samples.array
    if array.ndim == 3 and samples.colours and array.dtype in (np.uint8, np.uint16):
        import imagecodecs

        blob = bytes(imagecodecs.png_encode(np.ascontiguousarray(array), level=2))
    else:
        blob = tiff_of(np.moveaxis(array, 2, 0) if array.ndim == 3 else array)
    return Seen(key, blob, inspect(blob), member, scale, facts)
