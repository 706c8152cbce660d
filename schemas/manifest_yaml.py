"""Manifest YAML: from a text to plain values, each with the line and column it stands at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.errors import ManifestError, Problem

Loc = tuple[str | int, ...]
"""A path to a value: ("sources", 0, "limit")."""

MAX_VALUES: Final = 200_000
"""More values than a file of a megabyte holds: above, aliases were multiplied into a bomb."""

WHOLE: Final = "manifest"
"""What a problem of the whole file gives as its path."""

_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Place:
    """Where a value stands, and the key before it; lines and columns count from 1."""

    file: str
    key: tuple[int, int]
    value: tuple[int, int]


@dataclass
class Tree:
    """Plain values with their places; problems are collected, not raised."""

    value: Any
    places: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def told(loc: Loc) -> str:
    """Return a path as messages show it: sources.0.limit."""
    return ".".join(map(str, loc)) or WHOLE


def read_tree(text: str, file: str) -> Tree:
    """Return the values of `text`, which messages call `file`.

    Raises:
        ManifestError: the text is no YAML, or no single document.
    """
    node = _compose(text, file)
    walk = _Walk(file)
    if node is None:
        return Tree(None, {(): Place(file, (1, 1), (1, 1))})
    value = walk.plain(node, (), _mark(node))
    return Tree(value, walk.places, walk.problems)


def _compose(text: str, file: str) -> Any:  # noqa: ANN401  (ruamel's nodes are untyped)
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise ManifestError(
            [Problem(file, line, column, WHOLE, f"is no YAML: {said}{_hint(text, line, column)}")]
        ) from None
    except ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        what = f"is no YAML: the character U+{ord(text[error.position]):04X} can't stand in a text"
        raise ManifestError([Problem(file, line, column, WHOLE, what)]) from None
    except (YAMLError, ValueError) as error:
        raise ManifestError([Problem(file, 1, 1, WHOLE, f"is no YAML: {str(error).splitlines()[0]}")]) from None
    except RecursionError:
        raise ManifestError([Problem(file, 1, 1, WHOLE, "is nested too deeply.")]) from None


def _hint(text: str, line: int, column: int) -> str:
    lines = [*text.split("\n"), ""]
    return " (indent with spaces, not tabs)" if "\t" in lines[line - 1][:column] else ""


def _mark(node: Any) -> tuple[int, int]:  # noqa: ANN401
    return node.start_mark.line + 1, node.start_mark.column + 1


def _is_left_empty(node: Any) -> bool:  # noqa: ANN401
    """Return whether nothing is written after the key; YAML then points to the line below."""
    return not node.value and bool(node.start_mark.index == node.end_mark.index)


class _Walk:
    """Turns nodes into plain values and remembers where each stood."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Loc, Place] = {}
        self.problems: list[Problem] = []
        self._above: set[int] = set()

    def plain(self, node: Any, loc: Loc, key: tuple[int, int]) -> Any:  # noqa: ANN401
        """Return the value of `node`, whose key stands at `key`."""
        self.places[loc] = Place(self.file, key, key if _is_left_empty(node) else _mark(node))
        if len(self.places) > MAX_VALUES or id(node) in self._above:
            what = "holds too many values: an alias is multiplied, or holds itself."
            raise ManifestError([Problem(self.file, *_mark(node), told(loc[:3]), what)])
        self._above.add(id(node))
        kind = type(node).__name__
        if kind == "MappingNode":
            value: Any = dict(self._pairs(node, loc))
        elif kind == "SequenceNode":
            value = [self.plain(child, (*loc, at), _mark(child)) for at, child in enumerate(node.value)]
        else:
            value = self._scalar(node, loc)
        self._above.discard(id(node))
        return value

    def _pairs(self, node: Any, loc: Loc) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
        lines: dict[str, int] = {}
        for key, child in node.value:
            name = key.value if isinstance(key.value, str) else None
            if name is None:
                self._problem(key, loc, "a key must be a single word.")
            elif name in lines:
                self._problem(key, (*loc, name), f"is given twice; first in line {lines[name]}.")
            else:
                lines[name] = _mark(key)[0]
                yield name, self.plain(child, (*loc, name), _mark(key))

    def _scalar(self, node: Any, loc: Loc) -> Any:  # noqa: ANN401
        read = _SCALARS.get(str(node.tag).removeprefix(_TAG))
        if read is None:
            self._problem(node, loc, f"the tag {node.tag} has no meaning here.")
            return node.value
        return read(node.value)

    def _problem(self, node: Any, loc: Loc, what: str) -> None:  # noqa: ANN401
        self.problems.append(Problem(self.file, *_mark(node), told(loc), what))


def _integer(text: str) -> int | str:
    plain = text.replace("_", "").lower()
    sign, digits = (-1, plain[1:]) if plain.startswith("-") else (1, plain.removeprefix("+"))
    base = {"0x": 16, "0o": 8, "0b": 2}.get(digits[:2], 10)
    try:
        return sign * int(digits, base)
    except ValueError:  # more digits than Python reads: no number a manifest could mean
        return text


def _number(text: str) -> float | str:
    plain = text.replace("_", "").lower()
    try:
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text


_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    "str": str,
    "int": _integer,
    "float": _number,
    "bool": lambda text: text.lower() == "true",
    "null": lambda _: None,
    "timestamp": str,  # YAML 1.2 has no dates; the manifest's own are read from text
}
