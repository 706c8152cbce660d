"""Local items: which articles lie at a path, told by content, and which files belong to each."""

import glob
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ingest.containers import FolderFiles, is_container, opens_at_once, walk
from ingest.graphics import may_be_picture
from ingest.jats import may_be_article
from ingest.jats_source import root_name
from schemas.errors import UsageError

XML_SUFFIXES = (".xml", ".nxml", ".jats")
OUTSIDE = "outside"
"""The stamp of a link that leaves the folder it lies in; it is not followed."""

_SHORT_HEAD_BYTES = 1 << 12
HEAD_BYTES = 1 << 18
"""eLife's kitchen sink has 20 kB of comments before its root."""


class Found(NamedTuple):
    """An article's XML, or a package that should hold one."""

    path: Path
    given: Path
    """The path that was asked for: the file itself, or the folder that was walked."""

    @property
    def leaves(self) -> bool:
        """Return whether it is a link out of the folder that was walked."""
        if not self.path.is_symlink() or self.path == self.given:
            return False
        return self.path.is_dir() or not self.path.resolve().is_relative_to(self.given.resolve())


def nothing_in(paths: Sequence[str], what: str) -> str:
    """Return that the paths, which stand before it, hold no `what`.

    >>> nothing_in(["a"], "picture"), nothing_in(["a", "b"], "study")
    ('holds no picture.', 'hold no study.')
    """
    return f"{'holds' if len(paths) == 1 else 'hold'} no {what}."


def expand(pattern: str, base: Path) -> list[Path]:
    """Return what `pattern`, a path or a glob relative to `base`, names.

    Raises:
        UsageError: nothing is there, or a pipe or a device is.
    """
    path = base / pattern
    if path.exists():
        refuse_endless(path)
        return [path]
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  (takes absolute patterns)
    if not matches:
        mend = "It is relative to the manifest's folder; of a manifest that ships, to the working folder."
        raise UsageError("names no file or folder.", where=pattern, mend=mend)
    return [path for path in map(Path, matches) if opens_at_once(path)]


def refuse_endless(path: Path) -> None:
    """Refuse what is neither a file nor a folder: reading it may never end.

    Raises:
        UsageError: names it.
    """
    if not opens_at_once(path):
        raise UsageError("is a pipe, a socket or a device.", where=str(path), mend="Give a file or a folder.")


def find_articles(paths: Iterable[Path]) -> Iterator[Found]:
    """Yield the packages and XML files at `paths`, each path's in sorted order, no file twice.

    A file that is named is taken whatever it is; in a folder, what goes with articles (manifests, pictures, texts)
    is passed by.
    """
    seen: set[Path] = set()
    for given in paths:
        found = [given / name for name in walk(given)] if given.is_dir() else [given]
        for path in found:
            if path not in seen and (path == given or _is_wanted(path)):
                seen.add(path)
                yield Found(path, given)


def is_xml(path: Path) -> bool:
    """Return whether `path` is XML by its name."""
    return path.name.lower().endswith(XML_SUFFIXES) and not path.name.startswith("._")


def _is_wanted(path: Path) -> bool:
    if path.is_symlink() and path.is_dir():
        return True
    return is_container(path) or (is_xml(path) and may_be_article(_head(path)))


def _head(path: Path) -> bytes:
    """Return as much of a file's beginning as it takes to see its root."""
    try:
        with path.open("rb") as file:
            head = file.read(_SHORT_HEAD_BYTES)
            return head if root_name(head) else head + file.read(HEAD_BYTES)
    except OSError:
        return b""  # it is found, and fails when it is read


def files_beside(xml: Path) -> FolderFiles:
    """Return the files of an XML: its folder's, and those of folders below that have no article of their own."""
    return FolderFiles(xml.parent, _beside(xml.parent, _changed(xml.parent)).names)


class _Beside(NamedTuple):
    """What lies in a folder of articles."""

    names: tuple[str, ...]
    articles: int
    """How many articles share the folder itself."""


@lru_cache(maxsize=32)
def _beside(folder: Path, changed: int) -> _Beside:
    # `changed` makes another time another listing
    names = sorted(walk(folder))
    homes = Counter(name.rpartition("/")[0] for name in names if is_xml(folder / name) and _is_wanted(folder / name))
    own = tuple(name for name in names if not any(around in homes for around in _folders_of(name)))
    return _Beside(own, homes[""])


def _folders_of(name: str) -> Iterator[str]:
    folder = name.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _changed(folder: Path) -> int:
    return folder.stat().st_mtime_ns


def stamp_of(found: Found) -> tuple[str, int]:
    """Return what changes when the files of an article change, and their size in bytes."""
    path = found.path
    if found.leaves:
        return OUTSIDE, 0
    if not is_xml(path):
        return stat_of(path)
    names = _own_names(path)
    if names == [path.name]:
        return stat_of(path)
    stats = [(name, *stat_of(path.parent / name)) for name in names]
    digest = hashlib.sha256("\n".join(f"{name}\0{stat}" for name, stat, _ in stats).encode())
    return digest.hexdigest()[:32], sum(size_bytes for _, _, size_bytes in stats)


def _own_names(xml: Path) -> Sequence[str]:
    """Return the files whose change is a change of the article: all, or its namesakes where several share a folder."""
    beside = _beside(xml.parent, _changed(xml.parent))
    names = [name for name in beside.names if name == xml.name or may_be_picture(name)]
    if beside.articles <= 1:
        return names
    stem = xml.name.partition(".")[0]
    return [name for name in names if name == xml.name or name.startswith(stem)]


def stat_of(path: Path) -> tuple[str, int]:
    """Return what changes when a file changes, and its size in bytes."""
    try:
        status = os.stat(path)  # noqa: PTH116  (a Path's own is slower, and there are millions)
    except OSError:
        return "unreadable", 0
    return f"{status.st_size}-{status.st_mtime_ns}", status.st_size
