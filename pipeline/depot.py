"""Depot: parts as objects in a store, for workers that don't see this disk.

An object is put whole, under a name that says what its part was made from; none is replaced or renamed, so no reader
meets another state than the one it was sent to. Ledger, decisions and caches stay on the disk of the one who runs.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyarrow.fs import FileSystem, FileType

from pipeline.engine import PartJob, make_part
from pipeline.store import SIDES, Counts, is_whole, part_numbers, part_path, read_stamp
from pipeline.workspace import GROUPS, Workspace, write_whole
from schemas.errors import MACHINE_FAULTS, UsageError, WorkspaceError

_MEND = "Is it there, and may it be written? Credentials, region and endpoint stand as AWS_* in the environment."
_MEND_FOLDER = "Is it a folder that every machine of the cluster sees, and may write to?"


@dataclass(frozen=True)
class Depot:
    """A folder of a store, or of a disk that all machines share."""

    url: str
    """As `pyarrow.fs` reads it: s3://bucket/folder, gs://bucket/folder, file:///folder."""

    def __str__(self) -> str:
        """Return its address without a key or a secret."""
        return re.sub(r"//[^/]*@", "//", self.url).partition("?")[0]

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder of a disk that all machines share."""
        return self.url.startswith(("/", "file:"))

    @property
    def mend(self) -> str:
        """Return what to look at where it refuses."""
        return _MEND_FOLDER if self.is_folder else _MEND

    @classmethod
    def at(cls, url: str) -> "Depot":
        """Return the depot at an address.

        Raises:
            UsageError: it is none that can be reached.
        """
        depot = cls(url)
        try:
            files, root = _opened(depot)
            files.get_file_info(root)
            if depot.is_folder:
                Path(root).mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # Arrow's errors are these
            said = " ".join(str(error).split()).replace(depot.url, str(depot))
            raise UsageError(f"no store: {said}.", where=f"--store {depot}", mend=depot.mend) from error
        return depot


@lru_cache(maxsize=4)
def _opened(depot: Depot) -> tuple[Any, str]:
    files, path = FileSystem.from_uri(depot.url)
    root = path.rstrip("/")
    if not root:
        raise ValueError("a bucket or a folder must be named, as in s3://bucket/folder")
    return files, root


@dataclass(frozen=True)
class Item:
    """A file of a part on its way."""

    path: str
    """Within a workspace."""
    name: str
    """Of its object."""
    size_bytes: int


@dataclass(frozen=True)
class Order:
    """A part to be made far away, with what it is made from."""

    job: PartJob
    inputs: tuple[Item, ...]


@dataclass(frozen=True)
class Parcel:
    """A part that was made far away."""

    workspace: Workspace
    """Where it belongs."""
    items: tuple[Item, ...]
    """That of the rows comes last."""
    done: tuple[int, Counts, float]


def may_travel(function: Callable[..., Any], jobs: Sequence[Any]) -> bool:
    """Return whether jobs can be done with what travels: parts of stages that say what they read."""
    return function is make_part and all(isinstance(job, PartJob) and job.stage.inputs for job in jobs)


def packed(depot: Depot, job: PartJob) -> Order:
    """Put what a part is made from into the store, where it isn't there yet."""
    items = tuple(item for stage in job.stage.inputs for item in _part(job.workspace, stage, job.number))
    for item in items:
        _put(depot, job.workspace, item)
    return Order(job, items)


def _part(workspace: Workspace, stage: str, number: int) -> Iterator[Item]:
    """Yield the files of a part, that of the rows last; a stage of one part has that one for all."""
    folder = workspace.stage(stage)
    number = number if part_path(folder, number).is_file() else max(part_numbers(folder), default=number)
    stamp = read_stamp(folder, number)
    if stamp is None or not is_whole(folder, number, stamp):
        raise WorkspaceError("isn't whole.", where=str(part_path(folder, number)), mend="Run the same command again.")
    for side in (*(side for side in SIDES if getattr(stamp.counts, side)), ""):
        path = part_path(folder / side, number)
        within = path.relative_to(workspace.root).as_posix()
        digest = hashlib.blake2b(f"{within}\0{stamp.fingerprint}".encode(), digest_size=16).hexdigest()
        yield Item(within, f"{within.removesuffix('.parquet')}-{digest}.parquet", path.stat().st_size)


@contextmanager
def _speaking(depot: Depot) -> Iterator[None]:
    """Turn what a store refuses into one clear error.

    Raises:
        WorkspaceError: names the store.
    """
    try:
        yield
    except OSError as error:  # of Arrow's, which have many lines, or the machine's own
        if error.errno in MACHINE_FAULTS:
            raise
        raise WorkspaceError(
            f"the store refuses: {' '.join(str(error).split())}.", where=str(depot), mend=depot.mend
        ) from error


def _put(depot: Depot, workspace: Workspace, item: Item) -> None:
    """Put a file there, but where it is already."""
    content = (workspace.root / item.path).read_bytes()
    with _speaking(depot):
        files, root = _opened(depot)
        told = files.get_file_info(f"{root}/{item.name}")
        if told.type == FileType.File and told.size == item.size_bytes:
            return
        if depot.is_folder:
            write_whole(Path(root, item.name), content)
            return
        with files.open_output_stream(f"{root}/{item.name}") as out:  # an object appears when it is closed
            out.write(content)


def _brought(depot: Depot, item: Item, path: Path) -> None:
    """Bring an object to `path`, which is absent or whole.

    Raises:
        WorkspaceError: it isn't what was put there.
    """
    with _speaking(depot):
        files, root = _opened(depot)
        with files.open_input_file(f"{root}/{item.name}") as held:
            content = held.read()
    if len(content) != item.size_bytes:
        mend = "Was it changed while the run was at work? Run the same command again."
        raise WorkspaceError("isn't what was put there.", where=f"{depot}/{item.name}", mend=mend)
    write_whole(path, content)


def made_away(depot: Depot, order: Order) -> Parcel:
    """Make a part where its workspace isn't seen: bring what it is made from, and put what came of it."""
    _sweep(_own_folder())
    with tempfile.TemporaryDirectory(prefix=f"part-{os.getpid()}-", dir=_own_folder()) as place:
        there = Workspace(Path(place))
        for item in order.inputs:
            _bring_once(depot, item, there.root / item.path)
        done = make_part(replace(order.job, workspace=there))
        items = tuple(_part(there, order.job.stage.name, order.job.number))
        for item in items:
            _put(depot, there, item)
    return Parcel(order.job.workspace, items, done)


def _sweep(folder: Path) -> None:
    """Remove what workers left that were killed here."""
    for left in folder.glob("part-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)


def _bring_once(depot: Depot, item: Item, path: Path) -> None:
    """Bring an object to `path`; what all parts read is brought to a machine once, and the state before it goes."""
    if not item.path.startswith(f"{GROUPS}/"):
        _brought(depot, item, path)
        return
    kept = _own_folder() / hashlib.blake2b(depot.url.encode(), digest_size=16).hexdigest() / item.name
    if not kept.is_file():
        _brought(depot, item, kept)
        for older in set(kept.parent.glob("part-*.parquet")) - {kept}:
            older.unlink(missing_ok=True)  # who reads it goes on: it has its own link
    path.parent.mkdir(parents=True, exist_ok=True)
    os.link(kept, path)


def _own_folder() -> Path:
    """Return a folder for temporary files in which nobody else can write."""
    folder = Path(tempfile.gettempdir()) / f"bricks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise WorkspaceError("belongs to somebody else.", where=str(folder), mend="Remove it, or set TMPDIR.")
    return folder


def arrived(depot: Depot, parcel: Parcel) -> tuple[int, Counts, float]:
    """Bring a part that was made to where it belongs, its rows last: until then it isn't whole."""
    there = parcel.workspace.root
    for item in parcel.items:
        _brought(depot, item, there / item.path)
    rows, brought = there / parcel.items[-1].path, {there / item.path for item in parcel.items}
    for older in {part_path(rows.parent / side, parcel.done[0]) for side in SIDES} - brought:
        older.unlink(missing_ok=True)  # the part before this one had something there
    return parcel.done
