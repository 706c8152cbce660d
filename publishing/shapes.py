"""Shapes: a dataset as Parquet, WebDataset, or saved Arrow; each a folder with its own papers and sums."""

import io
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from pipeline.store import fingerprint
from pipeline.workspace import Workspace, read_json, write_json, write_whole
from publishing.config_gate import FRONT
from publishing.dataset_files import SUMS, files_below, sha256_of, splits_by_view
from publishing.saved_arrow import save_arrow
from publishing.webdataset_shards import write_webdataset

_VERSION = 2
_OF_PARQUET: Final = frozenset({"README.md", SUMS, "croissant.json", "ro-crate-metadata.json"})
"""Papers that tell of the Parquet files, and are true of no other shape."""
_TOLD_OF_THEM: Final = "`croissant.json` and `ro-crate-metadata.json` tell machines what stands here; "
"""What the card says of two of them."""
_SECTION = re.compile(r"^## ", re.MULTILINE)


@dataclass(frozen=True)
class Shape:
    """A form that a dataset is written in."""

    name: str
    write: Callable[[Path, Path], Mapping[str, Any]]
    """Writes the views of one folder into another, and returns what the card's front says of them."""
    start: str
    """The card's quick start."""


_WEBDATASET = """Each sample has the row's id as its key: `jpg`, `png` or `webp` holds the picture's own bytes,
`mask.png` a mask, `raw.*` the original where the picture is a rendering of it, `json` all other columns. In
`conversations` the key is the id with the purpose. The columns are told in this page's head, so `datasets` guesses
nothing from the first samples:

```python
from datasets import load_dataset

{view} = load_dataset("PATH", "{view}")
```

or, with any reader of WebDataset:

```python
import webdataset

samples = webdataset.WebDataset("PATH/{first}", shardshuffle=False).decode("pil")
pairs = samples.to_tuple("jpg;png;webp", "json")
```
"""
_ARROW = """Each view is a `DatasetDict` as `datasets` saves it, read in place, without a cache:

```python
from datasets import load_from_disk

{view} = load_from_disk("PATH/{view}")
```
"""

SHAPES: Final = {
    shape.name: shape
    for shape in (
        Shape("webdataset", write_webdataset, _WEBDATASET),
        Shape("arrow", save_arrow, _ARROW),
    )
}
PARQUET: Final = "parquet"
"""The shape that a dataset is made in."""
NAMES: Final = (PARQUET, *SHAPES)


def shaped(workspace: Workspace, name: str) -> Path:
    """Return the folder that holds the dataset in a shape; written beside its place, and moved there whole.

    It stays in the workspace's cache until the next one is made, so that an interrupted delivery goes on with it.
    """
    if name == PARQUET:
        return workspace.dataset
    place, state = workspace.cache / "shapes" / name, workspace.cache / "shapes" / f"{name}.json"
    key = fingerprint(_VERSION, metadata.version("datasets"), sha256_of(workspace.dataset / SUMS))
    if (place / SUMS).is_file() and read_json(state) == {"key": key}:
        return place
    clear(workspace)
    half = place.with_name(f".{name}.{os.getpid()}")
    _write(workspace.dataset, half, SHAPES[name])
    half.replace(place)
    write_json(state, {"key": key})
    return place


def clear(workspace: Workspace) -> None:
    """Remove the shapes that were made of the dataset, and halves of them."""
    shutil.rmtree(workspace.cache / "shapes", ignore_errors=True)


def _write(dataset: Path, folder: Path, shape: Shape) -> None:
    folder.mkdir(parents=True)
    front = shape.write(dataset, folder)
    for path in dataset.iterdir():
        if path.is_file() and path.name not in _OF_PARQUET:
            shutil.copyfile(path, folder / path.name)
    write_whole(folder / "README.md", _card(dataset, folder, front, shape))
    names = [path.relative_to(folder).as_posix() for path in files_below(folder)]
    write_whole(folder / SUMS, "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names).encode())


def _card(dataset: Path, folder: Path, front: Mapping[str, Any], shape: Shape) -> bytes:
    """Return the dataset's card for another shape: its own head and quick start, and all other sections as they are."""
    head, body = _parted((dataset / "README.md").read_text(encoding="utf-8"))
    title, *sections = _SECTION.split(body)
    kept = [section.replace(_TOLD_OF_THEM, "") for section in sections if not section.startswith("Quick start")]
    rows = _rows(dataset)
    view = rows[0][0]
    first = next(path for path in files_below(folder / view))
    start = shape.start.format(view=view, first=first.relative_to(folder).as_posix())
    lines = [f"| {view} | {split} | {count} |" for view, split, count in rows]
    table = "\n".join(["| view | split | rows |", "|---|---|---:|", *lines])
    sections = [f"Quick start\n\n{start}\n{table}\n\n", *kept]
    told = {name: value for name, value in head.items() if name not in {"configs", "dataset_info"}} | dict(front)
    return f"---\n{_dumped(told)}---\n{title}{''.join(f'## {section}' for section in sections)}".encode()


def _rows(dataset: Path) -> list[tuple[str, str, int]]:
    """Return the rows of each view and split."""
    files = splits_by_view(dataset).items()
    return [(view, split, sum(pq.read_metadata(path).num_rows for path in paths)) for (view, split), paths in files]


def _parted(text: str) -> tuple[dict[str, Any], str]:
    from ruamel.yaml import YAML

    found = FRONT.match(text)
    if not found:
        return {}, text
    return dict(YAML(typ="safe", pure=True).load(found["front"]) or {}), text[found.end() :]


def _dumped(value: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    out = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(value), out)
    return out.getvalue()
