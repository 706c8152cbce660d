"""Unread lines: what `bricks extract` prints of what can't be read."""

from pathlib import Path
from typing import Any


def unread(path: Path, error: str, xml: str | None = None) -> dict[str, Any]:
    """Return the line of a file that can't be read, or of what in it can't be; `xml` is the member that is meant."""
    return {"source_file": str(path), "xml": xml, "error": error}
