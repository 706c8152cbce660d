"""ELN pictures: the images in the files of an entry, and those written into its text, each with its nearest words."""

import base64
import binascii
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ingest.eln_blocks import Block, text_of_blocks
from ingest.eln_crate import text_of
from ingest.eln_document import ElnDocument
from ingest.eln_entries import ElnFile
from ingest.eln_text import blocks_of
from ingest.eln_words import description_of, own_words
from ingest.image_choice import Choice
from ingest.image_items import PICTURE_SUFFIXES
from ingest.lengths import MISSING
from ingest.microscope_files import Refused, Seen, images_in, is_foreign
from pipeline.pixels import inspect
from pipeline.refusals import TIFF_MAGIC
from schemas.errors import ReasonedError
from schemas.records import Fact

PICTURE_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", *TIFF_MAGIC)
EMBEDDED = "#inline-"
"""How the keys of pictures that are written into a text begin."""
_EMBEDDED_SRC = re.compile(r"data:image/[^,]{1,200},", re.IGNORECASE)


class Picture(NamedTuple):
    """A picture of an entry, with its nearest words."""

    file: ElnFile
    member: str
    """Its name inside the export."""
    seen: Seen
    description: str
    """What the crate says of the file in words."""
    words: str
    """The words nearest to it, its description first; "" where no part of the text is nearer than another."""
    facts: tuple[Fact, ...]
    """What the crate says of the file by name, and how it was checked."""


class Unpictured(NamedTuple):
    """A file of an entry that can't be taken."""

    file: ElnFile
    reason: str
    detail: str


def is_picture(file: ElnFile) -> bool:
    """Return whether a file is a picture by its name or its media type."""
    media_type = text_of(file.node.get("encodingFormat")).lower()
    by_name = file.name.lower().endswith(PICTURE_SUFFIXES) or is_foreign(Path(file.name))
    return by_name or (media_type.startswith("image/") and "svg" not in media_type)


def embedded(blocks: Iterable[Block]) -> list[ElnFile]:
    """Return the pictures that are written into a text, as files whose other name is their `src`."""
    inline = [picture.src for block in blocks for picture in block.pictures if _EMBEDDED_SRC.match(picture.src)]
    return [ElnFile(f"{EMBEDDED}{at}", f"inline-{at}", {"alternateName": src}) for at, src in enumerate(inline, 1)]


def embedded_blob(file: ElnFile) -> bytes:
    """Return the bytes of a picture that is written into a text; none where they are no base64."""
    head, _, written = str(file.node["alternateName"]).partition(",")
    if not head.lower().rstrip().endswith(";base64"):
        return unquote_to_bytes(written)
    try:
        return base64.b64decode(unquote_to_bytes(written))
    except (binascii.Error, ValueError):
        return b""


def pictures_in(document: ElnDocument, file: ElnFile, member: str, blob: bytes) -> Iterator[Picture | Unpictured]:
    """Yield the images in the bytes of a file of an entry, or why there are none."""
    described = _description(file)
    words = own_words(file, document.told, described)
    for seen in _images(file, blob):
        if isinstance(seen, Refused):
            yield Unpictured(file, seen.reason, seen.detail)
        else:
            yield Picture(file, member, seen, described, words, ())


def words_of(document: ElnDocument, file: ElnFile) -> tuple[str, str]:
    """Return the description of a picture, and the words nearest to it."""
    described = _description(file)
    return described, own_words(file, document.told, described)


def _description(file: ElnFile) -> str:
    return text_of_blocks(blocks_of(*description_of(file)))


def _images(file: ElnFile, blob: bytes) -> Iterator[Seen | Refused]:
    """Yield the images in the bytes of a file; a TIFF is read from a file of its own, which is removed."""
    if not blob.startswith(TIFF_MAGIC):
        try:
            yield Seen("image", blob, inspect(blob), "", MISSING, ())
        except ReasonedError as error:
            yield Refused("", error.reason, error.detail)
        return
    with tempfile.TemporaryDirectory(prefix="bricks-eln-") as folder:
        path = Path(folder) / "image.tif"
        path.write_bytes(blob)
        yield from images_in(path, Choice())
