"""OME-Zarr over real sockets of the loopback: few requests, pieces of shards, and no fault that passes for absence."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync

from ingest.ome_zarr import read_plane
from ingest.session import Manners, Session
from ingest.zarr_contents import images_in
from ingest.zarr_store import SessionStore
from schemas.errors import SourceError

QUICK = Manners(per_second=2000, timeout_s=1, tries=2, backoff_s=0)
STACK = np.random.default_rng(7).integers(1, 60_000, (1, 3, 4, 64, 64), np.uint16)
Open = Callable[..., SessionStore]


@pytest.fixture
def server(server_module: Any, tmp_path: Path) -> Iterator[Any]:
    root = tmp_path / "root"
    root.mkdir()
    with server_module("zarr_server").running(root) as running:
        yield running


@pytest.fixture
def store(server: Any, tmp_path: Path) -> Open:
    def open_(name: str = "a.zarr", **more: Any) -> SessionStore:
        session = Session("idr", contact="lab@example.org", cache=tmp_path / "cache", manners=QUICK)
        return SessionStore(session, f"{server.url}{name}", **more)

    return open_


def test_a_plane_of_zarr_2_takes_its_metadata_and_its_chunks(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "a.zarr", STACK, chunks=(1, 1, 1, 32, 64), levels=3)
    opened = store()
    assert np.array_equal(read_plane(opened, channels=[1]).samples, STACK[0, 1, 2])
    chunks = ["a.zarr/level0/0/1/2/0/0", "a.zarr/level0/0/1/2/1/0"]
    asked = server.asked_keys()
    assert asked[:3] == ["a.zarr/zarr.json", "a.zarr/.zattrs", "a.zarr/level0/.zarray"]
    assert sorted(asked[3:]) == chunks
    read_plane(opened, channels=[1])
    read_plane(store(zarr_format=2), channels=[1])
    assert server.asked_keys() == asked


def test_a_plane_of_zarr_3_takes_two_metadata_and_its_chunks(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "a.zarr", STACK, version="0.5", chunks=(1, 1, 1, 64, 64))
    assert np.array_equal(read_plane(store(), channels=[1]).samples, STACK[0, 1, 2])
    assert server.asked_keys() == ["a.zarr/zarr.json", "a.zarr/level0/zarr.json", "a.zarr/level0/c/0/1/2/0/0"]


def test_of_a_shard_come_its_index_and_the_pieces_of_the_plane(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "a.zarr", STACK, version="0.5", chunks=(1, 1, 1, 64, 64), shards=(1, 3, 4, 64, 64))
    assert np.array_equal(read_plane(store(), channels=[1]).samples, STACK[0, 1, 2])
    pieces = [one.piece for one in server.asked("level0/c/")]
    assert pieces[0].startswith("bytes=-")
    assert len(pieces) == 2
    start, end = map(int, pieces[1].removeprefix("bytes=").split("-"))
    assert end - start < 2 * STACK[0, 0, 0].nbytes
    read_plane(store(), channels=[1])
    assert len(server.asked("level0/c/")) == 2


def test_a_plate_is_asked_for_each_well_once(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.plate(server.root / "a.zarr", {"A/1": [STACK[0, :, 0]], "A/2": [STACK[0, :, 1]]})
    opened = store()
    assert images_in(opened).images == ("A/1/0", "A/2/0")
    assert server.asked_keys() == ["a.zarr/zarr.json", "a.zarr/.zattrs", "a.zarr/A/1/.zattrs", "a.zarr/A/2/.zattrs"]


def test_names_with_odd_characters_are_found(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "b c #1?.zarr", STACK[0, :, 0], axes="cyx", path="0 %")
    assert read_plane(store("b%20c%20%231%3F.zarr"), "0 %").size_c == 3


def test_an_absent_chunk_is_asked_for_once_and_holds_the_fill_value(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "a.zarr", STACK, chunks=(1, 1, 1, 64, 64))
    (server.root / "a.zarr/level0/0/1/2/0/0").unlink()
    opened = store()
    assert not read_plane(opened).samples[1].any()
    read_plane(opened)
    assert len(server.asked("level0/0/1/2/0/0")) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, "http_500"),
        ({"status": 503}, "http_503"),
        ({"status": 429}, "throttled"),
        ({"status": 403}, "http_403"),
        ({"html": True}, "html_instead"),
        ({"truncate": True}, "truncated"),
        ({"reset": True}, "connection"),
        ({"delay_s": 2}, "timeout"),
        ({"body": b""}, "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.parametrize("within", [".zattrs", ".zarray", "level0/0/1/2"])
def test_a_fault_is_no_absence(
    zarr_images: Any, server: Any, store: Open, *, fault: dict[str, Any], reason: str, within: str
) -> None:
    zarr_images.image(server.root / "a.zarr", STACK, chunks=(1, 1, 1, 64, 64))
    server.fault(within, times=9, **fault)
    with pytest.raises(SourceError) as caught:
        read_plane(store())
    assert caught.value.reason == reason
    server.faults.clear()
    assert np.array_equal(read_plane(store()).samples, STACK[0, :, 2])


def test_a_server_that_knows_no_ranges_is_refused(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "a.zarr", STACK, version="0.5", chunks=(1, 1, 1, 64, 64), shards=(1, 3, 4, 64, 64))
    server.fault("level0/c/", times=9, whole=True)
    with pytest.raises(SourceError, match="range_refused"):
        read_plane(store(), channels=[1])


def test_metadata_that_are_no_json_are_refused(zarr_images: Any, server: Any, store: Open) -> None:
    zarr_images.image(server.root / "a.zarr", STACK)
    (server.root / "a.zarr/.zattrs").write_text("{")
    with pytest.raises(SourceError, match="not_json"):
        read_plane(store())


def test_what_is_more_than_its_size_says_is_given_up(
    zarr_images: Any, server: Any, store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest import zarr_store

    zarr_images.image(server.root / "a.zarr", STACK, chunks=(1, 1, 1, 64, 64))
    monkeypatch.setattr(zarr_store, "_CHUNK", zarr_store.Promise("bytes", 1000))
    with pytest.raises(SourceError, match="too_large"):
        read_plane(store())


def test_a_source_is_neither_written_nor_listed(store: Open) -> None:
    opened = store()
    assert opened.read_only
    assert [opened.supports_writes, opened.supports_deletes, opened.supports_listing] == [False] * 3
    assert not sync(opened.exists("zarr.json"))
    assert sync(opened.get_partial_values(default_buffer_prototype(), [("zarr.json", None)])) == [None]
    for refused in (opened.list, lambda: opened.list_dir(""), lambda: opened.list_prefix("")):
        with pytest.raises(NotImplementedError):
            refused()
    for writing in (opened.set("a", default_buffer_prototype().buffer.from_bytes(b"a")), opened.delete("a")):
        with pytest.raises(NotImplementedError):
            sync(writing)
    assert opened == store()
    assert hash(opened) == hash(store())
    assert opened != store("b.zarr")
