"""ELN files: the zip layer: what is refused, what is checked, and what a mutated export can't do."""

import base64
import hashlib
import io
import json
import os
import tempfile
import time
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from eln_exports import crate, dataset, file_node, one_entry, picture, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import archives
from ingest.eln_lines import export_lines
from ingest.eln_reading import Picture, Unpictured, opened
from schemas.errors import ReasonedError

BLOB = picture(1)


def seen(path, file=None):
    """Return the pictures of an export by member, and the reasons of the files that are refused."""
    with opened(path, file) as export:
        told = [one for document in export.documents() for one in export.pictures(document)]
    members = {one.member: one for one in told if isinstance(one, Picture)}
    return members, [one.reason for one in told if isinstance(one, Unpictured)]


def refused(path):
    with pytest.raises(ReasonedError) as error:
        seen(path)
    return error.value.reason


def with_file(tmp_path, at_id, member, **node):
    """Write an export of one entry with one file, and return what is seen of it."""
    nodes = [dataset("./e/", at_id, name="E", text="words"), {**file_node(at_id, BLOB), **node}]
    return seen(write(tmp_path / "a.eln", {member: BLOB}, crate(nodes, ["./e/"])))


@pytest.mark.parametrize(
    ("at_id", "member", "more"),
    [
        ("./e/a.png", "e/a.png", {}),
        ("./e/a.png", "e//a.png", {}),
        ("e/a.png", "e\\a.png", {}),
        ("./e/my%20a.png", "e/my a.png", {}),
        ("./e/my%20a.png", "e/my%20a.png", {}),
        ("./e/100%.png", "e/100%.png", {}),
        ("./e/a%CC%88.png", "e/ä.png", {}),
        ("./e/0b9c1c52-aaaa", "e/0b9c1c52-aaaa", {"name": "cells.png"}),
        ("./e/0b9c1c52-aaaa", "e/0b9c1c52-aaaa", {"name": "cells"}),
        ("./e/0b9c1c52-aaaa", "e/0b9c1c52-aaaa", {"name": "x", "encodingFormat": "image/png"}),
    ],
)
def test_a_file_is_found_however_its_path_is_written(tmp_path, at_id, member, more):
    pictures, reasons = with_file(tmp_path, at_id, member, **more)
    assert (len(pictures), reasons) == (1, [])


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (("10%25.png", "10%2525.png"), ("10%.png", "10%25.png")),
        (("10%.png", "10%25.png"), ("10%.png", "10%25.png")),
        (("caf\u00e9.png", "cafe\u0301.png"), ("caf\u00e9.png", "cafe\u0301.png")),
        (("caf%C3%A9.png", "cafe%CC%81.png"), ("caf\u00e9.png", "cafe\u0301.png")),
    ],
)
def test_of_names_that_differ_by_an_escape_or_composition_each_is_its_own(tmp_path, ids, names):
    blobs = {f"e/{name}": picture(seed) for seed, name in enumerate(names)}
    files = [file_node(f"./e/{at_id}", blob) for at_id, blob in zip(ids, blobs.values(), strict=True)]
    nodes = [dataset("./e/", *(file["@id"] for file in files), text="words"), *files]
    pictures, reasons = seen(write(tmp_path / "a.eln", blobs, crate(nodes, ["./e/"])))
    assert ({member.removeprefix("export/"): one.seen.blob for member, one in pictures.items()}, reasons) == (blobs, [])


def test_a_name_that_may_mean_several_files_means_none(tmp_path):
    nodes = [dataset("./e/", "./e/a%20b.png", text="words"), file_node("./e/a%20b.png", BLOB)]
    members = {"e/a%2520b.png": BLOB, "e/a%252520b.png": BLOB}
    assert seen(write(tmp_path / "a.eln", members, crate(nodes, ["./e/"]))) == ({}, ["file_ambiguous"])


@pytest.mark.parametrize(
    ("node", "checked"),
    [
        ({}, "sha256"),
        ({"sha256": hashlib.md5(BLOB).hexdigest()}, "md5"),
        ({"sha256": f"SHA256:{hashlib.sha256(BLOB).hexdigest().upper()}"}, "sha256"),
        ({"sha256": None, "md5": hashlib.md5(BLOB).hexdigest()}, "md5"),
        ({"sha256": ""}, "none"),
        ({"sha256": None}, "none"),
        ({"sha256": "not hex"}, "unreadable"),
        ({"sha256": hashlib.sha256(BLOB).hexdigest()[:63]}, "unreadable"),
        ({"sha256": base64.b64encode(hashlib.sha256(BLOB).digest()).decode()}, "unreadable"),
        ({"sha256": f"sha256-{hashlib.sha256(BLOB).hexdigest()}"}, "unreadable"),
    ],
)
def test_a_digest_is_told_by_its_length_and_one_that_is_missing_is_noted(tmp_path, node, checked):
    pictures, reasons = with_file(tmp_path, "./e/a.png", "e/a.png", **node)
    (one,) = pictures.values()
    assert [fact.value for fact in one.facts if fact.name == "checksum"] == [checked]
    assert reasons == []


@pytest.mark.parametrize(("stated", "told"), [("5", ["5"]), (str(len(BLOB)), []), (len(BLOB), []), ("2 kB", [])])
def test_a_wrong_size_is_told(tmp_path, stated, told):
    pictures, _ = with_file(tmp_path, "./e/a.png", "e/a.png", contentSize=stated)
    (one,) = pictures.values()
    said = [f"{len(BLOB)} bytes, and the crate says {size}" for size in told]
    assert [fact.value for fact in one.facts if fact.name == "content_size"] == said


@pytest.mark.parametrize(
    ("at_id", "node", "reason"),
    [
        ("./e/a.png", {"sha256": "0" * 64}, "digest_mismatch"),
        ("./e/a.png", {"sha256": "0" * 32}, "digest_mismatch"),
        ("./e/b.png", {}, "image_missing"),
        ("https://example.org/a.png", {}, "remote_file"),
        ("file:///etc/passwd", {"name": "a.png"}, "remote_file"),
        ("./e/../../a.png", {}, "archive_unsafe_name"),
        ("./e/%252e%252e/a.png", {}, "archive_unsafe_name"),
        ("/e/a.png", {}, "archive_unsafe_name"),
        ("c:/a.png", {}, "archive_unsafe_name"),
        ("./e/a.czi", {}, "needs_bioio"),
        ("./e/a.svg", {"encodingFormat": "image/svg+xml", "name": "a.png"}, "not_an_image"),
    ],
)
def test_one_file_that_cannot_be_taken_costs_only_itself(tmp_path, at_id, node, reason):
    good = picture(2)
    members = {"e/a.png": BLOB, "e/good.png": good, "e/a.czi": BLOB, "e/a.svg": b"<svg/>"}
    said = {**file_node(at_id, members.get(at_id.removeprefix("./"), BLOB)), **node}
    nodes = [dataset("./e/", at_id, "./e/good.png", name="E", text="w"), said, file_node("./e/good.png", good)]
    pictures, reasons = seen(write(tmp_path / "a.eln", members, crate(nodes, ["./e/"])))
    assert (list(pictures), reasons) == (["export/e/good.png"], [reason])


def test_a_wrong_digest_refuses_a_file_that_is_no_picture_too(tmp_path):
    nodes = [dataset("./e/", "./e/a.txt"), file_node("./e/a.txt", b"other")]
    assert seen(write(tmp_path / "a.eln", {"e/a.txt": b"text"}, crate(nodes, ["./e/"]))) == ({}, ["digest_mismatch"])


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a/../../x.png": BLOB}, "archive_unsafe_name"),
        ({"a/..\\..\\x.png": BLOB}, "archive_unsafe_name"),
        ({"a/%2e%2e/%2e%2e/x.png": BLOB}, "archive_unsafe_name"),
        ({"a/%252e%252e/x.png": BLOB}, "archive_unsafe_name"),
        ({"a/%00.png": BLOB}, "archive_unsafe_name"),
        ({"../x.png": BLOB}, "archive_unsafe_name"),
    ],
)
def test_an_export_with_a_name_that_leaves_it_is_refused_whole(tmp_path, members, reason):
    assert refused(write(tmp_path / "a.eln", members, crate([], []))) == reason


@pytest.mark.parametrize("name", ["/etc/x", "C:/x", "..", "\\\\host\\x", "%2Fetc/x", "a/b\\..\\..\\..\\x"])
def test_so_is_one_whose_names_start_elsewhere(tmp_path, name):
    path = write(tmp_path / "a.eln", {}, crate([], []))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    assert refused(path) == "archive_unsafe_name"


def test_a_link_is_refused(tmp_path):
    path = write(tmp_path / "a.eln", {}, crate([], []))
    link = zipfile.ZipInfo("export/link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(path) == "archive_link"


def test_there_is_exactly_one_root_folder(tmp_path):
    path = write(tmp_path / "a.eln", {}, crate([], []))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/export/._x", b"")
    assert seen(path) == ({}, [])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/x", b"")
    assert refused(path) == "eln_not_one_root"


@pytest.mark.parametrize(
    ("members", "reason"),
    [({"export/a.txt": b""}, "eln_no_metadata"), ({"ro-crate-metadata.json": b"{}"}, "eln_not_one_root")],
)
def test_a_zip_that_is_no_export_is_refused(tmp_path, members, reason):
    with zipfile.ZipFile(tmp_path / "a.eln", "w") as archive:
        for name, blob in members.items():
            archive.writestr(name, blob)
    assert refused(tmp_path / "a.eln") == reason


def test_bytes_that_are_no_zip_are_refused(tmp_path):
    (tmp_path / "a.eln").write_bytes(b"PK\3\4 not quite")
    assert refused(tmp_path / "a.eln") == "archive_broken"


def test_an_open_file_is_read_like_a_path(tmp_path):
    path = one_entry(tmp_path / "a.eln")
    assert seen(Path("fetched.eln"), io.BytesIO(path.read_bytes()))[0].keys() == seen(path)[0].keys()


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_RATIO_COUNTS_FROM_BYTES", 1 << 16)
    path = tmp_path / "a.eln"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/ro-crate-metadata.json", json.dumps(crate([], [])))
        archive.writestr("export/zeros.png", bytes(1 << 22))
    assert refused(path) == "archive_bomb"


def test_a_list_of_members_without_end_is_not_read(tmp_path, monkeypatch):
    path = write(tmp_path / "a.eln", {f"e/{number}": b"" for number in range(50)}, crate([], []))
    monkeypatch.setattr(archives, "_MAX_DIRECTORY_BYTES", 1000)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was read"))
    assert refused(path) == "archive_too_many_files"


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 10)
    path = write(tmp_path / "a.eln", {f"e/{number}": b"" for number in range(11)}, crate([], []))
    assert refused(path) == "archive_too_many_files"


def test_metadata_beyond_measure_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.eln_files.MAX_METADATA_BYTES", 100)
    assert refused(one_entry(tmp_path / "a.eln")) == "eln_metadata_too_large"


def test_a_locked_export_says_so(tmp_path):
    path = one_entry(tmp_path / "a.eln")
    blob = bytearray(path.read_bytes())
    at = blob.find(b"PK\1\2")
    while at >= 0:
        blob[at + 8] |= 1
        at = blob.find(b"PK\1\2", at + 4)
    path.write_bytes(blob)
    assert refused(path) == "archive_encrypted"


@st.composite
def mutated(draw):
    """Return the bytes of a real structure, some of them changed, cut or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        blob = bytearray(one_entry(Path(folder) / "a.eln").read_bytes())
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(blob) - 1))
        kind = draw(st.sampled_from(["flip", "cut", "double", "name", "json"]))
        if kind == "flip":
            blob[at] ^= draw(st.integers(1, 255))
        elif kind == "cut":
            del blob[at : at + draw(st.integers(1, 64))]
        elif kind == "double":
            blob[at:at] = blob[at : at + draw(st.integers(1, 64))]
        else:
            old = draw(st.sampled_from([b"export/e", b"a.png", b"./e/", b'"@id"', b"hasPart", b"Dataset"]))
            blob = blob.replace(old, draw(st.binary(min_size=len(old), max_size=len(old))), draw(st.integers(1, 3)))
        if not blob:
            return b""
    return bytes(blob)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(mutated())
def test_a_mutated_export_is_read_or_refused_and_leaves_no_file(tmp_path, blob):
    folder = tmp_path / "only"
    folder.mkdir(exist_ok=True)
    path = folder / "a.eln"
    path.write_bytes(blob)
    tracemalloc.start()
    try:
        with suppress(ReasonedError):
            seen(path)
    finally:
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 64 << 20
    assert [one.name for one in folder.iterdir()] == ["a.eln"]
    assert [one.name for one in tmp_path.iterdir()] == ["only"]


@given(
    st.text(alphabet="./\\%25ecCD:~\x00a ", min_size=1, max_size=24),
    st.sampled_from(["member", "id"]),
)
@settings(max_examples=200)
def test_no_name_leads_out(name, where):
    with tempfile.TemporaryDirectory() as root:
        path = Path(root) / "a.eln"
        nodes = [dataset("./e/", f"./{name}", name="E", text="w"), {**file_node(f"./{name}", BLOB), "name": "a.png"}]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("export/ro-crate-metadata.json", json.dumps(crate(nodes, ["./e/"])))
            archive.writestr(zipfile.ZipInfo("export/" + (name if where == "member" else "e/a.png")), BLOB)
        try:
            pictures, _ = seen(path)
        except ReasonedError:
            pictures = {}
        assert all(".." not in member.split("/") and member.startswith("export/") for member in pictures)
        assert [one.name for one in Path(root).iterdir()] == ["a.eln"]


@pytest.mark.parametrize("address", ["http://[bad/a.png", "//[x", "http://["])
def test_an_address_that_is_none_costs_nothing(tmp_path, address):
    text = f'<p>Actin.</p><p><img src="{address}"></p><p><img src="a.png"></p>'
    members, reasons = seen(one_entry(tmp_path / "x.eln", text=text, url=address))
    assert (list(members), reasons) == (["export/e/a.png"], [])


def padded(path, name, start, size_bytes):
    """Write an export of one entry, whose file `name` starts so and has zeros behind; poorly packed."""
    nodes = [dataset("./e/", f"./e/{name}", name="E", text="words"), {"@id": f"./e/{name}", "@type": "File"}]
    write(path, {"pad.bin": os.urandom(size_bytes // 150)}, crate(nodes, ["./e/"]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(f"export/e/{name}", start + bytes(size_bytes))
    return path


def peak_of(call):
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_picture_file_above_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.eln_reading.PICTURE_BYTES", 1 << 20)
    path = padded(tmp_path / "x.eln", "a.png", BLOB, 64 << 20)
    (members, reasons), peak = peak_of(lambda: seen(path))
    assert (members, reasons) == ({}, ["file_too_large"])
    assert peak < 16 << 20


def test_a_document_beside_the_crate_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.eln_reading.MAX_BESIDE_BYTES", 1 << 20)
    path = padded(tmp_path / "x.eln", "doc.xml", b"<archivalDocument>", 64 << 20)
    assert peak_of(lambda: seen(path))[1] < 16 << 20


def test_metadata_have_a_limit(tmp_path):
    assert refused(one_entry(tmp_path / "x.eln", text=" " * (17 << 20))) == "eln_metadata_too_large"


@pytest.mark.parametrize("at_id", ["./e/%" + "25" * 200_000, "./e/" + "a" * 5000])
def test_an_id_without_end_is_refused_at_once(tmp_path, at_id):
    graph = [dataset("./e/", name="E"), {"@id": at_id, "@type": "File"}]
    assert refused(write(tmp_path / "x.eln", {}, crate(graph, ["./e/"]))) == "eln_metadata_broken"


@pytest.mark.parametrize("name", ["%" + "25" * 2000, "%" + "25" * 30_000, "a" * 5000])
def test_a_name_in_the_zip_without_end_is_refused_at_once(tmp_path, name):
    path = one_entry(tmp_path / "x.eln")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"export/{name}", b"")
    assert refused(path) == "archive_unsafe_name"


def test_many_files_and_many_pictures_in_a_text_cost_no_more_than_their_sum(tmp_path):
    count = 10_000
    parts = [f"./e/{at}.png" for at in range(count)]
    entry = dataset("./e/", *parts, name="E", text="<p>w<img src='q.png'></p>" * count, encodingFormat="text/html")
    nodes = [entry, *({"@id": part, "@type": "File", "name": part[4:]} for part in parts)]
    path = write(tmp_path / "x.eln", {}, crate(nodes, ["./e/"]))
    began = time.process_time()
    lines = list(export_lines(path))
    assert len(lines[0]["images"]) == count
    assert time.process_time() - began < 15


@pytest.mark.parametrize("depth", [20, 400, 600, 900])
def test_words_that_are_wrapped_without_end_cost_nothing(tmp_path, depth):
    name = "x"
    for _ in range(depth):
        name = [name]
    assert seen(one_entry(tmp_path / "x.eln", identifier=name))[1] == []


def test_a_list_that_starts_with_a_number_of_5000_digits_starts_with_one(tmp_path):
    with opened(one_entry(tmp_path / "x.eln", text=f"<ol start={'9' * 5000}><li>Fix.</li></ol>")) as export:
        assert [document.text for document in export.documents()] == ["1. Fix."]
