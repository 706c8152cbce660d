"""Streaming of a published view: python -m benchmarks.streaming DATASET [--view panels] [--gb 1.0] [--json].

The rows of DATASET's view are repeated with ids and pictures of their own until the files have so many gigabytes,
written by bricks' own writer. Beside them lies the same table with one row group a file, as a plain
`pyarrow.parquet.write_table` makes it. In a fresh process each, imports done: seconds from
`load_dataset(..., streaming=True)` to the first batch of 32 rows, pictures decoded, for both; the same without
streaming, its cache empty. Then all rows are passed through once, and the peak of the resident memory is told when a
tenth and when all of them were seen.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.mirror import unique
from publishing.dataset_files import splits_by_view
from publishing.shards import write_row_groups
from publishing.views import VIEWS, View
from schemas.features import arrow_schema

_SHARD_BYTES, _GROUP_BYTES = 256 << 20, 4 << 20
_MOST_S = 3.0

_FIRST = """
import sys, time
from importlib.util import find_spec
from datasets import load_dataset
if find_spec("torch"):
    import torch  # which datasets imports, where it is installed, as soon as it streams
began, busy = time.perf_counter(), time.process_time()
files, cache, streaming = sys.argv[1], sys.argv[2], sys.argv[3] == "streaming"
rows = load_dataset(files, "view", split="train", streaming=streaming, cache_dir=cache)
batch = next(rows.iter(batch_size=32))
assert [picture.load() for picture in batch["image"]]
print(time.perf_counter() - began, time.process_time() - busy)
"""
_ALL = """
import resource, sys
from datasets import Image, load_dataset
rows = load_dataset(sys.argv[1], "view", split="train", streaming=True, cache_dir=sys.argv[2])
tenth, seen = int(sys.argv[3]) // 10, 0
for row in rows.cast_column("image", Image(decode=False)):
    seen += 1
    if seen in (tenth, int(sys.argv[3])):
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
assert seen == int(sys.argv[3])
"""
_CARD = "---\nconfigs:\n- config_name: view\n  data_files:\n  - split: train\n    path: train-*.parquet\n---\n"


def repeated(files: list[Path], view: View) -> Iterator[tuple[int, pa.Table]]:
    """Yield (bytes, a row) without end: those of the files over and over, each with an id and a picture of its own."""
    schema = arrow_schema(view.model)
    for copy in count():
        for path in files:
            for row in pq.read_table(path).to_pylist():
                blob = unique(".webp", row["image"]["bytes"], copy)
                told: dict[str, Any] = {
                    "id": hashlib.sha256(f"{row['id']} {copy}".encode()).hexdigest()[:32],
                    "split": "train",
                }
                told |= {"image": {"bytes": blob, "path": None}, "image_sha256": hashlib.sha256(blob).hexdigest()}
                yield len(blob) + len(row.get("raw") or b""), pa.Table.from_pylist([{**row, **told}], schema=schema)


def grouped(rows: Iterator[tuple[int, pa.Table]], most_bytes: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield (bytes, rows) in runs of about `most_bytes`."""
    held: list[pa.Table] = []
    size = 0
    for row_bytes, row in rows:
        held.append(row)
        size += row_bytes
        if size >= most_bytes:
            yield size, pa.concat_tables(held).combine_chunks()
            held, size = [], 0


def written(files: list[Path], view: View, place: Path, gigabytes: float) -> int:
    """Write both folders, `ours` and `one-group`, and return their rows."""
    rows = 0
    groups = grouped(repeated(files, view), _GROUP_BYTES)
    for number in takewhile(lambda _: _size(place / "ours") < gigabytes * 1e9, count()):
        held, size = [], 0
        for group_bytes, group in groups:
            held.append(group)
            size += group_bytes
            if size >= _SHARD_BYTES:
                break
        name = f"train-{number:05d}.parquet"
        write_row_groups(place / "ours" / name, view, held)
        (place / "one-group").mkdir(exist_ok=True)
        whole = pa.concat_tables(held)
        plain = whole.replace_schema_metadata(pq.read_schema(place / "ours" / name).metadata)
        pq.write_table(plain, place / "one-group" / name, row_group_size=whole.num_rows)
        rows += whole.num_rows
    for folder in ("ours", "one-group"):
        (place / folder / "README.md").write_text(_CARD, encoding="utf-8")
    return rows


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def _told(program: str, *words: object) -> list[float]:
    command = [sys.executable, "-c", program, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def _first(place: Path, folder: str, how: str, times: int) -> tuple[float, float]:
    """Return seconds to the first batch, the best of several, and how many of these a processor was at work."""
    with tempfile.TemporaryDirectory(dir=place) as cache:
        wall, busy = min(_told(_FIRST, place / folder, f"{cache}/{at}", how) for at in range(times))
    return round(wall, 2), round(busy, 2)


def measured(place: Path, rows: int) -> dict[str, Any]:
    """Return seconds to the first batch and megabytes of memory, of ours and of both alternatives."""
    sides = {
        "ours, streamed": ("ours", "streaming", 3),
        "one row group, streamed": ("one-group", "streaming", 2),
        "ours, through the cache": ("ours", "whole", 1),
    }
    first = {name: _first(place, *asked) for name, asked in sides.items()}
    first_s = {name: wall for name, (wall, _) in first.items()}
    with tempfile.TemporaryDirectory(dir=place) as cache:
        peaks = {name: _told(_ALL, place / name, cache, rows) for name in ("ours", "one-group")}
    ours = first_s["ours, streamed"]
    return {
        "gigabytes": round(_size(place / "ours") / 1e9, 2),
        "rows": rows,
        "first batch in s": first_s,
        "of these on a processor": {name: busy for name, (_, busy) in first.items()},
        f"under {_MOST_S:.0f} s": ours < _MOST_S,
        "times ours": {name: round(taken / ours, 1) for name, taken in first_s.items()},
        "peak MB at a tenth": {name: round(peak[0]) for name, peak in peaks.items()},
        "peak MB at the end": {name: round(peak[1]) for name, peak in peaks.items()},
        "grew by": {name: round(peak[1] / peak[0], 2) for name, peak in peaks.items()},
    }


def main() -> None:
    """Print the figures, a line each or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--view", choices=[view.name for view in VIEWS], default="panels")
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    (view,) = (view for view in VIEWS if view.name == asked.view)
    files = [path for (name, _), paths in splits_by_view(asked.dataset).items() for path in paths if name == view.name]
    with tempfile.TemporaryDirectory() as place:
        told = measured(Path(place), written(files, view, Path(place), asked.gb))
    print(json.dumps(told) if asked.json else "\n".join(f"{name}: {value}" for name, value in told.items()))


if __name__ == "__main__":
    main()
