"""Dataset files: what lies in a dataset's folder, by path, view, size and sha256."""

import hashlib
from pathlib import Path

from publishing.views import View


def files_below(folder: Path) -> list[Path]:
    """Return every file of a folder and its folders, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def files_of_view(folder: Path, view: View) -> list[Path]:
    """Return the files of a view, what may be sold and what may not."""
    return [path for name in view.names for path in sorted((folder / name).glob("*.parquet"))]


def sizes_of(folder: Path) -> dict[str, int]:
    """Return the bytes of every file by its name in the dataset."""
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files_below(folder)}


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, read a piece at a time."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
