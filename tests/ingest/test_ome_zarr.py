"""OME-Zarr: the plane that comes is the plane that was written, and nothing else is read."""

import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.storage import LocalStore, WrapperStore

from ingest.fact_captions import caption_of
from ingest.ome_zarr import read_plane
from ingest.zarr_store import FolderStore
from schemas.errors import ReasonedError

STACK = np.arange(2 * 3 * 4 * 40 * 60, dtype=np.uint16).reshape(2, 3, 4, 40, 60)
METADATA = {"zarr.json", ".zattrs", ".zarray", ".zgroup"}


class Counted(WrapperStore[LocalStore]):
    """Remembers what was read of a folder, metadata apart."""

    def __init__(self, folder: Any) -> None:
        super().__init__(folder if isinstance(folder, LocalStore) else FolderStore(folder))
        self.chunks: list[str] = []

    async def get(self, key: str, *args: Any, **named: Any) -> Any:
        if key.rpartition("/")[2] not in METADATA:
            self.chunks.append(key)
        return await super().get(key, *args, **named)


def reason(store: Any, path: str = "", **asked: Any) -> str:
    with pytest.raises(ReasonedError) as caught:
        read_plane(store, path, **asked)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def edited(folder: Path, name: str, change: Any) -> Path:
    """Change what a JSON file of a hierarchy says."""
    file = folder / name
    said = json.loads(file.read_text())
    change(said)
    file.write_text(json.dumps(said))
    return folder


# The law -------------------------------------------------------------------------------------------------------------


@st.composite
def stacks(draw: st.DrawFn) -> tuple[str, np.ndarray, dict[str, Any]]:
    """Axes, samples, and how they are stored."""
    others = draw(st.lists(st.sampled_from("tcz"), unique=True, max_size=3).map(sorted))
    axes = "".join(draw(st.permutations([*others, "y", "x"])))
    version = draw(st.sampled_from(["0.4", "0.5"]))
    shape = [draw(st.integers(1, 9 if name in "yx" else 3)) for name in axes]
    chunks = [draw(st.integers(1, size)) for size in shape]
    dtype = draw(st.sampled_from(["u1", "<u2", ">u2", "<i4", "<f4", "?"]))
    stored: dict[str, Any] = {"version": version, "chunks": tuple(chunks)}
    if version == "0.5":
        stored["compressors"] = draw(st.sampled_from([None, ZstdCodec(), GzipCodec(), BloscCodec()]))
        if draw(st.booleans()):
            stored["shards"] = tuple(size * draw(st.integers(1, 3)) for size in chunks)
    samples = np.arange(1, math.prod(shape) + 1).reshape(shape).astype(dtype)
    return axes, samples, stored


@given(stack=stacks(), asked=st.data())
def test_a_plane_is_the_slice_that_numpy_takes(zarr_images: Any, stack: Any, asked: Any) -> None:
    axes, samples, stored = stack
    size = dict(zip(axes, samples.shape, strict=True))
    z_counts = size.get("z", 1) > 1
    plane = asked.draw(st.integers(0, (size["z"] if z_counts else size.get("t", 1)) - 1))
    channels = asked.draw(st.none() | st.lists(st.integers(0, size.get("c", 1) - 1), min_size=1, max_size=4))
    with tempfile.TemporaryDirectory() as folder:
        zarr_images.image(Path(folder), samples, axes=axes, **stored)
        picture = read_plane(FolderStore(Path(folder)), plane=plane, channels=channels)
    whole = samples.transpose([axes.index(name) for name in "tczyx" if name in axes])
    whole = whole.reshape([size.get(name, 1) for name in "tczyx"])
    wanted = whole[picture.t][list(picture.channels), picture.z]
    assert (picture.z, picture.t) == ((plane, 0) if z_counts else (0, plane))
    assert picture.samples.ndim == (2 if len(picture.channels) == 1 else 3)
    assert np.array_equal(picture.samples, wanted[0] if len(wanted) == 1 else wanted)
    assert picture.samples.dtype == samples.dtype.newbyteorder("=")
    assert picture.channels == tuple(dict.fromkeys(channels or range(size.get("c", 1))))
    assert (picture.size_z, picture.size_t, picture.size_c) == tuple(size.get(name, 1) for name in "ztc")


# What is read --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4", "0.5"])
def test_only_the_chunks_of_the_plane_and_its_channels_are_read(zarr_images: Any, tmp_path: Path, version: str) -> None:
    zarr_images.image(tmp_path, STACK, version=version, chunks=(1, 1, 1, 20, 30), levels=2)
    store = Counted(tmp_path)
    picture = read_plane(store, plane="last", channels=[2, 0])
    assert np.array_equal(picture.samples, STACK[0, [2, 0], 3])
    assert picture.version == version
    tiles = [f"0/{c}/3/{y}/{x}" for c in (0, 2) for y in (0, 1) for x in (0, 1)]
    dotted = [tile.replace("/", ".") if version == "0.1" else tile for tile in tiles]
    assert sorted(store.chunks) == [f"level0/{'c/' if version == '0.5' else ''}{tile}" for tile in dotted]


def test_of_a_shard_only_its_index_and_the_chunks_of_the_plane_are_read(zarr_images: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    samples = rng.integers(0, 60_000, (1, 2, 8, 64, 64), np.uint16)
    zarr_images.image(tmp_path, samples, version="0.5", chunks=(1, 1, 1, 32, 32), shards=(1, 1, 8, 64, 64))
    read: list[int] = []

    class Weighed(Counted):
        async def get(self, *args: Any, **named: Any) -> Any:
            found = await super().get(*args, **named)
            read.append(0 if found is None else len(found))
            return found

    store = Weighed(tmp_path)
    assert np.array_equal(read_plane(store, plane=5, channels=[1]).samples, samples[0, 1, 5])
    assert store.chunks == ["level0/c/0/1/0/0/0"] * 5
    assert sum(read) < samples[0, 1].nbytes // 4


def test_levels_coarser_than_the_chosen_one_are_not_looked_at(zarr_images: Any, tmp_path: Path) -> None:
    zarr_images.image(tmp_path, STACK, levels=3)
    shutil.rmtree(tmp_path / "level1")
    assert read_plane(FolderStore(tmp_path)).level == 0


@pytest.mark.parametrize(("plane", "z"), [("first", 0), ("middle", 2), ("last", 3), (1, 1)])
def test_planes_are_named_or_counted(zarr_images: Any, tmp_path: Path, plane: str | int, z: int) -> None:
    picture = read_plane(FolderStore(zarr_images.image(tmp_path, STACK)), plane=plane)
    assert (picture.z, picture.t) == (z, 0)
    assert np.array_equal(picture.samples, STACK[0, :, z])


def test_without_sections_planes_are_times(zarr_images: Any, tmp_path: Path) -> None:
    picture = read_plane(FolderStore(zarr_images.image(tmp_path, STACK[:, :, :1])), plane="last")
    assert (picture.z, picture.t) == (0, 1)
    assert np.array_equal(picture.samples, STACK[1, :, 0])


def test_the_finest_level_that_is_small_enough_is_chosen(
    zarr_images: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zarr_images.image(tmp_path, STACK, levels=3)
    store = FolderStore(tmp_path)
    assert read_plane(store).level == 0
    monkeypatch.setattr("ingest.zarr_place.CHOSEN_PIXELS", 20 * 30)
    picture = read_plane(store)
    assert (picture.level, picture.levels, picture.samples.shape) == (1, 3, (3, 20, 30))
    assert read_plane(store, level=0).level == 0
    assert read_plane(store, level=2).samples.shape == (3, 10, 15)
    monkeypatch.setattr("ingest.zarr_place.CHOSEN_PIXELS", 1)
    assert read_plane(store).level == 2


def test_an_axis_nobody_knows_is_passed_over_where_it_has_one_place(zarr_images: Any, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert read_plane(FolderStore(zarr_images.image(one, STACK[:1, 0], axes="pzyx"))).samples.shape == (40, 60)
    assert reason(FolderStore(zarr_images.image(two, STACK[:, 0], axes="pzyx"))) == "zarr_axes_unsupported"


def test_axes_are_known_by_their_type_too(zarr_images: Any, tmp_path: Path) -> None:
    def rename(said: dict[str, Any]) -> None:
        axes = said["multiscales"][0]["axes"]
        axes[0]["name"], axes[1]["name"], axes[3]["name"] = "frame", "laser", "Y"

    store = FolderStore(edited(zarr_images.image(tmp_path, STACK), ".zattrs", rename))
    assert np.array_equal(read_plane(store).samples, STACK[0, :, 2])


# What is said --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_channels_size_and_level_are_facts(zarr_images: Any, tmp_path: Path, version: str) -> None:
    channels = [
        {"label": "DAPI", "color": "0000FF"},
        {"label": "Channel 1", "color": "odd"},
        {"label": " anti  tubulin"},
    ]
    zarr_images.image(tmp_path, STACK, version=version, channels=channels, levels=2)
    picture = read_plane(FolderStore(tmp_path))
    assert picture.channel_names == ("DAPI", "Channel 1", "anti tubulin")
    assert picture.channel_colours == ("0000FF", None, None)
    said = [(fact.name, fact.value) for fact in picture.facts]
    assert said == [
        ("channel", "DAPI"),
        ("channel", "anti tubulin"),
        ("size", "60 x 40 px, 4 sections, 3 channels, 2 times"),
        ("level", "0 of 0 (finest) to 1"),
    ]
    assert caption_of(picture.facts) == "Channel: DAPI; anti tubulin."
    some = read_plane(FolderStore(tmp_path), channels=[2])
    assert some.channel_names == ("anti tubulin",)


def test_names_of_another_number_of_channels_are_nobodys(zarr_images: Any, tmp_path: Path) -> None:
    picture = read_plane(FolderStore(zarr_images.image(tmp_path, STACK, channels=[{"label": "DAPI"}])))
    assert picture.channel_names == (None, None, None)
    assert not [fact for fact in picture.facts if fact.name == "channel"]


def test_the_scale_is_that_of_the_level(zarr_images: Any, tmp_path: Path) -> None:
    zarr_images.image(tmp_path, STACK, levels=2, scale=(1, 1, 2, 250, 250), unit="nanometer")
    store = FolderStore(tmp_path)
    assert [read_plane(store, level=level).microns_per_pixel for level in (0, 1)] == [0.25, 0.5]


# What is absent ------------------------------------------------------------------------------------------------------


def test_an_absent_chunk_holds_the_fill_value(zarr_images: Any, tmp_path: Path) -> None:
    zarr_images.image(tmp_path, STACK + 1, chunks=(1, 1, 1, 20, 30), fill_value=7)
    (tmp_path / "level0/0/1/2/0/1").unlink()
    picture = read_plane(FolderStore(tmp_path))
    assert (picture.samples[1, :20, 30:] == 7).all()
    assert np.array_equal(picture.samples[0], STACK[0, 0, 2] + 1)


def test_a_plane_without_any_chunk_is_refused(zarr_images: Any, tmp_path: Path) -> None:
    zarr_images.image(tmp_path, STACK, chunks=(1, 1, 1, 40, 60))
    for channel in range(3):
        shutil.rmtree(tmp_path / f"level0/0/{channel}/2")
    store = FolderStore(tmp_path)
    assert reason(store) == "zarr_plane_empty"
    assert read_plane(store, plane=1).z == 1


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"level": 1}, "zarr_level_absent"),
        ({"level": -1}, "zarr_level_absent"),
        ({"plane": 4}, "zarr_plane_absent"),
        ({"plane": -1}, "zarr_plane_absent"),
        ({"channels": [0, 3]}, "zarr_channel_absent"),
        ({"channels": [-1]}, "zarr_channel_absent"),
        ({"path": "0"}, "zarr_metadata_missing"),
        ({"path": "../images"}, "zarr_path_refused"),
        ({"path": "/etc"}, "zarr_path_refused"),
        ({"path": "a//b"}, "zarr_path_refused"),
        ({"path": "a\\b"}, "zarr_path_refused"),
        ({"path": "a\0b"}, "zarr_path_refused"),
        ({"path": "a" * 2000}, "zarr_path_refused"),
        ({"path": "level0"}, "zarr_metadata_missing"),
    ],
)
def test_what_is_asked_for_and_not_there_has_a_reason(
    zarr_images: Any, tmp_path: Path, asked: dict[str, Any], expected: str
) -> None:
    assert reason(FolderStore(zarr_images.image(tmp_path, STACK)), **asked) == expected


# What is broken ------------------------------------------------------------------------------------------------------


def _first(said: dict[str, Any]) -> dict[str, Any]:
    return (said["attributes"]["ome"] if "attributes" in said else said)["multiscales"][0]  # type: ignore[no-any-return]


def _root(said: dict[str, Any]) -> dict[str, Any]:
    return said["attributes"]["ome"] if "attributes" in said else said  # type: ignore[no-any-return]


BROKEN = {
    "no datasets": (lambda said: _first(said).pop("datasets"), "zarr_metadata_broken"),
    "empty datasets": (lambda said: _first(said).update(datasets=[]), "zarr_metadata_broken"),
    "datasets of text": (lambda said: _first(said).update(datasets=["0"]), "zarr_metadata_broken"),
    "path a number": (lambda said: _first(said)["datasets"][0].update(path=0), "zarr_metadata_broken"),
    "path upwards": (lambda said: _first(said)["datasets"][0].update(path="../a.zarr/level0"), "zarr_path_refused"),
    "path absolute": (lambda said: _first(said)["datasets"][0].update(path="/etc/passwd"), "zarr_path_refused"),
    "path dot": (lambda said: _first(said)["datasets"][0].update(path="./level0"), "zarr_path_refused"),
    "path empty": (lambda said: _first(said)["datasets"][0].update(path=""), "zarr_path_refused"),
    "path of nothing": (lambda said: _first(said)["datasets"][0].update(path="level9"), "zarr_array_missing"),
    "multiscales an object": (lambda said: _root(said).update(multiscales={}), "zarr_metadata_broken"),
    "multiscales none": (lambda said: _root(said).update(multiscales=[]), "zarr_metadata_broken"),
    "multiscales gone": (lambda said: _root(said).pop("multiscales"), "zarr_metadata_missing"),
    "omero a text": (lambda said: _root(said).update(omero="x"), "zarr_metadata_broken"),
    "axes a text": (lambda said: _first(said).update(axes="tczyx"), "zarr_metadata_broken"),
    "axes of numbers": (lambda said: _first(said).update(axes=[1, 2, 3, 4, 5]), "zarr_metadata_broken"),
    "axes too few": (lambda said: _first(said).update(axes=_first(said)["axes"][1:]), "zarr_axes_unsupported"),
    "axes none": (lambda said: _first(said).update(axes=[]), "zarr_axes_unsupported"),
    "no x": (lambda said: _first(said)["axes"][4].update(name="r"), "zarr_axes_unsupported"),
    "x twice": (lambda said: _first(said)["axes"][3].update(name="x"), "zarr_axes_unsupported"),
    "0.6": (lambda said: _first(said).update(coordinateSystems=[]), "zarr_version_unsupported"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_metadata_that_can_not_be_true_have_a_reason(zarr_images: Any, tmp_path: Path, case: str, version: str) -> None:
    change, expected = BROKEN[case]
    zarr_images.image(tmp_path, STACK, version=version)
    store = FolderStore(edited(tmp_path, "zarr.json" if version == "0.5" else ".zattrs", change))
    assert reason(store) == expected


@pytest.mark.parametrize("said", ["1.0", "0.6", "0.6.dev4", "0.10", "0.55", "x", ""])
def test_another_version_is_refused_and_none_is_guessed(zarr_images: Any, tmp_path: Path, said: str) -> None:
    store = FolderStore(
        edited(zarr_images.image(tmp_path, STACK), ".zattrs", lambda one: _first(one).update(version=said))
    )
    if said:
        assert reason(store) == "zarr_version_unsupported"
    else:
        assert read_plane(store).version == "0.4"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 99_999, b'{"multiscales": '])
@pytest.mark.parametrize("name", [".zattrs", "zarr.json"])
def test_attributes_that_are_no_json_object_have_a_reason(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    assert reason(FolderStore(tmp_path)) == "zarr_metadata_broken"


def test_an_empty_folder_has_no_metadata_and_neither_has_none(tmp_path: Path) -> None:
    assert reason(FolderStore(tmp_path)) == "zarr_metadata_missing"
    assert reason(FolderStore(tmp_path / "gone")) == "zarr_metadata_missing"


@pytest.mark.parametrize("linked", [".zattrs", "level0/.zarray", "level0/0/1/2/0/0", "level0"])
def test_a_link_out_of_the_folder_is_not_followed(zarr_images: Any, tmp_path: Path, linked: str) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    zarr_images.image(inside, STACK, chunks=(1, 1, 1, 40, 60))
    (inside / linked).rename(outside)
    (inside / linked).symlink_to(outside)
    assert reason(FolderStore(inside)) == "archive_link"
    link = tmp_path / "link"
    link.symlink_to(inside)
    outside.rename(inside / "other")
    (inside / linked).unlink()
    (inside / linked).symlink_to(inside / "other")
    assert np.array_equal(read_plane(FolderStore(link)).samples, STACK[0, :, 2])


ARRAYS = {
    "no JSON": (None, "zarr_metadata_broken"),
    "no shape": (lambda said: said.pop("shape"), "zarr_metadata_broken"),
    "shape a text": (lambda said: said.update(shape="big"), "zarr_metadata_broken"),
    "negative": (lambda said: said["shape"].__setitem__(4, -1), "zarr_metadata_broken"),
    "nothing": (lambda said: said["shape"].__setitem__(4, 0), "zarr_metadata_broken"),
    "dimensions": (lambda said: said.update(shape=[40, 60], chunks=[40, 60]), "zarr_axes_unsupported"),
    "huge": (lambda said: said["shape"].__setitem__(slice(3, 5), [10**6, 10**6]), "image_too_large"),
    "beyond": (lambda said: said["shape"].__setitem__(slice(3, 5), [2**70, 2**70]), "image_too_large"),
    "many channels": (lambda said: said["shape"].__setitem__(slice(1, 5), [999, 1, 9999, 9999]), "image_too_large"),
    "huge chunk": (lambda said: said["chunks"].__setitem__(slice(2, 5), [9999, 9999, 9999]), "image_too_large"),
    "tiny chunks": (
        lambda said: (said["shape"].__setitem__(slice(3, 5), [4000, 4000]), said.update(chunks=[1, 1, 1, 1, 1])),
        "image_too_large",
    ),
    "strange codec": (lambda said: said.update(compressor={"id": "jpegxs"}), "zarr_codec_unsupported"),
    "code": (lambda said: said.update(compressor={"id": "pickle", "protocol": 5}), "zarr_metadata_broken"),
    "code in objects": (
        lambda said: said.update(dtype="|O", fill_value=None, filters=[{"id": "pickle", "protocol": 5}]),
        "zarr_metadata_broken",
    ),
    "objects": (
        lambda said: said.update(dtype="|O", fill_value="", filters=[{"id": "vlen-utf8"}]),
        "zarr_codec_unsupported",
    ),
    "unusual codec": (lambda said: said.update(filters=[{"id": "base64"}]), "zarr_codec_unsupported"),
    "text": (lambda said: said.update(dtype="<U9", fill_value=""), "zarr_dtype_unsupported"),
    "complex": (lambda said: said.update(dtype="<c8", fill_value=None), "zarr_dtype_unsupported"),
    "no type": (lambda said: said.update(dtype="<q9"), "zarr_metadata_broken"),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_an_array_that_can_not_be_read_has_a_reason(zarr_images: Any, tmp_path: Path, case: str) -> None:
    change, expected = ARRAYS[case]
    zarr_images.image(tmp_path, STACK)
    file = tmp_path / "level0" / ".zarray"
    if change is None:
        file.write_text("{")
    else:
        edited(tmp_path, "level0/.zarray", change)
    store = Counted(tmp_path)
    assert reason(store) == expected
    assert store.chunks == []


SHARDED = {
    "strange codec": (lambda said: said["codecs"].append({"name": "jpegxs"}), "zarr_codec_unsupported"),
    "codec a number": (lambda said: said.update(codecs=[7]), "zarr_metadata_broken"),
    "a group": (lambda said: said.update(node_type="group"), "zarr_metadata_broken"),
    "format": (lambda said: said.update(zarr_format=4), "zarr_metadata_broken"),
    "must understand": (lambda said: said.update(gone={"must_understand": True}), "zarr_metadata_broken"),
    "text": (
        lambda said: said.update(data_type="string", fill_value="", codecs=[{"name": "vlen-utf8"}]),
        "zarr_codec_unsupported",
    ),
    "huge": (lambda said: said["shape"].__setitem__(slice(3, 5), [10**6, 10**6]), "image_too_large"),
}


@pytest.mark.parametrize("case", SHARDED)
def test_an_array_of_zarr_3_that_can_not_be_read_has_a_reason(zarr_images: Any, tmp_path: Path, case: str) -> None:
    change, expected = SHARDED[case]
    zarr_images.image(tmp_path, STACK, version="0.5")
    store = Counted(edited(tmp_path, "level0/zarr.json", change))
    assert reason(store) == expected
    assert store.chunks == []


@pytest.mark.parametrize("stored", [{"version": "0.4"}, {"version": "0.5"}, {"version": "0.5", "shards": STACK.shape}])
@pytest.mark.parametrize("damage", ["empty", "short", "noise"])
def test_a_damaged_chunk_has_a_reason(zarr_images: Any, tmp_path: Path, stored: dict[str, Any], damage: str) -> None:
    zarr_images.image(tmp_path, STACK, chunks=(1, 1, 1, 40, 60), **stored)
    for chunk in (tmp_path / "level0").rglob("*"):
        if chunk.is_file() and chunk.name not in METADATA:
            whole = chunk.read_bytes()
            chunk.write_bytes({"empty": b"", "short": whole[: len(whole) // 2], "noise": b"\xa5" * len(whole)}[damage])
    assert reason(FolderStore(tmp_path)) == "zarr_chunk_corrupt"


def test_a_full_disk_is_no_fault_of_the_image(zarr_images: Any, tmp_path: Path) -> None:
    class Full(Counted):
        async def get(self, key: str, *args: Any, **named: Any) -> Any:
            if "level0/0" in key:
                raise OSError(24, "Too many open files")
            return await super().get(key, *args, **named)

    with pytest.raises(OSError, match="Too many open files"):
        read_plane(Full(zarr_images.image(tmp_path, STACK)))


# Whatever the metadata say -------------------------------------------------------------------------------------------

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**70)
    | st.floats()
    | st.sampled_from(
        ["", "x", "..", "scale", "zlib", "pickle", "<u2", "|O", "bytes", "sharding_indexed", "0.4", "\0"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["path", "id", "name"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def _places(said: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = list(said.items()) if isinstance(said, dict) else list(enumerate(said)) if isinstance(said, list) else []
    return [path, *(place for step, value in inner for place in _places(value, (*path, step)))]


def _replaced(said: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(said) if isinstance(said, dict) else list(said)
    copy[path[0]] = _replaced(said[path[0]], path[1:], value)
    return copy


class Altered(WrapperStore[FolderStore]):
    """A folder of which one file says something else."""

    def __init__(self, folder: Path, key: str, said: Any) -> None:
        super().__init__(FolderStore(folder))
        self._key, self._said = key, json.dumps(said).encode()

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        if key == self._key:
            return prototype.buffer.from_bytes(self._said)
        return await super().get(key, prototype, byte_range)


@pytest.fixture(scope="module")
def images(zarr_images: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same small image in both formats, with all that metadata may say."""
    told: dict[str, Any] = {"scale": (1, 1, 2, 0.5, 0.5), "channels": [{"label": "a", "color": "00FF00"}] * 3}
    made = {}
    for version, stored in {"0.4": {}, "0.5": {"shards": (1, 1, 4, 40, 60)}}.items():
        folder = tmp_path_factory.mktemp("image")
        made[version] = zarr_images.image(folder, STACK, version=version, chunks=(1, 1, 1, 20, 30), **told, **stored)
    return made


@settings(max_examples=300)
@given(st.data())
def test_whatever_metadata_say_the_answer_is_a_picture_or_a_reason(images: dict[str, Path], asked: Any) -> None:
    version, key = asked.draw(
        st.sampled_from(
            [("0.4", ".zattrs"), ("0.4", "level0/.zarray"), ("0.5", "zarr.json"), ("0.5", "level0/zarr.json")]
        )
    )
    said = json.loads((images[version] / key).read_text())
    altered = _replaced(said, asked.draw(st.sampled_from(_places(said))), asked.draw(_VALUES))
    store = Altered(images[version], key, altered)
    try:
        said = read_plane(store).path
    except ReasonedError as error:
        said = error.reason
    assert said == "" or said.startswith(("zarr_", "image_too_large"))
