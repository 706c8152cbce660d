"""VQA answer JSON: the JSON values in an answer, with or without fences and words around them."""

import json
from typing import Any


def values_in(text: str) -> list[Any]:
    """Return the lists and objects in a text; none where one is broken."""
    found, at, reads = list[Any](), _opening(text, 0), json.JSONDecoder()
    while at is not None:
        try:
            said, end = reads.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        found.append(said)
        at = _opening(text, end)
    return found


def _opening(text: str, start: int) -> int | None:
    return min((at for at in (text.find("[", start), text.find("{", start)) if at >= 0), default=None)
