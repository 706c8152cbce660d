"""Completing: what a shell offers behind a command: names that ship, YAML files, workspaces, stages."""

from collections.abc import Iterator
from pathlib import Path


def manifests(incomplete: str) -> list[str]:
    """Return the manifests that a beginning may mean: those that ship by name, then files."""
    return [*manifests_that_ship(incomplete), *_files(incomplete)]


def manifests_that_ship(incomplete: str) -> list[str]:
    """Return the names of manifests that ship."""
    from schemas.shipped import MANIFESTS, shipped_names

    return [name for name in shipped_names(MANIFESTS) if name.startswith(incomplete)]


def source_types(incomplete: str) -> list[tuple[str, str]]:
    """Return the types of sources, each with what it brings."""
    from schemas.draft_sources import KINDS

    return [(name, kind.what) for name, kind in KINDS.items() if name.startswith(incomplete)]


def workspaces(incomplete: str) -> list[str]:
    """Return the folders of runs: those of a beginning, and those below runs/."""
    from pipeline.workspace import Workspace

    beside = {path for folder in (Path(), Path("runs")) if folder.is_dir() for path in folder.iterdir()}
    found = (path.as_posix() for path in sorted({*beside, *_below(incomplete)}) if Workspace(path).lock.is_file())
    return [name for name in found if name.startswith(incomplete)]


def stages(incomplete: str) -> list[str]:
    """Return the stages at which a run may stop."""
    from pipeline.workspace import STAGES

    return [name for name in (*STAGES, "dataset") if name.startswith(incomplete)]


def _files(incomplete: str) -> Iterator[str]:
    """Yield the YAML files and the folders that a beginning may mean."""
    for path in sorted(_below(incomplete)):
        name = f"{path.as_posix()}/" if path.is_dir() else path.as_posix()
        if name.startswith(incomplete) and (path.is_dir() or path.suffix in {".yaml", ".yml"}):
            yield name


def _below(incomplete: str) -> list[Path]:
    folder = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
