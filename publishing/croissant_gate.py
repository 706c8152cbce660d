"""Croissant gate: whether croissant.json is valid for mlcroissant, and tells of the folder what its files give."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from publishing.croissant import CONTEXT, FILE, croissant
from publishing.dataset_counts import counted
from publishing.dataset_files import SUMS, told_sums
from publishing.refused import Refused
from publishing.research_crate import FILE as CRATE
from publishing.sealing import rows_of
from schemas.errors import UsageError

_LATER: Final = frozenset({FILE, CRATE, SUMS})
"""Files that croissant.json can't name, since they are made of it."""
LOCK: Final = "manifest.lock.json"
_WHY_CHARACTERS: Final = 300


def refuse_uninstalled() -> None:
    """Refuse to judge without mlcroissant, before other gates take their time.

    Raises:
        UsageError: it isn't installed.
    """
    if find_spec("mlcroissant") is None:
        what, mend = "the gate `croissant` needs mlcroissant.", "Install it: pip install 'bricks[publish]'."
        raise UsageError(what, where=FILE, mend=mend)


def untrue(folder: Path) -> Iterator[Refused]:
    """Yield what is wrong with croissant.json; its sums are compared with SHA256SUMS, which the gate `whole` judged."""
    try:
        said = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        yield Refused("croissant", FILE, None, f"can't be read: {error}"[:_WHY_CHARACTERS])
        return
    context = said.get("@context") if isinstance(said, dict) else None
    if context != CONTEXT:  # one that names an address would be fetched from there
        yield Refused("croissant", FILE, None, "has another @context than that of Croissant 1.1")
        return
    invalid = [Refused("croissant", FILE, None, why[:_WHY_CHARACTERS]) for why in _errors(said)]
    try:
        yield from invalid or _other(said, made_anew(folder))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:  # of the lock
        yield Refused("croissant", LOCK, None, f"can't be read: {type(error).__name__}: {error}"[:_WHY_CHARACTERS])


def made_anew(folder: Path) -> dict[str, Any]:
    """Return what croissant.json must tell of the dataset at `folder`, by its files and their sums."""
    lock = json.loads((folder / LOCK).read_bytes())
    sums = {name: digest for name, digest in told_sums(folder).items() if name not in _LATER}
    return croissant(folder, counted(folder), lock, rows_of(folder), sums)


def _errors(said: Mapping[str, Any]) -> list[str]:
    """Return what mlcroissant says against a document, an error each."""
    import mlcroissant

    try:
        with warnings.catch_warnings(), _dateless():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what it does with rdflib
            mlcroissant.Dataset(jsonld=deepcopy(dict(said)))  # it writes into what it reads
    except mlcroissant.ValidationError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        return [line.removeprefix("- ").strip() for line in lines if line.startswith("-")] or [" ".join(lines)]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        return [f"mlcroissant can't read it: {type(error).__name__}: {error}"]
    return []


@contextmanager
def _dateless() -> Iterator[None]:
    """Let mlcroissant not recommend a date alone: where no source tells when it was read, none is true."""
    spoken = logging.getLogger("absl")
    spoken.addFilter(_says_more)
    try:
        yield
    finally:
        spoken.removeFilter(_says_more)


def _says_more(record: logging.LogRecord) -> bool:
    said = [line for line in record.getMessage().splitlines() if line.strip().startswith("-")]
    return not said or not all('"https://schema.org/datePublished" is recommended' in line for line in said)


def _other(said: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Refused]:
    """Yield what is told otherwise than the files give it: a file, a view's columns, or anything else by its key."""
    for key in sorted(said.keys() | wanted.keys()):
        if said.get(key) == wanted.get(key):
            continue
        if key not in ("distribution", "recordSet"):
            yield Refused("croissant", FILE, None, f"{key} isn't what the files give")
            continue
        told, given = (_by_id(document.get(key)) for document in (said, wanted))
        for name in sorted(told.keys() | given.keys()):
            if told.get(name) != given.get(name):
                yield Refused("croissant", FILE, None, f"{key} {name}: {_why(told.get(name), given.get(name))}")


def _by_id(nodes: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    each = nodes if isinstance(nodes, list) else [nodes]
    return {str(node.get("@id")): node for node in each if isinstance(node, dict)}


def _why(told: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> str:
    if told is None or given is None:
        return "isn't told" if told is None else "isn't there"
    keys = [key for key in sorted(told.keys() | given.keys()) if told.get(key) != given.get(key)]
    return f"{', '.join(keys)} isn't what the files give"
