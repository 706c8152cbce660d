"""Contamination: which panels are in a benchmark, by which check, and how surely.

`hash`: what is kept of the pictures is alike: their hashes, in any of 16 orientations (score: the part of the bits that
agree), or, of a benchmark that is here as a hash list only, their corners (the part that agrees). `pixels`: the same
file or pixels (1), or the pixels of one agree with the other's, cut and turned too (the part that agrees); a hash that
the pixels refute is no hit. `source_id`: the panel's source is one that the benchmark names (1). `text`: its words
repeat one of the benchmark's texts (the part of it). `embedding` is told apart (`curation.embedding_neighbours`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np

from curation.benchmark import Benchmark
from curation.benchmark_texts import LEAST_SHARE
from curation.picture_hits import Look, Pair, Pictures, Scored, Traces, Words, words_of
from pipeline.processes import cores
from schemas.manifest_sections import Dedup
from schemas.records import Contamination

VERSION = 1
"""Raised by hand when a panel may be found where it wasn't, or the other way round."""
_LOT, _LOTS = 2048, 32
"""Panels whose sketches are held, at about 20 kB each; and such lots whose hashes are asked together."""
_SEEN_AT_ONCE = 32
"""Panels whose pixels are held, at 4 MB each at most."""

Hit = tuple[int, Contamination]
"""The panel's place, and what was found of it."""


def contamination(
    panels: Iterable[Traces], benchmarks: Sequence[Benchmark], look: Look, settings: Dedup
) -> Iterator[Hit]:
    """Yield what is found of panels in benchmarks: of each panel, benchmark and check the best."""
    asked = [Pictures(one, settings) for one in benchmarks]
    lots = iter(partial(_some, iter(panels), _LOT), [])
    with ThreadPoolExecutor(cores()) as pool:
        while some := list(islice(_narrowed(lots, asked, pool), _LOTS)):
            words = _together([one.words for one in some])
            proposed = [
                pictures.proposed(words, (pair for one in some for pair in one.pairs[number]))
                for number, pictures in enumerate(asked)
            ]
            found = [{hit[:2]: hit[2] for one in some for hit in one.named[number]} for number in range(len(asked))]
            for number, at, told in _looked(look, asked, proposed, pool):
                for check, score in told:
                    found[number][at, check] = max(score, found[number].get((at, check), 0.0))
            for pictures, hits in zip(asked, found, strict=True):
                for (at, check), score in sorted(hits.items()):
                    yield at, Contamination(benchmark=pictures.benchmark.name, check=check, score=round(score, 4))


def _together(words: Sequence[Words]) -> Words:
    told = [one for one in words if len(one.at)]
    return Words(*(np.concatenate(column) for column in zip(*told, strict=True))) if told else words[0]


def _looked(
    look: Look, asked: Sequence[Pictures], proposed: Sequence[Mapping[int, list[Pair]]], pool: Executor
) -> Iterator[tuple[int, int, list[tuple[str, float]]]]:
    """Yield what a second look at the panels that are proposed to any benchmark says, each panel seen once."""
    wanted = sorted({at for pairs in proposed for at in pairs})
    seen = iter(look(wanted) if wanted else ())
    while views := list(islice(seen, _SEEN_AT_ONCE)):
        tasks = [(number, at, view) for at, view in views for number in range(len(asked)) if at in proposed[number]]
        judged = pool.map(lambda task: asked[task[0]].judged(task[2], proposed[task[0]][task[1]]), tasks)
        yield from ((number, at, told) for (number, at, _), told in zip(tasks, judged, strict=True))


class _Narrow(NamedTuple):
    """What is held of a lot of panels, when its sketches are let go; for each benchmark where there are several."""

    words: Words
    named: list[list[Scored]]
    pairs: list[list[Pair]]


def _some(panels: Iterator[Traces], most: int) -> list[Traces]:
    return list(islice(panels, most))


def _narrowed(lots: Iterable[Sequence[Traces]], asked: Sequence[Pictures], pool: Executor) -> Iterator[_Narrow]:
    for lot in lots:
        named = [list(_by_name(lot, pictures.benchmark)) for pictures in asked]
        yield _Narrow(words_of(lot), named, [list(pictures.by_corners(lot, pool)) for pictures in asked])


def _by_name(lot: Iterable[Traces], benchmark: Benchmark) -> Iterator[Scored]:
    """Yield the hits that need no picture."""
    for panel in lot:
        if panel.file_sha256 in benchmark.files or panel.pixels_sha256 in benchmark.pixels:
            yield panel.at, "pixels", 1.0
        if panel.ids & benchmark.ids:
            yield panel.at, "source_id", 1.0
        share = benchmark.texts.share(panel.texts)
        if share >= LEAST_SHARE:
            yield panel.at, "text", share
