"""Article files: a package or an XML file, opened, as articles with the files that came with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.connector import Files
from ingest.containers import is_container, open_files
from ingest.jats import JatsArticle, is_article, parse_articles
from ingest.jats_source import root_name
from ingest.local_items import HEAD_BYTES, XML_SUFFIXES, files_beside, is_xml
from schemas.errors import ArticleError, ReasonedError


class Opened(NamedTuple):
    """An article and where its files are."""

    article: JatsArticle
    files: Files
    xml_name: str
    """The XML's name among the files."""


class Unread(NamedTuple):
    """An XML that could not be read."""

    xml_name: str
    error: ReasonedError


def open_articles(path: Path) -> Iterator[Opened | Unread]:
    """Yield the articles in the XML file or package `path`, in the order of their names.

    XML in a package that is no article (a manifest) is passed by; a package must hold one.

    Raises:
        ArchiveError: the package is hostile or broken.
        ArticleError: `no_article`, the package holds none.
    """
    if is_xml(path) or not (is_container(path) or path.is_dir() or _looks_packed(path)):
        yield from _parsed(files_beside(path), path.name, path)
        return
    files = open_files(path)
    try:
        names = [name for name in files.names() if _is_xml_name(name)]
        found = [read for name in names if _is_wanted(files, name) for read in _parsed(files, name, path)]
        if not found:
            raise ArticleError("no_article", "no XML in the package is an article", where=str(path))
        yield from found
    finally:
        files.close()


def _looks_packed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) in {b"PK", b"\x1f\x8b"}
    except OSError:
        return False


def _is_xml_name(name: str) -> bool:
    base = name.rpartition("/")[2]
    return base.lower().endswith(XML_SUFFIXES) and not base.startswith("._")


def _is_wanted(files: Files, name: str) -> bool:
    """Return whether a member is an article, or can't be seen to be something else."""
    try:
        head = files.read(name)[:HEAD_BYTES]
    except ReasonedError:
        return True
    return is_article(head) or root_name(head) is None


def _parsed(files: Files, name: str, path: Path) -> Iterator[Opened | Unread]:
    try:
        articles = parse_articles(files.read(name), where=f"{path}:{name}")
    except ReasonedError as error:
        yield Unread(name, error)
        return
    for article in articles:
        yield Opened(article, files, name)
