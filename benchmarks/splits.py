"""Splits at size: how long dividing, inheriting and checking takes for rows made by chance, on one core.

    python -m benchmarks.splits ROWS

scipy's connected components on the same ties, as integers, stand beside the division: what a library in C takes for
the one step that it does.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.workspace import Workspace
from publishing.inherited import Published
from publishing.leakage import check_leakage
from publishing.places import Place
from publishing.splits import SPLITS, Division, divide, ties
from schemas.manifest import SplitSettings

_Answer = TypeVar("_Answer")
_ROWS_PER_FAMILY = 10
_CLUSTERED = 0.0005


def places(count: int, rng: random.Random) -> list[Place]:
    """Return rows in families of ten; one in two thousand shows what another one shows."""
    made = []
    for at in range(count):
        family = rng.randrange(1 + count // _ROWS_PER_FAMILY)
        cluster = f"c{rng.randrange(count // 1000 + 1)}" if rng.random() < _CLUSTERED else None
        key, picture, source = f"{family:032x}", f"{rng.getrandbits(256):064x}", f"pmc {family}"
        row = Place(f"{at:032x}", 0, at, key, cluster, 10, commercial=True, picture=picture, sources=(source,))
        made.append(row)
    return made


def written(folder: Path, rows: Sequence[Place], division: Division) -> None:
    """Write the narrow columns of a dataset."""
    (folder / "panels").mkdir(parents=True)
    for split in SPLITS:
        mine = [row for row in rows if division.split_of[row.family] == split]
        columns = {
            "id": [row.id for row in mine],
            "family": [row.family for row in mine],
            "duplicate_cluster": pa.array([row.cluster for row in mine], pa.string()),
            "image_sha256": [row.picture for row in mine],
            "source": ["pmc"] * len(mine),
            "source_id": [row.source_id for row in mine],
            "split": [split] * len(mine),
        }
        pq.write_table(pa.table(columns), folder / "panels" / f"{split}-00000-of-00001.parquet")


def _by_scipy(rows: Sequence[Place]) -> int:
    """Return the number of components."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number: dict[str, int] = {}
    tied = ((row.id, tie) for row in rows for tie in ties(row))
    pairs = [tuple(number.setdefault(name, len(number)) for name in pair) for pair in tied]
    one, other = np.array(pairs).T
    graph = coo_array((np.ones(len(one), bool), (one, other)), (len(number), len(number)))
    return int(connected_components(graph, directed=False)[0])


def _timed(name: str, work: Callable[[], _Answer]) -> _Answer:
    start = time.perf_counter()
    answer = work()
    sys.stdout.write(f"{name:<24} {time.perf_counter() - start:8.1f} s\n")
    return answer


def main(count: int) -> None:
    """Print how long each step takes."""
    rows, settings = places(count, random.Random(17)), SplitSettings()
    division = _timed("divide", lambda: divide(rows, settings))
    _timed("scipy, components alone", lambda: _by_scipy(rows))
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder) / "old", rows, division)
        place = Workspace(Path(folder) / "ws")
        said = _timed("read what is published", lambda: Published("old", Path(folder)).splits(place))
        again = _timed("divide, inheriting", lambda: divide(rows, SplitSettings(seed=99), said))
        checked = _timed("check the files", lambda: check_leakage(Path(folder) / "old"))
    moved = sum(again.split_of[family] != split for family, split in division.split_of.items())
    sys.stdout.write(f"rows {count}, families moved {moved}, rows gone {len(again.gone)}, leaks {len(checked.leaks)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
