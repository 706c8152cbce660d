"""IDR folder: studies that lie on this machine: study files, annotation files, and the pictures beside them.

A folder with an idrNNNN-study.txt is a study. A picture in it is matched to a row of an annotation file by its name
and folder, or is named idrNNNN_<image id>; such a picture may lie anywhere at the given paths. Terms: each study's
own licence; a local file doesn't tell when it was fetched.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from ingest.connector import Change, Item, Known
from ingest.containers import FolderFiles, walk
from ingest.idr_annotations import TABLE, Annotations, Match, read_annotations
from ingest.idr_facts import facts_of
from ingest.idr_rows import SOURCE, VIEWER, Named, Picture, dropped, facts_of_picture, failed, figure_of
from ingest.idr_study import Study, read_study
from ingest.local_items import expand, nothing_in, stat_of
from schemas.errors import ArchiveError, ReasonedError, UsageError
from schemas.records import Dropped, Fact, Failed, Figure

STUDY_FILE = re.compile(r"idr\d{4}[\w.-]*-study\.txt", re.IGNORECASE)
_PICTURE = re.compile(r".*\.(?:jpe?g|png|tiff?|gif|webp|bmp|jp2)", re.IGNORECASE)
_BY_NUMBER = re.compile(r"(?P<study>idr\d{4})_(?P<image>\d+)\.\w+", re.IGNORECASE)


class Lying(NamedTuple):
    """A study at a path, or a picture that is named after one."""

    path: Path
    study_file: Path | None
    """None where no study of the picture's name lies at the given paths."""

    @property
    def is_study(self) -> bool:
        return self.path.is_dir()


def studies_at(given: Iterable[Path]) -> Iterator[Lying]:
    """Yield the studies at `given`, each with the folder of its study file, then the pictures named after one.

    A picture that lies in the folder of its own study is the study's, and is not yielded alone.
    """
    files = sorted({path for one in given for path in _files(one)})
    homes = {path.parent: path for path in reversed(files) if STUDY_FILE.fullmatch(path.name)}
    for home in sorted(homes):
        yield Lying(home, homes[home])
    by_accession = {path.name[:7].lower(): path for _, path in sorted(homes.items(), reverse=True)}
    for path in files:
        named = _BY_NUMBER.fullmatch(path.name)
        if named and _PICTURE.fullmatch(path.name):
            study_file = by_accession.get(named["study"].lower())
            if study_file is None or study_file.parent not in path.parents:
                yield Lying(path, study_file)


def _files(given: Path) -> Iterator[Path]:
    if given.is_dir():
        yield from (given / name for name in walk(given))
    else:
        yield given


class LocalStudy:
    """A study file with what lies around it."""

    def __init__(self, study_file: Path) -> None:
        self.path, self.folder = study_file, study_file.parent

    @cached_property
    def study(self) -> Study:
        """Return what the study file says.

        Raises:
            ArchiveError: it is no study file.
        """
        return read_study(self.files.read(self.path.name), self.path.name)

    @cached_property
    def files(self) -> FolderFiles:
        """Return the files of the study: those of folders below that have no study file of their own."""
        names = sorted(walk(self.folder))
        homes = {name.rpartition("/")[0] for name in names if STUDY_FILE.fullmatch(name.rpartition("/")[2])} - {""}
        own = [name for name in names if not any(name.startswith(f"{home}/") for home in homes)]
        return FolderFiles(self.folder, own)

    @cached_property
    def annotations(self) -> Annotations:
        """Return what the study's annotation files say of its pictures."""
        return read_annotations(self.files, [name for name in self.pictures() if not _number(name)])

    def pictures(self) -> list[str]:
        """Return the names of the pictures in the folder that are this study's."""
        return [name for name in self.files.names() if _PICTURE.fullmatch(name) and self._is_own(name)]

    def _is_own(self, name: str) -> bool:
        named = _BY_NUMBER.fullmatch(name.rpartition("/")[2])
        return named is None or named["study"].lower() == self.study.accession

    def figure(self, name: str, files: FolderFiles | None = None) -> Figure:
        """Return the row of a picture, of this folder or of `files`.

        Raises:
            ArchiveError: not_annotated, or it can't be read.
            PixelError: it is no picture.
        """
        base, number = name.rpartition("/")[2], _number(name)
        match = self.annotations.match(name)
        if match.row is None and number is None and self.annotations.tables:
            raise ArchiveError("not_annotated", f"no row, or more than one, speaks of {name}")
        blob = (files or self.files).read(name)
        named = Named(
            source_id=f"{self.study.accession}/{f'image-{number}' if number else name}",
            family="/".join([self.study.name, *([match.group] if match.group else [])]),
            url=f"{VIEWER}{number}" if number else None,
            label=(match.row.get("image name") if match.row else "") or base,
        )
        facts = facts_of_picture(_scope(self.study, match.part), _row_facts(match))
        return figure_of(self.study, named, Picture(blob, key=base, member=name), facts)

    def figure_at(self, path: Path) -> Figure:
        """Return the row of a picture at `path`, in the study's folder or elsewhere.

        Raises:
            ReasonedError: as `figure`.
        """
        if self.folder in path.parents:
            return self.figure(path.relative_to(self.folder).as_posix())
        return self.figure(path.name, FolderFiles(path.parent, [path.name]))

    def missing(self, taken: Sequence[str]) -> Iterator[Dropped]:
        """Yield what has no picture here: a row for each annotation file that names images, or for the study."""
        accession = self.study.accession
        if not self.annotations.tables and not taken:
            yield dropped(accession, "image_missing", "no picture lies in the study's folder")
        matches = [self.annotations.match(name) for name in taken]
        for table in self.annotations.tables:
            seen = {match.row.number for match in matches if match.table is table and match.row}
            lacking = table.row_count - len(seen)
            if lacking or not table.row_count:
                detail = f"{lacking} of {table.row_count} rows of {table.name} have no picture here"
                yield dropped(f"{accession}/{table.name}", "image_missing", detail)


def _number(name: str) -> str | None:
    """Return the number of the image that a picture is named after."""
    named = _BY_NUMBER.fullmatch(name.rpartition("/")[2])
    return named["image"] if named else None


def _scope(study: Study, part: str | None) -> list[Fact]:
    """Return the facts that hold for a part of a study; where the part isn't known, what all its parts say alike."""
    named = [one for one in study.parts if one.name.rpartition("/")[2].lower() == (part or "").lower()]
    parts = named or study.parts
    if len(parts) == 1:
        return [*study.facts, *parts[0].facts]
    said = [{(fact.name, fact.value) for fact in one.facts} for one in parts]
    names = {name for one in said for name, _ in one}
    alike = {name for name in names if len({frozenset(p for p in one if p[0] == name) for one in said}) == 1}
    return [*study.facts, *(fact for fact in (parts[0].facts if parts else []) if fact.name in alike)]


def _row_facts(match: Match) -> list[Fact]:
    if match.row is None or match.table is None:
        return []
    return facts_of(match.row.pairs, f"{match.table.name.rpartition('/')[2]} line {match.row.number}")


class IdrFolder:
    """The studies at `paths`, which are relative to `base`; implements `ingest.connector.Connector`."""

    def __init__(self, paths: Sequence[str], base: Path) -> None:
        self._paths, self._base = tuple(paths), base
        self._opened = lru_cache(maxsize=4)(LocalStudy)

    def __getstate__(self) -> dict[str, object]:
        return {"_paths": self._paths, "_base": self._base}

    def __setstate__(self, state: dict[str, tuple[str, ...] | Path]) -> None:
        self.__dict__.update(state)
        self._opened = lru_cache(maxsize=4)(LocalStudy)

    def find(self) -> Iterator[Item]:
        """Yield the studies in the order of their folders, then the pictures that are named after one.

        Raises:
            UsageError: a path names nothing, or no study lies at the paths.
        """
        nothing = True
        for lying in studies_at(self._given()):
            nothing = False
            stamp, size_bytes = _stamp(lying)
            yield Item(source=SOURCE, key=self._key(lying.path), stamp=stamp, size_bytes=size_bytes)
        if nothing:
            advice = "Give folders with the study files of IDR: idr0001-study.txt, with annotation.csv beside it."
            raise UsageError(nothing_in(self._paths, "study"), where=", ".join(self._paths), mend=advice)

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every picture of a study, or why there is none."""
        path = self._base / item.key
        try:
            if path.is_dir():
                yield from self._of_study(path)
            else:
                yield self._loose(path)
        except ReasonedError as error:
            yield failed(item.key, error.reason, error.detail, item.locator)

    def _of_study(self, folder: Path) -> Iterator[Figure | Dropped]:
        study_file = next((path for path in sorted(folder.iterdir()) if STUDY_FILE.fullmatch(path.name)), None)
        if study_file is None:
            raise ArchiveError("file_unreadable", "its study file is gone", where=str(folder))
        local = self._opened(study_file)
        names = local.pictures()
        for name in names:
            try:
                yield local.figure(name)
            except ReasonedError as error:
                yield dropped(f"{local.study.accession}/{name}", error.reason, error.detail)
        yield from local.missing(names)

    def _loose(self, path: Path) -> Figure | Dropped:
        lying = next((one for one in studies_at(self._given()) if one.path == path), None)
        if lying is None or lying.study_file is None:
            study = path.name[:7].lower()
            return dropped(f"{study}/{path.name}", "study_missing", f"no {study}-study.txt lies at the given paths")
        return self._opened(lying.study_file).figure_at(path)

    def _given(self) -> list[Path]:
        return [path for pattern in self._paths for path in expand(pattern, self._base)]

    def _key(self, path: Path) -> str:
        # A name that is no UTF-8 can't be kept in the ledger; it is told so, and fails when it is fetched.
        return Path(os.path.relpath(path, self._base)).as_posix().encode("utf-8", "backslashreplace").decode()

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:  # noqa: ARG002  (the protocol's)
        """Yield nothing: a file that changes is a new item of the next run."""
        yield from ()


def _stamp(lying: Lying) -> tuple[str, int]:
    """Return what changes when the files change that a study's rows are made from, and their size in bytes."""
    files = [path for path in (lying.study_file, None if lying.is_study else lying.path) if path]
    if lying.study_file:
        around = LocalStudy(lying.study_file).files.names()
        wanted = [name for name in around if TABLE.fullmatch(name) or (lying.is_study and _PICTURE.fullmatch(name))]
        files += [lying.study_file.parent / name for name in wanted]
    told = [(os.path.relpath(path, lying.path), *stat_of(path)) for path in files]
    lines = "\n".join(f"{name}\0{mark}" for name, mark, _ in told)
    return hashlib.sha256(os.fsencode(lines)).hexdigest()[:32], sum(size_bytes for *_, size_bytes in told)
