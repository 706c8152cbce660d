"""The join of hashes against faiss, and how its time grows: python -m benchmarks.hamming COUNT ... [options].

COUNT random hashes of 64 bits, a tenth of them planted within a bit of others, joined by `curation.hamming` and, with
`--faiss`, in turn with faiss's `IndexBinaryFlat.range_search` (pip install faiss-cpu) on all processors, in one run;
told is the median of `--rounds`. `--orientations` also asks for the 15 other orientations, as dedup does for a
picture's light; for its edges it asks for 7. `--for SECONDS` measures the counts, the smallest first, until the next
would take longer; what is not measured is extrapolated from the last two, and marked.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from math import log
from statistics import median
from typing import Any

import numpy as np

from benchmarks.counts import at_least_one
from curation.hamming import Hashes, near_between, near_pairs, planned
from schemas.manifest_sections import Dedup

_WAYS, _ASKED_AT_ONCE = 15, 16_000_000


def made(count: int) -> Hashes:
    """Return random hashes, the first tenth a bit off the second."""
    rng, planted = np.random.default_rng(1), count // 10
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    bits = np.uint64(1) << rng.integers(0, 64, planted).astype(np.uint64)
    hashes[:planted] = hashes[planted : 2 * planted] ^ bits
    return hashes


def _turned(hashes: Hashes, way: int) -> Hashes:
    """Return hashes as unlike these as those of turned pictures are: their bits in another order."""
    shift = np.uint64(4 * way)
    return (hashes << shift) | (hashes >> (np.uint64(64) - shift))


def _alone(hashes: Hashes, distance: int) -> int:
    return sum(len(near.one) for near in near_pairs(hashes, distance))


def _in_all_ways(hashes: Hashes, distance: int) -> int:
    """Return how many pairs there are as they are and in the other orientations, asked for as dedup does."""
    pairs, at_once = _alone(hashes, distance), max(1, _ASKED_AT_ONCE // len(hashes))
    for first in range(1, _WAYS + 1, at_once):
        ways = range(first, min(first + at_once, _WAYS + 1))
        asked = np.concatenate([_turned(hashes, way) for way in ways])
        pairs += sum(len(near.one) for near in near_between(asked, hashes, distance))
    return pairs


def _by_faiss(hashes: Hashes, distance: int) -> int:
    import faiss

    index, codes = faiss.IndexBinaryFlat(64), hashes.view(np.uint8).reshape(len(hashes), 8)
    index.add(codes)
    limits, _, _ = index.range_search(codes, distance + 1)
    return (int(limits[-1]) - len(hashes)) // 2


def _taken(join: Callable[[Hashes, int], int], hashes: Hashes, distance: int) -> tuple[float, int]:
    start = time.perf_counter()
    pairs = join(hashes, distance)
    return time.perf_counter() - start, pairs


def _against_faiss(count: int, distance: int, rounds: int) -> dict[str, Any]:
    """Return the times of both, each taken in turn."""
    hashes = made(count)
    both = [(_taken(_alone, hashes, distance), _taken(_by_faiss, hashes, distance)) for _ in range(rounds)]
    ours_s, faiss_s = (median(each[side][0] for each in both) for side in (0, 1))
    same = all(ours[1] == theirs[1] for ours, theirs in both)
    ratio = faiss_s / ours_s
    return {"count": count, "bricks_s": ours_s, "faiss_s": faiss_s, "faiss_to_bricks": ratio, "same_pairs": same}


def _faiss_line(told: dict[str, Any], distance: int) -> str:
    return (
        f"{told['count']:>10,} at {distance}: bricks {told['bricks_s']:.2f} s, faiss flat {told['faiss_s']:.2f} s,"
        f" {told['faiss_to_bricks']:.1f} times as long; {'the same' if told['same_pairs'] else 'OTHER'} pairs"
    )


def _growth(counts: list[int], distance: int, limit_s: float, *, all_ways: bool) -> None:
    """Print the time of each count; what would take too long is told from how the last two grew."""
    join, known = (_in_all_ways if all_ways else _alone), list[tuple[int, float]]()
    start = time.perf_counter()
    for count in sorted(counts):
        expected_s = _extrapolated(known, count) if known else 0.0
        told = f"{count:>10,} at {distance}{', all 16 orientations' if all_ways else ''}"
        if expected_s > limit_s - (time.perf_counter() - start):
            print(f"{told}: about {expected_s:.0f} s, extrapolated", flush=True)
            continue
        taken_s, pairs = _taken(join, made(count), distance)
        known.append((count, taken_s))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        plan = planned(count, count, 64, distance)
        print(f"{told}: {taken_s:.1f} s, {pairs} pairs, peak {peak_mb} MB, {plan}", flush=True)


def _extrapolated(known: list[tuple[int, float]], count: int) -> float:
    """Return seconds by the power that the last two counts show; quadratic where there is one."""
    last, last_s = known[-1]
    power = 2.0 if len(known) < 2 else log(last_s / known[-2][1]) / log(last / known[-2][0])
    return float(last_s * (count / last) ** max(1.0, power))


def main() -> None:
    """Print seconds, pairs, the ratio to faiss and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=at_least_one, nargs="+")
    parser.add_argument("--distance", type=int, default=Dedup().max_distance)
    parser.add_argument("--orientations", action="store_true")
    parser.add_argument("--faiss", action="store_true")
    parser.add_argument("--json", action="store_true", help="with --faiss")
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--for", type=float, default=600, dest="limit_s", metavar="SECONDS")
    asked = parser.parse_args()
    if asked.faiss:
        rows = [_against_faiss(count, asked.distance, asked.rounds) for count in asked.counts]
        lines = [json.dumps(rows)] if asked.json else [_faiss_line(row, asked.distance) for row in rows]
        print(*lines, sep="\n")
        return
    _growth(asked.counts, asked.distance, asked.limit_s, all_ways=asked.orientations)


if __name__ == "__main__":
    main()
