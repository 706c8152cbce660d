"""History: what the Hub holds of earlier versions, brought into a dataset's change log before it is uploaded."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.workspace import Workspace, read_json, write_whole
from publishing.change_log import (
    CHANGES,
    TOMBSTONES,
    ChangeLog,
    Tombstone,
    log_of,
    merged,
    named_by,
    read_changes,
    read_tombstones,
    remember,
    tombstones_here,
    write_log,
)
from publishing.comparing import Difference, compared, opened, views_of
from publishing.dataset_files import SUMS, files_below, told_sums
from publishing.dataset_note import place_of, sealed_as, seals_remembered, take_note
from publishing.file_gates import torn
from publishing.hub import Repository, newest_version
from publishing.hub_reading import Published
from publishing.refused import LIST
from publishing.sealing import seal
from publishing.views import PANELS_VIEW
from schemas.errors import GateError, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_NAMES = ["id", "source_id", "doi", "source_sha256", "image_sha256"]


def bring_history(workspace: Workspace, repo: str, api: "HfApi | None" = None) -> ChangeLog:
    """Bring the dataset's change log up to date with what lies in its repository, and return it.

    The repository remembers what was published and taken down, so a workspace may be lost. What differs from the
    latest version is read by the narrow columns of its rows.

    Raises:
        GateError: a row was taken down in a published version, and this workspace doesn't know it.
        UsageError: the repository's change log isn't what bricks writes there, or the token may not read it.
        SourceError: the Hub doesn't answer.
    """
    folder, there = workspace.dataset, _latest(repo, api)
    if there is None or any(torn(folder, seals_remembered(workspace))):  # the gates tell of that
        return log_of(workspace)
    told = _read(there)
    _refuse_taken_down(workspace, told.tombstones)
    changes = told.changes if _same_rows(there, folder) else (*told.changes, _change(there, folder))
    log = ChangeLog(merged(told.tombstones, tombstones_here(workspace)), changes)
    remember(workspace, log)
    _seal_again(workspace, log)
    return log


def _latest(repo: str, api: "HfApi | None") -> Published | None:
    """Return the latest state of a repository; None where there is no repository, or no dataset in it."""
    from huggingface_hub import HfApi

    Repository(api or HfApi(), repo).refuse_stranger()
    there = Published(api or HfApi(), repo)
    return there if there.exists and SUMS in there.files else None


def _read(there: Published) -> ChangeLog:
    try:
        stones = read_tombstones(there.read(TOMBSTONES)) if TOMBSTONES in there.files else ()
        changes = read_changes(there.read(CHANGES)) if CHANGES in there.files else ()
    except (ValueError, TypeError, KeyError) as error:
        what = f"its change log {error}"[:200]
        raise UsageError(what, where=there.name, mend="Put its last good version back, and publish again.") from error
    return ChangeLog(stones, changes)


def _refuse_taken_down(workspace: Workspace, stones: tuple[Tombstone, ...]) -> None:
    """Refuse rows that were taken out of a published version: here nobody said so, or the workspace was lost."""
    found = list(named_by(stones, _panels(workspace.dataset)))
    if not found:
        return
    listed = workspace.root / LIST
    lines = ({"gate": "taken_down", "place": "panels", "id": key, "why": _why(stone)} for key, stone in found)
    write_whole(listed, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    stone = found[0][1]
    option = stone.field.replace("_", "-")
    what = f"nothing was published: {len(found)} rows were taken out of a published version ({listed} lists them)."
    mend = f"Take them out here too: bricks remove {workspace.root} --{option} {stone.value} --reason {stone.reason}"
    raise GateError(what, where=str(workspace.root), mend=mend)


def _why(stone: Tombstone) -> str:
    return f"was taken out on {stone.day} ({stone.reason}), by its {stone.field} {stone.value}"


def _panels(folder: Path) -> Iterator[dict[str, Any]]:
    views = views_of(folder, narrow=True)
    for table in (table for name in PANELS_VIEW.names for table in views.get(name, ())):
        with opened(table) as parquet:
            for batch in parquet.iter_batches(4096, columns=_NAMES, use_threads=False):
                yield from batch.to_pylist()


def _same_rows(there: Published, folder: Path) -> bool:
    """Return whether the tables of a state are those of a folder, by the sums that were written beside them."""
    return _tables(there.sums) == _tables(told_sums(folder))


def _tables(sums: Mapping[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in sums.items() if name.endswith(".parquet")}


def _change(there: Published, folder: Path) -> dict[str, Any]:
    """Return what the folder changes beside the latest state, which is named by its newest tag."""
    found = list(compared(there, folder))
    name = newest_version(there.commit, there.tags())
    gone = sorted(key for one in found if one.view in PANELS_VIEW.names for (key,) in one.removed)
    stays = {key for one in found if one.view in PANELS_VIEW.names for (key,) in one.added}
    views = {one.view: _counts(one) for one in found}
    return {
        "since": name or there.commit[:12],
        "commit": there.commit,
        "views": views,
        "removed": [key for key in gone if key not in stays],  # a row may go over to the other half
    }


def _counts(one: Difference) -> dict[str, Any]:
    counts = {"added": len(one.added), "removed": len(one.removed), "changed": len(one.changed)}
    return {"rows_before": one.before, "rows_after": one.after, **counts, "columns": one.columns}


def _seal_again(workspace: Workspace, log: ChangeLog) -> None:
    """Let all papers tell of the log, in a copy that takes the dataset's place when it is whole.

    Nothing is written into the dataset itself: what a kill leaves there is as it was made, or as it is made anew.
    """
    folder, half = workspace.dataset, workspace.root / f".dataset.{os.getpid()}"
    _linked(folder, half)
    write_log(half, log)
    told = told_sums(folder)
    seal(half, {name: digest for name, digest in told.items() if name not in ("README.md", TOMBSTONES, CHANGES)})
    said = read_json(place_of(workspace))
    take_note(workspace, said if isinstance(said, dict) else {}, half, also=sealed_as(folder))
    shutil.rmtree(folder)
    half.replace(folder)


def _linked(folder: Path, half: Path) -> None:
    """Make `half` hold the same files as `folder`; the papers are replaced in it, so that links do."""
    for left in half.parent.glob(".dataset.*"):  # by a killed process
        shutil.rmtree(left)
    for path in files_below(folder):
        place = half / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            place.hardlink_to(path)
        except OSError:  # the disk knows no links
            shutil.copy2(path, place)


def older_names(tags: Mapping[str, str], commit: str) -> list[str]:
    """Return the tags of other states, which still hold what was taken out: only the repository's owner ends them."""
    return sorted(name for name, at in tags.items() if at != commit)
