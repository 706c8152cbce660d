"""`bricks extract` prints a line for every figure, and one for what could not be read."""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ingest import eln_lines
from ingest.extract import extract
from schemas.errors import UsageError

SHAPES = Path(__file__).parents[1] / "data" / "jats"
KEYS = [
    "source_file",
    "xml",
    "article",
    "entry",
    "figure_id",
    "label",
    "caption",
    "in_sub_article",
    "license",
    "third_party",
    "graphics",
    "images",
    "mentions",
    "facts",
]


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (8, 4)).save(stream, "JPEG")
    return stream.getvalue()


def test_a_walked_folder_gives_paths_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    shutil.copy(SHAPES / "nlm-2.3.nxml", tmp_path / "x" / "old.nxml")
    (tmp_path / "x" / "old-7-1.jpg").write_bytes(jpeg())
    (line,) = extract([tmp_path])
    assert list(line) == KEYS
    assert line["source_file"] == line["xml"] == str(tmp_path / "x" / "old.nxml")
    assert line["article"]["pmcid"] == "PMC1200001"
    assert line["images"] == [
        {
            "member": "x/old-7-1.jpg",
            "sha256": hashlib.sha256(jpeg()).hexdigest(),
            "format": "jpeg",
            "width_px": 8,
            "height_px": 4,
        }
    ]
    assert line["mentions"] == [{"text": "See Figure 1A and 1B.", "panels": ["A", "B"]}]


def test_a_package_gives_names_of_its_members(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.write(SHAPES / "nlm-2.3.nxml", "in/old.nxml")
        package.writestr("in/old-7-1.jpg", b"no picture")
    (line,) = extract([path])
    assert (line["source_file"], line["xml"]) == (str(path), "in/old.nxml")
    (image,) = line["images"]
    assert image["member"] == "in/old-7-1.jpg"
    assert image["error"].startswith("not_an_image")


def test_what_cannot_be_read_has_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"")
    (tmp_path / "b.eln").write_bytes(b"PK")
    (tmp_path / "c.zip").write_bytes(b"PK")
    lines = {Path(line["source_file"]).name: line for line in extract([tmp_path])}
    assert lines["a.xml"]["error"] == "xml_empty: the file holds no character"
    assert lines["b.eln"]["error"].startswith("archive_broken")
    assert lines["c.zip"] == {"source_file": str(tmp_path / "c.zip"), "xml": None, "error": lines["c.zip"]["error"]}


def test_a_path_that_does_not_exist_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        list(extract([tmp_path / "nowhere"]))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_an_article_that_a_package_holds_twice_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    old, new = (SHAPES / "nlm-2.3.nxml").read_bytes(), b"<article><front/><body/></article>"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        package.writestr("one.nxml", old)
        package.writestr("two.nxml", old)
        package.writestr("two.nxml", new)
    lines = list(extract([tmp_path / "a.zip"]))
    assert {line["xml"]: line.get("error") for line in lines} == {
        "one.nxml": None,
        "two.nxml": "archive_ambiguous: two members have this name and differ",
    }


def test_a_file_that_fails_as_nobody_foresaw_hides_no_other(tmp_path, monkeypatch):
    from eln_exports import one_entry

    for name in ("a.eln", "b.eln", "c.eln"):
        one_entry(tmp_path / name)

    def fails_on_b(path, *args, **more):
        if path.name == "b.eln":
            raise ZeroDivisionError("of all things")
        return really(path, *args, **more)

    really = eln_lines.opened
    monkeypatch.setattr(eln_lines, "opened", fails_on_b)
    lines = {Path(line["source_file"]).name: line for line in extract([tmp_path])}
    assert lines["b.eln"]["error"] == "unexpected_error: ZeroDivisionError: of all things"
    assert all(lines[name]["images"] for name in ("a.eln", "c.eln"))
