"""WebDataset shards: each row of a view as a sample of a tar, whose bytes are the same whenever it is made."""

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from pipeline.pace import Pace
from publishing.dataset_files import batches_of, splits_by_view

_SHARD_BYTES: Final = 256 << 20
_MAGIC: Final = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}

Sample = tuple[str, dict[str, bytes]]
"""A key, and the bytes of its files by what stands after the key's dot."""


def write_webdataset(dataset: Path, folder: Path) -> dict[str, Any]:
    """Write `VIEW/SPLIT-00000.tar` and so on, and return the head that lets `datasets` read them without guessing."""
    parts: dict[str, dict[str, dict[str, None]]] = {}
    for (view, split), files in splits_by_view(dataset).items():
        seen = parts.setdefault(view, {}).setdefault(split, {})
        for sample in _sharded(folder / view, split, _samples(view, files)):
            seen |= dict.fromkeys(sample[1])
    configs = [_config(view, splits) for view, splits in parts.items()]
    configs[0]["default"] = True
    info = [{"config_name": view, "features": _features(splits)} for view, splits in parts.items()]
    return {"configs": configs, "dataset_info": info}


def _config(view: str, splits: Mapping[str, Any]) -> dict[str, Any]:
    data_files = [{"split": split, "path": f"{view}/{split}-*.tar"} for split in splits]
    return {"config_name": view, "data_files": data_files}


def _features(splits: Mapping[str, Mapping[str, None]]) -> list[dict[str, str]]:
    """Return the columns as `datasets` names them: pictures are shown, the original stays bytes."""
    kinds = {part: _kind(part) for parts in splits.values() for part in parts}
    each = {**dict(sorted(kinds.items())), "__key__": "string", "__url__": "string"}
    return [{"name": name, "dtype": kind} for name, kind in each.items()]


def _kind(part: str) -> str:
    if part == "json":
        return "json"
    return "binary" if part.startswith("raw.") else "image"


def _samples(view: str, files: Sequence[Path]) -> Iterator[Sample]:
    """Yield the samples of a split in the order of its rows, which is that of their ids."""
    total = sum(pq.read_metadata(path).num_rows for path in files)
    pace = Pace(f"rows of {view} to tar", total)
    for batch in batches_of(files):
        yield from pace.over(map(_sample, batch.to_pylist()))


def _sample(row: dict[str, Any]) -> Sample:
    key = f"{row['id']}-{row['purpose']}" if "purpose" in row else row["id"]
    image, mask, raw = row.pop("image"), row.pop("mask", None), row.pop("raw", None)
    parts = {_extension(image["bytes"]): image["bytes"]}
    if mask is not None:
        parts["mask.png"] = mask["bytes"]
    if raw is not None:
        ending = re.sub(r"[^a-z0-9]", "", (row["raw_format"] or "").lower()) or "bin"
        parts[f"raw.{ending}"] = raw
    parts["json"] = json.dumps(row, ensure_ascii=False, default=_plain).encode()
    return key, parts


def _extension(blob: bytes) -> str:
    return next((ending for magic, ending in _MAGIC.items() if blob.startswith(magic)), None) or _looked_up(blob)


def _looked_up(blob: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(blob)) as picture:
        return str(picture.format).lower()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _sharded(folder: Path, split: str, samples: Iterator[Sample]) -> Iterator[Sample]:
    """Write samples into tars, and pass them on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, run in groupby(_numbered(samples), key=itemgetter(0)):
        with tarfile.open(folder / f"{split}-{number:05d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for _, (key, parts) in run:
                for part, blob in sorted(parts.items()):
                    _add(tar, f"{key}.{part}", blob)
                yield key, parts


def _numbered(samples: Iterator[Sample]) -> Iterator[tuple[int, Sample]]:
    """Yield each sample with the number of its tar: the next one where it would make the last too large."""
    number = size = 0
    for key, parts in samples:
        needed = sum(len(blob) + 2 * tarfile.BLOCKSIZE for blob in parts.values())
        if size and size + needed > _SHARD_BYTES:
            number, size = number + 1, 0
        size += needed
        yield number, (key, parts)


def _add(tar: tarfile.TarFile, name: str, blob: bytes) -> None:
    """Add a file of nobody's, made in 1970, so that nothing but names and bytes makes the tar."""
    member = tarfile.TarInfo(name)
    member.size = len(blob)
    tar.addfile(member, io.BytesIO(blob))
