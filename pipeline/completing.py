"""Completing: what a shell offers behind a command: names that ship, YAML files, workspaces, stages, reasons."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import typer

from schemas.errors import BricksError


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


def presets(incomplete: str) -> list[str]:
    """Return the names of public sets with masks."""
    from schemas.mask_presets import preset_names

    return [name for name in preset_names() if name.startswith(incomplete)]


def dropped(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the reasons that something was dropped with in the workspace before."""
    return _sides(ctx, incomplete, ("dropped",))


def held(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the queues in which something waits in the workspace before."""
    return _sides(ctx, incomplete, ("held",))


def reasons(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the reasons that something failed or was dropped with in the workspace before."""
    return [name for name in _sides(ctx, incomplete, ("failed", "dropped")) if name != "all"]


def _sides(ctx: typer.Context, incomplete: str, sides: Sequence[str]) -> list[str]:
    from pipeline.status import sums
    from pipeline.workspace import Workspace

    named = ctx.params.get("workspace") or next(iter(ctx.args), ".")  # not read yet, while an option lacks its value
    place = Workspace(Path(named))
    with suppress(BricksError, OSError):
        found = {name for counts in sums(place).values() for side in sides for name in getattr(counts, side)}
        return [name for name in (*sorted(found), "all") if name.startswith(incomplete)]
    return []


def _files(incomplete: str) -> Iterator[str]:
    """Yield the YAML files and the folders that a beginning may mean."""
    for path in sorted(_below(incomplete)):
        name = f"{path.as_posix()}/" if path.is_dir() else path.as_posix()
        if name.startswith(incomplete) and (path.is_dir() or path.suffix in {".yaml", ".yml"}):
            yield name


def _below(incomplete: str) -> list[Path]:
    folder = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
