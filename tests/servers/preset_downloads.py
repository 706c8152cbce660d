"""Preset downloads: for each preset of masks, what writes a tiny folder in the layout of its set."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
import scipy.io
import tifffile
from PIL import Image


def encoded(array: Any, suffix: str) -> bytes:
    stream = io.BytesIO()
    if suffix in (".tif", ".tiff"):
        rgb = array.ndim == 3 and array.shape[-1] == 3
        tifffile.imwrite(stream, array, photometric="rgb" if rgb else "minisblack")
    else:
        names = {".jpg": "JPEG", ".png": "PNG", ".bmp": "BMP"}
        Image.fromarray(array).save(stream, names[suffix])
    return stream.getvalue()


class Downloads:
    """Writes files as the makers of a set name them."""

    def __init__(self, root: Path, sets: Any) -> None:
        self.root, self.sets = root / "set", sets

    def picture(self, name: str, *, colours: bool = False) -> None:
        grey = self.sets.picture(sum(map(ord, name)))
        self.put(name, encoded(np.stack([grey, grey // 2, grey // 3], -1) if colours else grey, Path(name).suffix))

    def labels(self, name: str, *ids: int, dtype: Any = np.uint8) -> None:
        self.put(name, encoded(self.sets.labels(*ids, dtype=dtype), Path(name).suffix))

    def put(self, name: str, content: bytes | str) -> None:
        self.sets.write(self.root / name, content)

    def hdf5(self, name: str, **arrays: Any) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(self.root / name, "w") as file:
            for key, array in arrays.items():
                file[key.replace("__", "/")] = array

    def volume(self, depth: int = 6, dtype: Any = np.uint8) -> tuple[Any, Any]:
        raw = np.stack([self.sets.picture(at) for at in range(depth)])
        return raw, np.stack([self.sets.labels(1, 2, dtype=dtype)] * depth)


Layout = Callable[[Downloads], None]
LAYOUTS: dict[str, tuple[Layout, list[tuple[str, str | None, int]]]] = {}
"""For each preset: what writes its folder, and (member, official split, objects) of every image."""


def layout(name: str, *expected: tuple[str, str | None, int]) -> Callable[[Layout], Layout]:
    def keep(write: Layout) -> Layout:
        LAYOUTS[name] = (write, list(expected))
        return write

    return keep


_A172, _BV2 = "A172/A172_Phase_A7_1_00d00h00m_1.tif", "BV2/BV2_Phase_B4_2_00d04h00m_3.tif"


@layout(
    "livecell",
    (f"images/livecell_test_images/{_BV2}", "test", 1),
    (f"images/livecell_train_val_images/{_A172}", "train", 2),
)
def _(at: Downloads) -> None:
    for split, folder, name in (("train", "train_val", _A172), ("test", "test", _BV2)):
        at.picture(f"images/livecell_{folder}_images/{name}")
        square = [2, 2, 8, 2, 8, 8, 2, 8]
        objects = [square, [value + 3 for value in square]][: 2 if split == "train" else 1]
        image = {"id": 9, "file_name": Path(name).name, "width": at.sets.WIDTH_PX, "height": at.sets.HEIGHT_PX}
        told = [
            {"id": number, "image_id": 9, "category_id": 1, "iscrowd": 0, "segmentation": [polygon]}
            for number, polygon in enumerate(objects, 100)
        ]
        said = {"images": [image], "annotations": told, "categories": [{"id": 1, "name": "cell"}]}
        at.put(f"annotations/LIVECell/livecell_coco_{split}.json", json.dumps(said))
    at.put("annotations/LIVECell_single_cells/a172/train.json", "{}")


@layout("tissuenet", ("tissuenet_v1.1_val.npz#0", "val", 2), ("tissuenet_v1.1_val.npz#1", "val", 2))
def _(at: Downloads) -> None:
    at.root.mkdir(parents=True)
    cells = at.sets.labels(1, 2)
    masks = np.stack([np.stack([cells, cells * 0], -1)] * 2)
    images = np.random.default_rng(0).random((*masks.shape[:3], 2)).astype(np.float32)
    meta = np.array([["tissue"], ["skin"]], dtype=object)
    np.savez_compressed(at.root / "tissuenet_v1.1_val.npz", X=images, y=masks, meta=meta)


@layout("deepbacs", ("test/source/pos2.tif", "test", 1), ("training/source/pos1.tif", "training", 3))
def _(at: Downloads) -> None:
    for name, ids in (("training/{}/pos1.tif", (1, 2, 3)), ("test/{}/pos2.tif", (1,))):
        at.picture(name.format("source"))
        at.labels(name.format("target"), *ids, dtype=np.uint16)


@layout(
    "neurips-cellseg",
    ("Training-labeled/images/cell_00001.bmp", "Training-labeled", 2),
    ("Tuning/images/cell_00002.png", "Tuning", 1),
)
def _(at: Downloads) -> None:
    at.picture("Training-labeled/images/cell_00001.bmp", colours=True)
    at.labels("Training-labeled/labels/cell_00001_label.tiff", 1, 2, dtype=np.uint16)
    at.picture("Tuning/images/cell_00002.png")
    at.labels("Tuning/labels/cell_00002_label.tiff", 5, dtype=np.uint16)


@layout("covid-if", ("gt_image_000.h5", None, 2))
def _(at: Downloads) -> None:
    raw = {f"raw__{name}__s0": at.sets.picture(seed) for seed, name in enumerate(("nuclei", "serum_IgG", "marker"))}
    at.hdf5("gt_image_000.h5", **raw, labels__cells__s0=at.sets.labels(1, 2), labels__nuclei__s0=at.sets.labels(1))


@layout("mouse-embryo", ("Membrane/train/a.h5#5", "train", 2), ("Nuclei/test/b.h5#5", "test", 2))
def _(at: Downloads) -> None:
    for name in ("Membrane/train/a.h5", "Nuclei/test/b.h5"):
        raw, labels = at.volume()
        at.hdf5(name, raw=raw + len(name), label=labels)


@layout(
    "plantseg", ("nuclei_train/c.h5#5", "train", 2), ("ovules_test/b.h5#5", "test", 2), ("root_val/a.h5#5", "val", 2)
)
def _(at: Downloads) -> None:
    for name in ("root_val/a.h5", "ovules_test/b.h5", "nuclei_train/c.h5"):
        raw, labels = at.volume(dtype=np.uint16)
        at.hdf5(name, raw=raw + len(name), label=labels)


@layout("platynereis", ("cilia/train_data_cilia_01.h5#5", None, 2), ("nuclei/train_data_nuclei_01.h5#5", None, 2))
def _(at: Downloads) -> None:
    raw, labels = at.volume(dtype=np.int64)
    labels[:, -1] = -1
    at.hdf5("nuclei/train_data_nuclei_01.h5", volumes__raw=raw, volumes__labels__nucleus_instance_labels=labels)
    at.hdf5("cilia/train_data_cilia_01.h5", volumes__raw=raw + 1, volumes__labels__segmentation=labels)


@layout("mitolab", ("cem_mitolab/source_a/images/1.tiff", None, 2))
def _(at: Downloads) -> None:
    for number, ids in ((1, (1, 2)), (2, ())):
        at.picture(f"cem_mitolab/source_a/images/{number}.tiff")
        at.labels(f"cem_mitolab/source_a/masks/{number}.tiff", *ids)


@layout("cellpose", ("test/001_img.png", "test", 1), ("train/000_img.png", "train", 2))
def _(at: Downloads) -> None:
    for name, ids in (("train/000", (1, 2)), ("test/001", (1,))):
        at.picture(f"{name}_img.png", colours=True)
        at.labels(f"{name}_masks.png", *ids, dtype=np.uint16)


@layout("omnipose", ("bact_phase/train_sorted/5I/x.tif", "train", 2), ("worm_high_res/test/w.png", "test", 1))
def _(at: Downloads) -> None:
    at.picture("bact_phase/train_sorted/5I/x.tif")
    at.labels("bact_phase/train_sorted/5I/x_masks.tif", 1, 2)
    at.labels("bact_phase/train_sorted/5I/x_flows.tif")
    at.picture("worm_high_res/test/w.png")
    at.labels("worm_high_res/test/w_masks.png", 1)


@layout("orgasegment", ("OrganoidBasic_v20211206/eval/1_img.jpg", "eval", 2))
def _(at: Downloads) -> None:
    at.picture("OrganoidBasic_v20211206/eval/1_img.jpg")
    at.labels("OrganoidBasic_v20211206/eval/1_masks_organoid.png", 1, 2)


@layout("uro-cell", ("UroCell-master/data/fib1-0-0-0.nii.gz#5", None, 2))
def _(at: Downloads) -> None:
    raw, labels = at.volume()
    for folder, array in (("data", raw), ("mito/instance", labels), ("mito/binary", labels > 0)):
        (at.root / "UroCell-master" / folder).mkdir(parents=True)
        image = nibabel.Nifti1Image(array.T.astype(np.float64), np.eye(4))
        nibabel.save(image, at.root / "UroCell-master" / folder / "fib1-0-0-0.nii.gz")


@layout(
    "nucmm",
    ("Zebrafish (NucMM-Z)/Image/train/img_0_0.h5#5", "train", 2),
    ("Mouse (NucMM-M)/Image/val/v.h5#5", "val", 2),
)
def _(at: Downloads) -> None:
    raw, labels = at.volume(dtype=np.uint32)
    at.hdf5("Zebrafish (NucMM-Z)/Image/train/img_0_0.h5", main=raw)
    at.hdf5("Zebrafish (NucMM-Z)/Label/train/seg_0_0.h5", main=labels)
    at.hdf5("Mouse (NucMM-M)/Image/val/v.h5", main=raw + 1)
    at.hdf5("Mouse (NucMM-M)/Label/val/v.h5", main=labels)


@layout(
    "mitonet-benchmark",
    ("mito_benchmarks/fly_brain/fly_brain_em.tif#5", None, 2),
    ("tem_benchmark/images/t.tiff", None, 1),
)
def _(at: Downloads) -> None:
    raw, labels = at.volume()
    at.put("mito_benchmarks/fly_brain/fly_brain_em.tif", encoded(raw, ".tif"))
    at.put("mito_benchmarks/fly_brain/fly_brain_mito.tif", encoded(labels, ".tif"))
    at.picture("tem_benchmark/images/t.tiff")
    at.labels("tem_benchmark/masks/t.tiff", 1)


@layout("glas", ("Warwick_QU_Dataset/testA_1.bmp", "testA", 1), ("Warwick_QU_Dataset/train_12.bmp", "train", 2))
def _(at: Downloads) -> None:
    for name, ids in (("train_12", (1, 2)), ("testA_1", (1,))):
        at.picture(f"Warwick_QU_Dataset/{name}.bmp", colours=True)
        at.labels(f"Warwick_QU_Dataset/{name}_anno.bmp", *ids)
    at.put("Warwick_QU_Dataset/Grade.csv", "name")


@layout("consep", ("CoNSeP/Test/Images/test_1.png", "Test", 2))
def _(at: Downloads) -> None:
    for folder in ("Images", "Overlay"):
        at.picture(f"CoNSeP/Test/{folder}/test_1.png", colours=True)
    (at.root / "CoNSeP/Test/Labels").mkdir(parents=True)
    maps = {"inst_map": at.sets.labels(1, 2).astype(float), "type_map": at.sets.labels(3, 4).astype(float)}
    scipy.io.savemat(at.root / "CoNSeP/Test/Labels/test_1.mat", maps | {"inst_type": [[3.0], [4.0]]})


@layout("isic2018", ("ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg", "Training", 1))
def _(at: Downloads) -> None:
    at.picture("ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg", colours=True)
    at.labels("ISIC2018_Task1_Training_GroundTruth/ISIC_0000000_segmentation.png", 255)


@layout(
    "busi",
    ("Dataset_BUSI_with_GT/benign/benign (1).png", None, 1),
    ("Dataset_BUSI_with_GT/benign/benign (10).png", None, 2),
    ("Dataset_BUSI_with_GT/normal/normal (1).png", None, 0),
)
def _(at: Downloads) -> None:
    for name, masks in (("benign (1)", [""]), ("benign (10)", ["", "_1"]), ("normal (1)", [""])):
        stem = f"Dataset_BUSI_with_GT/{name.split(' ')[0]}/{name}"
        at.picture(f"{stem}.png", colours=True)
        for number, ending in enumerate(masks):
            drawn = () if name.startswith("normal") else (255, 0) if number == 0 else (0, 255)
            at.labels(f"{stem}_mask{ending}.png", *drawn)
