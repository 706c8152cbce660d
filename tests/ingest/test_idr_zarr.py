"""IDR's OME-Zarr store: the newest version that is there, found by study or by the list of samples."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from ingest.idr_zarr import IdrZarr, folders_of
from ingest.session import Manners, Session
from schemas.errors import ArchiveError, SourceError

FIELD = np.random.default_rng(7).integers(1, 60_000, (2, 32, 48), np.uint16)
COLUMNS = "OME-NGFF version,File Path,SizeX,Keywords,License,Study,Representative Image ID,Thumbnail"
Ask = Callable[..., IdrZarr]


@pytest.fixture
def server(server_module: Any, tmp_path: Path) -> Iterator[Any]:
    root = tmp_path / "root"
    root.mkdir()
    with server_module("zarr_server").running(root) as running:
        yield running


@pytest.fixture
def idr(server: Any, tmp_path: Path) -> Ask:
    def ask(**more: Any) -> IdrZarr:
        manners = Manners(per_second=2000, tries=1, backoff_s=0)
        session = Session("idr", contact="lab@example.org", cache=tmp_path / "cache", manners=manners)
        return IdrZarr(session, base_url=f"{server.url}idr/zarr/", **more)

    return ask


def image(zarr_images: Any, server: Any, place: str, *, add: int = 0, **more: Any) -> None:
    version, five = place[1:4], place[1:4] < "0.3"
    samples = FIELD[np.newaxis, :, np.newaxis] if five else FIELD
    axes = "tczyx" if five else "cyx"
    zarr_images.image(server.root / "idr/zarr" / place, samples + add, axes=axes, version=version, **more)


def test_the_newest_version_comes_as_a_file_with_its_address(zarr_images: Any, server: Any, idr: Ask) -> None:
    image(zarr_images, server, "v0.4/idr0062A/6001240.zarr", scale=(1, 0.4, 0.4), levels=2)
    image(zarr_images, server, "v0.1/6001240.zarr", add=1)
    brought = idr().read(6001240, folders_of("idr0062-blin-nuclearsegmentation/experimentA"), level=1)
    assert brought.url == brought.root_url == f"{server.url}idr/zarr/v0.4/idr0062A/6001240.zarr"
    assert np.array_equal(tifffile.imread(io.BytesIO(brought.blob)), FIELD[:, ::2, ::2])
    assert brought.picture.microns_per_pixel == 0.8
    assert brought.picture.version == "0.4"
    again = idr().read(6001240, ("idr0062A", "idr0062"), level=1)
    assert (again.blob, again.retrieved_at) == (brought.blob, brought.retrieved_at)


def test_older_versions_are_tried_and_each_place_costs_one_request(zarr_images: Any, server: Any, idr: Ask) -> None:
    image(zarr_images, server, "v0.2/6001240.zarr")
    assert idr().read(6001240, ("idr0062A",)).picture.version == "0.2"
    places = ["v0.5/idr0062A", "v0.5", "v0.4/idr0062A", "v0.4", "v0.3/idr0062A", "v0.3", "v0.2/idr0062A", "v0.2"]
    asked = [key.removeprefix("idr/zarr/") for key in server.asked_keys()][: len(places)]
    assert asked == [f"{place}/6001240.zarr/{'zarr.json' if '0.5' in place else '.zattrs'}" for place in places]


def test_an_image_of_version_0_5_comes_from_zarr_3(zarr_images: Any, server: Any, idr: Ask) -> None:
    image(zarr_images, server, "v0.5/idr0083/9822152.zarr")
    image(zarr_images, server, "v0.4/idr0083/9822152.zarr", add=1)
    assert np.array_equal(idr().read(9822152, ("idr0083",), channels=[1]).picture.samples, FIELD[1])


def test_what_is_nowhere_is_absent(idr: Ask) -> None:
    with pytest.raises(SourceError) as caught:
        idr().read(1, ("idr0062A",))
    assert caught.value.reason == "zarr_absent"


def test_a_fault_of_the_store_is_no_absence(zarr_images: Any, server: Any, idr: Ask) -> None:
    image(zarr_images, server, "v0.1/6001240.zarr")
    server.fault("v0.4", status=503)
    with pytest.raises(SourceError) as caught:
        idr().read(6001240)
    assert caught.value.reason == "http_503"


def test_the_one_image_of_a_series_is_it_and_one_of_several_is_not_guessed(
    zarr_images: Any, server: Any, idr: Ask
) -> None:
    root = server.root / "idr/zarr/v0.4/idr0048A/9846151.zarr"
    zarr_images.group(root, {"bioformats2raw.layout": 3})
    zarr_images.image(root, FIELD, axes="cyx", path="0")
    brought = idr().read(9846151, ("idr0048A",))
    assert brought.url == f"{brought.root_url}/0"
    zarr_images.image(root, FIELD, axes="cyx", path="1")
    with pytest.raises(ArchiveError) as caught:
        idr().read(9846151, ("idr0048A",))
    assert caught.value.reason == "zarr_ambiguous"


@pytest.mark.parametrize(
    ("study", "folders"),
    [
        ("idr0062-blin-nuclearsegmentation/experimentA", ("idr0062A", "idr0062")),
        ("idr0001-graml-sysgro/screenB", ("idr0001B", "idr0001")),
        ("idr0062A", ("idr0062A", "idr0062")),
        ("idr0062", ("idr0062",)),
        ("idr0062-blin", ("idr0062",)),
        ("something else", ()),
    ],
)
def test_a_study_lies_in_folders_with_and_without_its_letter(study: str, folders: tuple[str, ...]) -> None:
    assert folders_of(study) == folders
