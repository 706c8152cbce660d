"""Workspace: the folder of one run, and the lock that lets one run at a time work in it."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import WorkspaceError, at_work

FIGURES, PANELS, GROUPS, CURATED, CAPTIONED = (
    "1-figures",
    "2-panels",
    "3-groups",
    "4-curated",
    "5-captioned",
)
STAGES = (FIGURES, PANELS, GROUPS, CURATED, CAPTIONED)
SPLITS = "6-splits"
"""What becomes of each row where splits are inherited; made by publishing, and only then there."""


@dataclass(frozen=True)
class Workspace:
    """The paths of a run; everything in it can be understood with `ls`."""

    root: Path

    def stage(self, name: str) -> Path:
        """Return the folder of a stage."""
        return self.root / name

    @property
    def manifest(self) -> Path:
        """Return the copy of the manifest that the last run read."""
        return self.root / "manifest.yaml"

    @property
    def lock(self) -> Path:
        """Return the resolved manifest with versions."""
        return self.root / "manifest.lock.json"

    @property
    def ledger(self) -> Path:
        """Return the ledger's file."""
        return self.root / "ledger.sqlite"

    @property
    def decisions(self) -> Path:
        """Return the file of the reviewers' decisions."""
        return self.root / "decisions.sqlite"

    @property
    def events(self) -> Path:
        """Return the log of what runs did, one JSON object a line."""
        return self.root / "events.jsonl"

    @property
    def cache(self) -> Path:
        """Return the folder that may be deleted at the price of fetching again."""
        return self.root / "cache"

    @property
    def dataset(self) -> Path:
        """Return the folder that is published."""
        return self.root / "dataset"

    @property
    def report(self) -> Path:
        """Return the page that shows the run."""
        return self.root / "report" / "index.html"


def existing(root: Path) -> Workspace:
    """Return the workspace at `root`.

    Raises:
        WorkspaceError: nothing was run there.
    """
    workspace = Workspace(root)
    if not workspace.lock.exists():
        raise WorkspaceError(
            "is no workspace: it has no manifest.lock.json.",
            where=str(root),
            mend="Give the folder that `bricks run` printed, such as runs/NAME.",
        )
    refuse_dataset(workspace)
    if not isinstance(read_json(workspace.lock), dict):
        raise damaged(workspace)
    return workspace


def refuse_dataset(workspace: Workspace) -> None:
    """Refuse the folder that is published, which has a lock too.

    Raises:
        WorkspaceError: names the workspace where it is known.
    """
    if not (workspace.root / "SHA256SUMS").is_file():
        return
    made_in = workspace.root.absolute().parent
    named = made_in if (made_in / "manifest.lock.json").is_file() else "the folder that `bricks run` printed"
    mend = f"Give its workspace: {named}."
    raise WorkspaceError("is a dataset, not a workspace.", where=str(workspace.root), mend=mend)


def damaged(workspace: Workspace) -> WorkspaceError:
    """Return the error of a workspace that doesn't know any more what it was made from."""
    mend = "Run `bricks run MANIFEST` on it once more."
    return WorkspaceError("its manifest.lock.json is damaged.", where=str(workspace.root), mend=mend)


@contextmanager
def locked(workspace: Workspace, option: str = "") -> Iterator[None]:
    """Hold the workspace alone until the block ends; the lock dies with the process.

    Of a command that may work elsewhere, `option` says where.

    Raises:
        WorkspaceError: another run holds it, or the folder can't be written.
    """
    try:
        workspace.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(workspace.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        elsewhere = f", or another folder as {option}" if option else ""
        mend = f"Give yourself rights to it{elsewhere}."
        raise WorkspaceError(f"can't be written: {error.strerror}.", where=str(workspace.root), mend=mend) from error
    try:
        _hold(handle, workspace, option)
        yield
    except BaseException as error:
        at_work(error)
        raise
    finally:
        os.close(handle)


def _hold(handle: int, workspace: Workspace, option: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WorkspaceError(
            "another run is at work here.",
            where=str(workspace.root),
            mend=f"Wait for it, or give this one its own {option}." if option else "Wait for it.",
        ) from error


def sweep(workspace: Workspace) -> None:
    """Remove the halves of small files that killed processes left."""
    folders = (workspace.root, workspace.cache, workspace.cache / "rows", workspace.report.parent)
    for folder in (*folders, *map(workspace.stage, (*STAGES, SPLITS))):
        for half in folder.glob(".*.[0-9]*"):
            if half.is_file():
                half.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is absent or whole, also after a power cut.

    Raises:
        OSError: it can't be written; names `path`, whatever step it was.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with half.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            half.replace(path)
        except OSError:
            with suppress(OSError):
                half.unlink(missing_ok=True)
            raise


def write_json(path: Path, content: object) -> None:
    """Write `content` as readable JSON, keys sorted, whole."""
    write_whole(path, (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Return the JSON of a file, or None where it is absent or broken: whatever it said is made again."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError, RecursionError):
        return None


_NO_ROOM = "Make room on its disk, if that is full: what is done is safe, and the same command goes on."


@contextmanager
def blaming(path: Path, *faults: type[Exception], mend: str) -> Iterator[None]:
    """Turn `faults` of the block into one clear error that names the file it reads; `mend` is for a damaged one.

    Raises:
        WorkspaceError: the file is not what it should be.
    """
    try:
        yield
    except faults as error:
        said = " ".join(str(error).split()).rstrip(".")
        advice = f"{_NO_ROOM} Otherwise: {mend}" if _is_machines(error) else mend
        if _is_kept_out(path, error):
            said, advice = "you may not write there", "Give yourself rights to its folder."
        raise WorkspaceError(f"can't be used: {said}.", where=str(path), mend=advice) from error


def _is_machines(error: Exception) -> bool:
    """Return whether it may be that sqlite could not write: its index in memory fails as input and output.

    So does a file that is shorter than it says, which is damage.
    """
    name = getattr(error, "sqlite_errorname", "") or ""
    return isinstance(error, sqlite3.OperationalError) and name.startswith(("SQLITE_FULL", "SQLITE_IOERR"))


def _is_kept_out(path: Path, error: Exception) -> bool:
    """Return whether sqlite was refused a file, or the folder in which it keeps its journal."""
    name = getattr(error, "sqlite_errorname", "") or ""
    as_who = os.access in os.supports_effective_ids
    may = all(os.access(place, os.W_OK, effective_ids=as_who) for place in (path, path.parent) if place.exists())
    return name.startswith("SQLITE_READONLY") or (name.startswith("SQLITE_CANTOPEN") and not may)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Let what the operating system refuses in the block name the file it writes.

    Raises:
        OSError: it can't be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
