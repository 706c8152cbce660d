"""OME sets: images whose planes, or whose metadata, lie in several files of one folder.

Files are looked up by their bare name beside the one that names them, and never followed out of the folder.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import numpy as np

from ingest.image_choice import Choice, chosen
from ingest.ome import MAX_BYTES, OmeFile, OmeImage, parse_ome
from pipeline.photometry import Samples, samples_in
from pipeline.refusals import TIFF_MAGIC, reasoned
from pipeline.stretch import Array
from pipeline.tiff_planes import page_samples
from pipeline.tiffs import opened
from schemas.errors import ArticleError
from schemas.records import Shown

COMPANION_SUFFIXES = (".companion.ome", ".ome.xml", ".ome")
TIFF_SUFFIXES = (".ome.tif", ".ome.tiff", ".ome.tf2", ".ome.tf8", ".ome.btf")
_NAMED = re.compile(r'\b(?:FileName|MetadataFile)\s*=\s*"([^"]+)"')
_MOST_FILES = 10_000
_told: set[str] = set()
"""The bad values that were told: a scanner writes one into thousands of files."""
_log = logging.getLogger(__name__)


def beside(path: Path, name: str) -> Path:
    """Return the file that `path` names in its own folder.

    Raises:
        ArticleError: `image_missing`, or `archive_link` where the name leaves the folder.
    """
    plain = Path(name.replace("\\", "/")).name
    if plain != name or plain in ("", ".", ".."):
        raise ArticleError("archive_link", f"{name!r} is no name in the same folder")
    found = path.parent / plain
    if not found.is_file():
        raise ArticleError("image_missing", f"{name} isn't beside it")
    if not found.resolve().is_relative_to(path.parent.resolve()):
        raise ArticleError("archive_link", f"{name} is a link out of its folder")
    return found


def metadata_in(path: Path) -> bytes | None:
    """Return the OME-XML that a TIFF or an XML file holds; None where it holds none.

    Raises:
        ReasonedError: the file can't be read.
    """
    if path.name.lower().endswith(COMPANION_SUFFIXES):
        if path.stat().st_size > MAX_BYTES:
            raise ArticleError("ome_too_large", f"{path.stat().st_size} bytes of metadata")
        return path.read_bytes()
    with path.open("rb") as file, opened(file) as tiff:
        page = tiff.pages.first
        return str(page.description).encode() if page.is_ome else None


def names_in(xml: bytes) -> frozenset[str]:
    """Return the files that OME-XML names, without a full reading."""
    found = set(_NAMED.findall(xml.decode("utf-8", "replace")))
    return frozenset(sorted(found)[:_MOST_FILES])


@lru_cache(maxsize=4)
def described(path: Path, changed: int) -> OmeFile:
    """Return the metadata of a file, or of the companion that it names.

    Raises:
        ArticleError: there are none, or the companion is missing or hostile.
    """
    xml = metadata_in(path)
    if xml is None:
        raise ArticleError("not_ome", "has no OME metadata")
    told = parse_ome(xml)
    if told.companion is None:
        _tell(path, told)
        return told
    try:
        other = parse_ome(metadata_in(beside(path, told.companion)) or b"")
    except ArticleError as error:
        raise ArticleError("ome_companion_missing", f"{told.companion}: {error.detail}") from error
    if other.companion is not None:
        raise ArticleError("ome_companion_missing", f"{told.companion} names {other.companion} in its turn")
    _tell(path, other)
    return other


def _tell(path: Path, told: OmeFile) -> None:
    for value in sorted(set(told.left_out) - _told):
        _told.add(value)
        _log.warning("%s: OME doesn't allow %s, so it counts as not given, here and elsewhere", path.name, value)


def is_set(told: OmeFile) -> bool:
    """Return whether planes lie in more than one file."""
    return len({block.place.file for image in told.images for block in image.blocks}) > 1


def samples_of_set(path: Path, image: OmeImage, choice: Choice) -> tuple[Samples, tuple[int, int]]:
    """Return the plane of an image that is shown, out of the files of its set, and its (z, t).

    Raises:
        ReasonedError: the plane is in no file, or can't be read.
    """
    logical = len(image.optics) or image.size_c
    count = logical * image.samples
    shown = chosen(choice, series=0, sections=image.size_z, times=image.size_t, channels=count)
    channels = shown.channels or list(range(count))
    with ExitStack() as files:
        pages = dict(_pages(files, path, image, shown))
    at = (shown.z, shown.t)
    if len(pages) == 1 and not shown.channels:
        return next(iter(pages.values())), at
    layers = [_sample(pages[channel // image.samples].array, channel % image.samples) for channel in channels]
    if len(layers) == 1:
        return Samples(layers[0], colours=True, complete=False), at
    return Samples(np.stack(layers, axis=-1), colours=False, complete=False), at


def _sample(array: Array, at: int) -> Array:
    return array if array.ndim == 2 else array[..., at]


def _pages(files: ExitStack, path: Path, image: OmeImage, shown: Shown) -> Iterator[tuple[int, Samples]]:
    logical = range(len(image.optics) or image.size_c)
    for channel in sorted({at // image.samples for at in shown.channels} or logical):
        place = image.place(shown.z, channel, shown.t)
        if place is None:
            raise ArticleError("plane_absent", f"no file holds z {shown.z}, channel {channel}, t {shown.t}")
        file = files.enter_context(beside(path, place.file or path.name).open("rb"))
        with opened(file) as tiff, reasoned(TIFF_MAGIC[0]):
            array = page_samples(tiff, place.page)
            samples = samples_in(tiff.pages[place.page].aspage(), array)
        yield channel, samples
