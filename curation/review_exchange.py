"""Review exchange: what is asked, and what was said of it, to a file of another program and back."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from curation import review_fiftyone, review_label_studio, review_parquet
from curation.review_desk import Desk
from curation.review_label_config import config
from curation.review_pictures import Look, picture
from curation.review_reading import queue_of_key
from curation.review_records import Read, ReviewRecord, records, take
from curation.review_standings import item_of
from pipeline.workspace import write_json, write_whole
from schemas.errors import PixelError, UsageError
from schemas.review import ReviewItem

LAYOUTS = ("label-studio", "fiftyone", "parquet")


def export(desk: Desk, layout: str, path: Path) -> dict[str, Any]:
    """Write all that is asked with all that was said to a file, or for FiftyOne a folder; return what was written.

    Raises:
        UsageError: there is no such layout, or something lies there already.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"there is no layout {layout!r}.", where="--export", mend=f"Use {', '.join(LAYOUTS)}.")
    if path.exists():
        raise UsageError("lies there already.", where=str(path), mend="Give another name, or move it away.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if layout == "parquet":
        return {"items": review_parquet.write(records(desk), path), "file": str(path)}
    told = list(records(desk))
    if layout == "fiftyone":
        found = _pictures(desk, told, path / "data", "data/")
        write_json(path / "metadata.json", review_fiftyone.METADATA)
        write_json(path / "samples.json", {"samples": list(review_fiftyone.samples(told, found))})
    else:
        folder = path.with_name(f"{path.stem}_pictures")
        found = _pictures(desk, told, folder, f"/data/local-files/?d={folder.name}/")
        write_json(path, list(review_label_studio.tasks(told, found)))
        for origin in sorted({record.item.origin for record in told}):
            write_whole(path.with_name(f"{path.stem}.{origin}.xml"), config(origin).encode())
    return {"items": len(told), "file": str(path)}


def _pictures(desk: Desk, told: list[ReviewRecord], folder: Path, address: str) -> dict[str, list[str]]:
    """Write the pictures of items, and return how each is addressed, by the item's key."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[str]] = {}
    for record in told:
        for at, place in enumerate(record.item.pictures):
            name = f"{record.item.key}-{at}.jpg"
            try:
                write_whole(folder / name, picture(desk.workspace, place, Look()))
            except PixelError as error:
                raise UsageError(f"can't be shown: {error.reason}.", where=place.name) from error
            found.setdefault(record.item.key, []).append(f"{address}{name}")
    return found


def take_in(desk: Desk, path: Path, *, as_typed: bool = False) -> dict[str, Any]:
    """Write down the verdicts that a file of any layout holds, with who gave them and when; return their counts.

    Raises:
        UsageError: it isn't such a file.
    """
    if not path.exists():
        raise UsageError("isn't there.", where=str(path))
    return take(desk, _read(desk, path), as_typed=as_typed)._asdict()


def _read(desk: Desk, path: Path) -> Iterator[Read]:
    if path.is_dir():
        return review_fiftyone.verdicts(review_fiftyone.read_samples(path))
    if path.suffix == ".parquet":
        return review_parquet.verdicts(path)
    tasks = review_label_studio.read_tasks(path)
    return review_label_studio.verdicts(tasks, partial(_found, desk))


def _found(desk: Desk, key: str) -> ReviewItem | None:
    with desk.index() as index:
        queue = queue_of_key(index, key)
        return item_of(index, queue, key) if queue else None


def written(said: dict[str, Any]) -> str:
    """Return what an export says."""
    return f"{said['items']} item{'s' * (said['items'] != 1)} in {said['file']}"


def told(said: dict[str, Any]) -> str:
    """Return what an import says."""
    counts = f"{said['taken']} verdicts taken, {said['known']} were known, {said['other']} about other items"
    lines = [f"refused: {line}" for line in said["refused"]] + [f"no such item: {line}" for line in said["unplaced"]]
    return "\n".join([counts, *lines])
