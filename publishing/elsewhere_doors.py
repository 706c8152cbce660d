"""Elsewhere doors: what `bricks publish --to` refuses, writes to another place than the Hub, and tells."""

from dataclasses import dataclass
from typing import Any

from pipeline.workspace import Workspace
from publishing.addresses import destination_of
from publishing.dataset_files import SUMS
from publishing.delivery import Plan, deliver, looked_at, planned
from publishing.destinations import Destination, LocalFolder
from publishing.git_tags import refuse_bad_tag
from publishing.shapes import NAMES, PARQUET, clear, shaped
from schemas.errors import UsageError
from schemas.manifest import Manifest

_SHOWN = 3


@dataclass(frozen=True)
class Target:
    """Where a dataset goes and in which shape; `to` is None for the Hub, where the state gets the name `tag`."""

    to: Destination | None = None
    shape: str = PARQUET
    tag: str | None = None


def target_of(workspace: Workspace, manifest: Manifest, to: str | None, *, shape: str, tag: str | None) -> Target:
    """Return where the dataset goes; asked before any gate, and what lies there already is looked at.

    Raises:
        UsageError: nobody says where, options contradict each other, or something else lies there.
        SourceError: the place doesn't answer.
    """
    if shape not in NAMES:
        raise UsageError(f"there is no shape {shape!r}.", where="--as", mend=f"Choose one of {', '.join(NAMES)}.")
    if to is None:
        return _on_the_hub(manifest, shape, tag)
    if tag is not None:
        raise UsageError("a tag names a state on the Hub.", where="--tag", mend="Leave it out, or leave out --to.")
    destination = destination_of(to)
    _refuse_around(workspace, destination)
    looked_at(destination, manifest.name)
    return Target(destination, shape)


def _on_the_hub(manifest: Manifest, shape: str, tag: str | None) -> Target:
    if shape != PARQUET:
        raise UsageError("the Hub gets Parquet.", where="--as", mend="Say where the other shape goes: --to DIR|URL.")
    if manifest.publish is None:
        mend = "Add `publish: {repo: org/name}` and run again, or say --to DIR|URL."
        raise UsageError("the manifest doesn't say where the dataset goes.", where=manifest.name, mend=mend)
    if tag is not None:
        refuse_bad_tag(tag)
    return Target(tag=tag)


def _refuse_around(workspace: Workspace, destination: Destination) -> None:
    """Refuse a place in the run's own folder, or one that the run's folder lies in."""
    if isinstance(destination, LocalFolder):
        place, own = destination.root.resolve(), workspace.root.resolve()
        if place == own or own in place.parents or place in own.parents:
            raise UsageError("is the run's folder, or in or around it.", where=destination.shown, mend="Give another.")


def sent_there(
    workspace: Workspace, manifest: Manifest, destination: Destination, shape: str, *, dry_run: bool
) -> dict[str, Any]:
    """Make a destination hold the dataset in a shape, unless the run is dry, and return what is to be done for it."""
    folder = shaped(workspace, shape)
    there = looked_at(destination, manifest.name)
    plan = planned(folder, destination, there)
    if not dry_run:
        deliver(folder, destination, there, plan)
    answer = {"to": destination.shown, "as": shape, **_told_of(plan, (folder / SUMS).stat().st_size)}
    if not dry_run:
        clear(workspace)
    return answer


def _told_of(plan: Plan, sums_bytes: int) -> dict[str, Any]:
    """Return what is told of a plan; the file of the sums, of `sums_bytes`, is written whenever another one is."""
    new = not plan.is_done
    largest = sorted(plan.sizes.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    return {
        "files": len(plan.sizes) + 1,
        "size_bytes": sum(plan.sizes.values()) + sums_bytes,
        "largest": dict(largest),
        "to_write": len(plan.put) + new,
        "to_write_bytes": plan.put_bytes + new * sums_bytes,
        "to_remove": list(plan.remove),
        "was_there": plan.is_done,
    }


def told_there(answer: dict[str, Any]) -> str:
    """Return the answer as a person reads it."""
    size = f"{answer['files']} files, {answer['size_bytes'] / 1e6:.1f} MB, as {answer['as']}"
    done = f"{answer['to_write']} written ({answer['to_write_bytes'] / 1e6:.1f} MB), {len(answer['to_remove'])} removed"
    if answer["dry_run"]:
        return f"would go to {answer['to']}: {size}; {done}. Nothing was written."
    return f"{size} lie at {answer['to']}{' already' if answer['was_there'] else f'; {done}'}"
