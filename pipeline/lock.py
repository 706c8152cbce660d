"""Lock: which versions and which manifest made a workspace; what of it may be published."""

from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.workspace import Workspace, damaged, read_json, refuse_dataset, write_json
from schemas.errors import UsageError, WorkspaceError
from schemas.manifest import Manifest, public_manifest
from schemas.plugins import BUILT_IN, Kind, plugin

_PACKAGES = ("datasets", "imagecodecs", "lxml", "numpy", "pillow", "pyarrow", "pycocotools", "simplejpeg", "tifffile")
"""What can change a byte of the output."""


def write_lock(
    workspace: Workspace, manifest: Manifest, folder: Path, *, limit: int | None, known: Mapping[str, str]
) -> None:
    """Write what a run is made from; `folder` is the manifest's, which its paths start from.

    `known` are versions beside those of packages: of bricks itself, of ontologies.
    """
    dumped = manifest.model_dump(mode="json", by_alias=True)
    said = {
        "manifest": dumped,
        "folder": str(folder.resolve()),
        "limit": limit,
    }
    write_json(workspace.lock, {**said, "versions": {**known, **_plugged(dumped), **versions()}})


def refuse_others(workspace: Workspace, name: str) -> None:
    """Refuse to make the dataset `name` where another one is made, which it would take the place of.

    Raises:
        UsageError: says whose workspace it is.
    """
    refuse_dataset(workspace)
    said = read_json(workspace.lock)
    known = said.get("manifest") if isinstance(said, dict) else None
    other = known.get("name") if isinstance(known, dict) else None
    if isinstance(other, str) and other != name:
        raise UsageError(
            f"is the workspace of {other}, not of {name}.",
            where=str(workspace.root),
            mend=f"Give another --workspace; if {other} is now called {name}, remove manifest.lock.json there first.",
        )


def read_lock(workspace: Workspace) -> tuple[Manifest, Path]:
    """Return the manifest that the last run read, and the folder that its paths start from.

    Raises:
        WorkspaceError: the lock is damaged, or another version's.
    """
    said = read_json(workspace.lock)
    _refuse_uninstalled(said, workspace)
    try:
        return Manifest.model_validate(said["manifest"]), Path(said["folder"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unread(workspace, said) from error


def _unread(workspace: Workspace, said: Any) -> WorkspaceError:  # noqa: ANN401  (JSON)
    """Return the error of a lock that can't be read: its versions tell another bricks from damage."""
    made_by = said.get("versions", {}) if isinstance(said, dict) else {}
    if not (isinstance(made_by, dict) and isinstance(made_by.get("bricks"), str) and "manifest" in said):
        return damaged(workspace)
    what = f"was made by bricks {made_by['bricks']}, in a way that this version can't read."
    mend = "Use that version, or run `bricks run MANIFEST` on it once more."
    return WorkspaceError(what, where=str(workspace.root), mend=mend)


def _named(manifest: Any) -> Iterator[tuple[Kind, str]]:  # noqa: ANN401  (JSON of a file, which may be damaged)
    """Yield the plug-ins that a manifest names."""
    if not isinstance(manifest, Mapping):
        return
    sources, captioning = manifest.get("sources"), manifest.get("captioning")
    named: list[tuple[Kind, Any]] = [
        ("connector", one.get("type")) for one in sources or () if isinstance(one, Mapping)
    ]
    named += [("captioner", captioning.get("backend"))] if isinstance(captioning, Mapping) else []
    for kind, name in named:
        if isinstance(name, str) and name not in BUILT_IN[kind]:
            yield kind, name


def _plugged(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the plug-ins of a manifest with who offers them, for the lock."""
    found = (plugin(kind, name) for kind, name in _named(manifest))
    return {f"{one.kind} {one.name}": f"{one.distribution} {one.version}" for one in found if one}


def _refuse_uninstalled(said: Any, workspace: Workspace) -> None:  # noqa: ANN401  (JSON of a file)
    """Refuse a workspace that a plug-in made which isn't here any more."""
    for kind, name in _named(said.get("manifest") if isinstance(said, Mapping) else None):
        found = plugin(kind, name)
        if found is None or found.described is None:
            why = f"can't be used: {found.why_not}" if found else "is not installed"
            made = (said.get("versions") or {}).get(f"{kind} {name}", "an unknown distribution")
            raise UsageError(
                f"the plug-in {name} {why}.", where=str(workspace.root), mend=f"This was made with {made}: install it."
            )


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
