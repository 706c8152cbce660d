"""Embedding neighbours: which panels look like a benchmark's pictures to an encoder, as a figure of its own.

What looks alike is mostly another picture of the same kind, so it is told (`embedding`, with the cosine) and drops
nothing. It needs the benchmark's pictures: a hash list has none.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from curation.benchmark import Benchmark
from curation.contamination import Hit
from curation.encoders import Encode, Vectors
from curation.gates import EMBEDDING
from pipeline.store import fingerprint
from pipeline.stretch import Array8
from pipeline.workspace import write_whole
from schemas.records import Contamination

_BATCH = 32


def neighbours(
    panels: Iterable[tuple[int, Array8]],
    benchmarks: Sequence[Benchmark],
    encode: Encode,
    min_cosine: float,
    cache: Path,
) -> Iterator[Hit]:
    """Yield the panels that look like a picture of a benchmark; vectors of benchmarks are kept in `cache`."""
    known = [(one.name, embedded(one, encode, cache)) for one in benchmarks if one.held is not None]
    stream = iter(panels)
    while batch := list(islice(stream, _BATCH)) if known else []:
        asked = encode.vectors([picture for _, picture in batch])
        for name, held in known:
            nearest = (asked @ held.T).max(axis=1, initial=-1.0)
            for (at, _), cosine in zip(batch, nearest.tolist(), strict=True):
                if cosine >= min_cosine:
                    yield at, Contamination(benchmark=name, check=EMBEDDING, score=round(cosine, 4))


def embedded(benchmark: Benchmark, encode: Encode, cache: Path) -> Vectors:
    """Return the vectors of all pictures of a benchmark, made once."""
    kept = cache / f"{fingerprint(encode.state, benchmark.name, benchmark.rows, sorted(benchmark.files))}.vectors"
    if kept.is_file():
        said = kept.read_bytes()
        return np.frombuffer(said[8:], np.float32).reshape(-1, int.from_bytes(said[:8], "little"))
    wholes = (at for at, box in enumerate(benchmark.boxes) if box is None)
    pictures = (picture for at in wholes if (picture := benchmark.picture(at)) is not None)
    found: list[Vectors] = []
    while batch := list(islice(pictures, _BATCH)):
        found.append(encode.vectors(batch))
    told = np.concatenate(found) if found else np.zeros((0, 1), np.float32)
    write_whole(kept, told.shape[1].to_bytes(8, "little") + told.tobytes())
    return told
