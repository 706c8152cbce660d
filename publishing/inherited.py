"""Inherited: in which split a published dataset has what, read from its files, here or on the Hub."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store import fingerprint
from pipeline.workspace import Workspace
from publishing.places import Place, sources_of
from publishing.splits import SPLITS, stronger, ties
from schemas.errors import UsageError, WorkspaceError
from schemas.manifest_parts import on_the_hub

_FILES = "*/*.parquet"
_NEEDED = ("id", "family")
_COLUMNS = (*_NEEDED, "duplicate_cluster", "image_sha256", "source", "source_id", "also_in")
_BATCH_ROWS = 4096
_BLOCK_BYTES = 1 << 16
"""Read ahead on the Hub: the narrow columns of a row group lie together, its pictures (4 MB) beside them."""


@dataclass(frozen=True)
class Published:
    """A published dataset whose splits are inherited; `folder` is where a path in the manifest starts."""

    keep: str
    folder: Path

    @property
    def state(self) -> str:
        """Return what changes with the dataset; a revision of the Hub is taken for fixed."""
        if on_the_hub(self.keep):
            return fingerprint(self.keep)
        sums = self._path / "SHA256SUMS"  # the dataset may be the very one that is made anew, with the same bytes
        if sums.is_file():
            return hashlib.sha256(sums.read_bytes()).hexdigest()
        files = sorted(self._path.glob(_FILES))
        return fingerprint([(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files])

    @property
    def _path(self) -> Path:
        return self.folder / Path(self.keep).expanduser()

    def refuse_absent(self, workspace: Workspace) -> None:
        """Refuse what can't be inherited from before anything is made; what the Hub says is kept for later.

        Raises:
            UsageError: there is no such dataset.
        """
        if on_the_hub(self.keep):
            self.splits(workspace)
        elif not any(self._path.glob(_FILES)):
            raise self._absent()

    def _absent(self) -> UsageError:
        what = "no published dataset is here: no file VIEW/SPLIT-*.parquet with a row."
        return UsageError(what, where=f"split.keep: {self.keep}", mend="Give a folder such as runs/NAME/dataset.")

    def splits(self, workspace: Workspace) -> dict[str, str]:
        """Return the split of every tie (see `publishing.splits.ties`); what the Hub said is kept in the cache.

        Raises:
            UsageError: there is no such dataset, or it wasn't made by bricks.
            WorkspaceError: a file of it is damaged, or the Hub doesn't answer.
        """
        hub = on_the_hub(self.keep)
        if hub is None:
            return self._checked(_read_folder(self._path))
        said = workspace.cache / f"published-{self.state}.parquet"
        if not said.is_file():
            _keep(said, self._checked(_read_hub(*hub)))
        table = pq.read_table(said, partitioning=None)
        return dict(zip(table["tie"].to_pylist(), table["split"].to_pylist(), strict=True))

    def _checked(self, rows: Iterable[tuple[str, str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for tie, split in rows:
            found[tie] = stronger(found.get(tie), split)
        if not found:
            raise self._absent()
        return found


def _keep(path: Path, splits: Mapping[str, str]) -> None:
    """Write what the Hub said, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(pa.table({"tie": list(splits), "split": list(splits.values())}), half)
    half.replace(path)


def _read_folder(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob(_FILES)):
        with path.open("rb") as handle:
            yield from _of_file(handle, str(path))


def _read_hub(repo: str, revision: str) -> Iterator[tuple[str, str]]:
    """Yield (tie, split) of a dataset of the Hub; of its files the footers and the narrow columns are fetched."""
    from urllib.parse import quote

    from huggingface_hub import HfFileSystem

    with _blaming_the_hub(f"{repo}@{revision}"), ExitStack() as files:
        hub = HfFileSystem(skip_instance_cache=True)
        for path in sorted(hub.glob(f"datasets/{repo}@{quote(revision, safe='')}/{_FILES}")):
            handle = files.enter_context(hub.open(path, "rb", block_size=_BLOCK_BYTES))
            yield from _of_file(handle, path)


@contextmanager
def _blaming_the_hub(name: str) -> Iterator[None]:
    """Turn what the Hub answers into one clear error.

    Raises:
        UsageError: it has no such dataset or revision, or not for us.
        WorkspaceError: it doesn't answer.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    where = f"split.keep: {name}"
    try:
        yield
    except (FileNotFoundError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        mend = "Look at its name and revision; a private one needs `hf auth login`."
        raise UsageError("the Hub has no such dataset.", where=where, mend=mend) from error
    except (httpx2.HTTPError, HfHubHTTPError, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise WorkspaceError(f"the Hub doesn't answer: {said}.", where=where, mend="Run again later.") from error


def _of_file(handle: IO[bytes], path: str) -> Iterator[tuple[str, str]]:
    """Yield (tie, split) of every row of a file; the split is that of its name, as `load_dataset` reads it.

    Raises:
        UsageError: it isn't named or made as bricks does.
        WorkspaceError: it is damaged.
    """
    split = path.rpartition("/")[2].partition("-")[0]
    if split not in SPLITS:
        what = f"is none of {', '.join(SPLITS)}, from which splits can be inherited."
        raise UsageError(what, where=f"split.keep: {path}")
    try:
        with pq.ParquetFile(handle) as parquet:
            here = set(parquet.schema_arrow.names)
            missing = [name for name in _NEEDED if name not in here]
            if missing:
                raise UsageError(f"has no column {', '.join(missing)}: bricks didn't make it.", where=path)
            names = [name for name in _COLUMNS if name in here]
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=names, use_threads=False):
                for row in batch.to_pylist():
                    yield from ((tie, split) for tie in ties(_place_of(row)))
    except pa.ArrowException as error:
        raise WorkspaceError(f"can't be read: {error}.", where=path, mend="Fetch the dataset again.") from error


def _place_of(row: Mapping[str, Any]) -> Place:
    """Return a published row as the rows of the stages are divided."""
    return Place(
        id=row["id"],
        part=0,
        offset=0,
        family=row["family"],
        cluster=row.get("duplicate_cluster"),
        bytes=0,
        commercial=True,
        picture=row.get("image_sha256") or "",
        sources=sources_of(row) if row.keys() >= {"source", "source_id"} else (),
    )
