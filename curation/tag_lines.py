"""Tag lines: a file of texts to the lines of `bricks tag`, one a text, in order; a bad line costs only itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from curation.lexicon import Lexicon
from curation.tagging import tag
from pipeline.plain_lines import lines_of

MOST_TEXT = 20_000_000
"""Characters of one text; an article has 50,000."""


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
    for number, line in lines_of(path, Text):
        if isinstance(line, str):
            yield {"line": number, "error": line}
        elif len(line.text) > MOST_TEXT:
            yield {"id": line.id, "line": number, "error": f"text longer than {MOST_TEXT} characters"}
        else:
            yield {"id": line.id, "annotations": [found._asdict() for found in tag(line.text, lexicon)]}
