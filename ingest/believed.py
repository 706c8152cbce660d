"""Believed: how many items a listing named when it was last believed, so that a sudden gap is noticed."""

from pathlib import Path

from ingest.connector import far_fewer
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
