"""Lock: which versions and which manifest made a workspace; what of it may be published."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.workspace import Workspace, damaged, read_json, write_json
from schemas.manifest import Manifest, public_manifest

_PACKAGES = ("datasets", "imagecodecs", "lxml", "numpy", "pillow", "pyarrow", "pycocotools", "simplejpeg", "tifffile")
"""What can change a byte of the output."""


def write_lock(
    workspace: Workspace, manifest: Manifest, folder: Path, *, limit: int | None, known: Mapping[str, str]
) -> None:
    """Write what a run is made from; `folder` is the manifest's, which its paths start from.

    `known` are versions beside those of packages: of bricks itself, of ontologies.
    """
    said = {
        "manifest": manifest.model_dump(mode="json", by_alias=True),
        "folder": str(folder.resolve()),
        "limit": limit,
    }
    write_json(workspace.lock, {**said, "versions": {**known, **versions()}})


def read_lock(workspace: Workspace) -> tuple[Manifest, Path]:
    """Return the manifest that the last run read, and the folder that its paths start from.

    Raises:
        WorkspaceError: the lock is damaged.
    """
    said = read_json(workspace.lock)
    try:
        return Manifest.model_validate(said["manifest"]), Path(said["folder"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(workspace) from error


def versions() -> dict[str, str]:
    """Return the version of every package that can change the output."""
    return {name: _version(name) for name in _PACKAGES}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def public_lock(workspace: Workspace, manifest: Manifest) -> dict[str, Any]:
    """Return the lock as it may be published: without local paths, contacts and private addresses.

    Raises:
        WorkspaceError: the lock is damaged.
    """
    said = read_json(workspace.lock)
    if not isinstance(said, dict) or not said.keys() >= {"limit", "versions"}:
        raise damaged(workspace)
    return {"manifest": public_manifest(manifest), "limit": said["limit"], "versions": said["versions"]}
