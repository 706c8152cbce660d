"""Tag lines: a file of texts to the lines of `bricks tag`, one a text, in order; a bad line costs only itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from curation.lexicon import Lexicon
from curation.tagging import tag
from schemas.errors import UsageError

MOST_TEXT = 20_000_000
"""Characters of one text; an article has 50,000."""
_MOST_LINE_BYTES = 4 * MOST_TEXT


class Text(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str | int
    text: str


def tag_lines(path: Path, lexicon: Lexicon) -> Iterator[dict[str, Any]]:
    """Yield an answer for every line of a file of {"id", "text"}: its annotations, or what is wrong with it.

    Raises:
        UsageError: the file isn't there.
    """
    if not path.is_file():
        raise UsageError("no such file", where=str(path), mend='Give a file of lines {"id": ..., "text": ...}.')
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(_MOST_LINE_BYTES):
            number += 1
            if raw.strip():
                yield _answer(raw, number, lexicon)


def _answer(raw: bytes, number: int, lexicon: Lexicon) -> dict[str, Any]:
    try:
        line = Text.model_validate(json.loads(raw))
    except ValidationError as error:
        first = error.errors()[0]
        return {"line": number, "error": f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"}
    except (ValueError, RecursionError):
        return {"line": number, "error": "no JSON"}
    if len(line.text) > MOST_TEXT:
        return {"id": line.id, "line": number, "error": f"text longer than {MOST_TEXT} characters"}
    return {"id": line.id, "annotations": [found._asdict() for found in tag(line.text, lexicon)]}
