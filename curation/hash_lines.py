"""Hash lines: `bricks hashes`: a benchmark to its hash list, with a line for each picture that can't be read."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from errno import EISDIR
from functools import partial
from itertools import islice
from os import strerror
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from curation.benchmark_rows import BenchmarkSet, Row
from curation.hash_list import read_kinds, write_hash_list
from curation.hash_rows import id_rows, picture_rows, template_rows, text_rows
from pipeline.processes import cores
from schemas.errors import UsageError

_AT_ONCE = 32
"""Rows that are held."""
_TOLD = {"pictures": "picture", "panels": "part", "texts": "text", "sources": "source", "failed": "failed"}

Shown = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Passes things on while it shows how many of how many are done."""


def hash_lines(
    folder: Path, out: Path, name: str | None, shown: Shown, *, crops: bool = True
) -> Iterator[dict[str, Any]]:
    """Write the hash list of all that lies in a folder; yield a line for what can't be read, and one with the sums.

    Raises:
        UsageError: there is no such folder, nothing in it, or the hash list can't be written or would lie in it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", where="hashes", mend="Name the folder of a benchmark.")
    if out.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{out} lies in {folder}", where="hashes --out", mend="Write it beside the benchmark.")
    benchmark = (name or "").strip() or folder.resolve().name
    with _room_beside(out) as cache:
        counts = write_hashes(BenchmarkSet(folder, Path(cache)), out, benchmark, shown, crops=crops)
    for row in read_kinds(out, ["failed"], ["row", "reason", "detail"]):
        yield {"row": row["row"], "error": f"{row['reason']}: {row['detail']}"}
    sums = {told: counts.get(kind, 0) for told, kind in _TOLD.items()}
    yield {"benchmark": benchmark, "out": str(out), **sums}


def _room_beside(out: Path) -> TemporaryDirectory[str]:
    """Return a folder that goes when it is left, where there is room for what is large.

    Raises:
        UsageError: no file can be written there.
    """
    try:
        if out.is_dir():
            raise IsADirectoryError(EISDIR, strerror(EISDIR))
        out.parent.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix=".bricks-", dir=out.parent)
    except OSError as error:
        what = f"{out} can't be written: {error.strerror}."
        raise UsageError(what, where="hashes --out", mend="Name a file in a folder of yours.") from error


def write_hashes(held: BenchmarkSet, out: Path, benchmark: str, shown: Shown, *, crops: bool) -> dict[str, int]:
    """Write the hash list of a set, and return how many rows of each kind it has.

    Raises:
        UsageError: there is nothing in the set that could be compared.
    """
    return write_hash_list(out, benchmark, _rows(held, shown, crops=crops), crops=crops)


def _rows(held: BenchmarkSet, shown: Shown, *, crops: bool) -> Iterator[dict[str, Any]]:
    times: Counter[int] = Counter()
    rows = iter(shown(held.rows(), len(held), "rows hashed"))
    with ThreadPoolExecutor(cores()) as pool:
        while batch := list(islice(rows, _AT_ONCE)):
            for row, pictures in zip(batch, pool.map(partial(_pictures, crops=crops), batch), strict=True):
                yield from pictures
                yield from id_rows(row)
                yield from text_rows(row, times)
    yield from template_rows(times)


def _pictures(row: Row, *, crops: bool) -> list[dict[str, Any]]:
    return list(picture_rows(row, crops=crops))


def told(line: dict[str, Any]) -> str:
    """Return a line for a person."""
    if "error" in line:
        return f"{line['row']}: {line['error']}"
    sums = ", ".join(f"{line[name]} {name}" for name in _TOLD if name in line)
    return f"{line['out']}: {line['benchmark']}: {sums}"
