"""Arrays in HDF5, Zarr, NPZ, NPY, MATLAB, NIfTI and TIFF: sections with the volume's own numbers, nothing else read."""

import io
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
import pytest
import scipy.io
import tifffile
import zarr
from hypothesis import given
from hypothesis import strategies as st

from ingest.mask_arrays import opened
from ingest.mask_pairs import MaskError
from ingest.mask_planes import places, shape_of
from ingest.mask_wanted import mask_in
from schemas.records import Figure

DEPTH, HEIGHT, WIDTH = 6, 24, 32
ARRAYS = {"format": "arrays"}


@pytest.fixture
def volume(sets: Any) -> tuple[Any, Any]:
    """An image and a mask of six sections; the first has no object."""
    raw = np.stack([sets.picture(at) for at in range(DEPTH)]).astype(np.uint16) * 100
    drawn = np.stack([sets.labels(*range(1, at), dtype=np.uint32) for at in range(1, DEPTH + 1)])
    drawn[drawn == 2] = 2**31
    return raw, drawn


def hdf5(path: Path, arrays: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for key, array in arrays.items():
            file.create_dataset(key, data=array, compression="gzip")


def beside(folder: Path, name: str, write: Any, raw: Any, drawn: Any) -> dict[str, Any]:
    """Write images and masks to folders of their own."""
    for kind, array in (("raw", raw), ("seg", drawn)):
        (folder / kind).mkdir()
        write(folder / kind / name, array)
    return {"images": f"raw/*{name[1:]}", "masks": f"seg/*{name[1:]}"}


def write_zarr(folder: Path, raw: Any, drawn: Any) -> dict[str, Any]:
    group = zarr.open_group(store=folder / "v.zarr", mode="w")
    for key, array in (("raw", raw), ("labels", drawn)):
        group.create_array(key, data=array, chunks=(1, HEIGHT, WIDTH))
    return {"images": "*.zarr"}


def write_hdf5(folder: Path, raw: Any, drawn: Any) -> dict[str, Any]:
    hdf5(folder / "v.h5", {"raw": raw, "label": drawn})
    return {"images": "*.h5"}


def write_npz(save: Any, folder: Path, raw: Any, drawn: Any) -> dict[str, Any]:
    save(folder / "v.npz", X=raw, y=drawn, meta=np.array([{"a": 1}], dtype=object))
    return {"images": "*.npz", "image_key": "X", "mask_key": "y"}


def write_mat(folder: Path, raw: Any, drawn: Any) -> dict[str, Any]:
    scipy.io.savemat(folder / "v.mat", {"image": raw, "labels": drawn.astype(np.float64)})
    return {"images": "*.mat"}


def save_nifti(path: Path, array: Any) -> None:
    nibabel.save(nibabel.Nifti1Image(array.astype(np.float64).T, np.eye(4)), path)


def save_tiff(path: Path, array: Any, **said: Any) -> None:
    tifffile.imwrite(path, array, photometric="minisblack", metadata={"axes": "ZYX"}, **said)


WRITERS: dict[str, Any] = {
    "hdf5": write_hdf5,
    "zarr": write_zarr,
    "npz": partial(write_npz, np.savez),
    "packed npz": partial(write_npz, np.savez_compressed),
    "npy": partial(beside, name="v.npy", write=np.save),
    "mat": write_mat,
    "nifti": partial(beside, name="v.nii.gz", write=save_nifti),
    "tiff": partial(beside, name="v.tif", write=save_tiff),
    "packed tiff": partial(beside, name="v.tif", write=partial(save_tiff, compression="zlib")),
}


def write_volume(kind: str, base: Path, raw: Any, drawn: Any) -> dict[str, Any]:
    """Write a volume in a format, and return what a manifest says of it."""
    (base / "set").mkdir(parents=True)
    said: dict[str, Any] = WRITERS[kind](base / "set", raw=raw, drawn=drawn)
    return said


@pytest.mark.parametrize("kind", WRITERS)
def test_sections_of_a_volume_keep_its_numbers_and_share_a_family(
    kind: str, tmp_path: Path, sets: Any, volume: tuple[Any, Any]
) -> None:
    raw, drawn = volume
    said = ARRAYS | write_volume(kind, tmp_path, raw, drawn)
    found = sets.figures(tmp_path, **said)
    assert [one.member.rpartition("#")[2] for one in found] == [str(at) for at in range(DEPTH)]
    assert len({one.family_key for one in found}) == 1
    assert len({one.id for one in found}) == DEPTH
    for at, one in enumerate(found):
        assert sets.areas_in(one.mask) == sets.areas(drawn[at])
        assert (tifffile.imread(io.BytesIO(one.blob)) == raw[at]).all()
        assert [fact.value for fact in one.facts] == [f"section {at} of axis Z"]


@pytest.mark.parametrize(
    ("slices", "expected"), [("middle", [3]), ("every 2", [1, 3, 5]), ("every 4", [2]), ("every 99", [5])]
)
def test_which_sections_are_taken_is_said(
    slices: str, expected: list[int], tmp_path: Path, sets: Any, volume: tuple[Any, Any]
) -> None:
    said = ARRAYS | write_volume("hdf5", tmp_path, *volume)
    found = sets.figures(tmp_path, slices=slices, **said)
    assert [int(one.member.rpartition("#")[2]) for one in found] == expected


def test_sections_without_objects_are_dropped_where_that_is_said(
    tmp_path: Path, sets: Any, volume: tuple[Any, Any]
) -> None:
    said = ARRAYS | write_volume("hdf5", tmp_path, *volume)
    assert sets.reasons(tmp_path, empty="drop", **said) == {"set/v.h5#0": "no_objects"}


def test_a_batch_of_two_channels_keeps_both_and_says_how_they_are_shown(tmp_path: Path, sets: Any) -> None:
    images = np.random.default_rng(1).random((3, HEIGHT, WIDTH, 2)).astype(np.float32)
    cells = np.stack([sets.labels(1, at + 2) for at in range(3)])
    both = np.stack([cells, cells * 0 + 1], axis=-1)
    (tmp_path / "set").mkdir()
    np.savez_compressed(tmp_path / "set/train.npz", X=images, y=both)
    said = {
        "image_key": "X",
        "mask_key": "y",
        "mask_channel": 0,
        "axes": "NYXC",
        "channel_names": ["nucleus", "membrane"],
    }
    found = sets.figures(tmp_path, images="*.npz", **ARRAYS, **said)
    assert [sets.areas_in(one.mask) for one in found] == [{1: 16, at + 2: 16} for at in range(3)]
    for at, one in enumerate(found):
        assert (tifffile.imread(io.BytesIO(one.blob)) == images[at].transpose(2, 0, 1)).all()
        assert (one.channels, one.frames, one.bit_depth) == (2, 1, 32)
        assert one.caption == "Channel: nucleus; membrane."
        assert "green and magenta" in one.facts[-1].value


def test_keys_of_one_file_are_channels(tmp_path: Path, sets: Any) -> None:
    first, second = sets.picture(1), sets.picture(2)
    hdf5(tmp_path / "set/a.h5", {"raw/a/s0": first, "raw/b/s0": second, "labels/s0": sets.labels(4)})
    said = {"images": "*.h5", "image_key": ["raw/b/s0", "raw/a/s0"], "mask_key": "labels/s0"}
    (figure,) = sets.figures(tmp_path, **ARRAYS, **said)
    assert (tifffile.imread(io.BytesIO(figure.blob)) == np.stack([second, first])).all()
    assert (figure.member, sets.areas_in(figure.mask)) == ("a.h5", {4: 16})


def test_three_channels_of_8_bit_are_colours(tmp_path: Path, sets: Any) -> None:
    colours = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    hdf5(tmp_path / "set/a.h5", {"raw": colours, "labels": sets.labels(1)})
    (figure,) = sets.figures(tmp_path, images="*.h5", **ARRAYS)
    assert (figure.blob_format, figure.channels) == ("png", 3)


def test_a_picture_may_have_an_array_for_a_mask(tmp_path: Path, sets: Any) -> None:
    image = sets.write(tmp_path / "set/Images/a.png", sets.png(sets.picture()))
    (tmp_path / "set/Labels").mkdir()
    scipy.io.savemat(tmp_path / "set/Labels/a.mat", {"inst_map": sets.labels(3, 9).astype(float), "inst_type": [[1.0]]})
    said = {"images": "Images/*.png", "masks": "Labels/*.mat", "mask_key": "inst_map"}
    (figure,) = sets.figures(tmp_path, **ARRAYS, **said)
    assert (figure.blob, sets.areas_in(figure.mask)) == (image.read_bytes(), {3: 16, 9: 16})


def test_what_is_unclear_is_asked_for(tmp_path: Path, sets: Any, volume: tuple[Any, Any]) -> None:
    raw, drawn = volume
    hdf5(tmp_path / "set/two.h5", {"a": raw, "b": drawn})
    hdf5(tmp_path / "set/size.h5", {"raw": raw, "label": drawn[:, :-1]})
    hdf5(tmp_path / "set/cube.h5", {"raw": np.zeros((9, 9, 9)), "label": np.zeros((9, 9))})
    hdf5(tmp_path / "set/words.h5", {"raw": raw, "label": np.full(raw.shape, b"x")})
    sets.write(tmp_path / "set/none.h5", b"no HDF5")
    assert sets.reasons(tmp_path, images="*.h5", **ARRAYS) == {
        "set/two.h5": "array_unclear",
        "set/size.h5": "mask_size_differs",
        "set/cube.h5": "axes_unclear",
        "set/words.h5": "array_unreadable",
        "set/none.h5": "array_unreadable",
    }
    missing = sets.reasons(tmp_path, images="two.h5", mask_key="gt", image_key="a", **ARRAYS)
    assert missing == {"set/two.h5": "array_missing"}


def test_files_that_are_gone_cost_only_themselves(tmp_path: Path, sets: Any, volume: tuple[Any, Any]) -> None:
    said = ARRAYS | write_volume("hdf5", tmp_path, *volume)
    (tmp_path / "set/gone.h5").symlink_to(tmp_path / "set/nowhere.h5")
    (tmp_path / "set/cut.tif").write_bytes(b"II*\0cut")
    assert sets.reasons(tmp_path, **said) == {"set/gone.h5": "array_unreadable"}
    assert sets.reasons(tmp_path, images="*.tif", **ARRAYS) == {"set/cut.tif": "image_truncated"}


def test_arrays_in_other_files_are_refused(tmp_path: Path, sets: Any) -> None:
    folder = tmp_path / "set"
    hdf5(tmp_path / "secret.h5", {"raw": sets.picture(), "label": sets.labels(1)})
    folder.mkdir()
    sets.write(tmp_path / "secret.bin", bytes(HEIGHT * WIDTH))
    with h5py.File(folder / "link.h5", "w") as file:
        file["raw"] = h5py.ExternalLink("../secret.h5", "raw")
        file["label"] = sets.labels(1)
    with h5py.File(folder / "storage.h5", "w") as file:
        file.create_dataset("raw", (HEIGHT, WIDTH), "u1", external=[("../secret.bin", 0, h5py.h5f.UNLIMITED)])
        file["label"] = sets.labels(1)
    with h5py.File(folder / "virtual.h5", "w") as file:
        virtual = h5py.VirtualLayout((HEIGHT, WIDTH), "u1")
        virtual[:] = h5py.VirtualSource("../secret.h5", "raw", (HEIGHT, WIDTH))
        file.create_virtual_dataset("raw", virtual)
        file["label"] = sets.labels(1)
    group = zarr.open_group(store=folder / "v.zarr", mode="w")
    group.create_array("raw", data=sets.picture())
    (folder / "v.zarr/labels").symlink_to(tmp_path)
    said = {"image_key": "raw", "mask_key": "label", **ARRAYS}
    links = {f"set/{name}.h5": "array_link" for name in ("link", "storage", "virtual")}
    assert sets.reasons(tmp_path, images="*.h5", **said) == links
    assert sets.reasons(tmp_path, images="*.zarr", **ARRAYS) == {"set/v.zarr": "array_link"}


def test_no_pickle_is_loaded(tmp_path: Path, sets: Any) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    folder = tmp_path / "set"
    folder.mkdir()
    np.savez(folder / "a.npz", X=np.array([[Trap(), Trap()]], dtype=object), y=sets.labels(1))
    (folder / "b.npy").write_bytes(pickle.dumps(Trap()))
    assert sets.reasons(tmp_path, images="*.npz", image_key="X", mask_key="y", **ARRAYS) == {
        "set/a.npz": "array_unreadable"
    }
    assert sets.reasons(tmp_path, images="*.npy", **ARRAYS) == {"set/b.npy": "array_unreadable"}
    assert not (tmp_path / "sprung").exists()


def test_only_the_asked_section_of_an_hdf5_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hdf5(tmp_path / "v.h5", {"label": np.zeros((50, 8, 8), np.uint8)})
    asked: list[Any] = []
    get = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda self, at, **kw: asked.append(at) or get(self, at, **kw))
    with opened(mask_in(tmp_path / "v.h5", None, tmp_path)) as lazy:
        lazy.take((7, slice(None), slice(None)))
    assert asked == [(7, slice(None), slice(None))]


def test_an_array_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, sets: Any, monkeypatch: pytest.MonkeyPatch, volume: tuple[Any, Any]
) -> None:
    monkeypatch.setattr("ingest.mask_npz._MAX_UNPACKED_BYTES", 1000)
    monkeypatch.setattr("ingest.mask_array_files._MAX_WHOLE_BYTES", 1000)
    said = ARRAYS | write_volume("npz", tmp_path / "a", *volume)
    assert sets.reasons(tmp_path / "a", **said) == {"set/v.npz": "array_too_large"}
    said = ARRAYS | write_volume("nifti", tmp_path / "b", *volume)
    assert sets.reasons(tmp_path / "b", **said) == {"set/raw/v.nii.gz": "array_too_large"}


def test_what_was_unpacked_is_forgotten_when_it_is_safe(tmp_path: Path, sets: Any, volume: tuple[Any, Any]) -> None:
    connector = sets.connector(tmp_path, **ARRAYS, **write_volume("packed npz", tmp_path, *volume))
    items = list(connector.find())
    assert list(tmp_path.glob("cache/**/*.npy")) == []
    assert [len(list(connector.fetch(item))) for item in items] == [1] * DEPTH
    assert len(list(tmp_path.glob("cache/**/*.npy"))) == 2
    connector.evict(items)
    assert list(tmp_path.glob("cache/**/*.npy")) == []


@given(st.sampled_from(["all", "middle", "every 1", "every 3", "every 50"]), st.integers(1, 40))
def test_a_volume_gives_at_least_one_section_each_once(slices: str, depth: int) -> None:
    found = [at for (at,) in places(shape_of((depth, 4, 5), (depth, 4, 5), None), slices)]
    assert found == sorted(set(found)) != []
    assert set(found) <= set(range(depth))


@pytest.mark.parametrize(
    ("image", "mask", "axes", "expected"),
    [
        ((4, 5), (4, 5), None, "YX"),
        ((2, 4, 5), (4, 5), None, "CYX"),
        ((4, 5, 3), (4, 5), None, "YXC"),
        ((7, 4, 5), (7, 4, 5), None, "ZYX"),
        ((7, 4, 5, 2), (7, 4, 5), None, "ZYXC"),
        ((7, 2, 4, 5), (7, 4, 5), None, "ZCYX"),
        ((7, 4, 5), (7, 4, 5), "NYX", "NYX"),
        ((5, 4), (5, 4), "XY", "XY"),
    ],
)
def test_the_masks_shape_tells_the_axes(image: Any, mask: Any, axes: str | None, expected: str) -> None:
    assert shape_of(image, mask, axes).axes == expected


def test_transposed_axes_are_turned(tmp_path: Path, sets: Any, volume: tuple[Any, Any]) -> None:
    raw, drawn = volume
    hdf5(tmp_path / "set/v.h5", {"raw": raw.T, "label": drawn.T})
    found: list[Figure] = sets.figures(tmp_path, images="*.h5", axes="XYZ", **ARRAYS)
    assert [sets.areas_in(one.mask) for one in found] == [sets.areas(section) for section in drawn]
    assert (tifffile.imread(io.BytesIO(found[2].blob)) == raw[2]).all()


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(MaskError, match="array_unreadable"), opened(mask_in(tmp_path / "a.txt", None, tmp_path)):
        pass
