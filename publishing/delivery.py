"""Delivery: makes a destination hold exactly a dataset's files, whatever interrupts it; nobody else's is lost."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.pace import Pace
from publishing.dataset_files import SUMS, sums_in
from publishing.destinations import HALF, PIECE_BYTES, Destination
from schemas.errors import SourceError, UsageError

BEGUN = "PUBLISHING.json"
"""Lies there while files are written: the dataset's name, and the names that are or were its own."""
_RECIPE = ("manifest.yaml", "manifest.lock.json")
"""What every dataset of bricks has."""
_SHOWN = 3


@dataclass(frozen=True)
class There:
    """What lies at a destination: all files, those of a dataset of ours, and the sums that are vouched for."""

    wanted: str
    """The dataset that may lie there."""
    sizes: dict[str, int]
    ours: frozenset[str]
    sums: dict[str, str]
    """Empty where a delivery was interrupted."""
    was_begun: bool


@dataclass(frozen=True)
class Plan:
    """What is to be done so that a destination holds a folder's files and no others; the sums come on top."""

    dataset: str
    sums: dict[str, str]
    sizes: dict[str, int]
    put: tuple[str, ...]
    remove: tuple[str, ...]
    is_done: bool
    """Whether all is as it must be, and told so there."""

    @property
    def put_bytes(self) -> int:
        """Return the bytes that are to be written."""
        return sum(self.sizes[name] for name in self.put)


def looked_at(destination: Destination, dataset: str) -> There:
    """Return what lies at a destination.

    Raises:
        UsageError: something that isn't of this dataset; nothing was written.
    """
    sizes = destination.sizes()
    begun = _json(destination, BEGUN) if BEGUN in sizes else None
    sums = _sums(destination, sizes)
    names = {*(begun or {}).get("names", ()), *sums, *([BEGUN] if begun else []), *([SUMS] if begun or sums else [])}
    name = begun["dataset"] if begun else _name(destination) if sums else None
    foreign = sorted(sizes.keys() - names - {HALF})
    if foreign:
        more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
        raise _refused(destination, f"holds what is no dataset of bricks: {', '.join(foreign[:_SHOWN])}{more}")
    if name not in {None, dataset}:
        raise _refused(destination, f"holds another dataset, {name}")
    return There(dataset, sizes, frozenset(names), {} if begun else sums, begun is not None)


def _refused(destination: Destination, what: str) -> UsageError:
    mend = "Give --to an empty folder, or the one that this dataset lies in."
    return UsageError(f"{what}. Nothing was written.", where=destination.shown, mend=mend)


def _sums(destination: Destination, sizes: Mapping[str, int]) -> dict[str, str]:
    """Return the sums that are told there, if they are a dataset's of ours: it has its recipe among its files."""
    sums = sums_in(destination.read(SUMS)) if SUMS in sizes else {}
    return sums if all(name in sums and name in sizes for name in _RECIPE) else {}


def _json(destination: Destination, name: str) -> dict[str, Any] | None:
    try:
        said = json.loads(destination.read(name))
    except ValueError:
        return None
    return said if isinstance(said, dict) and {"dataset", "names"} <= said.keys() else None


def _name(destination: Destination) -> str | None:
    """Return the name of the dataset that lies there."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        said = YAML(typ="safe", pure=True).load(destination.read("manifest.yaml"))
    except YAMLError:
        return "that can't be read"
    return str(said.get("name")) if isinstance(said, dict) else "without a name"


def planned(folder: Path, destination: Destination, there: There) -> Plan:
    """Return what is to be done: what lies there with the right sum isn't written again.

    A sum that is vouched for elsewhere is believed where the size is right; after an interruption, and here, files
    are read.
    """
    content = (folder / SUMS).read_bytes()
    sums = sums_in(content)
    sizes = {name: (folder / name).stat().st_size for name in sums}
    alike = [name for name in sums if there.sizes.get(name) == sizes[name]]
    same = {name for name in alike if _holds(destination, there, name, sums[name])}
    put = tuple(name for name in sums if name not in same)
    stale = tuple(sorted(there.sizes.keys() - sums.keys() - {SUMS, BEGUN, HALF}))
    is_torn = bool(put or stale) or there.was_begun or HALF in there.sizes  # a half goes when the first file is written
    is_done = not is_torn and SUMS in there.sizes and destination.read(SUMS) == content
    return Plan(there.wanted, sums, sizes, put, stale, is_done)


def _holds(destination: Destination, there: There, name: str, digest: str) -> bool:
    if not destination.is_here and name in there.sums:
        return there.sums[name] == digest
    return destination.sum_of(name) == digest


def deliver(folder: Path, destination: Destination, there: There, plan: Plan) -> None:
    """Write what is to be written and remove what is to be removed; the sums come last.

    Raises:
        SourceError: the destination fails, or holds other files afterwards than were written.
    """
    if plan.is_done:
        return
    begun = {"dataset": plan.dataset, "names": sorted(there.ours | plan.sums.keys())}
    destination.put(BEGUN, [json.dumps(begun, indent=1).encode()])
    destination.remove([name for name in (SUMS, *plan.remove) if name in there.sizes])
    pieces = sum(-(-plan.sizes[name] // PIECE_BYTES) for name in plan.put)
    pace = Pace(f"MiB to {destination.shown}", pieces)
    for name in plan.put:
        destination.put(name, pace.over(_pieces(folder / name)))
    _verify(destination, plan)
    destination.put(SUMS, _pieces(folder / SUMS))
    destination.remove([BEGUN])


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while piece := handle.read(PIECE_BYTES):
            yield piece


def _verify(destination: Destination, plan: Plan) -> None:
    """Look that the files are there, by size, and here by sum."""
    sizes = {name: size for name, size in destination.sizes().items() if name not in {BEGUN, HALF}}
    wrong = [name for name in sorted(sizes.keys() | plan.sizes.keys()) if sizes.get(name) != plan.sizes.get(name)]
    if destination.is_here and not wrong:
        wrong = [name for name in plan.put if destination.sum_of(name) != plan.sums[name]]
    if wrong:
        detail = f"other files lie there than were written: {', '.join(wrong[:_SHOWN])}"
        raise SourceError("destination_differs", detail, where=destination.shown)
