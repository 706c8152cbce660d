"""Inherited: what a published dataset has in which split, from a folder or from the Hub; what can't be read is told."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub_server import point_at

from pipeline.workspace import Workspace
from publishing.inherited import Published
from schemas.errors import UsageError, WorkspaceError


def row(name, family, **more):
    known = {"duplicate_cluster": None, "also_in": [], "source": "pmc", "source_id": f"PMC-{family}"}
    return {"id": name, "family": family, "image_sha256": f"sha-{name}", **known, **more}


def table(rows):
    text = pa.string()
    also = pa.list_(pa.struct({"source": text, "source_id": text, "license": text}))
    names = ("id", "family", "image_sha256", "duplicate_cluster", "source", "source_id")
    picture = pa.struct({"bytes": pa.binary(), "path": text})
    pictures = [{"bytes": bytes(range(256)) * 2000, "path": None}] * len(rows)
    columns = {name: pa.array([one[name] for one in rows], text) for name in names}
    return pa.table(
        {"image": pa.array(pictures, picture), **columns, "also_in": pa.array([one["also_in"] for one in rows], also)}
    )


def written(folder, splits, view="panels"):
    """Write a dataset, a file a split."""
    (folder / view).mkdir(parents=True, exist_ok=True)
    for split, rows in splits.items():
        pq.write_table(
            table(rows), folder / view / f"{split}-00000-of-00001.parquet", compression="none", use_dictionary=False
        )
    return folder


@pytest.fixture
def place(tmp_path):
    return Workspace(tmp_path / "ws")


def test_a_folder_tells_the_split_of_ids_families_clusters_pictures_and_sources(tmp_path, place):
    copies = [{"source": "biorxiv", "source_id": "10.1/x", "license": None}]
    written(
        tmp_path / "old", {"train": [row("a", "f")], "test": [row("b", "g", duplicate_cluster="c", also_in=copies)]}
    )
    said = Published("old", tmp_path).splits(place)
    assert said == {
        **dict.fromkeys(["id a", "family f", "picture sha-a", "source pmc PMC-f"], "train"),
        **dict.fromkeys(["id b", "family g", "picture sha-b", "source pmc PMC-g"], "test"),
        **dict.fromkeys(["cluster c", "source biorxiv 10.1/x"], "test"),
    }


def test_what_was_published_in_two_splits_counts_as_the_stronger_one(tmp_path, place):
    written(tmp_path / "old", {"train": [row("a", "f")], "validation": [row("b", "f")]})
    written(tmp_path / "old", {"test": [row("a", "f")]}, view="segmentation")
    said = Published(str(tmp_path / "old"), tmp_path).splits(place)
    assert (said["family f"], said["id a"], said["id b"]) == ("test", "test", "validation")


def test_a_view_without_pictures_or_sources_is_read_by_id_and_family(tmp_path, place):
    folder = tmp_path / "old" / "questions"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"id": ["q"], "family": ["f"]}), folder / "test-00000-of-00001.parquet")
    assert Published("old", tmp_path).splits(place) == {"id q": "test", "family f": "test"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder.mkdir(), "no published dataset is here"),
        (lambda folder: written(folder, {"train": []}), "no published dataset is here"),
        (lambda folder: written(folder, {"dev": [row("a", "f")]}), "is none of train, validation, test"),
    ],
    ids=["no folder", "no row", "another split"],
)
def test_what_is_no_published_dataset_is_told(tmp_path, place, make, said):
    make(tmp_path / "old")
    with pytest.raises(UsageError, match=said):
        Published("old", tmp_path).splits(place)


def test_a_dataset_of_somebody_else_is_told(tmp_path, place):
    (tmp_path / "old" / "data").mkdir(parents=True)
    pq.write_table(pa.table({"id": ["q"], "text": ["t"]}), tmp_path / "old" / "data" / "train-0.parquet")
    with pytest.raises(UsageError, match="has no column family"):
        Published("old", tmp_path).splits(place)


def test_a_damaged_file_is_told(tmp_path, place):
    path = written(tmp_path / "old", {"train": [row("a", "f")]}) / "panels" / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(WorkspaceError, match="train-00000-of-00001"):
        Published("old", tmp_path).splits(place)


def test_the_state_changes_with_the_files_and_not_with_where_they_lie(tmp_path):
    for name in ("one", "two"):
        written(tmp_path / name, {"train": [row("a", "f")]})
        (tmp_path / name / "SHA256SUMS").write_text("abc  panels/train\n")
    one, two = (Published(name, tmp_path).state for name in ("one", "two"))
    (tmp_path / "two" / "SHA256SUMS").write_text("def  panels/train\n")
    assert one == two != Published("two", tmp_path).state
    (tmp_path / "one" / "SHA256SUMS").unlink()
    unsummed = Published("one", tmp_path).state
    written(tmp_path / "one", {"test": [row("b", "g")]})
    assert unsummed != Published("one", tmp_path).state


@pytest.fixture
def hub(tmp_path, server_module, monkeypatch):
    rows = {"train": [row(f"a{at}", f"f{at}") for at in range(9)], "test": [row("b", "g")]}
    folder = written(tmp_path / "there", rows)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}
    with server_module("hub_server").running("org/cells", "v1", {**files, "README.md": b"# cells"}) as server:
        point_at(server.url, monkeypatch)
        yield server


@pytest.mark.parametrize("keep", ["org/cells@v1", "hub:org/cells@v1"])
def test_the_hub_tells_what_the_folder_does_and_no_picture_travels(tmp_path, place, hub, keep):
    assert Published(keep, tmp_path).splits(place) == Published("there", tmp_path).splits(place)
    pieces = [one.piece.removeprefix("bytes=").split("-") for one in hub.asked("/resolve/")]
    fetched = sum(int(last) - int(first) + 1 for first, last in pieces)
    assert 0 < fetched < sum(map(len, hub.files.values())) / 5


def test_what_the_hub_said_is_asked_once(tmp_path, place, hub):
    first = Published("org/cells@v1", tmp_path).splits(place)
    asked = len(hub.asked())
    assert Published("org/cells@v1", tmp_path).splits(place) == first
    assert len(hub.asked()) == asked


@pytest.mark.parametrize("keep", ["org/others@v1", "org/cells@v2"])
def test_a_dataset_or_a_revision_that_the_hub_lacks_is_told(tmp_path, place, hub, keep):
    with pytest.raises(UsageError, match="the Hub has no such dataset") as told:
        Published(keep, tmp_path).splits(place)
    assert keep in str(told.value)


def test_a_hub_that_refuses_is_told(tmp_path, place, hub):
    hub.fault("/tree/", status=403, times=99)
    with pytest.raises(WorkspaceError, match="the Hub doesn't answer"):
        Published("org/cells@v1", tmp_path).splits(place)
    assert not list(place.cache.rglob("*.parquet"))


def test_a_hub_that_isnt_there_is_told(tmp_path, place, monkeypatch):
    point_at("http://127.0.0.1:1", monkeypatch)
    with pytest.raises(WorkspaceError, match="the Hub doesn't answer"):
        Published("org/cells@v1", tmp_path).splits(place)
