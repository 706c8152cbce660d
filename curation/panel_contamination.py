"""Panel contamination: which panels of a workspace are in the benchmarks that its manifest names."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from curation.benchmark import Benchmark
from curation.benchmark_sets import Shown, read_benchmarks, state_of
from curation.confirm import View
from curation.contamination import Hit, contamination
from curation.contamination_sums import Sum, sums
from curation.members import members
from curation.panel_views import views
from curation.picture_hits import Traces
from curation.sketch_bytes import unpacked
from curation.source_ids import panel_ids
from pipeline.engine import read_stamps
from pipeline.pace import in_pace
from pipeline.pixels import PIXEL_COLUMNS, crop, decode8, pixels_of
from pipeline.processes import cores
from pipeline.store import part_path, read_rows
from pipeline.stretch import Array8
from pipeline.workspace import FIGURES, PANELS, Workspace
from schemas.errors import PixelError
from schemas.manifest_sections import Dedup, Encoder
from schemas.records import Contamination

_FIGURE_COLUMNS = ("source", "source_id", "url", "article", "same_work", "source_sha256", "caption", "mentions")
_SEEN_AT_ONCE = 32


@dataclass(frozen=True)
class Decontamination:
    """What a manifest asks for; `folder` is where its paths start."""

    benchmarks: tuple[str, ...]
    folder: Path
    dedup: Dedup
    encoder: Encoder | None = None

    @property
    def state(self) -> str | None:
        """Return what changes with the benchmarks; None where there are none.

        Raises:
            UsageError: one isn't there, or is no hash list of this version.
        """
        return state_of(self.benchmarks, self.folder) if self.benchmarks else None


def looked_for(
    workspace: Workspace, asked: Decontamination, shown: Shown = in_pace
) -> tuple[dict[int, list[Contamination]], list[dict[str, Any]]]:
    """Return what was found of each panel, by its place among those of all parts, and the sums by benchmark and check.

    A benchmark of which nothing was found has a sum without a check.

    Raises:
        UsageError: a benchmark isn't there or can't be read, or there is no such encoder.
        WorkspaceError: the Hub doesn't answer.
    """
    if not asked.benchmarks:
        return {}, []
    cache = workspace.cache / "benchmarks"
    benchmarks = read_benchmarks(asked.benchmarks, asked.folder, cache, asked.dedup, shown)
    hits = list(_hits(workspace, asked, benchmarks, shown))
    found: dict[int, list[Contamination]] = defaultdict(list)
    for at, hit in hits:
        found[at].append(hit)
    return dict(found), list(_told([one.name for one in benchmarks], sums(hits)))


def _told(names: Iterable[str], found: Sequence[Sum]) -> Iterator[dict[str, Any]]:
    for name in names:
        of_it = [one._asdict() for one in found if one.benchmark == name]
        yield from of_it or [Sum(name, None, 0, 0)._asdict()]


def _hits(workspace: Workspace, asked: Decontamination, benchmarks: Sequence[Benchmark], shown: Shown) -> Iterator[Hit]:
    count = sum(stamp.counts.kept for stamp in read_stamps(workspace, PANELS).values())
    with ThreadPoolExecutor(cores()) as pool:
        panels = shown(traces(workspace), count, "panels beside benchmarks")
        yield from contamination(panels, benchmarks, looking(workspace, pool), asked.dedup)
    if asked.encoder is not None:
        from curation.embedding_neighbours import neighbours
        from curation.encoders import encoder

        encode, cache = encoder(asked.encoder, asked.folder), workspace.cache / "benchmarks"
        panels_seen = shown(pictures(workspace), count, "panels seen by the encoder")
        yield from neighbours(panels_seen, benchmarks, encode, asked.encoder.min_cosine, cache)


def traces(workspace: Workspace) -> Iterator[Traces]:
    """Yield what finds each panel in a benchmark: its sketch, its sources, its words."""
    places = count()
    for part in sorted(read_stamps(workspace, PANELS)):
        figures = list(read_rows(part_path(workspace.stage(FIGURES), part), _FIGURE_COLUMNS, batch=256))
        for panel in read_rows(
            part_path(workspace.stage(PANELS), part), ["figure_row", "sketch", "subcaption"], batch=256
        ):
            figure = figures[panel["figure_row"]]
            yield Traces(
                next(places),
                unpacked(panel["sketch"]),
                file_sha256=figure["source_sha256"],
                ids=panel_ids(figure),
                texts=_texts(figure, panel["subcaption"]),
            )


def _texts(figure: dict[str, Any], subcaption: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([figure["caption"], subcaption, *(one["text"] for one in figure["mentions"])]))


def looking(workspace: Workspace, pool: Executor) -> Callable[[Sequence[int]], Iterator[tuple[int, View]]]:
    """Return what shows panels by their places, in order, some at a time."""

    def look(wanted: Sequence[int]) -> Iterator[tuple[int, View]]:
        asked = frozenset(wanted)
        those = (member for member, _ in members(workspace, {}) if member.at in asked)
        while some := list(islice(those, _SEEN_AT_ONCE)):
            yield from views(workspace, some, pool.map).items()

    return look


def pictures(workspace: Workspace) -> Iterator[tuple[int, Array8]]:
    """Yield the pixels of each panel with its place; one that can't be decoded is missing."""
    places = count()
    for part in sorted(read_stamps(workspace, PANELS)):
        boxes: dict[int, list[tuple[int, Any]]] = defaultdict(list)
        for panel in read_rows(part_path(workspace.stage(PANELS), part), ["figure_row", "box"], batch=1024):
            boxes[panel["figure_row"]].append((next(places), panel["box"]))
        rows = read_rows(part_path(workspace.stage(FIGURES), part), ["blob", *PIXEL_COLUMNS], batch=8)
        for row, figure in enumerate(rows):
            yield from _cut(figure, boxes.get(row, ()))


def _cut(figure: dict[str, Any], boxes: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Array8]]:
    if not boxes:
        return
    try:
        shown = decode8(figure["blob"], pixels_of(figure))
    except PixelError:  # it was decoded for its sketch; what can't be seen now looks like nothing
        return
    yield from ((at, crop(shown, tuple(box))) for at, box in boxes)
