"""The three ways to IDR's pixels: its rendering, its OME-Zarr, the raw planes of its OMERO."""

import importlib.util
import io

import numpy as np
import pytest
import tifffile

from ingest.idr import IdrConnector, IdrRequest, manners_of
from ingest.idr_omero import RawPlane
from ingest.idr_pixels import square_um
from schemas.errors import SourceError, UsageError
from schemas.records import Dropped, Failed, Figure

PROJECT = "idr0062-roe-nuclei/experimentA"
# omero-py's own: it says `logger.warn`.
pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated:DeprecationWarning:omero.gateway")


@pytest.fixture
def idr(server_module, tmp_path, monkeypatch):
    """Returns what a local IDR with a local store of Zarr brings, `idr.server` and `idr.zarr`."""
    monkeypatch.setattr("ingest.idr.manners_of", lambda one: manners_of(one).model_copy(update=hasty(one)))
    root = tmp_path / "root"
    root.mkdir()
    with server_module("idr_server").running() as server, server_module("zarr_server").running(root) as zarr:

        def connector(**asked):
            said = {"studies": ("idr0062",), "licenses": ("CC-BY-4.0",), "url": server.url}
            request = IdrRequest(**{**said, "zarr_url": f"{zarr.url}idr/zarr/", **asked})
            return IdrConnector(request, contact="lab@example.org", cache=tmp_path / "cache")

        def ask(**asked):
            made = connector(**asked)
            return [one for item in made.find() for one in made.fetch(item)]

        ask.server, ask.zarr, ask.connector = server, zarr, connector
        yield ask


def hasty(request):
    return {"backoff_s": 0, "per_second": 2000, "per_host": {}}


def told(figure, name):
    return [(fact.value, fact.origin) for fact in figure.facts if fact.name == name]


def samples(depth=3):
    return np.random.default_rng(5).integers(1, 60_000, (2, depth, 32, 48), np.uint16)


def store(zarr_images, idr, image, array, **more):
    place = idr.zarr.root / "idr/zarr/v0.4/idr0062A" / f"{image}.zarr"
    return zarr_images.image(place, array, axes="czyx", scale=(1, 1, 0.4, 0.4), levels=2, **more)


def test_a_level_a_plane_and_channels_come_out_of_zarr(idr, zarr_images):
    image, absent = idr.server.add_project(PROJECT, per_dataset=2, um=0.4)
    array = samples()
    store(zarr_images, idr, image, array)
    figure, dropped = idr(pixels="zarr", level=1, plane="last", channels=(1,))
    assert np.array_equal(tifffile.imread(io.BytesIO(figure.blob)), array[1, 2, ::2, ::2])
    assert (figure.blob_format, figure.bit_depth, figure.width_px) == ("tiff", 16, 24)
    assert figure.microns_per_pixel == pytest.approx(0.8)
    assert told(figure, "pixel_size") == [("0.8", "OME-Zarr 0.4")]
    assert told(figure, "channel") == [("GFP", f"imgData of image {image}")]
    assert figure.figure_key == "zarr0.4-l1-z2-t0-c1"
    assert figure.retrieved_at is not None
    assert figure.license == "CC-BY-4.0"
    assert (type(dropped), dropped.reason) == (Dropped, "zarr_absent")
    assert dropped.source_id == f"{PROJECT}/image-{absent}"
    assert idr.server.asked("render_image") == []


def test_what_zarr_left_in_the_cache_is_forgotten_when_it_is_safe(idr, zarr_images, tmp_path):
    (image,) = idr.server.add_project(PROJECT)
    store(zarr_images, idr, image, samples())
    connector = idr.connector(pixels="zarr")
    items = list(connector.find())
    assert [type(one) for item in items for one in connector.fetch(item)] == [Figure]
    kept = list((tmp_path / "cache").rglob("=idr/*.body"))
    connector.evict(items)
    assert kept
    assert list((tmp_path / "cache").rglob("=idr/*.body")) == []


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({"level": 7}, "zarr_level_absent"), ({"plane": 9}, "plane"), ({"channels": (5,)}, "channel")],
)
def test_what_an_image_lacks_is_told(idr, zarr_images, asked, reason):
    (image,) = idr.server.add_project(PROJECT)
    store(zarr_images, idr, image, samples())
    (dropped,) = idr(pixels="zarr", **asked)
    assert type(dropped) is Dropped
    assert reason in dropped.reason


def test_a_store_that_fails_may_be_tried_again(idr, zarr_images):
    (image,) = idr.server.add_project(PROJECT)
    store(zarr_images, idr, image, samples())
    idr.zarr.fault("level", status=503, times=99)
    (failed,) = idr(pixels="zarr")
    assert (type(failed), failed.reason) == (Failed, "http_503")
    idr.zarr.faults.clear()
    assert [type(one) for one in idr(pixels="zarr")] == [Figure]


@pytest.fixture
def raw(monkeypatch):
    """Stands in for the connection to OMERO, which has tests of its own; returns what it was asked for."""
    seen = []

    def plane(server, image_id, *, plane, channels):
        seen.append((server.url, image_id, plane, channels))
        if isinstance(raw_answer[0], Exception):
            raise raw_answer[0]
        array = samples()[:, 1] if channels is None else samples()[list(channels), 1]
        names = ("DAPI", "GFP") if channels is None else ("GFP",)
        return RawPlane(samples=array, channels=names, microns_per_pixel=raw_answer[0], z=1, depth=3, name="x")

    raw_answer = [0.25]
    monkeypatch.setattr("ingest.idr_omero.raw_plane", plane)
    monkeypatch.setattr("ingest.omero_link.refuse_without_extra", lambda: None)
    return seen, raw_answer


def test_raw_planes_come_in_their_own_depth(idr, raw):
    seen, _ = raw
    (image,) = idr.server.add_project(PROJECT)
    (figure,) = idr(pixels="omero", omero_url="tcp://127.0.0.1:4064", plane=1)
    assert seen == [("tcp://127.0.0.1:4064", image, 1, None)]
    assert np.array_equal(tifffile.imread(io.BytesIO(figure.blob)), samples()[:, 1])
    assert (figure.bit_depth, figure.microns_per_pixel) == (16, 0.25)
    assert [value for value, _ in told(figure, "channel")] == ["DAPI", "GFP"]
    assert figure.figure_key == "raw-z1-t0-c0,1"
    assert idr.server.asked("render_image") == []
    (chosen,) = idr(pixels="omero", channels=(1,))
    assert [value for value, _ in told(chosen, "channel")] == ["GFP"]


@pytest.mark.parametrize(
    ("reason", "type_", "becomes"),
    [
        ("not_found", Dropped, "image_missing"),
        ("pixels_missing", Dropped, "pixels_missing"),
        ("plane_absent", Dropped, "plane_absent"),
        ("timeout", Failed, "timeout"),
        ("session_expired", Failed, "session_expired"),
    ],
)
def test_what_omero_refuses_is_told(idr, raw, reason, type_, becomes):
    _, answer = raw
    idr.server.add_project(PROJECT)
    answer[0] = SourceError(reason, "said")
    (one,) = idr(pixels="omero")
    assert (type(one), one.reason) == (type_, becomes)


def test_a_study_that_may_not_enter_is_not_asked_of_omero(idr, raw):
    seen, _ = raw
    idr.server.add_project(PROJECT, licence=None)
    assert [one.reason for one in idr(pixels="omero")] == ["license_unknown"]
    assert seen == []


def test_without_the_extra_nothing_is_asked_of_anybody(idr, monkeypatch):
    monkeypatch.setattr("ingest.omero_link.find_spec", lambda _: None)
    idr.server.add_project(PROJECT)
    with pytest.raises(UsageError, match="extra"):
        idr(pixels="omero")
    assert idr.server.seen == []


@pytest.mark.ice
def test_raw_planes_come_through_the_real_client(idr, server_module, tmp_path):
    if importlib.util.find_spec("idr") is None:
        pytest.skip("the extra idr isn't there: `make idr` builds and installs it")
    from ingest.omero_link import disconnect

    module = server_module("omero_server")
    (image,) = idr.server.add_project(PROJECT)
    folder = tmp_path / "omero"
    folder.mkdir()
    with module.running([module.StoredImage(image, samples())], folder=folder, password="public") as server:
        try:
            (figure,) = idr(pixels="omero", omero_url=server.url, plane="first")
            assert type(figure) is Figure, figure
        finally:
            disconnect()
    assert np.array_equal(tifffile.imread(io.BytesIO(figure.blob)), samples()[:, 0])
    assert figure.microns_per_pixel == 0.25


@pytest.mark.parametrize(
    ("width_um", "height_um", "side_um"),
    [
        (0.65, 0.65, 0.65),
        (0.65, 0.6501, 0.65),
        (0.65, 0.7, None),
        (0, 0, None),
        (-1, -1, None),
        (float("nan"), float("nan"), None),
        (float("inf"), float("inf"), None),
        (10_000.0, 10_000.0, None),
        (None, 0.65, None),
        ("0.65", "0.65", None),
        (True, True, None),
    ],
)
def test_only_a_square_of_a_believable_size_is_a_scale(width_um, height_um, side_um):
    assert square_um(width_um, height_um) == side_um
