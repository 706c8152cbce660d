"""Image labels: the class of a picture, by the folder that it lies in or by a table."""

import csv
import io
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from schemas.errors import UsageError

_log = logging.getLogger(__name__)
_FILE_COLUMNS = ("file", "filename", "file_name", "image", "image_name", "image_file", "path", "name")
_LABEL_COLUMNS = ("label", "class", "label_name", "class_name", "category", "diagnosis", "phenotype")
_MOST_BYTES = 256 << 20
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_TOLD = 3
_SAVE = "Save it as CSV in UTF-8."


class NoLabels:
    """Pictures without labels."""

    origin = ""

    def claims(self, name: str) -> list[list[str]]:  # noqa: ARG002  (as the others)
        """Return no label."""
        return []

    def settle(self, names: Collection[str]) -> None:
        """Do nothing: none was asked for."""

    def report(self, names: Collection[str]) -> None:
        """Say nothing: none was asked for."""


class FolderLabels:
    """The name of the folder that a picture lies in is its label."""

    origin = "folder"

    def claims(self, name: str) -> list[list[str]]:
        """Return the folder's name; none for a picture that lies in no folder below what was asked for."""
        folder = PurePosixPath(name).parent.name
        return [[folder]] if folder else []

    def settle(self, names: Collection[str]) -> None:
        """Do nothing: a picture lies in one folder."""

    def report(self, names: Collection[str]) -> None:
        """Say how many pictures lie in no folder."""
        _tell_unlabelled(name for name in names if not self.claims(name))


class TableLabels:
    """A CSV file with a column for the file and one for the label; names may lack folder or extension."""

    origin = "labels"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fitting: Mapping[str, list[str]] = {}
        """The pictures that each name in the table fits, once all pictures are known."""

    @cached_property
    def _rows(self) -> list[tuple[int, str, str]]:
        """Return (line, file, label) of every row."""
        text = self._text()
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
            header = [cell.strip().lower() for cell in next(rows, [])]
            file, label = self._column(header, _FILE_COLUMNS), self._column(header, _LABEL_COLUMNS)
            wide = [(rows.line_num, row) for row in rows if len(row) > max(file, label)]
        except csv.Error as error:
            raise UsageError(f"can't be read: {error}.", where=str(self._path), mend="Give a CSV file.") from error
        return [(line, _plain(row[file]), row[label].strip()) for line, row in wide if row[file].strip()]

    def _text(self) -> str:
        try:
            if self._path.stat().st_size > _MOST_BYTES:
                raise UsageError("is no table of labels: too large.", where=str(self._path))
            blob = self._path.read_bytes()
            text = blob.decode("utf-16" if blob.startswith(_UTF_16) else "utf-8-sig")
        except OSError as error:
            raise UsageError(f"can't be read: {error}.", where=str(self._path), mend="Give a CSV file.") from error
        except UnicodeDecodeError as error:
            raise UsageError("can't be read: is no text in UTF-8.", where=str(self._path), mend=_SAVE) from error
        if "\0" in text:  # UTF-16 that doesn't say so
            raise UsageError("can't be read: is no text in UTF-8.", where=str(self._path), mend=_SAVE)
        return text

    def _column(self, header: list[str], names: Iterable[str]) -> int:
        at = next((header.index(name) for name in names if name in header), None)
        if at is None:
            told = ", ".join(header) or "nothing"
            mend = f"Its first row must name one of {', '.join(names)}; it has {told}."
            raise UsageError("has no such column.", where=str(self._path), mend=mend)
        return at

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        labels: dict[str, list[str]] = {}
        for _, file, label in self._rows:
            known = labels.setdefault(file, [])
            if label and label not in known:
                known.append(label)
        return labels

    def claims(self, name: str) -> list[list[str]]:
        """Return what rows say of a picture, by its whole name first, then by less of it; no row that fits others."""
        rows = (each for each in _names_of(name) if each in self._by_name)
        return [self._by_name[each] for each in rows if self._fitting.get(each, [name]) == [name]]

    def settle(self, names: Collection[str]) -> None:
        """Find out which of all the pictures each row fits; a whole name fits none but its own."""
        fitting = defaultdict(list)
        for name in names:
            for each in _names_of(name):
                if each in self._by_name:
                    fitting[each].append(name)
        self._fitting = {each: [name for name in found if name == each] or found for each, found in fitting.items()}

    def report(self, names: Collection[str]) -> None:
        """Say which rows name no picture, or several, and which pictures have no row or several labels."""
        there = {each for name in names for each in _names_of(name)}
        lost = [f"line {line}: {file}" for line, file, _ in self._rows if file not in there]
        if lost and len(lost) == len(self._rows):
            mend = "Names are relative to the path of the source."
            raise UsageError(f"names no picture that is here ({lost[0]}).", where=str(self._path), mend=mend)
        _tell(f"{len(lost)} rows of {self._path.name} name no picture", lost)
        fits = ((line, file, self._fitting.get(file, [])) for line, file, _ in self._rows)
        shared = [f"line {line}: {file} ({' or '.join(found[:_TOLD])})" for line, file, found in fits if len(found) > 1]
        _tell(f"{len(shared)} rows of {self._path.name} fit several pictures, and count for none", shared)
        _tell_unlabelled(name for name in names if not any(self.claims(name)))
        several = sorted(file for file, labels in self._by_name.items() if len(labels) > 1)
        _tell(f"{len(several)} pictures have several labels in {self._path.name}; the first counts", several)


def _delimiter(text: str) -> str:
    """Return what parts the columns of the first row; a comma where there is one column."""
    try:
        return csv.Sniffer().sniff(text[:65_536].split("\n", 1)[0], ",;\t|").delimiter
    except csv.Error:
        return ","


def _plain(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./")


def _names_of(name: str) -> list[str]:
    """Return what a table may call a picture: with and without its folder and its extensions."""
    path = PurePosixPath(name)
    bare = path.name.partition(".")[0] or path.name
    return list(dict.fromkeys([name, path.with_suffix("").as_posix(), path.name, path.stem, bare]))


def _tell_unlabelled(names: Iterable[str]) -> None:
    unlabelled = sorted(names)
    _tell(f"{len(unlabelled)} pictures have no label", unlabelled)


def _tell(what: str, examples: list[str]) -> None:
    if examples:
        _log.warning("%s: %s%s", what, ", ".join(examples[:_TOLD]), ", ..." if len(examples) > _TOLD else "")


Labels = NoLabels | FolderLabels | TableLabels
