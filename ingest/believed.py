"""Believed: how many items a listing named when it was last believed, so that a sudden gap is noticed."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ingest.connector import Change, Known, far_fewer
from pipeline.store import fingerprint
from pipeline.workspace import read_json, write_json
from schemas.records import Record


def doubted(folder: Path, request: Record, count: int) -> int | None:
    """Return how many items `request` named before, where `count` of them now is hard to believe.

    What is believed is kept in `folder`, and the next listing is measured by it.
    """
    path = folder / f"{fingerprint(request.model_dump(mode='json'))}.json"
    before = read_json(path)
    if isinstance(before, int) and far_fewer(before, count):
        return before
    write_json(path, count)
    return None


def measured_anew(
    folder: Path, known: Iterable[Known], ask: Callable[[Iterable[Known]], Iterable[Change]]
) -> Iterator[Change]:
    """Yield what `ask` tells of what is known; the next listing is believed, unless most of it seems gone."""
    asked, gone = list[Known](), 0

    def noted() -> Iterator[Known]:
        for one in known:
            asked.append(one)
            yield one

    for change in ask(noted()):
        gone += change.what == "gone"
        yield change
    if not far_fewer(len(asked), len(asked) - gone):
        shutil.rmtree(folder, ignore_errors=True)
