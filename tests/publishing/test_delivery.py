"""Delivery: a place holds exactly the dataset's files afterwards, whatever went wrong, and loses nobody else's."""

import hashlib
import random
from pathlib import Path

import ftp_server
import pytest
import s3_server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publishing.addresses import destination_of, shown
from publishing.delivery import SUMS, deliver, looked_at, planned
from publishing.destinations import LocalFolder
from schemas.errors import SourceError, UsageError

RECIPE = {"manifest.yaml": b"name: cells\n", "manifest.lock.json": b"{}\n"}


def dataset(place, files, name="cells"):
    """Write a dataset's folder with its sums."""
    whole = {**RECIPE, **files, "manifest.yaml": f"name: {name}\n".encode()}
    for file, content in whole.items():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in sorted(whole.items())]
    (place / SUMS).write_text("".join(lines))
    return place


def some(seed, count=4):
    chance = random.Random(seed)
    return {f"panels/train-{at:05d}.parquet": chance.randbytes(chance.randint(1, 3000)) for at in range(count)}


def sent(folder, destination, name="cells"):
    there = looked_at(destination, name)
    plan = planned(folder, destination, there)
    deliver(folder, destination, there, plan)
    return plan


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def objects(destination):
    return {name: destination.read(name) for name in destination.sizes()}


@pytest.fixture
def folder(tmp_path):
    return dataset(tmp_path / "dataset", some(1) | {"questions/test-00000.parquet": b"q" * 5000})


@pytest.fixture
def ftp(tmp_path):
    with ftp_server.running(tmp_path / "ftp") as server:
        yield server


@pytest.fixture
def bucket(monkeypatch):
    with s3_server.running("mine", guarded=False) as server:
        for name, value in s3_server.environment(server).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(params=["folder", "ftp", "s3"])
def place(request, tmp_path):
    """A destination of each kind, empty; those elsewhere speak over real sockets."""
    if request.param == "folder":
        return LocalFolder(tmp_path / "out" / "deep")
    if request.param == "ftp":
        return destination_of(f"{request.getfixturevalue('ftp').url}/lab/out")
    request.getfixturevalue("bucket")
    return destination_of("s3://mine/lab/out")


def test_a_folder_lies_there_file_by_file(place, folder):
    plan = sent(folder, place)
    assert objects(place) == files(folder)
    assert len(plan.put) == len(files(folder)) - 1


def test_the_same_again_writes_nothing(place, folder):
    sent(folder, place)
    again = planned(folder, place, looked_at(place, "cells"))
    assert again.is_done
    assert (again.put, again.remove) == ((), ())


def test_a_new_version_takes_old_files_away_and_writes_only_what_is_new(place, folder, tmp_path):
    sent(folder, place)
    kept = files(folder)
    newer = dataset(tmp_path / "newer", {**some(1), "panels/train-00000.parquet": b"new"})
    plan = sent(newer, place)
    assert objects(place) == files(newer) != kept
    assert plan.put == ("panels/train-00000.parquet",)
    assert plan.remove == ("questions/test-00000.parquet",)


def test_a_file_that_is_not_ours_is_never_touched(place, folder):
    place.put("notes.txt", [b"mine"])
    with pytest.raises(UsageError, match=r"holds what is no dataset of bricks: notes\.txt\. Nothing was written"):
        sent(folder, place)
    assert objects(place) == {"notes.txt": b"mine"}


def test_a_file_of_somebodys_in_an_earlier_version_stops_all(place, folder):
    sent(folder, place)
    place.put("panels/notes.txt", [b"mine"])
    before = objects(place)
    with pytest.raises(UsageError, match=r"panels/notes\.txt"):
        sent(folder, place)
    assert objects(place) == before


def test_another_dataset_is_not_overwritten(place, folder, tmp_path):
    sent(dataset(tmp_path / "other", some(2), name="fibres"), place, "fibres")
    with pytest.raises(UsageError, match="holds another dataset, fibres"):
        sent(folder, place)


def test_sums_of_somebody_elses_make_nothing_ours(place, folder):
    place.put("a.txt", [b"a"])
    place.put(SUMS, [f"{hashlib.sha256(b'a').hexdigest()}  a.txt\n".encode()])
    with pytest.raises(UsageError, match="no dataset of bricks"):
        sent(folder, place)


def test_a_link_in_a_folder_is_nobodys_to_follow(folder, tmp_path):
    place = LocalFolder(tmp_path / "out")
    sent(folder, place)
    (tmp_path / "else").mkdir()
    (tmp_path / "out" / "panels-noncommercial").symlink_to(tmp_path / "else")
    with pytest.raises(UsageError, match="no plain file"):
        sent(folder, place)


def test_bytes_that_rotted_here_are_written_anew(folder, tmp_path):
    place = LocalFolder(tmp_path / "out")
    sent(folder, place)
    (tmp_path / "out" / "questions" / "test-00000.parquet").write_bytes(b"Q" * 5000)
    assert sent(folder, place).put == ("questions/test-00000.parquet",)
    assert objects(place) == files(folder)


class Stop(BaseException):
    """A process that ends."""


class Falling(LocalFolder):
    """A folder on a machine that stops at the n-th piece or step."""

    left = 0

    def _step(self):
        Falling.left -= 1
        if Falling.left < 0:
            raise Stop

    def put(self, name, pieces):
        self._step()
        super().put(name, self._cut(pieces))
        self._step()

    def _cut(self, pieces):
        for piece in pieces:
            yield piece[: len(piece) // 2]
            self._step()
            yield piece[len(piece) // 2 :]

    def remove(self, names):
        for name in names:
            self._step()
            super().remove([name])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 40), min_size=1, max_size=4), st.booleans())
def test_whatever_is_interrupted_the_same_command_finishes(tmp_path_factory, stops, has_older):
    root = tmp_path_factory.mktemp("stopped")
    target = root / "out"
    older, newer = dataset(root / "a", some(1)), dataset(root / "b", {**some(3, 3), "x/y/z.parquet": b"z"})
    wholes = set(files(newer).items())
    if has_older:
        sent(older, LocalFolder(target))
        wholes |= set(files(older).items())
    for stop in stops:
        Falling.left = stop
        try:
            sent(newer, Falling(target))
        except Stop:
            found = {name: blob for name, blob in files(target).items() if not name.startswith("PUBLISHING")}
            assert set(found.items()) <= wholes, "each file is whole or absent"
            vouched = SUMS in found
            assert not vouched or found in (files(older), files(newer)) or "PUBLISHING.json" in files(target)
    sent(newer, LocalFolder(target))
    assert files(target) == files(newer)
    assert {path for path in target.rglob("*") if path.is_dir()} == {
        target / path.relative_to(newer) for path in newer.rglob("*") if path.is_dir()
    }


def test_an_upload_that_is_cut_is_told_and_gone_on_with(ftp, tmp_path):
    folder = dataset(
        tmp_path / "dataset", {f"panels/{at}.parquet": random.Random(at).randbytes(400_000) for at in range(3)}
    )
    address = f"{ftp.url}/lab"
    ftp.cut_after_bytes = 100_000
    with pytest.raises(SourceError, match="destination_failed") as told:
        sent(folder, destination_of(address))
    assert "cret" not in str(told.value)
    whole = {name: blob for name, blob in files(ftp.root / "lab").items() if not name.startswith("PUBLISHING")}
    assert set(whole.items()) < set(files(folder).items())
    stored = len(ftp.stored)
    sent(folder, destination_of(address))
    assert files(ftp.root / "lab") == files(folder)
    assert len(ftp.stored) - stored < 2 * len(files(folder))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("GS://bucket/x", "needs a package that isn't installed.*gcsfs"),
        ("s3://", r"s3://: names no bucket\. Write s3://bucket/folder"),
        ("S3:///x", "names no bucket"),
        ("ftp:///x", "names no server"),
        ("s3:/bucket/x", r"Did you mean s3://\?"),
        ("FTP:/ada:secret@h/x", r"^FTP:/: has one slash after its scheme. Did you mean ftp://\?"),
        ("file:/tmp/x", "Did you mean file://"),
        ("file://server/x", "server is another machine"),
        (
            "ftp://ada:se/cret@h/x",
            r"^ftp://\*\*\*: where its password ends can't be told. Write / in a password as %2F",
        ),
        ("nonsense://x/y", "nobody here knows nonsense://"),
        ("https://example.org/x", "A web address can't be written to"),
        ("hf://datasets/a/b", r"publish: \{repo: org/name\}"),
        ("gs://bucket/x", "needs a package that isn't installed.*gcsfs"),
    ],
)
def test_where_nothing_can_be_put_is_told_at_once(address, why):
    with pytest.raises(UsageError, match=why):
        destination_of(address)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://ada:secret@h/x", "ftp://h/x"),
        ("ftp://ada:secret@h:21/x?key=secret#secret", "ftp://h:21/x"),
        ("ftp://ada:se/c@ret@h:21/x?key=secret#secret", "ftp://***"),
        ("ftp://ada:12/34@h/x", "ftp://***"),
        ("FTP://ada:se?c#ret@h/x", "ftp://h/x"),
        ("ftp://ada@h/a/b@c", "ftp://h/a/b@c"),
        ("s3://KEY:secret@bucket/x", "s3://bucket/x"),
        ("sftp://ada@h/x", "sftp://h/x"),
        ("ftp://h/x@y", "ftp://h/x@y"),
        ("out/x@y:z", "out/x@y:z"),
    ],
)
def test_no_password_is_shown(address, told):
    assert shown(address) == told


def test_a_server_that_lets_nobody_in_is_told_without_the_password(ftp):
    address = ftp.url.replace("se%20cret", "wr%20ong")
    with pytest.raises(SourceError, match="530") as told:
        destination_of(address)
    assert ftp.shown in str(told.value)
    assert "ong" not in str(told.value).replace("wrong", "")


def test_a_bucket_that_is_not_there_is_told(bucket, folder):
    with pytest.raises(SourceError, match="s3://other/x"):
        sent(folder, destination_of("s3://other/x"))


def test_a_store_shows_no_half_of_a_file(bucket):
    def pieces():
        yield b"x" * 8_000_000
        raise Stop

    place = destination_of("s3://mine/x")
    with pytest.raises(Stop):
        place.put("a/b", pieces())
    assert place.sizes() == {}


def test_a_folder_of_a_bucket_may_have_blanks_however_they_are_written(bucket):
    destination_of("s3://mine/my folder/ü").put("a b.txt", [b"x"])
    assert destination_of("S3://mine/my%20folder/%C3%BC").sizes() == {"a b.txt": 1}


def test_a_password_is_told_by_no_fault_of_a_port():
    with pytest.raises(SourceError) as told:
        destination_of("ftp://ada:secret#1@127.0.0.1:port/x")
    assert "secret" not in str(told.value)


def test_a_file_is_no_place_to_write_into(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(UsageError, match="is a file, not a folder"):
        destination_of(str(tmp_path / "x"))


def test_an_address_of_a_file_is_a_folder_here(tmp_path):
    for start in ("file://", "FILE://", "file://localhost"):
        assert destination_of(f"{start}{tmp_path}/out%20a") == LocalFolder(Path(f"{tmp_path}/out a"))
