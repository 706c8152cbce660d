"""Extract: what `bricks extract` prints: a plain dict for every figure at the given paths."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest.article_files import Opened, Unread, open_articles
from ingest.articles import pair
from ingest.connector import Files
from ingest.containers import is_container
from ingest.eln import exports_at, is_export
from ingest.eln_lines import export_lines
from ingest.extract_images import image_lines, is_microscopy, microscopy_in
from ingest.graphics import index_of
from ingest.idr_folder import STUDY_FILE
from ingest.idr_lines import study_lines
from ingest.jats import JatsArticle, JatsFigure
from ingest.local_items import Found, find_articles, is_xml, refuse_endless
from ingest.unread_lines import unread
from pipeline.pixels import probe
from pipeline.refusals import refuse_shortage
from schemas.errors import MACHINE_FAULTS, ReasonedError, UsageError

_log = logging.getLogger(__name__)


def extract(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Return a line for every figure of the articles at `paths`, and one for whatever could not be read.

    Raises:
        UsageError: a path does not exist, or is a pipe or a device.
    """
    given = list(paths)
    for path in given:
        if not path.exists():
            raise UsageError("there is nothing here.", where=str(path), mend="Give a file or a folder.")
        refuse_endless(path)
    return _extracted(given)


def _extracted(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    yield from study_lines(paths)
    for given in paths:
        if STUDY_FILE.fullmatch(given.name):
            continue
        for export in exports_at([given]) if given.is_dir() or is_export(given) else ():
            yield from _guarded(export.path, _export_lines(export))
        if is_export(given):
            continue
        if is_microscopy(given):
            yield from _guarded(given, image_lines(given, given))
            continue
        for found in find_articles([given]):
            if not is_microscopy(found.path):
                yield from _guarded(found.path, _lines(found))
        if given.is_dir():
            for walked in microscopy_in(given):
                yield from _guarded(walked, image_lines(walked, given))


def _guarded(path: Path, lines: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file, and one that says so where reading it fails as nobody foresaw."""
    try:
        yield from lines
    except OSError as error:
        if error.errno in MACHINE_FAULTS:
            raise
        yield unread(path, f"unreadable: {type(error).__name__}: {error.strerror}")
    except Exception as error:  # noqa: BLE001  a bug on one strange file must not hide the others
        refuse_shortage(error)
        _log.exception("unexpected error on %s", path)
        yield unread(path, f"unexpected_error: {type(error).__name__}: {error}")


def _export_lines(found: Found) -> Iterator[dict[str, Any]]:
    if found.leaves:
        yield unread(found.path, "archive_link: a link out of its folder")
        return
    yield from export_lines(found.path)


def _lines(found: Found) -> Iterator[dict[str, Any]]:
    if found.leaves:
        yield unread(found.path, "archive_link: a link out of its folder")
        return
    try:
        for read in open_articles(found.path):
            xml = read.xml_name if _is_package(found.path) else str(found.path)
            if isinstance(read, Unread):
                yield unread(found.path, f"{read.error.reason}: {read.error.detail}", xml)
            else:
                yield from (_line(found, xml, read, figure) for figure in read.article.figures)
    except ReasonedError as error:
        yield unread(found.path, f"{error.reason}: {error.detail}")


def _is_package(path: Path) -> bool:
    return is_container(path) or not is_xml(path)


def _line(found: Found, xml: str, read: Opened, figure: JatsFigure) -> dict[str, Any]:
    return {
        "source_file": str(found.path),
        "xml": xml,
        "article": _article(read.article),
        "entry": None,
        "figure_id": figure.figure_key,
        "label": figure.label,
        "caption": figure.caption,
        "in_sub_article": figure.in_sub_article,
        "license": figure.license,
        "third_party": figure.third_party,
        "graphics": [graphic.href for graphic in figure.graphics],
        "images": list(_images(found, read, figure)),
        "mentions": [{"text": mention.text, "panels": mention.panels} for mention in figure.mentions],
        "facts": [fact.model_dump() for fact in figure.facts],
    }


def _article(article: JatsArticle) -> dict[str, Any]:
    return article.article.model_dump() | {"repairs": list(article.repairs)}


def _images(found: Found, read: Opened, figure: JatsFigure) -> Iterator[dict[str, Any]]:
    """Yield the pictures that were found; one that can't be read says why in `error`."""
    folder = "" if _is_package(found.path) or found.path == found.given else _folder(found)
    for pairing in pair(figure, index_of(tuple(read.files.names())), read.xml_name):
        if pairing.name is not None:
            yield {"member": folder + pairing.name, **_picture(read.files, pairing.name)}


def _folder(found: Found) -> str:
    """Return the folder of the XML below the path that was given, with its last '/'."""
    folder = found.path.parent.relative_to(found.given).as_posix()
    return "" if folder == "." else f"{folder}/"


def _picture(files: Files, name: str) -> dict[str, Any]:
    picture: dict[str, Any] = {"sha256": None, "format": None, "width_px": None, "height_px": None}
    try:
        blob = files.read(name)
        picture["sha256"] = hashlib.sha256(blob).hexdigest()
        pixels = probe(blob)
    except ReasonedError as error:
        return {**picture, "error": f"{error.reason}: {error.detail}"}
    return {**picture, "format": pixels.format, "width_px": pixels.width_px, "height_px": pixels.height_px}
