"""Row texts: every text of a published row with its place, and whether a source has published it already."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow as pa

from publishing.conversations import VERBATIM

_NO_TEXTS: Final = frozenset(
    {
        "image", "raw", "mask", "instances", "id", "panel_id", "image_sha256", "source_sha256", "md5", "phash",
        "phash_version", "family", "duplicate_cluster", "license", "license_url", "split", "kind", "raw_format",
        "subcaption_spans", "box", "boxes", "contamination", "also_in", "purpose", "origin", "task",
    }
)  # fmt: skip
"""Columns of pictures, numbers, sums, and words out of lists of ours."""
_MADE: Final = frozenset(
    {"question", "options", "captions", "answer", "held_back", "tags", "instruction", "conversation", "distilled"}
)
"""Columns of texts that bricks or a model made: no source has published them."""
_NAMED: Final = {"mentions": ("mention", "id", "text"), "facts": ("fact", "name", "value")}
"""Lists whose entries are told by their own names: column -> (word, what names one, what it says)."""


def text_columns(schema: pa.Schema, *, made_alone: bool) -> list[str]:
    """Return the columns of a view that may hold texts; those of `made_alone` where a source's own are public."""
    each = [name for name in schema.names if name not in _NO_TEXTS and not _is_number(schema.field(name).type)]
    needed = {"source", "purpose", "id", "source_id"} & set(schema.names)
    return [name for name in schema.names if name in needed or (name in each and (name in _MADE or not made_alone))]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind))


def texts_of(row: Mapping[str, Any], *, made_alone: bool) -> Iterator[tuple[str, str]]:
    """Yield (place, text); with `made_alone` only of what no source has published."""
    for column, value in row.items():
        if column not in _NO_TEXTS and not (made_alone and _is_published(row, column)):
            yield from _told(column, value)


def _is_published(row: Mapping[str, Any], column: str) -> bool:
    """Return whether a column repeats what the source says; a caption may stand where a made text would."""
    if column == "distilled":
        return bool((row[column] or {}).get("prompt") == VERBATIM)
    if column == "conversation":
        return bool(row.get("purpose") == "align")
    return column not in _MADE


def _told(place: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (a row's cell)
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _told(place if name in {"text", "content"} else f"{place}.{name}", inner)
    elif isinstance(value, list):
        for one in value:
            yield from _entry(place, one)


def _entry(column: str, one: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if column in _NAMED:
        word, name, said = _NAMED[column]
        yield f"{word}:{one[name]}", one[said]
    else:
        yield from _told(column, one)
