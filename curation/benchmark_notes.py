"""Benchmark notes: which benchmarks of a manifest aren't here; for `bricks check`, before a run stumbles on them."""

from collections.abc import Iterator
from pathlib import Path

from schemas.manifest_file import LoadedManifest
from schemas.manifest_sections import HUB, is_a_folder


def notes(loaded: LoadedManifest) -> Iterator[str]:
    """Yield a line for each benchmark that is a missing file or folder, and for an encoder's."""
    asked = loaded.manifest.curation
    for at, entry in enumerate(asked.decontaminate):
        path = loaded.folder / Path(entry).expanduser()
        if not entry.startswith(HUB) and not path.exists():
            yield f"curation.decontaminate.{at}: there is no file or folder {path}"
    if asked.encoder is not None and is_a_folder(asked.encoder.model):
        path = loaded.folder / Path(asked.encoder.model).expanduser()
        if not path.is_dir():
            yield f"curation.encoder.model: there is no folder {path}"
    if asked.encoder is not None and not asked.decontaminate:
        yield "curation.encoder: there is nothing to compare with: `decontaminate` names no benchmark"
