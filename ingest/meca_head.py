"""MECA head: the DOI and version of a bioRxiv or medRxiv archive, read from as little of it as can tell.

Looked at in November 2026: ten archives of 2022, and what others wrote of newer ones. Only the first kilobytes of
the article are read, so nothing is parsed: patterns don't mind what is malformed (a declaration that isn't first,
raw ampersands, glued attributes). Paths may have backslashes, and everything may lie in a folder more.
"""

import html
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date

from ingest.range_file import RangeFile
from schemas.errors import ArchiveError
from schemas.records import Record

_OLD_PREFIX, _NEW_PREFIX = "10.1101", "10.64898"
_NEW_SINCE = date(2025, 12, 1)
"""connect.biorxiv.org/news/2025/11/18/preprint_dois"""

_STEP_BYTES, _MOST_PLAIN_BYTES = 8 << 10, 256 << 10
"""The DOI stood at byte 854 of each article that was looked at; a long list of authors stands after it."""

_MANIFEST, _TRANSFER = "manifest.xml", "transfer.xml"
_NO_ARTICLE = frozenset({_MANIFEST, _TRANSFER, "directives.xml"})
_MOST_ARTICLES = 3
_ITEM = re.compile(r"<item\b([^>]*)>(.*?)</item\s*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DOI = re.compile(
    r"""<article-id\b[^>]*pub-id-type\s*=\s*["']doi["'][^>]*>\s*(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d+/[^\s<]+)\s*<""",
    re.IGNORECASE,
)
_FRONT_ENDS = re.compile(r"</article-meta\s*>|<body\b")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ARTICLE_VERSION = re.compile(r"<article-version\b[^>]*>\s*(?:\d+\.)*(\d{1,4})\s*<")
_ID_VERSION = re.compile(r"\dv(\d{1,4})$")
_NAME_VERSION = re.compile(r"\dv(\d{1,4})(?:_[^/]*)?\.\w+$")
_REFERENCE = re.compile(
    r"""\breference\s*=\s*["'][^"']*/early/(\d{4})/(\d\d)/(\d\d)/((?:(\d{4})\.(\d\d)\.(\d\d)\.)?\d+)\.atom["']"""
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class Head(Record):
    """Which preprint an archive holds."""

    doi: str
    """In lower case. Where only transfer.xml told, the prefix follows from the day of the first posting."""
    version: int


def read_head(file: RangeFile) -> Head:
    """Return the DOI and version of the archive.

    Raises:
        ArchiveError: `archive_broken`, `archive_head_too_large`, `meca_no_doi` or `meca_no_version`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _Archive(archive).head()
    except (*_BROKEN, struct.error) as error:
        raise ArchiveError("archive_broken", f"{type(error).__name__}: {error}"[:200]) from error


class _Archive:
    """The members of an archive by the names that they should have."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self._members = {one.filename.replace("\\", "/").strip("/"): one for one in archive.infolist()}
        self._manifest = self._text(_MANIFEST)

    def head(self) -> Head:
        article = next((text for name in self._articles() if _DOI.search(text := self._front(name))), "")
        if found := _DOI.search(article):
            return Head(doi=html.unescape(found[1]).lower(), version=self._version(article))
        version = self._version("")
        return Head(doi=_doi_of_transfer(self._text(_TRANSFER), version), version=version)

    def _text(self, name: str) -> str:
        """Return the text of the member `name` that lies least deep, or nothing."""
        places = [place for place in self._members if place.rpartition("/")[2].lower() == name]
        place = min(places, key=lambda place: (place.count("/"), place), default=None)
        return "" if place is None else self._front(place, whole=True)

    def _front(self, place: str, *, whole: bool = False) -> str:
        """Return the beginning of a member, up to its DOI or the end of what could hold one."""
        plain, text = b"", ""
        with self._zip.open(self._members[place]) as stream:
            while len(plain) < _MOST_PLAIN_BYTES and (step := stream.read(_STEP_BYTES)):
                plain += step
                text = _COMMENT.sub("", plain.decode("utf-8", errors="replace"))
                if not whole and (_DOI.search(text) or _FRONT_ENDS.search(text)):
                    break
        return text

    def _articles(self) -> Sequence[str]:
        """Return the members that may be the article, the one that the manifest names first."""
        named = [place for place in self._members if place.endswith(tuple(self._named_articles()))]
        others = [
            place
            for place in self._members
            if place.lower().endswith(".xml") and place.rpartition("/")[2].lower() not in _NO_ARTICLE
        ]
        others.sort(key=lambda place: (place.count("/"), place))
        return list(dict.fromkeys([*named, *others]))[:_MOST_ARTICLES]

    def _items(self) -> Iterator[tuple[dict[str, str], str]]:
        for item in _ITEM.finditer(self._manifest):
            attributes = _attributes(item[1])
            if attributes.get("type") == "article":
                yield attributes, item[2]

    def _named_articles(self) -> Iterator[str]:
        for _, inner in self._items():
            for instance in re.findall(r"<instance\b[^>]*>", inner):
                href = _attributes(instance).get("href", "").replace("\\", "/").strip("/")
                if href.lower().endswith(".xml"):
                    yield href

    def _version(self, article: str) -> int:
        """Return the version: by the manifest, else by the files' names, else by the article itself."""
        ids = (_ID_VERSION.search(attributes.get("id", "")) for attributes, _ in self._items())
        names = (_NAME_VERSION.search(place) for place in sorted(self._members))
        found = next(filter(None, (*ids, *names, _ARTICLE_VERSION.search(article))), None)
        if found is None:
            raise ArchiveError("meca_no_version", "neither manifest.xml nor a file's name nor the article tells")
        return int(found[1])


def _attributes(tag: str) -> dict[str, str]:
    return {name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}


def _doi_of_transfer(transfer: str, version: int) -> str:
    """Return the DOI that transfer.xml's reference means.

    >>> _doi_of_transfer('<transfer reference="/biorxiv/early/2022/05/29/2022.05.28.493855.atom">', 1)
    '10.1101/2022.05.28.493855'
    """
    found = _REFERENCE.search(transfer)
    if found is None:
        raise ArchiveError("meca_no_doi", "neither the article nor transfer.xml tells")
    # The reference's day is this version's; a later version keeps the DOI that the first one was given.
    later = version > 1 and found[5]
    day = [int(part) for part in (found.group(5, 6, 7) if later else found.group(1, 2, 3))]
    old = date(*day) < _NEW_SINCE or (version > 1 and not found[5])
    return f"{_OLD_PREFIX if old else _NEW_PREFIX}/{found[4]}"
