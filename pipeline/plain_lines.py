"""Plain lines: a file of JSON lines to checked objects, in order; a bad line costs only itself."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from schemas.errors import UsageError
from schemas.first_bytes import no_utf8
from schemas.manifest_parts import spoken
from schemas.manifest_words import in_words

_MOST_LINE_BYTES = 80_000_000

Line = TypeVar("Line", bound=BaseModel)


def lines_of(path: Path, line: type[Line]) -> Iterator[tuple[int, Line | str]]:
    """Yield the number of every line that isn't blank, and what it holds, or what is wrong with it.

    Raises:
        UsageError: the file isn't there, or is of another kind.
    """
    fields = ", ".join(f'"{name}"' for name in line.model_fields)
    mend = f"Give a file of lines {{{fields}}}."
    if not path.is_file():
        what = "is no file" if path.exists() else "no such file"
        raise UsageError(what, where=str(path), mend=mend)
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(_MOST_LINE_BYTES):
            if not number and (kind := no_utf8(raw)):
                raise UsageError(f"is {kind}", where=str(path), mend=mend)
            number += 1
            if raw.strip():
                yield number, _read(raw, line)


def _read(raw: bytes, line: type[Line]) -> Line | str:
    try:
        return line.model_validate(json.loads(raw))
    except ValidationError as error:
        first = cast("Mapping[str, Any]", error.errors()[0])
        if not first["loc"] and first["type"].startswith("model_"):
            return f"line: must be an object in braces, not {spoken(first['input'])}"
        return f"{'.'.join(map(str, first['loc'])) or 'line'}: {in_words(first)}"
    except UnicodeDecodeError:
        return "not UTF-8"
    except (ValueError, RecursionError):
        return "no JSON"
