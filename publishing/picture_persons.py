"""Picture persons: who is named in the metadata of a picture's file: PNG, JPEG, TIFF; no pixel is decoded.

PNG: text chunks, XMP, Exif (PNG specification, third edition, 11.3). JPEG: comments, Exif, XMP, IPTC. TIFF, also
BigTIFF: artist (315), copyright (33432), description (270, which holds the OME-XML), names of document (269), page
(285) and computer (316), XMP, IPTC, Exif. Whatever can't be followed is passed over: the scan finds what is written in
the usual places, and proves nothing clean.
"""

import re
import struct
import zlib
from collections.abc import Generator, Iterator
from contextlib import suppress

from schemas.personal import personal_in

Found = tuple[str, str]
"""Where in a file, and what looks personal there: email, orcid, author, copyright or experimenter."""

_MOST_BYTES = 4 << 20
"""Of one text."""
_MOST_PARTS = 10_000
_MOST_FOLDERS = 64
_ARTIST, _COPYRIGHT, _EXIF_FOLDER, _CAMERA_OWNER = 315, 33432, 34665, 42032
_TITLES = {269: "DocumentName", 285: "PageName", 316: "HostComputer"}
"""What people write a name or the path of a folder of theirs into: told, if it is more than a word or a file's name."""
_TEXTS = {270: "ImageDescription", 305: "Software", 306: "DateTime", 700: "XMP", 33723: "IPTC", 37510: "UserComment"}
_NAMES = {_ARTIST: ("Artist", "author"), _COPYRIGHT: ("Copyright", "copyright"), _CAMERA_OWNER: ("Owner", "author")}
_ONE_WORD = re.compile(rb"[^\s/\\@]*")
_FILLED = re.compile(rb"\xff*(?=\xff)")
"""What may stand before a marker of a JPEG: ITU T.81, B.1.1.2."""
_WORD_BYTES = {1: 1, 2: 1, 6: 1, 7: 1}
"""Of the types of a TIFF field that hold text."""
_BY = re.compile(
    r"<(?:\w+:)?Experimenter\b[^>]*\b(?:FirstName|LastName|MiddleName|UserName|DisplayName|Email)\s*=\s*[\"'][^\"']"
    r"|^\W*(?:experimenter|operator|user ?name|user|owner)\s*[\"']?\s*[:=]\s*\S",
    re.IGNORECASE | re.MULTILINE,
)
_AUTHOR = re.compile(
    r"<(?:dc:creator|photoshop:AuthorsPosition|Iptc4xmpCore:CreatorContactInfo|xmpRights:Owner)\b"
    r"|(?:dc:creator|aux:OwnerName|tiff:Artist)\s*=\s*[\"'][^\"']|<tiff:Artist>"
    r"|^\W*(?:author|artist|creator)s?\s*[\"']?\s*[:=]\s*\S",
    re.IGNORECASE | re.MULTILINE,
)
_RIGHTS = re.compile(r"<dc:rights\b|^\W*copyright\s*[\"']?\s*[:=]\s*\S", re.IGNORECASE | re.MULTILINE)
_KEYWORDS = {
    **dict.fromkeys(("author", "artist", "creator", "by"), "author"),
    **dict.fromkeys(("experimenter", "operator", "user", "username", "owner"), "experimenter"),
    "copyright": "copyright",
}
_USUAL = frozenset({"Comment", "Description", "Disclaimer", "Software", "Source", "Title", "XML:com.adobe.xmp"})


def persons_in_picture(blob: bytes) -> list[Found]:
    """Return where in a picture's file somebody seems to be named, each place and kind once."""
    readers = {b"\x89PNG\r\n\x1a\n": _png, b"\xff\xd8\xff": _jpeg}
    readers |= dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _tiff)
    read = next((reader for magic, reader in readers.items() if blob.startswith(magic)), None)
    found: dict[Found, None] = {}
    # a file that was cut or bent: what was found until there counts
    with suppress(struct.error, IndexError, zlib.error, OverflowError):
        for each in read(blob) if read else ():
            found[each] = None
    return list(found)


def _in_text(place: str, blob: bytes) -> Iterator[Found]:
    text = blob[:_MOST_BYTES].replace(b"\0", b"").decode("utf-8", "replace")
    yield from ((place, found.kind) for found in personal_in(text))
    kinds = (("experimenter", _BY), ("author", _AUTHOR), ("copyright", _RIGHTS))
    yield from ((place, kind) for kind, pattern in kinds if pattern.search(text))


def _png(blob: bytes) -> Iterator[Found]:
    at = 8
    for _ in range(_MOST_PARTS):
        size, kind = struct.unpack_from(">I4s", blob, at)
        if kind in {b"tEXt", b"zTXt", b"iTXt"}:
            yield from _png_text(kind, blob[at + 8 : at + 8 + size])
        elif kind == b"eXIf":
            yield from _tiff(blob[at + 8 : at + 8 + size])
        elif kind == b"IEND":
            return
        at += 12 + size


def _png_text(kind: bytes, chunk: bytes) -> Iterator[Found]:
    key, _, value = chunk.partition(b"\0")
    packed, name = kind == b"zTXt", key.decode("latin-1")
    if packed:
        value = value[1:]
    elif kind == b"iTXt":
        packed, value = value[:1] == b"\1", value[2:].split(b"\0", 2)[-1]
    text = zlib.decompressobj().decompress(value, _MOST_BYTES) if packed else value
    if name.lower() in _KEYWORDS and text.strip():
        yield (name, _KEYWORDS[name.lower()])
    # a key of somebody's own may itself be a name
    yield from _in_text(name if name in _USUAL or name.lower() in _KEYWORDS else "text", text)


def _jpeg(blob: bytes) -> Iterator[Found]:
    at = 2
    for _ in range(_MOST_PARTS):
        filled = _FILLED.match(blob, at)
        at = filled.end() if filled else at
        marker, size = struct.unpack_from(">HH", blob, at)
        body = blob[at + 4 : at + 2 + size]
        if marker == 0xFFDA or marker < 0xFF00:
            return
        if body.startswith(b"Exif\0\0"):
            yield from _tiff(body[6:])
        elif marker == 0xFFFE:
            yield from _in_text("Comment", body)
        elif marker == 0xFFE1:
            yield from _in_text("XMP", body)
        elif marker == 0xFFED:
            yield from _iptc(body)
        at += 2 + size


def _iptc(blob: bytes) -> Iterator[Found]:
    """Yield by-line (2:80), credit (2:110) and copyright (2:116), and addresses elsewhere."""
    yield from _in_text("IPTC", blob)
    for record, kind in ((b"\x1c\x02\x50", "author"), (b"\x1c\x02\x6e", "author"), (b"\x1c\x02\x74", "copyright")):
        if record in blob:
            yield ("IPTC", kind)


def _tiff(blob: bytes) -> Iterator[Found]:
    order = "<" if blob[:2] == b"II" else ">"
    is_big = struct.unpack_from(order + "H", blob, 2)[0] == 43
    (first,) = struct.unpack_from(order + ("Q" if is_big else "I"), blob, 8 if is_big else 4)
    ahead, seen = [first], {0}
    while ahead and len(seen) <= _MOST_FOLDERS:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += yield from _folder(blob, at, order, is_big=is_big)


def _folder(blob: bytes, at: int, order: str, *, is_big: bool) -> Generator[Found, None, list[int]]:
    """Yield what the fields of one folder hold, and return where others begin."""
    counted, field, place = ("Q", "HHQ", "Q") if is_big else ("H", "HHI", "I")
    (count,) = struct.unpack_from(order + counted, blob, at)
    at += struct.calcsize(order + counted)
    step, inline = (20, 8) if is_big else (12, 4)
    ahead: list[int] = []
    for _ in range(min(count, _MOST_PARTS)):
        tag, kind, size = struct.unpack_from(order + field, blob, at)
        value_at = at + step - inline
        if tag == _EXIF_FOLDER:
            ahead += struct.unpack_from(order + place, blob, value_at)
        elif tag in _NAMES or tag in _TITLES or tag in _TEXTS:
            size_bytes = size * _WORD_BYTES.get(kind, 4)
            start = value_at if size_bytes <= inline else struct.unpack_from(order + place, blob, value_at)[0]
            yield from _field(tag, blob[start : start + min(size_bytes, _MOST_BYTES)])
        at += step
    (following,) = struct.unpack_from(order + place, blob, at)
    return [*ahead, following]


def _field(tag: int, value: bytes) -> Iterator[Found]:
    written = value.strip(b"\0 ")
    if tag in _NAMES and written:
        yield _NAMES[tag]
    if tag in _TITLES and not _ONE_WORD.fullmatch(written):
        yield (_TITLES[tag], "experimenter")
    name = _NAMES[tag][0] if tag in _NAMES else _TITLES.get(tag) or _TEXTS[tag]
    yield from _iptc(value) if name == "IPTC" else _in_text(name, value)
