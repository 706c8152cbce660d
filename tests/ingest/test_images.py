"""`type: images`: a folder of pictures becomes rows, and whatever doesn't says why."""

import io
import logging
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from tifffile import TiffWriter, imwrite

from ingest import microscope_files
from ingest.connector import Item
from ingest.images import ImagesConnector
from pipeline.pixels import pixels_of, render
from schemas.errors import ArchiveError, UsageError
from schemas.manifest_sources import ImagesSource
from schemas.records import Dropped, Figure


def ramp(height=16, width=24, top=4000, dtype=np.uint16):
    return np.linspace(0, top, height * width).reshape(height, width).astype(dtype)


def png(path, shade=7):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (24, 16), shade).save(path)


def source(**keys):
    return ImagesSource.model_validate({"type": "images", "path": "pics/", "license": "CC-BY-4.0", **keys})


@pytest.fixture
def pics(tmp_path):
    folder = tmp_path / "pics"
    folder.mkdir()
    return folder


def read(folder, **keys):
    connector = ImagesConnector(source(**keys), folder.parent)
    return [outcome for item in connector.find() for outcome in connector.fetch(item)]


def only(folder, **keys):
    (outcome,) = read(folder, **keys)
    return outcome


def shown(figure):
    return np.asarray(Image.open(io.BytesIO(render(figure.blob, pixels_of(figure.model_dump())).blob)))


def test_a_row_holds_the_file_untouched_and_what_the_manifest_says(pics):
    png(pics / "a.png")
    row = only(pics, attribution="Example Lab", metadata={"organism": "mouse", "microns_per_pixel": 0.5})

    assert isinstance(row, Figure)
    assert row.blob == (pics / "a.png").read_bytes()
    assert (row.source, row.source_id, row.figure_key, row.member) == ("images", "a.png", "image", "a.png")
    assert (row.license, row.license_evidence, row.attribution) == ("CC-BY-4.0", "the manifest", "Example Lab")
    assert (row.caption, row.microns_per_pixel) == ("Organism: mouse.", 0.5)
    assert [(fact.name, fact.value, fact.origin) for fact in row.facts] == [("organism", "mouse", "manifest")]


@pytest.mark.parametrize(("down", "stated", "doubt"), [(130, 0.065, "not square"), (65, 0.5, "none is taken")])
def test_a_scale_that_the_file_contradicts_is_not_taken(pics, down, stated, doubt):
    metadata = {"axes": "YX", "PhysicalSizeX": 65, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": down,
                "PhysicalSizeYUnit": "nm"}  # fmt: skip
    imwrite(pics / "a.ome.tif", ramp(), metadata=metadata, photometric="minisblack")
    row = only(pics, metadata={"microns_per_pixel": stated})
    assert row.microns_per_pixel is None
    assert any(doubt in fact.value for fact in row.facts)


def test_scale_and_facts_come_out_of_ome_tiff(pics):
    metadata = {"axes": "CYX", "PhysicalSizeX": 65, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 65,
                "PhysicalSizeYUnit": "nm", "Channel": {"Name": ["DAPI", "GFP"]}}  # fmt: skip
    imwrite(pics / "a.ome.tif", np.stack([ramp(), ramp()]), metadata=metadata, photometric="minisblack")
    row = only(pics, channels=[1])

    assert row.microns_per_pixel == pytest.approx(0.065)
    assert row.caption == "Channel: GFP."
    assert row.shown.channels == [1]
    assert row.blob == (pics / "a.ome.tif").read_bytes()


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda p: imwrite(p, ramp(), imagej=True, resolution=(4, 4), metadata={"unit": "um"}), 0.25),
        (lambda p: imwrite(p, ramp(), imagej=True, resolution=(4, 4), metadata={"unit": "\\u00B5m"}), 0.25),
        (lambda p: imwrite(p, ramp(), imagej=True, resolution=(4, 4), metadata={"unit": "pixel"}), None),
        (lambda p: imwrite(p, ramp(), resolution=(50_000, 50_000), resolutionunit="CENTIMETER"), 0.2),
        (lambda p: imwrite(p, ramp(), resolution=(300, 300), resolutionunit="INCH"), None),
        (lambda p: imwrite(p, ramp(), resolution=(0, 0), resolutionunit="CENTIMETER"), None),
    ],
    ids=["ImageJ", "ImageJ escaped", "ImageJ pixels", "tags", "dots of a printer", "nothing"],
)
def test_scale_comes_out_of_other_tiffs_where_it_is_no_printers(pics, write, expected):
    write(pics / "a.tif")

    assert only(pics).microns_per_pixel == (pytest.approx(expected) if expected else None)


def test_a_slide_gives_its_sample_and_neither_label_nor_overview(pics):
    with TiffWriter(pics / "a.svs") as writer:
        said = "Aperio Image Library v1.0\r\n32x32 [0,0 32x32] (32x32) JPEG/RGB Q=70|AppMag = 20|MPP = 0.4990"
        rgb = np.stack([ramp(32, 32, 255, np.uint8)] * 3, axis=-1)
        writer.write(rgb, tile=(16, 16), description=said, metadata=None, photometric="rgb")
        for name in ("thumbnail", "label", "macro"):
            writer.write(rgb[:16], description=f"Aperio Image Library v1.0\r\n{name} 32x16", metadata=None,
                         photometric="rgb")  # fmt: skip
    figure, *dropped = read(pics)

    assert figure.microns_per_pixel == pytest.approx(0.499)
    assert figure.caption == "Magnification: 20 x."
    assert [row.reason for row in dropped] == ["smaller_copy", "slide_label", "slide_label"]


@pytest.mark.parametrize(("plane", "z"), [("first", 0), ("middle", 2), ("last", 4), (1, 1)])
def test_the_plane_is_chosen_by_the_manifest(pics, plane, z):
    stack = np.stack([np.full((16, 24), at * 10, np.uint8) for at in range(5)])
    stack[:, 0, 0] = 255
    imwrite(pics / "a.tif", stack, metadata={"axes": "ZYX"}, photometric="minisblack")
    row = only(pics, plane=plane)

    assert (row.shown.z, row.frames) == (z, 5)
    assert shown(row)[5, 5] == z * 10


def test_a_film_is_counted_by_its_times(pics):
    imwrite(pics / "a.ome.tif", np.zeros((3, 16, 24), np.uint8), metadata={"axes": "TYX"}, photometric="minisblack")

    assert (only(pics, plane="last").shown.t, only(pics, plane="last").shown.z) == (2, 0)


@pytest.mark.parametrize(("keys", "reason"), [({"plane": 9}, "plane_absent"), ({"channels": [7]}, "channel_absent")])
def test_what_is_not_there_is_no_row(pics, keys, reason):
    imwrite(pics / "a.tif", np.zeros((3, 16, 24), np.uint8), metadata={"axes": "ZYX"}, photometric="minisblack")

    assert only(pics, **keys).reason == reason


def test_each_image_of_a_file_is_a_row_of_one_family(pics):
    with TiffWriter(pics / "a.ome.tif", ome=True) as writer:
        writer.write(ramp())
        writer.write(ramp(30, 20))
    one, two = read(pics)

    assert (one.height_px, two.height_px) == (16, 30)
    assert (one.shown.series, two.shown.series) == (0, 1)
    assert one.family_key == two.family_key
    assert one.source_sha256 == two.source_sha256
    assert one.id != two.id


UUIDS = ["urn:uuid:00000000-0000-0000-0000-00000000000" + str(at) for at in range(3)]


def set_of_files(folder, *, companion=False):
    """Write an image of two planes, each in a file of its own."""
    data = "".join(
        f'<TiffData FirstZ="{at}" IFD="0" PlaneCount="1"><UUID FileName="z{at}.ome.tif">{UUIDS[at]}</UUID></TiffData>'
        for at in range(2)
    )
    body = (
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="24" SizeY="16" SizeZ="2"'
        ' SizeC="1" SizeT="1" PhysicalSizeX="0.5" PhysicalSizeY="0.5"><Channel ID="Channel:0:0" Name="GFP"/>'
        f"{data}</Pixels></Image>"
    )
    head = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{}">{}</OME>'
    only_pixels = '<BinaryOnly MetadataFile="all.companion.ome" UUID="' + UUIDS[2] + '"/>'
    for at in range(2):
        text = head.format(UUIDS[at], only_pixels if companion else body)
        imwrite(folder / f"z{at}.ome.tif", ramp(16, 24, 100 + 100 * at, np.uint8), description=text, metadata=None)
    if companion:
        (folder / "all.companion.ome").write_text(head.format(UUIDS[2], body))


@pytest.mark.parametrize("companion", [False, True])
def test_a_set_of_files_is_one_item_and_shows_the_right_plane(pics, companion):
    set_of_files(pics, companion=companion)
    row = only(pics, plane="last")

    assert np.array_equal(shown(row), ramp(16, 24, 200, np.uint8))
    assert row.microns_per_pixel == 0.5
    assert row.caption == "Channel: GFP."
    assert row.member.endswith("#image=0,z=1,t=0")


def test_a_set_changes_when_one_of_its_files_does(pics):
    set_of_files(pics)
    connector = ImagesConnector(source(), pics.parent)
    before = [item.stamp for item in connector.find()]
    os.utime(pics / "z1.ome.tif", ns=(1, 1))

    assert [item.stamp for item in connector.find()] != before


@pytest.mark.parametrize("lost", ["z1.ome.tif", "all.companion.ome"])
def test_a_set_that_lacks_a_file_says_which(pics, lost):
    set_of_files(pics, companion=True)
    (pics / lost).unlink()
    said = {row.reason for row in read(pics, plane="last")}

    assert said == ({"image_missing"} if lost.startswith("z") else {"ome_companion_missing"})


@pytest.mark.parametrize("name", ["../secret.ome.tif", "/etc/passwd", "sub/x.ome.tif", "..\\secret.ome.tif"])
def test_a_set_never_reads_outside_its_folder(pics, name):
    set_of_files(pics)
    imwrite(pics.parent / "secret.ome.tif", ramp(16, 24, 250, np.uint8))
    for path in (pics / "z0.ome.tif", pics / "z1.ome.tif"):
        with tifffile.TiffFile(path) as tiff:
            text = tiff.pages[0].description.replace("z1.ome.tif", name)
        imwrite(path, ramp(16, 24, 100, np.uint8), description=text, metadata=None)

    assert {row.reason for row in read(pics, plane="last")} == {"archive_link"}


def test_a_companion_that_is_a_link_out_of_the_folder_is_not_followed(pics):
    set_of_files(pics, companion=True)
    (pics / "all.companion.ome").rename(pics.parent / "all.companion.ome")
    (pics / "all.companion.ome").symlink_to(pics.parent / "all.companion.ome")
    connector = ImagesConnector(source(), pics.parent)
    reasons = set()
    for item in connector.find():
        try:
            reasons |= {row.reason for row in connector.fetch(item)}
        except ArchiveError as error:
            reasons.add(error.reason)

    assert reasons == {"archive_link", "ome_companion_missing"}


def test_an_ome_zarr_folder_is_one_item(pics):
    import zarr

    group = zarr.open_group(pics / "a.ome.zarr", mode="w", zarr_format=2)
    group.create_array("0", data=np.stack([ramp(), ramp()[::-1]])[None], chunks=(1, 1, 16, 24))
    scale = {"type": "scale", "scale": [1, 1, 0.5, 0.5]}
    axes = [{"name": name, "type": kind} for name, kind in (("c", "channel"), ("z", "space"))]
    axes += [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    datasets = [{"path": "0", "coordinateTransformations": [scale]}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    row = only(pics, plane="last")

    assert np.array_equal(tifffile.imread(io.BytesIO(row.blob)), ramp()[::-1])
    assert row.microns_per_pixel == 0.5
    assert row.source_id == "a.ome.zarr"


def test_a_makers_format_says_what_to_do(pics):
    (pics / "a.CZI").write_bytes(b"ZISRAWFILE")
    row = only(pics)

    assert isinstance(row, Dropped)
    assert row.reason == "needs_bioio"
    assert "OME-TIFF" in row.detail


def test_what_is_broken_costs_only_itself(pics):
    png(pics / "good.png")
    (pics / "bad.tif").write_bytes(b"II*\0\x08\0\0\0")
    (pics / "empty.png").write_bytes(b"")
    (pics / "text.png").write_bytes(b"hello")
    said = {row.source_id: getattr(row, "reason", "row") for row in read(pics)}

    assert said == {
        "bad.tif": "image_truncated",
        "empty.png": "image_empty",
        "good.png": "row",
        "text.png": "not_an_image",
    }


@pytest.mark.parametrize("size", ["0.0", "NaN"])
def test_a_size_that_ome_does_not_allow_is_told_once_and_the_picture_kept(pics, caplog, size):
    said = f"""<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="24" SizeY="16" SizeZ="1" SizeC="1" SizeT="1"
PhysicalSizeX="{size}"><Channel ID="Channel:0:0" Name="GFP"/><TiffData/></Pixels></Image></OME>"""
    for name in ("a.ome.tif", "b.ome.tif"):
        imwrite(pics / name, ramp(dtype=np.uint8), description=said, metadata=None)
    rows = read(pics)

    assert [(row.microns_per_pixel, row.caption) for row in rows] == [(None, "Channel: GFP.")] * 2
    assert [message for message in caplog.messages if f'PhysicalSizeX="{size}"' in message] == [
        f'a.ome.tif: OME doesn\'t allow Pixels.PhysicalSizeX="{size}", so it counts as not given, here and elsewhere'
    ]


def test_files_that_are_no_pictures_are_passed_by_and_counted(pics, caplog):
    png(pics / "a.png")
    (pics / "readme.txt").write_text("hello")
    with caplog.at_level(logging.INFO):
        assert len(read(pics)) == 1

    assert "1 files are no pictures" in caplog.text


def test_links_out_of_the_folder_are_not_followed(pics, tmp_path):
    png(tmp_path / "outside" / "a.png")
    (pics / "a.png").symlink_to(tmp_path / "outside" / "a.png")
    connector = ImagesConnector(source(), tmp_path)
    (item,) = connector.find()

    with pytest.raises(ArchiveError, match="archive_link"):
        list(connector.fetch(item))


def test_a_folder_without_pictures_is_refused(pics):
    with pytest.raises(UsageError, match="holds no picture"):
        read(pics)


def test_what_is_published_of_a_name_holds_no_path_above_the_folder(tmp_path):
    png(tmp_path / "secret" / "pics" / "a.png")
    row = only(tmp_path / "secret" / "pics", path=str(tmp_path / "secret" / "pics"))

    assert (row.source_id, row.member) == ("a.png", "a.png")
    assert "secret" not in row.family_key


@pytest.mark.parametrize("labels", [None, "folder", "labels.csv"])
def test_rows_are_the_same_however_manifest_and_path_are_written(pics, monkeypatch, labels):
    png(pics / "plate_1" / "a.png")
    png(pics / "plate_2" / "b.png", 8)
    (pics.parent / "labels.csv").write_text("file,label\nplate_1/a.png,cat\nplate_2/b.png,dog\n")
    monkeypatch.chdir(pics.parent.parent)
    told = []
    for base in (pics.parent, Path(pics.parent.name), pics / ".."):
        for path in ("pics", "./pics/", str(pics), f"../{pics.parent.name}/pics"):
            keys = {"path": path, "group": r"(?P<group>plate_\d)", **({"labels": labels} if labels else {})}
            connector = ImagesConnector(source(**keys), base)
            told.append([row.model_dump() for item in connector.find() for row in connector.fetch(item)])
    assert [row["source_id"] for row in told[0]] == ["plate_1/a.png", "plate_2/b.png"]
    assert [row["family_key"] for row in told[0]] == ["images:plate_1", "images:plate_2"]
    assert all(rows == told[0] for rows in told)


def test_labels_are_the_folders(pics, caplog):
    png(pics / "cat" / "a.png")
    png(pics / "b.png")
    labels = {row.source_id: row.labels for row in read(pics, labels="folder")}

    assert labels == {"b.png": [], "cat/a.png": ["cat"]}
    assert "1 pictures have no label: b.png" in caplog.text
    assert read(pics, labels="folder")[1].caption == "Label: cat."


@pytest.mark.parametrize(
    "table",
    [
        "file,label\na.png,cat\n",
        '\ufefffilename;class\r\n"sub/../a.png";x\r\na.png;cat\r\n',
        "image\tlabel\na\tcat\n",
        '"image","split","label"\n"a.png","train","cat"\n',
    ],
    ids=["plain", "BOM and semicolons", "tabs, no extension", "quoted, more columns"],
)
def test_labels_come_out_of_a_table(pics, table):
    png(pics / "a.png")
    (pics.parent / "labels.csv").write_text(table, encoding="utf-8")

    assert only(pics, labels="labels.csv").labels == ["cat"]


def test_rows_without_a_picture_and_pictures_without_a_row_are_told(pics, caplog):
    png(pics / "a.png")
    png(pics / "b.png")
    (pics.parent / "labels.csv").write_text("file,label\na.png,cat\na.png,dog\nnowhere.png,dog\n")
    rows = read(pics, labels="labels.csv")

    assert [row.labels for row in rows] == [["cat", "dog"], []]
    assert "1 rows of labels.csv name no picture: line 4: nowhere.png" in caplog.text
    assert "1 pictures have no label: b.png" in caplog.text
    assert "1 pictures have several labels in labels.csv; the first counts: a.png" in caplog.text


@pytest.mark.parametrize(
    ("table", "said"),
    [("a,b\n1,2\n", "has no such column"), ("file,label\nx.png,cat\n", "names no picture"), (None, "can't be read")],
)
def test_a_table_that_fits_nothing_is_refused(pics, table, said):
    png(pics / "a.png")
    if table:
        (pics.parent / "labels.csv").write_text(table)
    with pytest.raises(UsageError, match=said):
        read(pics, labels="labels.csv")


def test_a_row_that_fits_several_pictures_counts_for_none(pics, caplog):
    for name in ("a/1.png", "b/1.png", "b/y.png", "y.png", "c/2.png", "d/2.png"):
        png(pics / name)
    table = "file,label\n1.png,either\ny.png,cat\nb/y.png,dog\n2.png,either\nc/2,mouse\n"
    (pics.parent / "labels.csv").write_text(table)
    connector = ImagesConnector(source(labels="labels.csv"), pics.parent)
    items = list(connector.find())
    elsewhere = ImagesConnector(source(labels="labels.csv"), pics.parent)  # a worker hasn't seen the other pictures
    expected = {"b/y.png": ["dog"], "y.png": ["cat"], "c/2.png": ["mouse"], "a/1.png": [], "b/1.png": [], "d/2.png": []}

    for reading in (connector, elsewhere):
        rows = [row for item in items for row in reading.fetch(item)]
        assert {row.source_id: row.labels for row in rows} == expected
    said = "2 rows of labels.csv fit several pictures, and count for none: line 2: 1.png (a/1.png or b/1.png), line 5"
    assert said in caplog.text


def test_pictures_of_one_name_in_two_paths_get_no_label(pics):
    for folder in ("a", "b"):
        png(pics / folder / "1.png")
    (pics.parent / "labels.csv").write_text("file,label\n1.png,cat\n")
    rows = read(pics, path=["pics/a", "pics/b"], labels="labels.csv")

    assert [row.labels for row in rows] == [[], []]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_labels_may_be_in_several_encodings(pics, encoding):
    png(pics / "a.png")
    (pics.parent / "labels.csv").write_text("file;label\na.png;Zelle \u00e4\n", encoding=encoding)

    assert only(pics, labels="labels.csv").labels == ["Zelle \u00e4"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "latin-1"])
def test_a_table_of_labels_in_another_encoding_says_what_to_do(pics, encoding):
    png(pics / "a.png")
    (pics.parent / "labels.csv").write_text("file;label\na.png;Zelle \u00e4\n", encoding=encoding)
    with pytest.raises(UsageError, match="Save it as CSV in UTF-8"):
        read(pics, labels="labels.csv")


def test_another_label_makes_another_item(pics):
    png(pics / "a.png")
    stamps = set()
    for label in ("cat", "dog"):
        (pics.parent / "labels.csv").write_text(f"file,label\na.png,{label}\n")
        stamps |= {item.stamp for item in ImagesConnector(source(labels="labels.csv"), pics.parent).find()}

    assert len(stamps) == 2


def test_a_group_is_one_family(pics):
    for name in ("p1_a.png", "p1_b.png", "p2_a.png", "other.png"):
        png(pics / name)
    families = {row.source_id: row.family_key for row in read(pics, group=r"(?P<group>p\d)_")}

    assert families["p1_a.png"] == families["p1_b.png"] != families["p2_a.png"]
    assert families["other.png"] == "images:other.png"
    with pytest.raises(UsageError, match="called `group`"):
        read(pics, group=r"(p\d)_")


def test_settings_that_change_a_row_change_the_route_and_a_limit_does_not():
    routes = [ImagesConnector(source(**keys), Path()).route for keys in ({}, {"plane": 1}, {"limit": 3})]

    assert routes[0] == routes[2] != routes[1]


def test_a_large_stack_carries_only_the_plane_it_shows(pics, monkeypatch):
    monkeypatch.setattr(microscope_files, "CARRIED_BYTES", 1000)
    stack = np.stack([np.stack([ramp() + z, ramp()[::-1] + z]) for z in range(3)])
    imwrite(pics / "a.ome.tif", stack, metadata={"axes": "ZCYX"}, photometric="minisblack")
    row = only(pics, plane="last")

    assert np.array_equal(tifffile.imread(io.BytesIO(row.blob)), stack[2])
    assert (row.shown, row.frames, row.channels, row.bit_depth) == (None, 1, 2, 16)
    assert row.member == "a.ome.tif#image=0,z=2,t=0"


def test_a_picture_that_is_too_large_says_what_to_do(pics, monkeypatch):
    png(pics / "a.png")
    monkeypatch.setattr(microscope_files, "PICTURE_BYTES", 10)

    assert only(pics).reason == "file_too_large"


def test_a_file_that_went_says_so(pics):
    with pytest.raises(ArchiveError, match="no longer there"):
        list(ImagesConnector(source(), pics.parent).fetch(Item(source="images", key="pics/x.png", stamp="1-1")))
