"""ELN lines: what `bricks extract` prints of an export: a plain dict for every entry, and for what is refused."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.eln_reading import ElnDocument, ElnExport, Picture, Unpictured, opened
from ingest.eln_settlement import Terms, caption_of_picture, fields_of, line_of
from ingest.unread_lines import unread
from pipeline.pixels import probe
from schemas.errors import ReasonedError


def export_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a line for every entry of the export at `path`, and one for each entry or file that is refused."""
    try:
        with opened(path) as export:
            for left in (*export.left_out, *export.unlisted):
                yield unread(path, export.masked(f"{left.reason}: {left.name}: {left.detail}"))
            for document in export.documents():
                yield from _entry(path, export, document)
    except ReasonedError as error:
        yield unread(path, f"{error.reason}: {error.detail}")


def _entry(path: Path, export: ElnExport, document: ElnDocument) -> Iterator[dict[str, Any]]:
    """Yield the line of an entry; its pictures are read, and those that can't be say why in it."""
    images, refused = [], []
    shown = {file.key for file in document.pictures}
    for picture in export.pictures(document):
        if isinstance(picture, Picture):
            images.append(_image(document, picture))
        elif picture.file.key in shown:
            images.append(_refused_image(picture))
        else:
            refused.append(picture)
    yield {
        "source_file": str(path),
        "xml": None,
        "article": None,
        "in_sub_article": False,
        "third_party": False,
        "graphics": [_short(image.src) for block in document.blocks for image in block.pictures],
        "mentions": [],
        **line_of(export, document, Terms()),
        "images": images,
    }
    said = (f"{each.reason}: {document.name}: {each.file.name}: {each.detail}" for each in refused)
    yield from (unread(path, export.masked(each)) for each in said)


def _short(src: str) -> str:
    """Return how a text names a picture; of one that is written into it, only its kind."""
    return src.partition(",")[0] if src[:5].lower() == "data:" else src


def _image(document: ElnDocument, picture: Picture) -> dict[str, Any]:
    seen, said = picture.seen, (picture.description, picture.words)
    told = {
        "member": picture.member + seen.member,
        "name": picture.file.name,
        "sha256": hashlib.sha256(seen.blob).hexdigest(),
        "format": seen.pixels.format,
        "width_px": seen.pixels.width_px,
        "height_px": seen.pixels.height_px,
        "caption": caption_of_picture(document, said, document.text) or fields_of(document.facts),
        "facts": [fact.model_dump() for fact in (*picture.facts, *seen.facts)],
    }
    try:
        probe(seen.blob)
    except ReasonedError as error:
        return {**told, "error": f"{error.reason}: {error.detail}"}
    return told


def _refused_image(refused: Unpictured) -> dict[str, Any]:
    nothing = dict.fromkeys(("sha256", "format", "width_px", "height_px", "caption"))
    error = f"{refused.reason}: {refused.detail}"
    return {"member": refused.file.key, "name": refused.file.name, **nothing, "facts": [], "error": error}
