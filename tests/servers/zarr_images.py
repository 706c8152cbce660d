"""Writes OME-Zarr hierarchies for tests with zarr itself: pyramids of any version, plates, series, labels."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}


def group(folder: Path, attributes: Mapping[str, Any], *, path: str = "", version: str = "0.4") -> None:
    """Write a group with what OME-Zarr says of it."""
    format_ = 3 if version >= "0.5" else 2
    said = {"ome": {"version": version, **attributes}} if format_ == 3 else dict(attributes)
    zarr.open_group(str(folder), path=path, mode="a", zarr_format=format_).attrs.update(said)


def image(
    folder: Path,
    samples: np.ndarray,
    *,
    axes: str = "tczyx",
    version: str = "0.4",
    path: str = "",
    levels: int = 1,
    scale: Sequence[float] | None = None,
    unit: str | None = "micrometer",
    channels: Sequence[Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    **array: Any,
) -> Path:
    """Write `samples` as an image, each level every second row and column of the one before; return `folder`."""
    named: dict[str, Any] = {"name": "made by hand", "datasets": []}
    for level in range(levels):
        step = 2**level
        stored = samples[tuple(slice(None, None, step if name in "yx" else 1) for name in axes)]
        dataset: dict[str, Any] = {"path": f"level{level}"}
        if scale is not None:
            sizes = [size * (step if name in "yx" else 1) for name, size in zip(axes, scale, strict=True)]
            dataset["coordinateTransformations"] = [{"type": "scale", "scale": sizes}]
        named["datasets"].append(dataset)
        write_array(folder, f"{path}/level{level}".lstrip("/"), stored, version=version, **array)
    if version >= "0.4":
        named["axes"] = [{"name": name, "type": TYPES.get(name, "other"), **_unit(name, unit)} for name in axes]
    elif version == "0.3":
        named["axes"] = list(axes)
    if version < "0.5":
        named["version"] = version
    said = {"multiscales": [named], **(attributes or {})}
    if channels is not None:
        said["omero"] = {"channels": list(channels)}
    group(folder, said, path=path, version=version)
    return folder


def _unit(name: str, unit: str | None) -> dict[str, str]:
    return {"unit": unit} if unit and TYPES.get(name) == "space" else {}


def write_array(folder: Path, path: str, samples: np.ndarray, *, version: str = "0.4", **array: Any) -> None:
    """Write an array; `chunks`, `shards`, `compressors` and `filters` as zarr takes them."""
    format_ = 3 if version >= "0.5" else 2
    # Before 0.2, chunks of one folder had dots in their names.
    encoding = {"name": "v2", "separator": "." if version == "0.1" else "/"} if format_ == 2 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numcodecs' codecs aren't in the specification of Zarr 3
        zarr.create_array(
            str(folder), name=path, data=samples, zarr_format=format_, chunk_key_encoding=encoding, **array
        )


def plate(folder: Path, wells: Mapping[str, Sequence[np.ndarray]], *, version: str = "0.4") -> Path:
    """Write a plate whose wells, such as A/1, hold their fields [channel, row, column]; return `folder`."""
    named = [{"path": path, "rowIndex": 0, "columnIndex": 0} for path in wells]
    group(folder, {"plate": {"wells": named, "rows": [], "columns": []}}, version=version)
    for well, fields in wells.items():
        numbered = [{"path": str(at)} for at in range(len(fields))]
        group(folder, {"well": {"images": numbered}}, path=well, version=version)
        for at, samples in enumerate(fields):
            image(folder, samples, axes="cyx", version=version, path=f"{well}/{at}")
    return folder


def labels(folder: Path, named: Mapping[str, np.ndarray], *, axes: str, version: str = "0.4", **more: Any) -> None:
    """Write label images beside the levels of an image that is the root of `folder`."""
    group(folder, {"labels": list(named)}, path="labels", version=version)
    for name, samples in named.items():
        about = {"image-label": {"version": version, "source": {"image": "../../"}, **more.get("about", {})}}
        image(
            folder,
            samples,
            axes=axes,
            version=version,
            path=f"labels/{name}",
            levels=more.get("levels", 1),
            attributes=about,
        )
