"""Shipped: the YAML files that come with bricks, manifests and recipes, each found by its bare name."""

from pathlib import Path
from typing import Final

from schemas.errors import UsageError
from schemas.manifest_parts import did_you_mean, nearest

MANIFESTS: Final = Path(__file__).resolve().parent.parent / "manifests"
_ENDING: Final = ".yaml"


def shipped_names(folder: Path) -> list[str]:
    """Return the names of the files that ship in `folder`, sorted."""
    return sorted(path.stem for path in folder.glob(f"*{_ENDING}"))


def shipped_file(named: str, folder: Path, what: str) -> Path:
    """Return the file of `folder` that is called `named`; messages call it a `what`.

    Raises:
        UsageError: there is none.
    """
    names = shipped_names(folder)
    if named in names:
        return folder / f"{named}{_ENDING}"
    mend = f"Give the path of a YAML file, or one of {', '.join(names)}."
    raise UsageError(f"there is no such {what}{did_you_mean(nearest(named, names))}.", where=named, mend=mend)


def manifest_at(path: Path) -> Path:
    """Return the file that a manifest's path or bare name stands for: a file of that name goes before one that ships.

    Raises:
        UsageError: it is a bare name, and neither is there; or a folder.
    """
    is_bare = path.name == str(path) and path.suffix not in {".yaml", ".yml"}
    if path.is_dir() and not (is_bare and path.name in shipped_names(MANIFESTS)):
        inside = next((f", such as {file}" for file in sorted(path.glob("*.y*ml"))), "")
        raise UsageError("is a folder, not a manifest.", where=str(path), mend=f"Give a YAML file{inside}.")
    if not is_bare or (path.exists() and not path.is_dir()):
        return path
    return shipped_file(path.name, MANIFESTS, "manifest")


def folder_of(file: Path) -> Path:
    """Return what the relative paths of a manifest start from: its folder, as a rule.

    Of one that ships it is the working folder, where its user's downloads lie; unless its own data ship beside it, in
    a folder of its name.
    """
    ships = file.parent == MANIFESTS and not file.with_suffix("").is_dir()
    return Path() if ships else file.parent
