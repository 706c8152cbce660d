"""Gate: nothing is published whose row names nobody: this lab credits every picture, also under CC0."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from schemas.manifest import Manifest
from schemas.plugin_kinds import GatePlugin, Refusal


def unsigned(dataset: Path, manifest: Manifest) -> Iterator[Refusal]:
    """Yield the rows without an attribution."""
    for shard in sorted(dataset.glob("panels*/*.parquet")):
        for row in pq.read_table(shard, columns=["id", "attribution"]).to_pylist():
            if not (row["attribution"] or "").strip():
                yield Refusal(shard.parent.name, "names nobody", row["id"])


SIGNED = GatePlugin(unsigned)
