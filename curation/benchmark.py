"""Benchmark: what is known of a benchmark once its hash list is read, ready to be compared with panels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation.benchmark_rows import BenchmarkSet
from curation.benchmark_texts import Texts, texts_of
from curation.duplicates import Sketch
from curation.hash_list import blaming, read_head, read_kinds
from curation.hash_rows import grey_in
from curation.local_features import Plane
from curation.sketch_bytes import unpacked
from pipeline.pixels import decode8, inspect
from pipeline.stretch import Array8
from schemas.errors import PixelError
from schemas.records import Box

_LONG_SIDE = 16


@dataclass(frozen=True)
class Benchmark:
    """Pictures, sources and texts of a benchmark; of each picture, and of each panel of it, a sketch."""

    name: str
    rows: tuple[str, ...]
    """Which picture each sketch is of."""
    boxes: tuple[Box | None, ...]
    """None for all of a picture."""
    sketches: tuple[Sketch, ...]
    long_low: npt.NDArray[np.float32]
    """[sketch, row, column]: more frequencies than a hash of 64 bits needs."""
    files: frozenset[str]
    pixels: frozenset[str]
    """Digests of the files, and of the pixels in them."""
    ids: frozenset[str]
    texts: Texts
    held: BenchmarkSet | None
    """The pictures themselves; None where only a hash list is here."""

    def picture(self, at: int) -> Array8 | None:
        """Return all of a sketch's picture; None where it isn't here, or isn't what it was when it was hashed."""
        blob = None if self.held is None else self.held.picture(self.rows[at])
        try:
            return decode8(blob, inspect(blob)) if isinstance(blob, bytes) else None
        except PixelError:
            return None

    def grey(self, at: int) -> Plane | None:
        """Return the grey levels of all of a sketch's picture; None where it isn't here."""
        picture = self.picture(at)
        return None if picture is None else grey_in(picture)


def read_benchmark(path: Path, bits: int, held: BenchmarkSet | None = None) -> Benchmark:
    """Return the benchmark of a hash list, with hashes of so many bits.

    Raises:
        UsageError: it is no hash list, or one of another version.
    """
    with blaming(path):
        return _read(path, bits, held)


def _read(path: Path, bits: int, held: BenchmarkSet | None) -> Benchmark:
    head = read_head(path)
    rows, boxes, sketches, lows = [], [], [], []
    files, pixels = set(), set()
    columns = ("row", "box", "sketch", "sketch_256", "file_sha256", "pixels_sha256")
    for row in read_kinds(path, ("picture", "part"), columns):
        sketch, long = unpacked(row["sketch"]), unpacked(row["sketch_256"])
        rows.append(row["row"])
        boxes.append(_box(row["box"]))
        sketches.append(sketch if bits == sketch.low.size else sketch._replace(low=long.low, edges=long.edges))
        lows.append(long.low)
        if row["kind"] == "picture" and not sketch.says_little:  # a black square is nobody's
            files.add(row["file_sha256"])
            pixels.add(row["pixels_sha256"])
    return Benchmark(
        name=head["benchmark"],
        rows=tuple(rows),
        boxes=tuple(boxes),
        sketches=tuple(sketches),
        long_low=np.array(lows, np.float32).reshape(-1, _LONG_SIDE, _LONG_SIDE),
        files=frozenset(files),
        pixels=frozenset(pixels),
        ids=frozenset(one for row in read_kinds(path, ["source"], ["ids"]) for one in row["ids"]),
        texts=_texts(path),
        held=held,
    )


def _box(said: list[int] | None) -> Box | None:
    if said is None:
        return None
    left, top, right, bottom = said
    if not (0 <= left < right and 0 <= top < bottom):
        raise ValueError(f"a panel's box {said} has no area")
    return left, top, right, bottom


def _texts(path: Path) -> Texts:
    templates = {row["text"] for row in read_kinds(path, ["template"], ["text"])}
    told = (row for row in read_kinds(path, ["text"], ["text", "grams"]) if row["text"] not in templates)
    return texts_of([np.frombuffer(row["grams"], "<u8") for row in told])
