"""Told: what `bricks ontologies` says of an ontology to a person."""

from collections.abc import Mapping
from typing import Any


def told_ontology(row: Mapping[str, Any]) -> str:
    """Return one line about an ontology that was pulled, built or listed."""
    name = f"{row['name']:16}"
    if "new" in row:
        came = "came" if row["new"] else "is here"
        return f"{name} {came}: {row['size_bytes']:,} bytes, sha256 {row['sha256'][:12]}, {row['retrieved_at'][:10]}"
    if row.get("built", True) and "terms" in row:
        said = f"{row['terms']:,} terms, {row['names']:,} names, version {row['version'] or 'not told'}"
        problems = len(row.get("problems", ()))
        return f"{name} {said}, sha256 {row['sha256'][:12]}" + (f", {problems} lines left out" if problems else "")
    return f"{name} {'pulled ' + row['pulled'][:10] + ', not built' if row['pulled'] else 'not here'}: {row['url']}"
