"""The bundled sample: made by a script that gives the same bytes, small, and varied as it says."""

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import tifffile
from lxml import etree
from PIL import Image

from scripts.demo_articles import COUNTING, PREPRINT
from scripts.demo_jats import DemoArticle, pmc_package
from scripts.make_demo import DEMO, sample, write_sample

MAX_BYTES = 3_000_000


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return sample()


@pytest.fixture(scope="module")
def bundled() -> dict[str, bytes]:
    files = [path for path in sorted(DEMO.rglob("*")) if path.is_file() and path.name != "README.md"]
    return {path.relative_to(DEMO).as_posix(): path.read_bytes() for path in files}


def test_the_same_script_gives_the_same_bytes(made: dict[str, bytes], tmp_path: Path) -> None:
    write_sample(tmp_path)
    again = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert again == made


def test_what_is_bundled_is_what_the_script_makes(made: dict[str, bytes], bundled: dict[str, bytes]) -> None:
    """Another version of an encoder may write other bytes; the words and the pictures stay."""
    fresh, old = dict(unpacked(made)), dict(unpacked(bundled))
    assert sorted(fresh) == sorted(old)
    for name, content in fresh.items():
        if "PMC99900008/jrm-8-g002" in name or content == old[name]:
            continue
        difference = np.abs(pixels(content) - pixels(old[name])).mean()
        assert difference < 0.01, f"{name} has changed; run python -m scripts.make_demo"


def test_it_is_small(bundled: dict[str, bytes]) -> None:
    assert sum(map(len, bundled.values())) < MAX_BYTES


def test_it_comes_in_every_shape(bundled: dict[str, bytes]) -> None:
    members = dict(unpacked(bundled))
    assert {name.rpartition(".")[2] for name in bundled} >= {"gz", "zip", "meca", "xml", "nxml", "jpg", "webp", "png"}
    pictures = [opened(content) for content in members.values() if is_picture(content)]
    assert {picture.format for picture in pictures} == {"JPEG", "PNG", "GIF", "WEBP", "TIFF"}
    assert {picture.mode for picture in pictures} >= {"L", "RGB", "P", "I;16"}
    assert min(min(picture.size) for picture in pictures) == 40


def test_one_picture_is_in_the_preprint_and_in_the_article(bundled: dict[str, bytes]) -> None:
    members = dict(unpacked(bundled))
    published = members["pmc/PMC99900001.tar.gz/PMC99900001/jrm-1-g001.jpg"]
    assert members["biorxiv/2f6c0b1e-0011.meca/content/000011v1_fig1.jpg"] == published
    assert PREPRINT.published_doi == COUNTING.doi


def test_the_counts_use_little_of_their_range(bundled: dict[str, bytes]) -> None:
    members = dict(unpacked(bundled))
    grey = tifffile.imread(io.BytesIO(members["biorxiv/2f6c0b1e-0011.meca/content/000011v1_fig2.tif"]))
    colour = tifffile.imread(io.BytesIO(members["biorxiv/2f6c0b1e-0011.meca/content/000011v1_fig3.tif"]))
    assert (grey.dtype, grey.ndim, colour.dtype, colour.shape[-1]) == (np.uint16, 2, np.uint16, 3)
    assert max(grey.max(), colour.max()) < 4096


def test_one_xml_and_one_picture_are_broken_and_no_other(bundled: dict[str, bytes]) -> None:
    broken = []
    for name, content in unpacked(bundled):
        try:
            if name.endswith(("xml", "nxml")):
                etree.fromstring(content)
            elif is_picture(content):
                opened(content).load()
        except (etree.XMLSyntaxError, OSError):
            broken.append(name.rpartition("/")[2])
    assert sorted(broken) == ["jrm-8-g002.jpg", "jrm-9.xml"]


def test_archives_tell_no_time_and_no_owner(bundled: dict[str, bytes]) -> None:
    for name, content in bundled.items():
        if name.endswith(".tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                assert {(entry.mtime, entry.uname, entry.uid) for entry in archive} == {(0, "", 0)}


def test_an_article_without_a_licence_states_nothing() -> None:
    silent = DemoArticle(99, "Title", "Abstract", ("Text",), license="")
    assert "permissions" not in pmc_package(silent)


def unpacked(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, content in files.items():
        if name.endswith(".tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for entry in archive:
                    file = archive.extractfile(entry)
                    assert file is not None
                    yield f"{name}/{entry.name}", file.read()
        elif name.endswith((".zip", ".meca")):
            with zipfile.ZipFile(io.BytesIO(content)) as zipped:
                yield from ((f"{name}/{member}", zipped.read(member)) for member in zipped.namelist())
        else:
            yield name, content


def is_picture(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"II*\0", b"MM\0*"))


def opened(content: bytes) -> Image.Image:
    if content.startswith((b"II*\0", b"MM\0*")):
        counts = tifffile.imread(io.BytesIO(content))
        picture = Image.fromarray(counts if counts.ndim == 2 else (counts >> 8).astype(np.uint8))
        picture.format = "TIFF"
        return picture
    return Image.open(io.BytesIO(content))


def pixels(content: bytes) -> np.ndarray:
    if content.startswith((b"II*\0", b"MM\0*")):
        return tifffile.imread(io.BytesIO(content)) / 65535
    return np.asarray(opened(content).convert("RGB"), np.float64) / 255
