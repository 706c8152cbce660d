"""Rebuild doors: what `bricks run` is given, a file or a published dataset, and what is told of it in the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from pipeline.workspace import Workspace
    from publishing.published_recipe import Recipe
    from schemas.manifest_file import LoadedManifest


@dataclass(frozen=True)
class Given:
    """A manifest in a file, or that of a published dataset without what can't be rebuilt here."""

    file: Path
    recipe: "Recipe | None" = None
    verify: bool = False

    @property
    def loaded(self) -> "Path | LoadedManifest":
        """Return the manifest, read already where it is a published one."""
        return self.recipe.loaded if self.recipe else self.file

    @property
    def home(self) -> Path | None:
        """Return where a published dataset is rebuilt: not in the workspace that the manifest's name stands for."""
        return Path("runs") / f"{self.recipe.loaded.manifest.name}-rebuilt" if self.recipe else None

    def begin(self, workspace: "Workspace", limit: int | None) -> int | None:
        """Keep out of the workspace what was taken out of the published dataset, and return the run's limit."""
        return self.recipe.begin(workspace, limit) if self.recipe else limit

    def tell(self, workspace: "Workspace", *, as_json: bool) -> None:
        """Say what differs from the published dataset, if that was asked; the exit code says whether anything does."""
        import typer

        from pipeline.saying import say
        from publishing.rebuilt import DIFFERS, told, verified

        if self.recipe and self.verify:
            answer = verified(self.recipe, workspace)
            say(answer, as_json, told)
            if not answer["equal"]:
                raise typer.Exit(DIFFERS)


def recipe_of(
    manifest: Path, overrides: Sequence[str], until: str | None, *, verify: bool, heard: Callable[[str], None]
) -> Given:
    """Return what a run is made from; of a published dataset, it is told what isn't rebuilt.

    Raises:
        UsageError: there is nothing to verify, or the dataset can't be rebuilt here.
    """
    named = str(manifest)
    if not named.startswith("hub:"):
        if verify:
            raise UsageError("--verify compares with a published dataset.", where=named, mend="Name hub:org/name@v1.")
        return Given(manifest)
    if verify and until is not None:
        raise UsageError("--verify and --until don't go together.", mend="Leave --until out.")
    from publishing.published_recipe import recipe_at

    recipe = recipe_at(named, overrides)
    heard(f"{recipe.place.name} is commit {recipe.place.commit[:12]}")
    for one in recipe.left:
        heard(f"not rebuilt: {one.what} ({one.type}): {one.why}")
    return Given(manifest, recipe, verify)
