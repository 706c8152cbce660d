"""Publish doors: what `bricks publish` judges, refuses, uploads, and tells."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.workspace import Workspace, read_json, write_whole
from publishing.change_log import CHANGES, TOMBSTONES
from publishing.dataset_files import sizes_of
from publishing.dataset_seen import forget
from publishing.elsewhere_doors import Target, sent_there, told_there
from publishing.gates import PLUG_IN, Verdict, verdicts
from publishing.history import bring_history, older_names
from publishing.hub import Repository
from publishing.refused import LIST, Refused
from schemas.errors import GateError, UsageError
from schemas.manifest import Manifest
from schemas.manifest_sections import PublishSettings

_SHOWN = 3


def judge(
    workspace: Workspace, manifest: Manifest, *, personal: bool, heard: Callable[[str], None]
) -> tuple[Verdict, ...]:
    """Return what the gates say of a workspace's dataset; each is told as it is known.

    Raises:
        UsageError: there is no dataset.
        GateError: one refuses; `refused.jsonl` lists every row.
    """
    if not workspace.dataset.is_dir():
        raise UsageError("there is no dataset.", where=str(workspace.root), mend="Make it: bricks run MANIFEST.")
    said = tuple(_told(verdicts(workspace, workspace.dataset, manifest, personal=personal), heard))
    refused = [one for verdict in said for one in verdict.refused]
    listed = workspace.root / LIST
    listed.unlink(missing_ok=True)
    if refused:
        write_whole(listed, "".join(f"{json.dumps(asdict(one))}\n" for one in refused).encode())
        names = ", ".join(f"{verdict.gate} ({len(verdict.refused)})" for verdict in said if verdict.refused)
        mend = f"{listed} lists all. {_mend(workspace, refused)}"
        raise GateError(f"nothing was published: refused by {names}.", where=str(workspace.root), mend=mend)
    return said


def _mend(workspace: Workspace, refused: Sequence[Refused]) -> str:
    """Return what to do about it; files that aren't as they were made are looked at by the next run, every byte."""
    if any(one.gate == "whole" for one in refused):
        forget(workspace)
        return "Run `bricks run MANIFEST` again: it writes dataset/ anew."
    broken = sorted({one.gate for one in refused if one.place == PLUG_IN})
    if broken:
        return f"Mend or uninstall the plug-in of {' and '.join(broken)}."
    return "Mend it in the manifest or the sources, and run again."


def _told(each: Iterator[Verdict], heard: Callable[[str], None]) -> Iterator[Verdict]:
    for verdict in each:
        heard("\n".join(lines(verdict)))
        yield verdict


def lines(verdict: Verdict) -> Iterator[str]:
    """Yield a gate's verdict as a person reads it, with the first rows that it refuses."""
    count = len(verdict.refused)
    yield f"{verdict.gate:<14} {'passes' if not count else f'REFUSES {count}'}"
    for one in verdict.refused[:_SHOWN]:
        yield f"    {one.place}{f' {one.id}' if one.id else ''}: {one.why}"
    if count > _SHOWN:
        yield f"    ... and {count - _SHOWN} more"


def published(
    workspace: Workspace, manifest: Manifest, said: Sequence[Verdict], target: Target, *, dry_run: bool
) -> dict[str, Any]:
    """Bring the dataset where it goes, unless the run is dry, and return where it lies or would lie."""
    left = (read_json(workspace.cache / "dataset.json") or {}).get("halves_left_out", {})
    gates = {"dry_run": dry_run, "gates": [verdict.gate for verdict in said], "halves_left_out": left}
    if target.to is not None:
        return gates | sent_there(workspace, manifest, target.to, target.shape, dry_run=dry_run)
    if manifest.publish is None:
        raise UsageError("the manifest doesn't say where the dataset goes.", where=manifest.name)
    hub = {"repo": manifest.publish.repo, "private": manifest.publish.private}
    return gates | hub | (_files(workspace) if dry_run else _uploaded(workspace, manifest.publish, target.tag))


def _uploaded(workspace: Workspace, settings: PublishSettings, tag: str | None) -> dict[str, Any]:
    """Upload the dataset, and return where it lies."""
    from huggingface_hub import HfApi

    there = Repository(HfApi(), settings.repo)
    place = there.upload(workspace.dataset, private=settings.private, tag=tag)
    older = older_names(there.tags(), place.commit) if (workspace.dataset / TOMBSTONES).is_file() else []
    return asdict(place) | {"wanted_private": settings.private, "older_tags": older}


def history(workspace: Workspace, manifest: Manifest, heard: Callable[[str], None], *, dry_run: bool) -> None:
    """Bring the change log up to date with the versions that the Hub holds, before the gates judge the files.

    A dry run asks the Hub nothing, and leaves the log as it is.

    Raises:
        GateError: a row was taken out of a published version.
    """
    if workspace.dataset.is_dir() and manifest.publish is not None and not dry_run:
        changes = bring_history(workspace, manifest.publish.repo).changes
        if changes:
            heard(f"follows {changes[-1]['since']}: README.md and {CHANGES} tell what has changed")


def _files(workspace: Workspace) -> dict[str, Any]:
    sizes = sizes_of(workspace.dataset)
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    return {"files": len(sizes), "size_bytes": sum(sizes.values()), "largest": dict(largest)}


def told(answer: dict[str, Any]) -> str:
    """Return the answer as a person reads it."""
    if "to" in answer:
        return told_there(answer)
    kept = "private" if answer["private"] else "public"  # of a dry run the manifest's word, else the Hub's
    size = f"{answer['files']} files, {answer['size_bytes'] / 1e6:.1f} MB"
    if answer["dry_run"]:
        return f"would go to {answer['repo']} ({kept}): {size}. Nothing was uploaded."
    was = "lay there already" if answer["was_there"] else "lie"
    lines = [f"{size} {was} at {answer['url']} ({kept}), tag {answer['tag']}, commit {answer['commit'][:12]}"]
    return "\n".join([*lines, *_not_as_wanted(answer), *_lingering(answer)])


def _not_as_wanted(answer: dict[str, Any]) -> Iterator[str]:
    """Yield how to show the repository to whom the manifest means it for: bricks changes nobody's access."""
    if answer["private"] == answer["wanted_private"]:
        return
    is_, wanted = ("private", "public") if answer["private"] else ("public", "private")
    yield f"The repository is {is_}, and the manifest wants it {wanted}. Bricks doesn't change that; if it should be:"
    yield f"    hf repos settings {answer['repo']} --{wanted} --type dataset"


def _lingering(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what bricks can't do: earlier states are kept by the Hub until their owner deletes them."""
    if not answer["older_tags"]:
        return
    yield "What was taken out still lies in earlier states of the repository, which bricks can't purge:"
    for name in answer["older_tags"]:
        yield f"    hf repos tag delete {answer['repo']} {name} --type dataset --yes"
    yield "Then squash the history and delete the large files: docs/publish.md, Afterwards, or by hand at"
    yield f"    {answer['url']}/settings"
