"""The join of hashes against faiss: python -m benchmarks.hamming N [--orientations] [--no-faiss].

N random hashes of 64 bits, a tenth of them planted within a bit of others, joined at distance 6: by `curation.hamming`
and by faiss's `IndexBinaryFlat.range_search` (pip install faiss-cpu) in the same run, on all processors.
`--orientations` also asks for the 15 other orientations, as dedup does.
"""

import argparse
import resource
import time

import numpy as np

from curation.hamming import Hashes, near_between, near_pairs, planned

_DISTANCE = 6
_WAYS = 15


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


def main() -> None:
    """Print seconds, pairs and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--orientations", action="store_true")
    parser.add_argument("--no-faiss", action="store_true")
    asked = parser.parse_args()
    hashes = made(asked.count)
    start = time.perf_counter()
    pairs = sum(len(near.one) for near in near_pairs(hashes, _DISTANCE))
    ours_s = time.perf_counter() - start
    print(f"bricks {ours_s:.2f} s, {pairs} pairs, {planned(len(hashes), len(hashes), 64, _DISTANCE)}")
    if asked.orientations:
        start, queries = time.perf_counter(), np.concatenate([_turned(hashes, way) for way in range(1, _WAYS + 1)])
        pairs = sum(len(near.one) for near in near_between(queries, hashes, _DISTANCE))
        print(f"bricks, {_WAYS} other orientations {time.perf_counter() - start:.2f} s, {pairs} pairs")
    if not asked.no_faiss:
        _against_faiss(hashes, ours_s)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _against_faiss(hashes: Hashes, ours_s: float) -> None:
    import faiss

    index, codes = faiss.IndexBinaryFlat(64), hashes.view(np.uint8).reshape(len(hashes), 8)
    start = time.perf_counter()
    index.add(codes)
    limits, _, _ = index.range_search(codes, _DISTANCE + 1)
    faiss_s = time.perf_counter() - start
    pairs = (int(limits[-1]) - len(hashes)) // 2
    print(f"faiss flat {faiss_s:.2f} s, {pairs} pairs: {faiss_s / ours_s:.1f} times ours")


if __name__ == "__main__":
    main()
