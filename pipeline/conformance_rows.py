"""Conformance rows: what a connector brought, row by row: its columns, its licences, and that nothing is missing."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from pipeline import ledger
from pipeline.conformance_bench import Bench, Ran
from pipeline.conformance_finding import Finding, finding
from pipeline.engine import read_stamps
from pipeline.pixels import inspect
from pipeline.status import status
from pipeline.store import part_path, read_rows
from pipeline.workspace import CURATED, FIGURES, Workspace
from schemas.errors import PixelError
from schemas.licence_terms import SPDX
from schemas.records import Figure


def rows_of(place: Workspace, stage: str, side: str = "") -> Iterator[dict[str, Any]]:
    """Yield the rows of a stage, or of what left it, in their order."""
    for number in sorted(read_stamps(place, stage)):
        yield from read_rows(part_path(place.stage(stage) / side, number), batch=64)


def schema(bench: Bench) -> Finding:
    """Check that each row is a figure, and that it is true of its own bytes."""
    rows = list(rows_of(bench.plain.place, FIGURES))
    wrong = [f"{row['source_id']}: {said}" for row in rows for said in _untrue(row, bench)]
    ids = [row["id"] for row in rows]
    wrong += [f"the id {one} is given {ids.count(one)} times" for one in sorted(set(ids)) if ids.count(one) > 1]
    wrong += [] if rows else ["no row was brought, so nothing can be said"]
    return finding("schema", f"read {len(rows)} rows of {FIGURES}", wrong, "each has its columns, and they are true")


def _untrue(row: dict[str, Any], bench: Bench) -> Iterator[str]:
    """Yield what a row says that isn't so."""
    try:
        Figure.model_validate(row)
    except ValidationError as error:
        yield "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}" for one in error.errors())
        return
    if row["source"] not in {source.type for source in bench.manifest.sources}:
        yield f"source is {row['source']}, and no source of the manifest has this type"
    blob = row["blob"]
    if row["source_sha256"] != hashlib.sha256(blob).hexdigest():
        yield "source_sha256 is that of other bytes"
    if row["md5"] != hashlib.md5(blob, usedforsecurity=False).hexdigest():
        yield "md5 is that of other bytes"
    try:
        pixels = inspect(blob)
    except PixelError as error:
        yield f"its bytes are no picture ({error.reason}), and it should have been dropped"
        return
    said = {name: row[name] for name in ("width_px", "height_px", "bit_depth", "channels")}
    if row["shown"] is None and said != (seen := {name: getattr(pixels, name) for name in said}):
        yield f"says {said}, and the picture is {seen}"


def nothing_vanishes(bench: Bench) -> Finding:
    """Check that every item came to something, and that the sum of each stage holds."""
    place = bench.plain.place
    with ledger.reading(place.ledger) as book:
        listed = [entry.locator for entries in book.parts().values() for entry in entries]
    became = {item["locator"]: item for stamp in read_stamps(place, FIGURES).values() for item in stamp.extra["items"]}
    wrong = [f"{one} was listed and never fetched" for one in listed if one not in became]
    wrong += [f"{one} came to nothing: no row, no drop, no failure" for one, item in became.items() if _empty(item)]
    wrong += [f"{row['name']}: the sum is off by {off}" for row in status(place)["stages"] if (off := _off(row))]
    wrong += [f"{len(bugs)} items failed by a bug: {bugs[0]}" for bugs in [_bugs(bench.plain)] if bugs]
    wrong += [] if listed else ["nothing was found, so nothing can be said"]
    seen = "each came to a row, a drop or a failure, and every stage adds up"
    return finding("nothing_vanishes", f"followed {len(listed)} items to {CURATED}", wrong, seen)


def _empty(item: dict[str, Any]) -> bool:
    return not (item["rows"] or item["dropped"] or item["failed"])


def _off(row: dict[str, Any]) -> int:
    left = sum(sum(row[side].values()) for side in ("dropped", "failed", "held"))
    return int(row["found"] + row["created"] - row["kept"] - left)


def _bugs(ran: Ran) -> list[str]:
    return [f"{said}{ran.culprit}" for said in bugs_in(ran.place)]


def bugs_in(place: Workspace) -> list[str]:
    """Return the details of failures that are bugs of a connector."""
    failed = rows_of(place, FIGURES, "failed")
    return [row["detail"] for row in failed if row["reason"] == "unexpected_error"]


def licence(bench: Bench) -> Finding:
    """Check that each licence has its evidence, and that what has none, or another, is left out with a reason."""
    place, allowed = bench.plain.place, set(bench.manifest.licenses)
    brought = list(rows_of(place, FIGURES))
    wrong = [
        f"{row['source_id']}: {row['license']} without the words it was read from"
        for row in brought
        if row["license"] and not (row["license_evidence"] or "").strip()
    ]
    wrong += [f"{row['source_id']}: {row['license']} is no SPDX id that is known" for row in brought if _unknown(row)]
    wrong += [f"{row['source_id']}: kept under {row['license']}" for row in _kept_beside(place, allowed)]
    wrong += _unreasoned(place)
    other = next(one for one in sorted(SPDX) if one not in {row["license"] for row in brought})
    narrow = bench.run("other licence", "--until", CURATED, "--set", f"licenses={json.dumps([other])}")
    kept = list(rows_of(narrow.must_end_well().place, CURATED))
    wrong += [f"{row['source_id']}: kept where only {other} is allowed" for row in kept]
    free = sum(not row["license"] for row in brought)
    done = f"read {len(brought)} licences ({free} rows state none), and ran again with {other} alone"
    return finding("licence", done, wrong, "each has its evidence; what isn't allowed left with a reason")


def _unknown(row: dict[str, Any]) -> bool:
    return bool(row["license"]) and row["license"] not in SPDX


def _kept_beside(place: Workspace, allowed: set[str]) -> list[dict[str, Any]]:
    return [row for row in rows_of(place, CURATED) if row["license"] not in allowed]


def _unreasoned(place: Workspace) -> list[str]:
    left = [row for side in ("dropped", "failed") for row in rows_of(place, FIGURES, side)]
    return [f"{row['source_id']}: left without a reason" for row in left if not row["reason"].strip()]
