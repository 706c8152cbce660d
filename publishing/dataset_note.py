"""Dataset note: what the workspace remembers of the dataset that it made, so that files sealed by others are known."""

from pathlib import Path
from typing import Any

from pipeline.workspace import Workspace, read_json, write_json
from publishing.dataset_files import SUMS, sha256_of, sizes_of


def place_of(workspace: Workspace) -> Path:
    """Return the note's file."""
    return workspace.cache / "dataset.json"


def sealed_as(folder: Path) -> str | None:
    """Return the sha256 of a dataset's SHA256SUMS; None where it has none."""
    return sha256_of(folder / SUMS) if (folder / SUMS).is_file() else None


def take_note(workspace: Workspace, said: dict[str, Any], folder: Path, also: str | None = None) -> None:
    """Remember the files at `folder` as the dataset's own, beside what else is `said` of it.

    `also` is how the dataset is sealed until these files are in its place: a kill may leave either.
    """
    seals = [seal for seal in (sealed_as(folder), also) if seal]
    write_json(place_of(workspace), {**said, "files": sizes_of(folder), "seals": seals})


def seals_remembered(workspace: Workspace) -> frozenset[str]:
    """Return what SHA256SUMS may be, by its sha256; nothing where nobody remembers."""
    said = read_json(place_of(workspace))
    seals = said.get("seals") if isinstance(said, dict) else None
    return frozenset(map(str, seals)) if isinstance(seals, list) else frozenset()
