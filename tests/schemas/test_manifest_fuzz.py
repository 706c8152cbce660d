"""Manifest fuzz: whatever is wrong, wherever it stands, is found at its line and column."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import ManifestError
from schemas.manifest_file import load_manifest

Loc = tuple[str | int, ...]


class Written:
    """Plain values as YAML, with the (line, column) of every key and value; written apart from the reader."""

    def __init__(self, value: dict[str, Any], *, flow_from: int) -> None:
        self.text = ""
        self.keys: dict[Loc, tuple[int, int]] = {}
        self.values: dict[Loc, tuple[int, int]] = {}
        self._flow_from = flow_from
        self._block(value, (), 0)

    def _here(self) -> tuple[int, int]:
        return self.text.count("\n") + 1, len(self.text) - self.text.rfind("\n")

    def _block(self, value: Any, loc: Loc, indent: int) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for number, (key, one) in enumerate(pairs):
            if number or not self.text.endswith("- "):
                self.text += " " * indent
            if isinstance(key, str):
                self.keys[*loc, key] = self._here()
            self.text += f"{key}:" if isinstance(key, str) else "- "
            self._below(one, (*loc, key), indent)

    def _below(self, one: Any, loc: Loc, indent: int) -> None:
        is_entry = isinstance(loc[-1], int)
        if isinstance(one, dict | list) and one and len(loc) < self._flow_from:
            self.text += "" if is_entry else "\n"
            self._block(one, loc, indent + 2)
            return
        self.text += "" if is_entry else " "
        self._flow(one, loc)
        self.text += "\n"

    def _flow(self, value: Any, loc: Loc) -> None:
        self.values[loc] = self._here()
        if not isinstance(value, dict | list):
            self.text += json.dumps(value)
            return
        self.text += "{" if isinstance(value, dict) else "["
        for number, (key, one) in enumerate(value.items() if isinstance(value, dict) else enumerate(value)):
            self.text += ", " if number else ""
            if isinstance(key, str):
                self.keys[*loc, key] = self._here()
                self.text += f"{key}: "
            self._flow(one, (*loc, key))
        self.text += "}" if isinstance(value, dict) else "]"


VALID: dict[str, Any] = {
    "bricks": 1,
    "name": "fuzz",
    "contact": "someone@example.org",
    "licenses": ["CC0-1.0", "CC-BY-4.0"],
    "sources": [
        {"type": "pmc", "query": "septin", "limit": 3, "sample": {"n": 2, "seed": 1}},
        {"type": "biorxiv", "since": "2026-01-01", "categories": ["oncology"], "route": ["web", "pmc"]},
        {"type": "idr", "studies": ["idr0001"], "pixels": "zarr", "plane": 2, "channels": [0, 1]},
        {"type": "eln", "path": ["a.eln"], "license": "CC0-1.0", "schema": "s.json"},
        {"type": "elabftw", "url": "https://eln.example.org", "key": "${env:KEY}", "tags": ["x"]},
        {"type": "rspace", "url": "https://eln.example.org", "key": "${env:KEY}", "modified_since": "2026-01-01"},
        {"type": "images", "path": "p/", "license": "CC0-1.0", "metadata": {"stain": "DAPI"}},
        {"type": "masks", "path": "m/", "preset": "livecell"},
    ],
    "curation": {"kinds": {"keep": ["micro"]}, "ontologies": ["FBbi", {"CL": "cl.obo"}], "dedup": {"bits": 64}},
    "captioning": {"backend": "openai", "endpoints": ["http://127.0.0.1/v1"], "model": "m", "budget": {"gpu_hours": 2}},
    "questions": {"tasks": ["stain"], "per_panel": 2},
    "review": {"queues": [{"name": "a", "from": "tags", "strata": ["source"]}]},
    "split": {"test": 0.1, "seed": 2},
    "publish": {"repo": "org/x", "subsets": ["commercial"]},
    "on_error": {"max_failure_rate": 0.1},
}
FREE = {"metadata", "ontologies"}
"""Under these any key may stand."""


def _locs(value: Any, loc: Loc = ()) -> Iterator[Loc]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield (*loc, key)
        yield from _locs(one, (*loc, key))


def _at(value: Any, loc: Loc) -> Any:
    for step in loc:
        value = value[step]
    return value


EVERYWHERE = list(_locs(VALID))
MAPPINGS = [(), *(at for at in EVERYWHERE if isinstance(_at(VALID, at), dict) and not FREE & set(at))]
KEYS = [at for at in EVERYWHERE if isinstance(at[-1], str) and not FREE & set(at[:-1])]
LEAVES = [at for at in EVERYWHERE if not isinstance(_at(VALID, at), dict | list) and at[-1] != "CL"]
flows = st.integers(min_value=1, max_value=6)
fuzz = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _load(folder: Path, written: Written) -> None:
    path = folder / "m.yaml"
    path.write_text(written.text, encoding="utf-8")
    load_manifest(path)


def _found(folder: Path, written: Written) -> list[tuple[int, int, str]]:
    with pytest.raises(ManifestError) as caught:
        _load(folder, written)
    return [(problem.line, problem.column, problem.path) for problem in caught.value.problems]


@given(flow_from=flows)
@fuzz
def test_the_manifest_that_is_fuzzed_is_right(tmp_path: Path, flow_from: int) -> None:
    _load(tmp_path, Written(VALID, flow_from=flow_from))


@given(
    at=st.sampled_from(MAPPINGS),
    key=st.from_regex(r"[a-z]{1,12}", fullmatch=True),
    first=st.booleans(),
    flow_from=flows,
)
@fuzz
def test_every_unknown_key_is_located(tmp_path: Path, at: Loc, key: str, first: bool, flow_from: int) -> None:  # noqa: FBT001
    wrong = copy.deepcopy(VALID)
    mapping = _at(wrong, at)
    key = f"zz{key}"
    before = dict(mapping)
    mapping.clear()
    mapping.update({key: 1} | before if first else before | {key: 1})
    written = Written(wrong, flow_from=flow_from)

    assert (*written.keys[*at, key], ".".join(map(str, (*at, key)))) in _found(tmp_path, written)


@given(at=st.sampled_from(KEYS), data=st.data(), flow_from=flows)
@fuzz
def test_every_mistyped_key_is_located(tmp_path: Path, at: Loc, data: st.DataObject, flow_from: int) -> None:
    key = str(at[-1])
    where = data.draw(st.integers(min_value=0, max_value=len(key)))
    typo = f"{key[:where]}x{key[where:]}"
    wrong = copy.deepcopy(VALID)
    mapping = _at(wrong, at[:-1])
    before = dict(mapping)
    mapping.clear()
    mapping.update({typo if name == key else name: one for name, one in before.items()})
    written = Written(wrong, flow_from=flow_from)

    found = _found(tmp_path, written)

    assert (*written.keys[*at[:-1], typo], ".".join(map(str, (*at[:-1], typo)))) in found


@given(at=st.sampled_from(LEAVES), flow_from=flows, value=st.sampled_from([{"zzz": 1}, {}]))
@fuzz
def test_every_wrong_type_is_located(tmp_path: Path, at: Loc, flow_from: int, value: Any) -> None:
    wrong = copy.deepcopy(VALID)
    _at(wrong, at[:-1])[at[-1]] = value
    written = Written(wrong, flow_from=min(flow_from, len(at)))

    found = _found(tmp_path, written)

    assert written.values[at] in [(line, column) for line, column, _ in found]


@given(text=st.text(max_size=60))
@fuzz
def test_any_text_is_a_manifest_or_a_list_of_problems(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    with pytest.raises(ManifestError):
        load_manifest(path)
