"""Archives are read in memory; hostile ones are refused, and one bad member costs only itself."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import archives
from ingest.archives import safe_name
from ingest.containers import FolderFiles, open_files
from schemas.errors import ArchiveError

Members = dict[str, bytes]


def zipped(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, blob in members.items():
            package.writestr(name, blob)
    return path


def tarred(path: Path, members: Members) -> Path:
    mode = "w:gz" if path.name.endswith("gz") else "w:xz" if path.name.endswith("xz") else "w"
    with tarfile.open(path, mode) as package:  # type: ignore[call-overload]
        for name, blob in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(blob)
            package.addfile(info, io.BytesIO(blob))
    return path


def reason_of(read: Callable[[], object]) -> str:
    with pytest.raises(ArchiveError) as caught:
        read()
    return caught.value.reason


@pytest.mark.parametrize("name", ["a.zip", "a.meca", "a.tar.gz", "a.tgz", "a.tar", "a.tar.xz"])
def test_every_container_gives_its_files_by_name(tmp_path: Path, name: str) -> None:
    make = zipped if name.endswith(("zip", "meca")) else tarred
    files = open_files(make(tmp_path / name, {"b/x.xml": b"<x/>", "a.jpg": b"picture"}))
    assert list(files.names()) == ["a.jpg", "b/x.xml"]
    assert files.read("b/x.xml") == b"<x/>"
    assert files.retrieved_at("a.jpg") is None
    assert reason_of(lambda: files.read("c")) == "archive_no_member"
    files.close()


def test_a_folder_gives_its_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.xml").write_bytes(b"<x/>")
    (tmp_path / "a.jpg").write_bytes(b"picture")
    files = open_files(tmp_path)
    assert list(files.names()) == ["a.jpg", "b/x.xml"]
    assert files.read("b/x.xml") == b"<x/>"
    assert reason_of(lambda: files.read("c")) == "file_unreadable"


UNSAFE = ["../x", "a/../../x", "/etc/x", "C:\\x", "..\\x", "%2e%2e/x", "%252e%252e%252fx", "a\x00.jpg", "\\\\host\\x"]


@pytest.mark.parametrize("name", UNSAFE)
def test_names_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    assert reason_of(lambda: safe_name(name, where="")) == "archive_unsafe_name"
    if "\x00" not in name:
        assert reason_of(lambda: open_files(zipped(tmp_path / "a.zip", {name: b""}))) == "archive_unsafe_name"
        assert reason_of(lambda: open_files(tarred(tmp_path / "a.tar", {name: b""}))) == "archive_unsafe_name"


def test_backslashes_are_separators(tmp_path: Path) -> None:
    files = open_files(zipped(tmp_path / "a.meca", {"content\\1.xml": b"<x/>"}))
    assert list(files.names()) == ["content/1.xml"]
    assert files.read("content/1.xml") == b"<x/>"


@given(st.text())
def test_a_safe_name_stays_inside(name: str) -> None:
    try:
        safe = safe_name(name, where="")
    except ArchiveError:
        return
    assert not safe.startswith("/")
    assert ".." not in safe.split("/")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_a_name_that_is_there_twice_is_read_only_where_both_are_the_same(tmp_path: Path, kind: str) -> None:
    pairs = [
        ("same.xml", b"<x/>"),
        ("./same.xml", b"<x/>"),
        ("two.xml", b"<x/>"),
        ("two.xml", b"<y/>"),
        ("a.jpg", b"p"),
    ]
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as package:
            for name, blob in pairs:
                package.writestr(name, blob)
    else:
        with tarfile.open(path, "w:gz" if kind == "tar.gz" else "w") as package:
            for name, blob in pairs:
                info = tarfile.TarInfo(name)
                info.size = len(blob)
                package.addfile(info, io.BytesIO(blob))
    files = open_files(path)
    assert list(files.names()) == ["a.jpg", "same.xml", "two.xml"]
    assert (files.read("same.xml"), files.read("a.jpg")) == (b"<x/>", b"p")
    assert reason_of(lambda: files.read("two.xml")) == "archive_ambiguous"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as package:
        info = tarfile.TarInfo("a.jpg")
        info.type, info.linkname = kind, "/etc/passwd"
        package.addfile(info)
    assert reason_of(lambda: open_files(tmp_path / "a.tar")) == "archive_link"


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        info = zipfile.ZipInfo("a.jpg")
        info.external_attr = 0o120777 << 16
        package.writestr(info, "/etc/passwd")
    assert reason_of(lambda: open_files(tmp_path / "a.zip")) == "archive_link"


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").symlink_to(tmp_path / "secret")
    assert reason_of(lambda: FolderFiles(tmp_path / "in").read("a.jpg")) == "archive_link"
    assert reason_of(lambda: FolderFiles(tmp_path / "in").read("../secret")) == "archive_link"


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(archives, "_RATIO_COUNTS_FROM_BYTES", 1 << 16)
    make = zipped if name.endswith("zip") else tarred
    path = make(tmp_path / name, {"a.jpg": b"\0" * (1 << 22)})
    assert reason_of(lambda: open_files(path)) == "archive_bomb"


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    make = zipped if name.endswith("zip") else tarred
    path = make(tmp_path / name, {f"{number}.jpg": b"" for number in range(4)})
    assert reason_of(lambda: open_files(path)) == "archive_too_many_files"


def test_a_header_that_lies_is_found_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": b"x" * 5000})
    blob = path.read_bytes()
    real, told = (5000).to_bytes(4, "little"), (50).to_bytes(4, "little")
    path.write_bytes(blob.replace(real, told))
    assert reason_of(lambda: open_files(path).read("a.jpg")) in {"archive_broken", "archive_bomb"}


def test_one_bad_member_of_a_zip_costs_only_itself(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        package.writestr("a.jpg", b"AAAAAAAA")
        package.writestr("b.jpg", b"BBBBBBBB")
    path.write_bytes(path.read_bytes().replace(b"AAAAAAAA", b"AAAAXAAA"))
    files = open_files(path)
    assert reason_of(lambda: files.read("a.jpg")) == "archive_broken"
    assert files.read("b.jpg") == b"BBBBBBBB"


def test_an_encrypted_member_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": b"x"})
    blob = bytearray(path.read_bytes())
    blob[blob.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(blob))
    assert reason_of(lambda: open_files(path).read("a.jpg")) == "archive_encrypted"


BROKEN = {"a.zip": b"PK\x03\x04 nothing", "a.tar.gz": gzip.compress(b"no tar")[:-9], "b.zip": b"<html>", "c.tar": b""}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_archive_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    assert reason_of(lambda: open_files(tmp_path / name)) in {"archive_broken", "archive_empty"}


def test_a_truncated_tar_is_broken(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar.gz", {"a.jpg": bytes(range(256)) * 400, "b.jpg": b"x" * 9000})
    path.write_bytes(path.read_bytes()[:-300])
    assert reason_of(lambda: open_files(path)) == "archive_broken"


def test_what_nobody_asks_for_is_not_kept(tmp_path: Path) -> None:
    files = open_files(tarred(tmp_path / "a.tar.gz", {"movie.mp4": b"x", "a.jpg": b"y"}))
    assert list(files.names()) == ["a.jpg", "movie.mp4"]
    assert reason_of(lambda: files.read("movie.mp4")) == "archive_member_not_kept"
