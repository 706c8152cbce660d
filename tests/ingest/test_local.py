"""What lies on this disk becomes items with stamps; nothing at the paths vanishes."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ingest.connector import Item
from ingest.local import LocalConnector
from schemas.errors import UsageError
from schemas.records import Dropped, Failed, Figure

ARTICLE = (
    '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><article-id pub-id-type="doi">{0}'
    '</article-id></article-meta></front><body><fig id="f1"><graphic xlink:href="{1}"/></fig></body></article>'
)


def jpeg(side_px: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (side_px, side_px)).save(stream, "JPEG")
    return stream.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def article(doi: str, href: str = "f1.tif") -> str:
    return ARTICLE.format(f"10.5555/{doi}", href)


def items(base: Path, *paths: str) -> list[Item]:
    return list(LocalConnector("pmc", paths, base).find())


def fetch(base: Path, item: Item) -> list[Figure | Dropped | Failed]:
    return list(LocalConnector("pmc", (), base).fetch(item))


def test_a_folder_is_walked_in_order_and_only_articles_are_items(tmp_path: Path) -> None:
    write(tmp_path / "m" / "b.xml", article("b"))
    write(tmp_path / "m" / "a" / "content" / "1.xml", article("a"))
    write(tmp_path / "m" / "a" / "manifest.xml", "<manifest/>")
    write(tmp_path / "m" / "notes.txt", "no")
    write(tmp_path / "m" / "odd.xml", "<other/>")
    keys = [item.key for item in items(tmp_path, "m")]
    assert keys == ["m/b.xml", "m/odd.xml", "m/a/content/1.xml"]


def test_pictures_of_a_folder_without_article_belong_to_the_one_above(tmp_path: Path) -> None:
    write(tmp_path / "x.xml", article("x", "fig1.jpg"))
    write(tmp_path / "img" / "fig1.jpg", jpeg(8))
    write(tmp_path / "other" / "y.xml", article("y", "fig1.jpg"))
    write(tmp_path / "other" / "fig1.jpg", jpeg(16))
    sides = {}
    for item in items(tmp_path, "."):
        (row,) = fetch(tmp_path, item)
        assert isinstance(row, Figure)
        sides[item.key] = row.width_px
    assert sides == {"x.xml": 8, "other/y.xml": 16}


def test_a_package_is_one_item(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.meca", "w") as package:
        package.writestr("manifest.xml", "<manifest/>")
        package.writestr("content/1.xml", article("p"))
        package.writestr("content/f1.tif", jpeg())
    (item,) = items(tmp_path, "*.meca")
    (row,) = fetch(tmp_path, item)
    assert isinstance(row, Figure)
    assert (item.key, row.member, row.source_id) == ("p.meca", "content/f1.tif", "10.5555/p")


def test_files_without_extension_are_taken_by_their_content(tmp_path: Path) -> None:
    write(tmp_path / "a.xml", article("a", "1v1_fig1"))
    write(tmp_path / "1v1_fig1", jpeg())
    (item,) = items(tmp_path, "a.xml")
    (row,) = fetch(tmp_path, item)
    assert isinstance(row, Figure)
    assert row.blob_format == "jpeg"


FAILURES = {
    "empty": ("a.xml", b"", "xml_empty"),
    "not an article": ("a.xml", b"<other/>", "not_jats"),
    "broken package": ("a.zip", b"PK\x03\x04", "archive_broken"),
}


@pytest.mark.parametrize(("name", "blob", "reason"), FAILURES.values(), ids=FAILURES)
def test_what_cannot_be_read_is_one_failure_that_says_why(tmp_path: Path, name: str, blob: bytes, reason: str) -> None:
    write(tmp_path / name, blob)
    (item,) = items(tmp_path, ".")
    (failed,) = fetch(tmp_path, item)
    assert isinstance(failed, Failed)
    assert (failed.reason, failed.locator, failed.stage) == (reason, item.locator, "1-figures")


def test_a_package_without_article_is_a_failure(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as package:
        package.writestr("manifest.xml", "<manifest/>")
    (item,) = items(tmp_path, "p.zip")
    (failed,) = fetch(tmp_path, item)
    assert isinstance(failed, Failed)
    assert failed.reason == "no_article"


def test_one_broken_article_of_a_package_does_not_hide_the_other(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as package:
        package.writestr("a.xml", article("a")[:-20])
        package.writestr("b.xml", article("b"))
    (item,) = items(tmp_path, "p.zip")
    failed, dropped = fetch(tmp_path, item)
    assert isinstance(failed, Failed)
    assert failed.reason == "xml_truncated"
    assert dropped.reason == "image_missing"


def test_links_out_of_the_folder_are_told_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside" / "a.xml", article("a"))
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.xml").symlink_to(tmp_path / "outside" / "a.xml")
    (tmp_path / "m" / "folder").symlink_to(tmp_path / "outside")
    found = [fetch(tmp_path, item)[0] for item in items(tmp_path, "m")]
    assert [one.reason for one in found if isinstance(one, Failed)] == ["archive_link", "archive_link"]


def test_a_stamp_changes_with_the_articles_own_files_and_no_others(tmp_path: Path) -> None:
    write(tmp_path / "alone" / "a.xml", article("a"))
    picture = write(tmp_path / "alone" / "f1.jpg", jpeg())
    write(tmp_path / "shared" / "b.xml", article("b"))
    write(tmp_path / "shared" / "c.xml", article("c"))
    beside_c = write(tmp_path / "shared" / "c_f1.jpg", jpeg())
    before = {item.key: item.stamp for item in items(tmp_path, ".")}
    for path in (picture, beside_c):
        os.utime(path, ns=(1, 1))
    after = {item.key: item.stamp for item in items(tmp_path, ".")}
    assert {key for key in before if before[key] != after[key]} == {"alone/a.xml", "shared/c.xml"}


def test_the_same_file_named_twice_is_one_item(tmp_path: Path) -> None:
    write(tmp_path / "a.xml", article("a"))
    assert len(items(tmp_path, "a.xml", ".", "*.xml")) == 1


def test_a_path_outside_the_manifests_folder_has_a_relative_key(tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.xml", article("a"))
    (tmp_path / "manifests").mkdir()
    (item,) = items(tmp_path / "manifests", str(tmp_path / "data"))
    assert item.key == "../data/a.xml"
    assert fetch(tmp_path / "manifests", item)[0].reason == "image_missing"


@pytest.mark.parametrize("path", ["nowhere", "*.meca", "empty"])
def test_a_path_with_nothing_at_it_is_a_mistake_of_the_user(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=path.replace("*", r"\*")):
        items(tmp_path, path)


def test_nothing_changes_behind_a_local_files_back(tmp_path: Path) -> None:
    assert list(LocalConnector("pmc", (), tmp_path).recheck([])) == []
