"""RSpace archives: the document that was asked for reads as an .eln; hostile and broken ones are refused."""

import zipfile

import pytest

from ingest.eln_reading import opened
from ingest.rspace_archive import with_crate
from schemas.errors import ArchiveError


def archive(folder, files):
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, blob in files.items():
            made.writestr(name, blob)
    return path


XML = "<archivalDocument><name>Doc</name><listFields/></archivalDocument>"


def test_a_document_keeps_its_files_and_nothing_else(tmp_path):
    files = {
        "root/doc_A-1/doc_A-1.xml": XML,
        "root/doc_A-1/doc_A-1_form.xml": "<form/>",
        "root/doc_A-1/formIcon_2.png": b"icon",
        "root/doc_A-1/cells.txt": b"cells",
        "root/doc_B-11/doc_B-11.xml": XML,
        "root/resources/commentIcon.gif": b"icon",
    }
    made = with_crate(
        archive(tmp_path, files), tmp_path / "made.eln", "twelve-letters-SD1", 1, modified="2026-01-20T00:00:00.000Z"
    )
    assert {name.partition("/")[2] for name in zipfile.ZipFile(made).namelist()} == {
        "ro-crate-metadata.json",
        "document/doc_A-1.xml",
        "document/cells.txt",
    }
    with opened(made) as export:
        (document,) = export.documents()
        assert (document.name, document.entry.identifier) == ("Doc", "twelve-letters-SD1")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"root/doc_A-11/doc_A-11.xml": XML}, "absent"),
        ({"root/manifest.txt": "nothing"}, "absent"),
        ({"root/../doc_A-1/doc_A-1.xml": XML}, "archive_"),
    ],
)
def test_an_archive_without_the_document_is_refused(tmp_path, files, reason):
    with pytest.raises(ArchiveError) as caught:
        with_crate(
            archive(tmp_path, files),
            tmp_path / "made.eln",
            "twelve-letters-SD1",
            1,
            modified="2026-01-20T00:00:00.000Z",
        )
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("number", "pictures"), [(25, ["Picture1_1701965472094.png"]), (32, ["lemmings_1701965473304.gif"])]
)
def test_a_real_export_without_its_crate_reads_as_with_it(shared_data, tmp_path, number, pictures):
    (real,) = (shared_data / "eln/consortium/RSpace").glob("*.eln")
    with zipfile.ZipFile(real) as there:
        files = {name: there.read(name) for name in there.namelist() if "ro-crate" not in name and name[-1] != "/"}
    made = with_crate(
        archive(tmp_path, files),
        tmp_path / "made.eln",
        "twelve-letters-SD1",
        number,
        modified="2026-01-20T00:00:00.000Z",
    )
    with opened(made) as export, opened(real) as whole:
        (document,) = export.documents()
        assert [file.name for file in document.pictures] == pictures
        assert document.text in {other.text for other in whole.documents()}
        assert document.text
