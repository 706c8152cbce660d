"""Dedup lines: the pictures of a folder to their clusters of duplicates, one JSON object each, with the evidence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from curation.confirm import PART, Confirmed, Kind, View
from curation.duplicates import Edge, clusters, compared_pair, proposals
from curation.gathered_sketches import gathered
from curation.local_features import Plane
from curation.sketches import Found, grey_of, sketches_of, view_in
from pipeline.processes import cores
from schemas.errors import PixelError, UsageError
from schemas.manifest_sections import Dedup

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".webp", ".bmp", ".jp2"})
_VIEWS, _DECODED = 96, 24
"""Pictures held while pairs are compared, at 4 MB each at most, and files whose panels are looked at one by one."""

Shown = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Passes things on while it shows how many of how many are done."""


class File(NamedTuple):
    """A picture file as it was read."""

    digest: bytes
    """Of its bytes: pictures are compared in this order, so that names say nothing."""
    path: Path
    area_px: int
    found: tuple[Found, ...]


def dedup_lines(folder: Path, settings: Dedup, shown: Shown, draw: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yield a line for each cluster of two or more pictures below `folder`, then one for each that can't be read.

    A cluster of duplicates has a keeper: the picture that shows most, in most bytes, of the first name. A cluster of
    neighbours (`series`) has none: all of it stays.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", where="dedup", mend="Name a folder of pictures.")
    files, unread = read_files(folder, settings, shown)
    edges = list(edges_between(files, settings, shown))
    if draw is not None:
        from curation.pairs_page import write_pairs

        write_pairs(draw, folder, [file.path for file in files], edges)
    yield from _lines(files, edges, folder)
    yield from unread


def settings_of(*, bits: int | None, max_distance: int | None, orientations: bool, crops: bool) -> Dedup:
    """Return what is asked for; what is None is as in a manifest that says nothing.

    Raises:
        UsageError: there are no hashes of so many bits.
    """
    given = {"bits": bits, "max_distance": max_distance, "orientations": orientations, "crops": crops}
    try:
        return Dedup.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise UsageError(f"no hash has {bits} bits", where="dedup --bits", mend="Ask for 64 or 256.") from error


def read_files(folder: Path, settings: Dedup, shown: Shown) -> tuple[list[File], list[dict[str, Any]]]:
    """Return the pictures below a folder, and a line for each that can't be read."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    files, unread = [], []
    with ThreadPoolExecutor(cores()) as pool:
        for path, read in shown(pool.map(lambda path: (path, _file(path, settings)), paths), len(paths), "read"):
            if isinstance(read, File):
                files.append(read)
            else:
                unread.append({"image": str(path.relative_to(folder)), "error": read})
    return sorted(files, key=lambda file: (file.digest, file.path)), unread


def _file(path: Path, settings: Dedup) -> File | str:
    try:
        blob = path.read_bytes()
        grey = grey_of(blob)
        return File(
            sha256(blob).digest(), path, grey.size, tuple(sketches_of(grey, settings.bits, parts=settings.crops))
        )
    except PixelError as error:
        return f"{error.reason}: {error.detail}"
    except OSError as error:
        return f"can't be read: {error.strerror}"


class Said(NamedTuple):
    """What the pixels say of two files; no edge where they differ."""

    one: int
    other: int
    edge: Edge | None
    is_doubtful: bool
    """Whether what is told is on the verge."""


def edges_between(files: Sequence[File], settings: Dedup, shown: Shown) -> Iterator[Edge]:
    """Yield the confirmed pairs of files, in order, each with its strongest evidence."""
    return (said.edge for said in pairs_between(files, settings, shown) if said.edge is not None)


def pairs_between(files: Sequence[File], settings: Dedup, shown: Shown) -> Iterator[Said]:
    """Yield all pairs of files that are compared, in order."""
    owner = [at for at, file in enumerate(files) for _ in file.found]
    found = [each for file in files for each in file.found]
    proposed = proposals(gathered(((row, each.sketch) for row, each in enumerate(found)), len(found)), settings)
    wanted: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for one, other in sorted(proposed, key=lambda pair: (_parts(pair, found), pair)):
        if owner[one] != owner[other]:
            wanted[owner[one], owner[other]].append((one, other))

    look = _looking(files, owner, found)

    def compare(pair: tuple[int, int]) -> Said:
        best = Said(*pair, None, False)
        for one, other in wanted[pair]:
            said = compared_pair(one, other, proposed[one, other], look)
            if said.found is not None:
                edge = _of_files(Edge(one, other, proposed[one, other].distance, said.found), owner, found)
                if best.edge is None or _strength(edge) > _strength(best.edge):
                    best = Said(*pair, edge, said.is_doubtful)
                if best.edge is not None and best.edge.found.kind not in {Kind.SERIES, Kind.CROP}:
                    break  # nothing says more: a crop may turn out to be a panel
            elif best.edge is None:
                best = best._replace(is_doubtful=best.is_doubtful or said.is_doubtful)
        return best

    with ThreadPoolExecutor(cores()) as pool:
        yield from shown(pool.map(compare, sorted(wanted)), len(wanted), "compared")


def _looking(files: Sequence[File], owner: Sequence[int], found: Sequence[Found]) -> Callable[[int], View]:
    """Return what returns a picture, or a panel, as it is compared; the last ones are held."""

    @lru_cache(maxsize=_DECODED)
    def grey(file: int) -> Plane:
        return grey_of(files[file].path.read_bytes())

    @lru_cache(maxsize=_VIEWS)
    def look(at: int) -> View:
        return view_in(grey(owner[at]), found[at].box)

    return look


def _parts(pair: tuple[int, int], found: Sequence[Found]) -> int:
    """Return how many of two are panels: wholes are compared first."""
    return sum(found[at].box is not None for at in pair)


def _strength(edge: Edge) -> tuple[int, float]:
    order = (Kind.SERIES, Kind.CROP, Kind.INSET, Kind.ORIENTED, Kind.COPY)
    return order.index(edge.found.kind), edge.found.correlation


def _of_files(edge: Edge, owner: Sequence[int], found: Sequence[Found]) -> Edge:
    """Return what is true of two files where it is true of their panels."""
    parts, kind = [found[at].box is not None for at in (edge.one, edge.other)], edge.found.kind
    if any(parts) and kind is not Kind.SERIES:
        covered = edge.found.of_other if parts[0] else edge.found.of_one  # of the whole one, if there is one
        kind = Kind.INSET if not all(parts) and covered >= PART else Kind.SERIES  # else each shows more
    return Edge(owner[edge.one], owner[edge.other], edge.distance, edge.found._replace(kind=kind))


def _lines(files: Sequence[File], edges: Sequence[Edge], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the clusters of copies, then those of neighbours; what is one picture is no neighbour of itself."""
    copies = [edge for edge in edges if edge.found.kind is not Kind.SERIES]
    cluster_of = {at: number for number, members in enumerate(clusters(len(files), copies)) for at in members}
    series = [
        edge
        for edge in edges
        if edge.found.kind is Kind.SERIES and cluster_of.get(edge.one, -1) != cluster_of.get(edge.other, -2)
    ]
    for of_kind in (copies, series):
        told = [_line(files, of_kind, members, folder) for members in clusters(len(files), of_kind)]
        yield from sorted(told, key=lambda line: str(line["members"]))


def _line(files: Sequence[File], edges: Iterable[Edge], members: Sequence[int], folder: Path) -> dict[str, Any]:
    inside = [edge for edge in edges if edge.one in frozenset(members)]
    is_series = inside[0].found.kind is Kind.SERIES
    keeper = None if is_series else min(members, key=lambda at: _preference(files[at]))
    return {
        "keeper": None if keeper is None else str(files[keeper].path.relative_to(folder)),
        "members": sorted(str(files[at].path.relative_to(folder)) for at in members),
        "edges": sorted((_told(edge, files, folder) for edge in inside), key=lambda told: (told["a"], told["b"])),
    }


def _preference(file: File) -> tuple[int, int, str]:
    return -file.area_px, -file.path.stat().st_size, str(file.path)


def _told(edge: Edge, files: Sequence[File], folder: Path) -> dict[str, Any]:
    found: Confirmed = edge.found
    one, other = sorted(str(files[at].path.relative_to(folder)) for at in (edge.one, edge.other))
    return {
        "a": one,
        "b": other,
        "kind": str(found.kind),
        "distance": edge.distance,
        "correlation": round(found.correlation, 4),
        "share": round(found.share, 4),
    }
