"""Conformance secrets: that no secret, and no path of this machine, is written where others read it."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.conformance_bench import Bench, Ran
from pipeline.conformance_finding import Finding, finding
from pipeline.conformance_rows import rows_of
from pipeline.workspace import FIGURES
from schemas.manifest import public_manifest


def secrets(bench: Bench) -> Finding:
    """Check what was printed and written for the secrets that the manifest names, and what would be published."""
    ran = [bench.plain, bench.parallel[1]]
    hidden = {name: _spellings(value) for name, value in bench.secrets.items()}
    places = [place for one in ran for place in _written(one)]
    wrong = [
        f"{name} stands in {where}"
        for where, text in places
        for name, spellings in hidden.items()
        if any(one in text for one in spellings)
    ]
    told = json.dumps(public_manifest(bench.manifest))
    wrong += [f"the published manifest would tell the path {one}" for one in paths_of(bench) if json.dumps(one) in told]
    done = (
        f"searched {len(places)} files, logs and rows for {len(hidden)} secrets, and the published manifest for paths"
    )
    return finding("secrets", done, list(dict.fromkeys(wrong)), "found none")


def _spellings(value: str) -> list[bytes]:
    """Return a secret as it may be written: plain, as it stands in an address, in base64 with what is around it."""
    raw = value.encode()
    shifted = (base64.b64encode(b" " * at + raw)[2 * at : -4].rstrip(b"=") for at in range(3))
    return [raw, quote(value, safe="").encode(), *(one for one in shifted if len(one) >= 8)]


def _written(ran: Ran) -> Iterator[tuple[str, bytes]]:
    """Yield what a run said and wrote; rows are read, since Parquet packs them."""
    yield "stdout", ran.out.encode()
    yield "stderr", ran.err.encode()
    for path in sorted(ran.place.root.rglob("*")):
        if path.is_file() and path.suffix != ".parquet":
            yield path.relative_to(ran.place.root).as_posix(), path.read_bytes()
    for side in ("", "dropped", "failed"):
        rows = [{**row, "blob": b""} for row in rows_of(ran.place, FIGURES, side)]
        yield f"{FIGURES} {side}".strip(), repr(rows).encode("utf-8", "backslashreplace")


def paths_of(bench: Bench) -> list[str]:
    """Return the values of the connector's entries that name something on this machine."""
    entries = (one.model_dump(mode="json") for one in bench.manifest.sources if one.type == bench.name)
    return [one for entry in entries for one in _texts(entry) if _is_here(bench.manifest_file.parent, one)]


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  (JSON)
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _is_here(folder: Path, text: str) -> bool:
    try:
        return bool(text) and (folder / text).exists()
    except (OSError, ValueError):
        return False
