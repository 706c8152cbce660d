"""Votes of features among many pictures: their time, and what they leave to be compared.

    python -m benchmarks.votes DIR COUNT ... [--side PX] [--json]

The pictures are made of those in DIR as the soak's are; one in fifty is a near duplicate of an earlier one. Told are,
for each COUNT of them, seconds of processor time and the pairs whose pixels would be compared; beside it, in the same
run, by votes alone, without looking at what a single turning, scaling and shifting lays on each other.
"""

import argparse
import json
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.counts import at_least_one
from benchmarks.soak_articles import picture, pool
from curation import votes as voting
from curation.local_features import features_of, sized
from curation.vote_bins import Keys

_SIDE_PX = 350


def _keys_of(folder: Path, side_px: int, number: int) -> tuple[Keys, float]:
    plane = sized(np.asarray(picture(pool(folder).pictures, number, side_px).convert("L"), np.float32))
    side = float(max(plane.shape))
    return voting.keys_of([(features_of(plane), side)]), side


def keys(folder: Path, count: int, side_px: int) -> tuple[Keys, Any]:
    """Return the features of so many made pictures, and the longer side of each."""
    pool(folder)  # once, for all the processes
    with get_context("fork").Pool(2) as processes:
        found = processes.map(partial(_keys_of, folder, side_px), range(count), chunksize=32)
    columns = [np.concatenate([getattr(each, name) for each, _ in found]) for name in Keys._fields]
    told = Keys(*columns)._replace(
        picture=np.repeat(np.arange(count, dtype=np.int32), [len(each.bits) for each, _ in found])
    )
    return told, np.array([side for _, side in found], np.float32)


def measured(held: Keys, sides: Any, count: int) -> dict[str, Any]:  # noqa: ANN401
    """Return the time and the pairs of the first `count` pictures, as they are sought and by votes alone."""
    end = int(np.searchsorted(held.picture, count))
    columns: list[Any] = [column[:end] for column in held]
    some = Keys(*columns)
    told: dict[str, Any] = {"pictures": count, "features": end}
    for name, least in (("laid", voting.PROPOSED), ("votes alone", voting.Least(voting.LEAST_VOTES))):
        began_s = time.process_time()
        pairs = len(voting.votes(some, sides[:count], least).one)
        told[name] = {"cpu_s": time.process_time() - began_s, "pairs": pairs, "pairs_a_picture": pairs / count}
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("counts", type=at_least_one, nargs="+", metavar="COUNT")
    parser.add_argument("--side", type=at_least_one, default=_SIDE_PX, metavar="PX")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    held, sides = keys(asked.folder.resolve(), max(asked.counts), asked.side)
    rows = [measured(held, sides, count) for count in sorted(asked.counts)]
    if asked.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        each = (f"{name}: {row[name]['cpu_s']:.1f} s, {row[name]['pairs']} pairs" for name in ("laid", "votes alone"))
        print(f"{row['pictures']} pictures, {row['features']} features  " + "  ".join(each))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
