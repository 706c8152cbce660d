"""Parts as objects: each put once, brought whole, and no key in what is said of where they lie."""

import pytest

from pipeline.depot import Depot, Item, _brought, _put
from pipeline.workspace import Workspace
from schemas.errors import UsageError, WorkspaceError

ITEM = Item("2-panels/part-00000.parquet", "2-panels/part-00000-0a.parquet", 5)


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "ws" / "2-panels").mkdir(parents=True)
    (tmp_path / "ws" / ITEM.path).write_bytes(b"whole")
    (tmp_path / "store" / "2-panels").mkdir(parents=True)
    return Workspace(tmp_path / "ws")


def depot_in(tmp_path):
    return Depot.at((tmp_path / "store").as_uri())


def test_what_is_put_is_brought_as_it_was(workspace, tmp_path):
    depot = depot_in(tmp_path)
    _put(depot, workspace, ITEM)
    _brought(depot, ITEM, tmp_path / "there" / "part.parquet")
    assert (tmp_path / "there" / "part.parquet").read_bytes() == b"whole"


@pytest.mark.parametrize("url", ["file://{}/a%20new/store", "{}/a new/store"])
def test_a_folder_that_machines_share_is_a_store_and_is_made(workspace, tmp_path, url):
    depot = Depot.at(url.format(tmp_path))
    _put(depot, workspace, ITEM)
    assert (tmp_path / "a new" / "store" / ITEM.name).read_bytes() == b"whole"
    _brought(depot, ITEM, tmp_path / "there" / "part.parquet")
    assert (tmp_path / "there" / "part.parquet").read_bytes() == b"whole"


def test_what_is_no_folder_is_refused_at_once_and_in_no_words_of_object_stores(workspace, tmp_path):
    with pytest.raises(UsageError) as told:
        Depot.at((tmp_path / "ws" / ITEM.path).as_uri())
    assert str(told.value).endswith("Is it a folder that every machine of the cluster sees, and may write to?")
    with pytest.raises(WorkspaceError) as told:
        _brought(Depot.at((tmp_path / "store").as_uri()), ITEM, tmp_path / "there")
    assert "the store refuses" in str(told.value)
    assert "AWS" not in str(told.value)


@pytest.mark.parametrize("url", ["s3://", "s3:///", "file:///", "/"])
def test_an_address_that_names_no_bucket_is_refused_at_once(url):
    with pytest.raises(UsageError, match="no store: "):
        Depot.at(url)


def test_an_object_that_is_there_is_not_put_again(workspace, tmp_path):
    depot = depot_in(tmp_path)
    _put(depot, workspace, ITEM)
    before = (tmp_path / "store" / ITEM.name).stat().st_mtime_ns
    _put(depot, workspace, ITEM)
    assert (tmp_path / "store" / ITEM.name).stat().st_mtime_ns == before


def test_half_an_object_is_put_anew_and_never_brought(workspace, tmp_path):
    depot = depot_in(tmp_path)
    (tmp_path / "store" / ITEM.name).write_bytes(b"wh")
    with pytest.raises(WorkspaceError, match="isn't what was put there"):
        _brought(depot, ITEM, tmp_path / "there" / "part.parquet")
    assert not (tmp_path / "there").exists()
    _put(depot, workspace, ITEM)
    _brought(depot, ITEM, tmp_path / "there" / "part.parquet")


def test_no_key_is_in_what_is_said():
    assert str(Depot("s3://KEY:secret@bucket/parts?region=x&secret_key=y")) == "s3://bucket/parts"
    with pytest.raises(UsageError) as told:
        Depot.at("s4://KEY:secret@bucket/parts")
    assert "secret" not in str(told.value)
