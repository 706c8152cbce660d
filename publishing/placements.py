"""Placements: `6-splits`, which tells of each row in which split it is published, or why it leaves."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from pipeline.store import Order, fingerprint, write_part
from pipeline.workspace import SPLITS, Workspace, write_json
from publishing.places import Place, Places
from publishing.splits import Division
from schemas.records import Dropped, Placement

REASON = "published_in_train"
"""The row was published to train on, and what it hangs together with is kept for testing or validation."""


def write_placements(workspace: Workspace, places: Places, division: Division, *, version: int) -> None:
    """Write the stage anew, with its sum."""
    folder = workspace.stage(SPLITS)
    folder.mkdir(parents=True, exist_ok=True)
    base = fingerprint(version, sorted(division.split_of.items()), sorted(division.gone))
    counts = write_part(Order(folder, 0, Placement, base), _placed(places.by_id(), division), found=len(places))
    state = {"version": version, "fingerprint": base, "counts": asdict(counts), "parts": 1, "complete": True}
    write_json(folder / "stage.json", state)


def remove_placements(workspace: Workspace) -> None:
    """Remove the stage, where nothing is inherited any more."""
    shutil.rmtree(workspace.stage(SPLITS), ignore_errors=True)


def _placed(places: Iterable[Place], division: Division) -> Iterator[Placement | Dropped]:
    for place in places:
        split, origin = (told[place.family] for told in (division.split_of, division.origin_of))
        known = {"id": place.id, "source_id": place.source_id}
        if place.id in division.gone:
            detail = f"was published in train; what it shares a family, picture or source with is {split} ({origin})"
            yield Dropped(**known, stage=SPLITS, reason=REASON, detail=detail)
        else:
            yield Placement.model_validate({**known, "family": place.family, "split": split, "origin": origin})
