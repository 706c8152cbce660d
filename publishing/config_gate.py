"""Config gate: whether the card's configs give each view its own files, split by split, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from publishing.dataset_files import splits_by_view
from publishing.refused import Refused

_CARD: Final = "README.md"
FRONT: Final = re.compile(r"\A---\n(?P<front>.*?)\n---\n", re.DOTALL)


def misnamed(folder: Path) -> Iterator[Refused]:
    """Yield the configs by which README.md would load other files than those of the view and the split they name."""
    try:
        told = _told(folder / _CARD)
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Refused("reload", _CARD, None, f"its configs can't be read: {type(error).__name__}: {error}"[:300])
        return
    wanted: dict[str, dict[str, str]] = {}
    for view, split in splits_by_view(folder):
        wanted.setdefault(view, {})[split] = f"{view}/{split}-*.parquet"
    for name in sorted(told.keys() | wanted.keys()):
        if told.get(name) != wanted.get(name):
            yield Refused("reload", _CARD, None, f"its config {name} isn't that of the folder's files"[:300])


def _told(card: Path) -> dict[str, Any]:
    """Return config -> split -> path.

    Raises:
        ValueError: the card has no such front, or names one thing twice.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    found = FRONT.match(card.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("there are none")
    try:
        front = YAML(typ="safe", pure=True).load(found["front"])
    except YAMLError as error:
        raise ValueError(str(error)) from error
    told = {str(one["config_name"]): {file["split"]: file["path"] for file in _files(one)} for one in front["configs"]}
    if len(told) < len(front["configs"]):
        raise ValueError("two have one name")
    return told


def _files(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a config loads; a key that would change where or how isn't bricks' own."""
    odd = config.keys() - {"config_name", "description", "default", "data_files"}
    if odd or len({file["split"] for file in config["data_files"]}) < len(config["data_files"]):
        raise ValueError(f"{config['config_name']} tells of {sorted(odd) or 'a split twice'}")
    return list(config["data_files"])
