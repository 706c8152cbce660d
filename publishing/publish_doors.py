"""Publish doors: what `bricks publish` judges, refuses, uploads, and tells."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.workspace import Workspace, write_whole
from publishing.dataset_files import sizes_of
from publishing.gates import Verdict, verdicts
from publishing.hub import Repository
from schemas.errors import GateError, UsageError
from schemas.manifest import Manifest

LIST = "refused.jsonl"
"""The file in the workspace that lists what no gate lets out; absent where all pass."""
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
        mend = f"{listed} lists all. Mend it in the manifest or the sources, and run again."
        raise GateError(f"nothing was published: refused by {names}.", where=str(workspace.root), mend=mend)
    return said


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


def planned(workspace: Workspace, manifest: Manifest, said: Sequence[Verdict]) -> dict[str, Any]:
    """Return what would be uploaded, and where to."""
    return {"dry_run": True, "gates": [verdict.gate for verdict in said], **_target(manifest), **_files(workspace)}


def uploaded(workspace: Workspace, manifest: Manifest, said: Sequence[Verdict], tag: str | None) -> dict[str, Any]:
    """Upload the dataset, and return where it lies."""
    from huggingface_hub import HfApi

    target = _target(manifest)
    place = Repository(HfApi(), target["repo"]).upload(workspace.dataset, private=target["private"], tag=tag)
    return {"dry_run": False, "gates": [verdict.gate for verdict in said], **target, **asdict(place)}


def _target(manifest: Manifest) -> dict[str, Any]:
    if manifest.publish is None:
        mend = "Add `publish: {repo: org/name}`, and run again."
        raise UsageError("the manifest doesn't say where the dataset goes.", where=manifest.name, mend=mend)
    return {"repo": manifest.publish.repo, "private": manifest.publish.private}


def _files(workspace: Workspace) -> dict[str, Any]:
    sizes = sizes_of(workspace.dataset)
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
    return {"files": len(sizes), "size_bytes": sum(sizes.values()), "largest": dict(largest)}


def told(answer: dict[str, Any]) -> str:
    """Return the answer as a person reads it."""
    kept = "private" if answer["private"] else "public"
    size = f"{answer['files']} files, {answer['size_bytes'] / 1e6:.1f} MB"
    if answer["dry_run"]:
        return f"would go to {answer['repo']} ({kept}): {size}. Nothing was uploaded."
    was = "lay there already" if answer["was_there"] else "lie"
    return f"{size} {was} at {answer['url']} ({kept}), tag {answer['tag']}, commit {answer['commit'][:12]}"
