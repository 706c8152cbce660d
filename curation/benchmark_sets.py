"""Benchmark sets: what a manifest names under `decontaminate`: hash lists, folders, datasets of the Hub.

A folder or a dataset is hashed once; its hash list is kept in the cache that the caller gives, until the set changes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.benchmark import Benchmark, read_benchmark
from curation.benchmark_rows import BenchmarkSet
from curation.hash_lines import write_hashes
from curation.hash_list import MADE_BY, read_head
from pipeline.store import fingerprint
from schemas.errors import UsageError, WorkspaceError
from schemas.manifest_sections import HUB, Dedup

_MEND = "Give a hash list (bricks hashes), a folder, or hub:org/name."
Shown = Callable[[Iterable[Any], int, str], Iterable[Any]]


@dataclass(frozen=True)
class Named:
    """A benchmark as a manifest names it; `folder` is where a path in the manifest starts."""

    entry: str
    folder: Path

    @property
    def is_hub(self) -> bool:
        """Return whether it is a dataset of the Hub."""
        return self.entry.startswith(HUB)

    @property
    def path(self) -> Path:
        """Return the file or folder."""
        return self.folder / Path(self.entry).expanduser()

    @property
    def where(self) -> str:
        """Return where an error is."""
        return f"curation.decontaminate: {self.entry}"

    @property
    def state(self) -> str:
        """Return what changes with the benchmark, as far as that is known without asking the Hub.

        Raises:
            UsageError: there is no such file or folder.
        """
        if self.is_hub:
            return fingerprint(self.entry)
        if not self.path.exists():
            raise UsageError("there is no such file or folder.", where=self.where, mend=_MEND)
        files = [self.path] if self.path.is_file() else [path for path in self.path.rglob("*") if path.is_file()]
        stats = sorted((path, path.stat()) for path in files)
        told = [(path.relative_to(self.path.parent).as_posix(), at.st_size, at.st_mtime_ns) for path, at in stats]
        return fingerprint(told)


def named(entries: Iterable[str], folder: Path) -> list[Named]:
    """Return the benchmarks that a manifest in `folder` names."""
    return [Named(entry, folder) for entry in entries]


def state_of(entries: Iterable[str], folder: Path) -> str:
    """Return what a stage that looks for benchmarks is made from, beside its panels.

    Raises:
        UsageError: one isn't there, or is or holds a Parquet that can't be read: told before anything is made.
    """
    asked = named(entries, folder)
    for one in asked:
        if not one.is_hub and one.path.is_file():
            read_head(one.path)
        elif not one.is_hub:
            _look_at_footers(one)
    return fingerprint(MADE_BY, [one.state for one in asked])


def _look_at_footers(asked: Named) -> None:
    """Look whether the Parquets of a folder are whole: what is looked for in part would be promised in full.

    Raises:
        UsageError: one isn't.
    """
    for path in sorted(path for path in asked.path.rglob("*") if path.suffix.lower() == ".parquet" and path.is_file()):
        try:
            pq.read_metadata(path)
        except (pa.ArrowException, OSError) as error:
            what = f"{path.relative_to(asked.path)} can't be read: {' '.join(str(error).split())[:200].rstrip('.')}."
            mend = "Fetch it again, or move it out of the folder."
            raise UsageError(what, where=asked.where, mend=mend) from error


def read_benchmarks(
    entries: Iterable[str], folder: Path, cache: Path, settings: Dedup, shown: Shown
) -> list[Benchmark]:
    """Return the benchmarks that a manifest in `folder` names; what is made of them is kept in `cache`.

    Raises:
        UsageError: one isn't there, is no benchmark, or is a hash list of another version.
        WorkspaceError: the Hub doesn't answer.
    """
    return _told_apart([_read(one, cache, settings, shown) for one in named(entries, folder)])


def _read(asked: Named, cache: Path, settings: Dedup, shown: Shown) -> Benchmark:
    if asked.is_hub:
        repo = asked.entry.removeprefix(HUB).partition("@")[0]
        place = _fetched(asked, cache / "hub")
        return _hashed(place, repo, fingerprint(asked.entry, place.name), cache, (settings, shown))
    state = asked.state
    if asked.path.is_file():
        return read_benchmark(asked.path, settings.bits)
    return _hashed(asked.path, asked.path.resolve().name, state, cache, (settings, shown))


def _hashed(place: Path, name: str, state: str, cache: Path, how: tuple[Dedup, Shown]) -> Benchmark:
    """Return the benchmark in a folder, hashed unless its hash list is in the cache."""
    settings, shown = how
    held = BenchmarkSet(place, cache / "arrow")
    kept = cache / f"{fingerprint(MADE_BY, name, state, settings.crops)}.hashes.parquet"
    if not kept.is_file():
        write_hashes(held, kept, name, shown, crops=settings.crops)
    return read_benchmark(kept, settings.bits, held)


def _fetched(asked: Named, cache: Path) -> Path:
    """Return the folder into which a dataset of the Hub was fetched; what is there already isn't fetched again."""
    from huggingface_hub import snapshot_download

    repo, _, revision = asked.entry.removeprefix(HUB).partition("@")
    with _blaming_the_hub(asked.where):
        said = snapshot_download(repo, repo_type="dataset", revision=revision or None, cache_dir=cache)
    return Path(said)


@contextmanager
def _blaming_the_hub(where: str) -> Iterator[None]:
    """Turn what the Hub answers into one clear error.

    Raises:
        UsageError: it has no such dataset or revision, or not for us.
        WorkspaceError: it doesn't answer, and the dataset wasn't fetched before.
    """
    import httpx2
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        mend = "Look at its name and revision; a private one needs `hf auth login`."
        raise UsageError("the Hub has no such dataset.", where=where, mend=mend) from error
    except (httpx2.HTTPError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        said = " ".join(str(error).split())[:200].rstrip(".")
        mend = "Run again later, or give a hash list of it, made where the Hub can be reached."
        raise WorkspaceError(f"the Hub doesn't answer: {said}.", where=where, mend=mend) from error


def _told_apart(read: Sequence[Benchmark]) -> list[Benchmark]:
    """Return the benchmarks, those of one name numbered."""
    times, seen = Counter(one.name for one in read), Counter[str]()
    told: list[Benchmark] = []
    for one in read:
        seen[one.name] += 1
        told.append(one if times[one.name] == 1 else replace(one, name=f"{one.name} ({seen[one.name]})"))
    return told
