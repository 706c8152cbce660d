"""Extract images: what `bricks extract` prints of microscope files: a plain dict for every image."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.fact_captions import caption_of
from ingest.image_choice import Choice
from ingest.image_items import PICTURE_SUFFIXES, walk_images
from ingest.microscope_files import Refused, Seen, images_in, is_foreign
from ingest.ome import facts_of
from ingest.ome_sets import COMPANION_SUFFIXES, TIFF_SUFFIXES, described
from ingest.unread_lines import unread
from ingest.zarr_images import is_zarr
from schemas.records import Fact

_IN_FOLDERS = (*COMPANION_SUFFIXES, *TIFF_SUFFIXES, ".svs", ".lsm", ".ndpi", ".scn", ".bif", ".qptiff")
"""Files that are microscopy by their names; a plain TIFF or PNG in a folder may be an article's figure."""


def is_microscopy(path: Path) -> bool:
    """Return whether a path that was given is a picture, OME metadata, an OME-Zarr or a maker's format."""
    if path.is_dir():
        return is_zarr(path)
    return path.name.lower().endswith((*PICTURE_SUFFIXES, *COMPANION_SUFFIXES)) or is_foreign(path)


def microscopy_in(folder: Path) -> Iterator[Path]:
    """Yield the microscope files below a folder, in sorted order; of a set of files its first."""
    for walked in walk_images(folder):
        if isinstance(walked, Path):
            continue
        path = walked.path
        if path.is_dir() or path.name.lower().endswith(_IN_FOLDERS) or is_foreign(path):
            yield path


def image_lines(path: Path, given: Path) -> Iterator[dict[str, Any]]:
    """Yield a line for every image of a file, and one for whatever can't be read."""
    if path.is_symlink() and path != given and not path.resolve().is_relative_to(given.resolve()):
        yield unread(path, "archive_link: a link out of its folder")
        return
    member = path.name if path == given else path.relative_to(given).as_posix()
    is_xml = path.name.lower().endswith(COMPANION_SUFFIXES)
    for seen in images_in(path, Choice()):
        if isinstance(seen, Seen):
            scale = seen.scale.microns_per_pixel
            yield _line(path, seen.key, list(seen.facts), scale, [_image(member, seen)])
        elif is_xml and (seen.key or seen.reason == "metadata_only"):
            yield from _described(path, seen)
        else:
            yield unread(path, _told(seen))


def _told(refused: Refused) -> str:
    named = f"{refused.key}: " if refused.key else ""
    return f"{refused.reason}: {named}{refused.detail}"


def _described(path: Path, refused: Refused) -> Iterator[dict[str, Any]]:
    """Yield a line for each image of OME-XML whose pixels aren't here: all, or the one that is refused."""
    for at, image in enumerate(described(path, path.stat().st_mtime_ns).images):
        if refused.key in ("", f"image-{at}"):
            missing = {
                **dict.fromkeys(("member", "sha256", "format", "width_px", "height_px")),
                "error": _told(refused),
            }
            scale = image.scale.microns_per_pixel
            yield _line(path, f"image-{at}", facts_of(image), scale, [missing] if refused.key else [])


def _image(member: str, seen: Seen) -> dict[str, Any]:
    return {
        "member": member + seen.member,
        "sha256": hashlib.sha256(seen.blob).hexdigest(),
        "format": seen.pixels.format,
        "width_px": seen.pixels.width_px,
        "height_px": seen.pixels.height_px,
    }


def _line(path: Path, key: str, facts: list[Fact], scale: float | None, images: list[dict[str, Any]]) -> dict[str, Any]:
    size = [Fact(name="microns_per_pixel", value=f"{scale:g}", origin="metadata")] if scale else []
    return {
        "source_file": str(path),
        "xml": str(path) if path.name.lower().endswith(COMPANION_SUFFIXES) else None,
        "article": None,
        "entry": None,
        "figure_id": key,
        "label": None,
        "caption": caption_of(facts),
        "in_sub_article": False,
        "license": None,
        "third_party": False,
        "graphics": [],
        "images": images,
        "mentions": [],
        "facts": [fact.model_dump() for fact in (*facts, *size)],
    }
