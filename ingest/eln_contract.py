"""ELN contract: each entry against a JSON Schema: the one that every pair must satisfy, and the lab's own.

What is checked is what `bricks extract` prints of the entry, before its pictures are read. `discard_row` leaves an
entry out, `discard_value` takes out what is wrong and asks again, `freeze` fails the whole export, and `evolve` takes
entries as they are and logs what is wrong by the lab's schema.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from schemas.errors import ArchiveError, UsageError
from schemas.published_schemas import PUBLISHED

_log = logging.getLogger(__name__)
REASON = "schema_violated"
UNUSABLE = "schema_unusable"
_SHOWN_CHARS = 200
_MOST_DISCARDED = 100

Way = Literal["evolve", "freeze", "discard_row", "discard_value"]
Line = dict[str, Any]
"""What `bricks extract` prints of an entry."""


class Broken(NamedTuple):
    """Where an entry breaks a schema, and how."""

    path: str
    what: str
    rule: str
    """Where in the schema it is said: it repeats nothing of the entry."""

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class Settlement(NamedTuple):
    """An entry as it may be taken."""

    line: Line
    broken: list[Broken]
    discarded: list[Broken]


class Contract:
    """What an entry must be, and what happens to one that isn't."""

    def __init__(self, way: Way = "discard_row", lab_schema: dict[str, Any] | None = None) -> None:
        self.way = way
        self._pair = _validator(json.loads((PUBLISHED / "entry.schema.json").read_text(encoding="utf-8")))
        self._lab = _validator(lab_schema) if lab_schema is not None else None

    def settle(self, line: Line, masked: Callable[[str], str] = str) -> Settlement:
        """Return an entry as it may be taken, what was discarded of it, and what is still wrong: empty where right.

        `masked` takes out of a message whom it names.
        """
        pair = list(_broken(self._pair, line))
        settled, discarded = self._with_right_values(line) if self.way == "discard_value" else (line, [])
        lab = [self._unsaid(each) for each in _broken(self._lab, settled)]
        if self.way == "evolve" and lab:
            _log.warning("%s", masked(f"entry {line['figure_id']}: {'; '.join(map(str, lab))}"))
            lab = []
        lacking = list(_broken(self._pair, settled))
        # what an entry lacks because a rule took it is told by the rule
        broken = [*pair, *discarded, *lab] if lacking or lab else []
        return Settlement(settled, broken or lacking, discarded)

    def wrong_of_caption(self, line: Line, at: int, caption: str) -> list[Broken]:
        """Return what is wrong with the caption of picture `at`, of which the lab's rules for a caption hold too."""
        errors = _errors(self._lab, {**line, "caption": caption})
        wrong = (self._unsaid(_told(error)) for error in errors if list(error.absolute_path)[:1] == ["caption"])
        return [each._replace(path=f"/images/{at}{each.path}") for each in wrong]

    def _unsaid(self, broken: Broken) -> Broken:
        """Return what is wrong by the lab's schema; without the value, where values are to be taken out."""
        return broken._replace(what=f"breaks {broken.rule}") if self.way == "discard_value" else broken

    def _with_right_values(self, line: Line) -> tuple[Line, list[Broken]]:
        """Return an entry without the values that the lab's schema refuses, and which these were."""
        settled, discarded = deepcopy(line), []
        for _ in range(_MOST_DISCARDED):
            error = next(iter(_errors(self._lab, settled)), None)
            if error is None or not _discarded(settled, list(error.absolute_path)):
                break
            discarded.append(self._unsaid(_told(error)))
        return settled, discarded


def contract_of(way: Way, path: Path | None) -> Contract:
    """Return the contract of a source of the manifest; `path` is the lab's schema.

    Raises:
        UsageError: the lab's schema can't be read, or is no JSON Schema.
    """
    if path is None:
        return Contract(way)
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(schema, dict):
            raise UsageError("is no JSON Schema: it must be an object.", where=str(path))
        return Contract(way, schema)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"can't be read: {why}", where=str(path), mend="Give a JSON Schema file.") from error
    except SchemaError as error:
        raise UsageError(f"is no JSON Schema: {error.message}", where=str(path)) from error


def _validator(schema: dict[str, Any]) -> Validator:
    kind = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    # an empty registry: a schema that names another by its address must not have it fetched
    return kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)


def _errors(validator: Validator | None, line: Line) -> Iterator[ValidationError]:
    try:
        yield from validator.iter_errors(line) if validator is not None else ()
    except Unresolvable as error:
        raise ArchiveError(UNUSABLE, f"names {error.ref}, which isn't in it; put it under $defs") from error
    except RecursionError as error:
        raise ArchiveError(UNUSABLE, "refers to itself without end") from error
    except (ValueError, AttributeError, TypeError, LookupError, re.error) as error:
        # what the library lets through of an `$id` that is no address, a keyword of an old draft, a pattern
        raise ArchiveError(UNUSABLE, f"can't be applied: {error}") from error


def _broken(validator: Validator | None, line: Line) -> Iterator[Broken]:
    yield from map(_told, _errors(validator, line))


def _told(error: ValidationError) -> Broken:
    path, rule = ("/" + "/".join(map(str, steps)) for steps in (error.absolute_path, error.absolute_schema_path))
    message = error.message if len(error.message) <= _SHOWN_CHARS else f"{error.message[:_SHOWN_CHARS]}…"
    return Broken(path, message, rule)


def _discarded(line: Line, path: Sequence[str | int]) -> bool:
    """Take out the value at `path`, of a list the whole item (a fact, a picture); return whether that could be done.

    Of a picture its own caption alone: the words of its entry are left to it.
    """
    if not path:
        return False
    if len(path) == 3 and (path[0], path[2]) == ("images", "caption"):
        del line["images"][path[1]]["caption"]
        return True
    inner = next((at for at in range(len(path), 0, -1) if isinstance(path[at - 1], int)), len(path))
    path = path[:inner]
    around: Any = line
    for step in path[:-1]:
        around = around[step]
    del around[path[-1]]
    return True
