"""Asked: what reviewers were shown when they decided, kept beside the decisions until it is taken down."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.decisions import Decision, appending, in_force, read, reading, selectors, takedown_of
from pipeline.store import part_path, read_rows_at
from pipeline.workspace import FIGURES, Workspace
from schemas.errors import BricksError
from schemas.review import PicturePlace, ReviewItem

_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    key TEXT PRIMARY KEY, figures TEXT NOT NULL, body BLOB NOT NULL
) STRICT
"""
_FIGURE = ["id", "source_id", "source_sha256", "article.doi"]

Selectors = Mapping[str, str | None]


class Asked(NamedTuple):
    """An item as it was when somebody decided on it."""

    key: str
    figures: tuple[Selectors, ...]
    """What a takedown may name its pictures' figures by, in the order of the pictures; `id` is the figure's."""
    body: bytes
    """The item, packed."""

    @property
    def item(self) -> ReviewItem:
        """Return the item."""
        return ReviewItem.model_validate_json(zlib.decompress(self.body))


def append_asked(workspace: Workspace, decisions: Iterable[Decision], items: Sequence[ReviewItem]) -> None:
    """Add decisions to the log with the items that they answer, all or none, safe on disk when this returns.

    An item whose figures a run is just making anew isn't kept: nobody could say what a takedown has to name it by.

    Raises:
        WorkspaceError: the log is damaged or can't be written.
    """
    told = [(item, _figures(workspace, item)) for item in items]
    rows = [(item.key, json.dumps(figures), packed(item)) for item, figures in told if figures]
    with appending(workspace.decisions, decisions) as connection:
        connection.execute(_SCHEMA)
        connection.executemany("INSERT OR REPLACE INTO asked VALUES (?, ?, ?)", rows)


def packed(item: ReviewItem) -> bytes:
    """Return an item in few bytes."""
    return zlib.compress(item.model_dump_json().encode(), 1)


def _figures(workspace: Workspace, item: ReviewItem) -> list[Selectors]:
    """Return what names the figures of an item's pictures; nothing where other figures lie there by now."""
    try:
        found = [_selectors(workspace, place) for place in item.pictures]
    except (BricksError, OSError, ValueError):
        return []
    same = (place.name.startswith(each["source_id"] or "") for each, place in zip(found, item.pictures, strict=True))
    return found if all(same) else []


def _selectors(workspace: Workspace, place: PicturePlace) -> Selectors:
    path = part_path(workspace.stage(FIGURES), place.part)
    (row,) = read_rows_at(path, [place.figure_row], _FIGURE)
    return selectors(row["id"], row["source_sha256"], row["source_id"], (row["article"] or {}).get("doi"))


def read_asked(workspace: Workspace) -> Iterator[Asked]:
    """Yield what was shown of all that was ever decided by people who saw an item.

    Raises:
        WorkspaceError: the log is damaged.
    """
    if not workspace.decisions.exists():
        return
    with reading(workspace.decisions) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'asked'").fetchone():
            for key, figures, body in connection.execute("SELECT key, figures, body FROM asked ORDER BY key"):
                yield Asked(key, tuple(json.loads(figures)), body)


def forget_taken_down(workspace: Workspace) -> None:
    """Remove what was shown of figures that takedowns in force name.

    Raises:
        WorkspaceError: the log is damaged or can't be written.
    """
    decided = in_force(read(workspace.decisions), FIGURES)
    if not decided:
        return
    gone = [(one.key,) for one in read_asked(workspace) if any(takedown_of(decided, each) for each in one.figures)]
    if gone:
        with appending(workspace.decisions, []) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.executemany("DELETE FROM asked WHERE key = ?", gone)
