"""First bytes: which kind of file begins so, for those who were given another one than they can read."""

from typing import Final

_KINDS: Final = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip, as Word's and Excel's files are too",
    b"\xff\xd8\xff": "a JPEG",
    b"\x89PNG": "a PNG",
    b"II*\x00": "a TIFF",
    b"MM\x00*": "a TIFF",
    b"GIF8": "a GIF",
    b"\x1f\x8b": "packed with gzip",
    b"PAR1": "a Parquet file",
}
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def kind_of(first: bytes) -> str | None:
    """Return what a file is that begins with `first` and holds no text, or None.

    >>> kind_of(b"%PDF-1.7"), kind_of(b"<article>")
    ('a PDF', None)
    """
    return next((kind for sign, kind in _KINDS.items() if first.startswith(sign)), None)


def no_utf8(first: bytes) -> str | None:
    """Return what a file is that begins with `first` and can't be read as text in UTF-8, or None."""
    return "a text in UTF-16, not UTF-8" if first.startswith(_UTF16) else kind_of(first)
