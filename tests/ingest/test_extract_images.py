"""`bricks extract` on microscope files: a line for every image, and the shared files one by one."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from ingest.extract import extract
from ingest.image_choice import Choice
from ingest.microscope_files import Refused, Seen, images_in

NAMELESS = {"label": None, "article": None, "entry": None, "license": None, "third_party": False}


def lines(*paths):
    return list(extract(paths))


def test_a_tiff_that_is_named_is_a_line(tmp_path):
    imwrite(tmp_path / "a.tif", np.zeros((8, 9), np.uint16))
    (line,) = lines(tmp_path / "a.tif")

    assert {key: line[key] for key in NAMELESS} == NAMELESS
    (image,) = line["images"]
    assert (image["member"], image["format"], image["width_px"], image["height_px"]) == ("a.tif", "tiff", 9, 8)


def test_a_folder_gives_its_microscope_files_and_not_the_figures_of_articles(tmp_path):
    (tmp_path / "sub").mkdir()
    options = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
    imwrite(tmp_path / "sub" / "b.ome.tif", np.zeros((8, 9), np.uint16), metadata=options)
    Image.new("L", (8, 8)).save(tmp_path / "figure1.png")
    (line,) = lines(tmp_path)

    assert line["images"][0]["member"] == "sub/b.ome.tif"
    assert [(fact["name"], fact["value"]) for fact in line["facts"]] == [("microns_per_pixel", "0.5")]


def test_ome_xml_alone_tells_its_images(tmp_path):
    text = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0"'
        ' DimensionOrder="XYCZT" Type="uint8" SizeX="4" SizeY="4" SizeZ="1" SizeC="1" SizeT="1">'
        '<Channel ID="Channel:0:0" Name="GFP"/><MetadataOnly/></Pixels></Image></OME>'
    )
    (tmp_path / "a.ome.xml").write_text(text)
    (line,) = lines(tmp_path / "a.ome.xml")

    assert (line["xml"], line["images"], line["caption"]) == (str(tmp_path / "a.ome.xml"), [], "Channel: GFP.")


def test_what_cannot_be_read_is_a_line_too(tmp_path):
    (tmp_path / "a.czi").write_bytes(b"ZISRAWFILE")
    (tmp_path / "b.ome.xml").write_text("<OME>")
    (tmp_path / "c.tif").write_bytes(b"II*\0")
    reasons = [line["error"].partition(":")[0] for line in lines(*sorted(tmp_path.iterdir()))]

    assert reasons == ["needs_bioio", "ome_broken", "image_truncated"]


OUTCOMES = {
    "libvips/CMU-1-Small-Region.svs": ["read", "smaller_copy", "slide_label", "slide_label"],
    "libvips/multi-channel-z-series.ome.tif": ["read"],
    "ome_files_py/multi-channel-4D-series.companion.ome": ["read"],
    "ome_files_py/plane.ome.tiff": ["read"],
    "ome_types_tests/ome.tiff": ["read"],
    "viv/Channel_0.tif": ["read"],
    "viv/Channel_1.tif": ["read"],
    "viv/Channel_2.tif": ["read"],
    "viv/multi-channel.ome.tif": ["read"],
    "viv/multifile.companion.ome": ["read"],
    **{f"viv/multifile-Z{at}.ome.tiff": ["read"] for at in range(1, 6)},
    # XML whose pixels lie in files that aren't beside it
    "ome_types_tests/MMStack.ome.xml": ["image_missing"] * 2,
    "ome_types_tests/example.ome.xml": ["image_missing"] * 5,
    "ome_types_tests/small.ome.xml": ["image_missing"],
    "ome_types_tests/tubhiswt.ome.xml": ["image_missing"],
    "ngff_challenge_zarr/2d.zarr": ["read"],
    "ngff_challenge_zarr/bf2raw.zarr": ["zarr_metadata_missing"],
    "ngff_challenge_zarr/hcs.zarr": ["zarr_metadata_missing"] * 4 + ["no_images"],
    "ome_zarr_metadata/examples/v04/hcs_example.ome.zarr": ["zarr_plane_empty"],
    "ome_zarr_metadata/examples/v06/stitched_tiles_2d.zarr": ["zarr_version_unsupported"],
    "viv_zarr/bioformats-zarr/data.zarr": ["read"],
    "viv_zarr/ome-zarr/blobs_image_v04.ome.zarr": ["read"],
    "viv_zarr/ome-zarr/blobs_image_v05.ome.zarr": ["read"],
}
_KINDS = ("**/*.tif", "**/*.tiff", "**/*.svs", "**/*.companion.ome", "**/*.ome.xml", "**/*.zarr")


@pytest.mark.shared
def test_every_shared_file_is_read_or_refused_with_the_right_reason(shared_data):
    folder = shared_data / "ome"
    said = {}
    for path in sorted(path for kind in _KINDS for path in folder.glob(kind)):
        seen = list(images_in(path, Choice()))
        said[path.relative_to(folder).as_posix()] = [one.reason if isinstance(one, Refused) else "read" for one in seen]
    assert OUTCOMES.items() <= said.items()
    others = {name: outcomes for name, outcomes in said.items() if name not in OUTCOMES}
    described_only = {name for name, outcomes in others.items() if outcomes == ["metadata_only"]}
    with_files = {name: outcomes for name, outcomes in others.items() if name not in described_only}
    assert len(described_only) > 50
    assert all(name.endswith(".xml") and set(outcomes) <= {"image_missing", "plane_absent"} for name, outcomes in
               with_files.items()), with_files  # fmt: skip


@pytest.mark.shared
def test_every_shared_description_has_a_line_an_image(shared_data):
    found = Counter("error" in line for line in lines(*sorted((shared_data / "ome").glob("**/*.ome.xml"))))

    assert found[True] == 0
    assert found[False] > 100


@pytest.mark.shared
def test_a_set_shows_each_of_its_planes(shared_data):
    companion = shared_data / "ome" / "viv" / "multifile.companion.ome"
    blobs = []
    for plane in range(5):
        (seen,) = images_in(companion, Choice(plane))
        assert isinstance(seen, Seen)
        blobs.append(seen.blob)

    assert len(set(blobs)) == 5
