"""Lays free photographs and slices of heads in a folder to learn kinds from: python -m scripts.free_pictures DEBS OUT.

DEBS holds Debian packages, as `apt-get download gcompris-qt-data lomiri-wallpapers-16.04 python3-skimage mricron-data`
brings them. Taken are pictures that their package's copyright file names one by one and puts in the public domain or
under CC0 or CC BY, those of scikit-image that its own notes call so, scikit-learn's two, and slices of MRIcron's head
(BSD). Share-alike, GPL and what is under no named licence stay behind. OUT/SOURCES.tsv says of each whence it comes.
Last looked at: 2026-11-28.
"""

import argparse
import gzip
import io
import re
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

FREE = re.compile(r"^(?:public-domain|CC0[-\d.]*|CC-BY-[\d.]+)$", re.IGNORECASE)
_SKIMAGE = {
    "astronaut.png": "public-domain", "rocket.jpg": "public-domain", "camera.png": "CC0", "chelsea.png": "CC0",
    "coffee.png": "CC0", "brick.png": "CC0", "gravel.png": "CC0", "grass.png": "CC0",
}  # fmt: skip
"""Photographs in scikit-image's package, with what its documentation of `skimage.data` says of their rights."""
_LONGEST_PX = 1000
_LEAST_PX, _MOST_BYTES = 120, 40_000_000
_DIRECTORY, _COMPRESSED, _ZSTD = 2, 1, 4


@dataclass(frozen=True)
class Found:
    """A picture, and what stands of it in SOURCES.tsv."""

    name: str
    kind: str
    package: str
    licence: str
    holder: str
    image: Image.Image


def licences(copyright_text: str) -> list[tuple[str, str, str]]:
    r"""Return pattern, licence and holder of each file that a Debian copyright file names, the last one to count.

    >>> licences("Files: a.jpg\n b.png\nCopyright: 2014 Ann\nLicense: CC0-1.0")
    [('a.jpg', 'CC0-1.0', '2014 Ann'), ('b.png', 'CC0-1.0', '2014 Ann')]
    """
    told = []
    for stanza in re.split(r"\n\s*\n", copyright_text):
        fields = {
            key: " ".join(value.split())
            for key, value in re.findall(
                r"^(Files|License|Copyright):((?:.*\n?)(?:^[ \t].*\n?)*)", stanza, re.MULTILINE
            )
        }
        if {"Files", "License"} <= fields.keys():
            licence = re.search(r"^License:[ \t]*(\S+)", stanza, re.MULTILINE)
            held = fields.get("Copyright", "")
            told += [(pattern, licence[1] if licence else "", held) for pattern in fields["Files"].split()]
    return told


def members(resource: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the files in one of Qt's resource collections (`.rcc`); those packed with Zstandard are left out."""
    magic, version, tree, blocks, names = struct.unpack(">4sIIII", resource[:20])
    if magic != b"qres":
        return
    step, waiting = (22 if version >= 2 else 14), [(0, "")]
    while waiting:
        node, folder = waiting.pop()
        at = tree + node * step
        name_at, flags = struct.unpack_from(">IH", resource, at)
        length = struct.unpack_from(">H", resource, names + name_at)[0]
        name = resource[names + name_at + 6 :][: length * 2].decode("utf-16-be") if node else ""
        if flags & _DIRECTORY:
            count, first = struct.unpack_from(">II", resource, at + 6)
            waiting += [(child, f"{folder}/{name}") for child in range(first, first + count)]
            continue
        start = blocks + struct.unpack_from(">I", resource, at + 10)[0]
        size = struct.unpack_from(">I", resource, start)[0]
        held = resource[start + 4 : start + 4 + size]
        if not flags & _ZSTD:
            yield f"{folder}/{name}", zlib.decompress(held[4:]) if flags & _COMPRESSED else held


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink()):
        if path.stat().st_size > _MOST_BYTES:
            continue
        held = path.read_bytes()
        yield from members(held) if path.suffix == ".rcc" else [(str(path.relative_to(root)), held)]


def pictures_of(package: str, root: Path) -> Iterator[Found]:
    """Return the free pictures of one unpacked package."""
    notes = root / "usr" / "share" / "doc" / package / "copyright"
    told = licences(notes.read_text()) if notes.exists() else []
    for name, held in _files(root):
        if package == "mricron-data":
            if name.endswith(("/ch2.nii.gz", "/inia19-t1-brain.nii.gz")):
                yield from _slices(package, Path(name).name.removesuffix(".nii.gz"), held)
        elif name.lower().endswith((".jpg", ".jpeg", ".png", ".webp")):
            licence, holder = _rights(package, name, told)
            image = _opened(held) if FREE.match(licence) else None
            if image:
                yield Found(Path(name).stem, "photo", package, licence, holder, image)


def _rights(package: str, name: str, told: list[tuple[str, str, str]]) -> tuple[str, str]:
    """Return licence and holder of a file; its ending may have changed since they were written down."""
    if package == "python3-skimage":
        return _SKIMAGE.get(Path(name).name, ""), "scikit-image"
    own = [(licence, who) for pattern, licence, who in told if Path(pattern).stem == Path(name).stem]
    return own[-1] if len({lic for lic, _ in own}) == 1 else ("", "")


def _opened(held: bytes) -> Image.Image | None:
    with Image.open(io.BytesIO(held)) as image:
        if min(image.size) < _LEAST_PX or image.mode in {"RGBA", "P", "LA"}:
            return None  # drawings and icons: a photograph is opaque
        plain = image.convert("RGB")
    plain.thumbnail((_LONGEST_PX, _LONGEST_PX))
    return plain


def _slices(package: str, name: str, held: bytes) -> Iterator[Found]:
    """Return slices through a head in a NIfTI file, three ways."""
    volume = _volume(gzip.decompress(held))
    for axis in range(3):
        for share in (0.3, 0.38, 0.46, 0.54, 0.62, 0.7):
            plane = np.take(volume, int(volume.shape[axis] * share), axis)
            image = Image.fromarray(np.rot90(plane)).convert("RGB")
            yield Found(
                f"{name}_{axis}_{round(share * 100)}", "medical", package, "BSD-3-clause", "Chris Rorden", image
            )


def _volume(nifti: bytes) -> npt.NDArray[np.uint8]:
    order = "<" if struct.unpack_from("<i", nifti, 0)[0] == 348 else ">"
    shape = struct.unpack_from(f"{order}3h", nifti, 42)
    code, offset = struct.unpack_from(f"{order}h", nifti, 70)[0], int(struct.unpack_from(f"{order}f", nifti, 108)[0])
    kinds = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 512: "u2"}
    values = np.frombuffer(nifti, f"{order}{kinds[code]}", int(np.prod(shape)), offset).reshape(shape, order="F")
    low, high = np.percentile(values, (1, 99.8))
    return np.asarray(((values - low) / max(high - low, 1e-6)).clip(0, 1) * 255, np.uint8)


def scikit_learns() -> Iterator[Found]:
    """Return the two photographs that scikit-learn ships, both under CC BY."""
    from sklearn import datasets

    for path in sorted((Path(datasets.__file__).parent / "images").glob("*.jpg")):
        image = _opened(path.read_bytes())
        if image:
            yield Found(path.stem, "photo", "scikit-learn", "CC-BY-2.0", "see its images/README.txt", image)


def main() -> None:
    """Unpack DEBS one by one and write what is free."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("debs", type=Path, metavar="DEBS")
    parser.add_argument("out", type=Path, metavar="OUT")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    rows = ["file\tkind\tpackage\tlicence\tholder"]
    found = list(scikit_learns())
    for deb in sorted(asked.debs.glob("*.deb")):
        with tempfile.TemporaryDirectory() as room:
            subprocess.run(["dpkg-deb", "-x", str(deb), room], check=True)  # noqa: S603, S607 - paths of ours
            found += pictures_of(deb.name.partition("_")[0], Path(room))
    named = {f"{one.kind}.{one.package}.{one.name}.jpg": one for one in found}
    for name, one in named.items():
        one.image.save(asked.out / name, quality=92)
        rows.append(f"{name}\t{one.kind}\t{one.package}\t{one.licence}\t{one.holder}")
    (asked.out / "SOURCES.tsv").write_text("\n".join(rows) + "\n")
    print(f"{len(named)} pictures in {asked.out}")


if __name__ == "__main__":
    main()
