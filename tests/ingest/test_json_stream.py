"""A JSON file is read entry by entry, wherever the pieces of it end."""

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.json_stream import entries_in

KEYS = ("images", "annotations")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_FILES = st.dictionaries(st.sampled_from([*KEYS, "info", "ü"]), _VALUES, max_size=4)


def entries(text: bytes, chunk_bytes: int = 1 << 20) -> list[tuple[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, mock.patch("ingest.json_stream._CHUNK_BYTES", chunk_bytes):
        path = Path(folder) / "a.json"
        path.write_bytes(text)
        return list(entries_in(path, KEYS))


def expected(tree: dict[str, Any]) -> list[tuple[str, Any]]:
    lists = {key: value for key, value in tree.items() if key in KEYS and isinstance(value, list | dict)}
    return [
        (key, entry) for key, value in lists.items() for entry in (value.values() if isinstance(value, dict) else value)
    ]


@given(_FILES, st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_the_entries_are_those_of_the_whole(tree: dict[str, Any], size: int, indent: int | None, ascii: bool) -> None:  # noqa: A002, FBT001
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    try:
        text.decode()
    except UnicodeDecodeError:
        return  # a lone surrogate is no UTF-8
    assert entries(text, size) == expected(tree)
    assert entries(b"\xef\xbb\xbf" + text) == expected(tree)


@given(_FILES.filter(bool), st.data())
def test_a_file_that_is_cut_is_refused(tree: dict[str, Any], data: Any) -> None:
    text = json.dumps(tree).encode()
    with pytest.raises(ValueError, match=r"."):
        entries(text[: data.draw(st.integers(0, len(text) - 1))], 3)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b'{"images": [1 2]}', b'{"images": [1,]}', b'{"images" 1}', b"\xff\xfe", b"[" * 100_000,
     b'{"images": ' + b"[" * 100_000],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_such_file_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        entries(text)


def test_an_entry_that_is_too_large_is_refused() -> None:
    with mock.patch("ingest.json_stream.MAX_ENTRY_CHARACTERS", 100), pytest.raises(ValueError, match="more than 100"):
        entries(json.dumps({"images": ["x" * 10_000]}).encode(), 16)
