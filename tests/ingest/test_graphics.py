"""An href finds the file it means, however the two are written, and never another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.graphics import Index, may_be_picture, stem

FOUND = {
    "the very name": ("a.tif", ["a.jpg", "a.tif"], "a.tif"),
    "no extension": ("koaf197f1", ["koaf197f1.gif", "koaf197f1.jpg"], "koaf197f1.jpg"),
    "another extension": ("f1.tif", ["f1.pdf", "f1.jpg"], "f1.jpg"),
    "a GIF where there is nothing better": ("f1", ["f1.gif"], "f1.gif"),
    "PLOS": (
        "info:doi/10.1371/journal.pone.0046493.g001",
        ["pone.0046493.g001.tif", "pone.0046493.g001.PNG_S", "pone.0046493.g001.PNG_I", "pone.0046493.g010.PNG_I"],
        "pone.0046493.g001.PNG_I",
    ),
    "a file that kept the prefix": (
        "pone.0000001.g001",
        ["journal.pone.0000001.g001.png"],
        "journal.pone.0000001.g001.png",
    ),
    "eLife without version": ("elife-00353-fig1", ["elife-00353-fig1-v1.tif"], "elife-00353-fig1-v1.tif"),
    "the newest version": ("e-fig1", ["e-fig1-v2.tif", "e-fig1-v10.tif"], "e-fig1-v10.tif"),
    "a version the file lacks": ("e-fig1-v1.tif", ["e-fig1.tif"], "e-fig1.tif"),
    "no extension on disk": ("484463v1_fig1.tif", ["484463v1_fig1", "484463v1_fig10"], "484463v1_fig1"),
    "case": ("Fig1.TIF", ["FIG1.tif"], "FIG1.tif"),
    "folders and backslashes": ("images\\f1.tif", ["content/images/f1.tif"], "content/images/f1.tif"),
    "percent-escapes": ("my%20fig.jpg", ["my fig.jpg"], "my fig.jpg"),
    "an address": ("https://host.example/files/77_figure1.gif?x=1", ["77_figure1.gif"], "77_figure1.gif"),
    "decomposed letters": ("u\u0308.jpg", ["\u00fc.jpg"], "\u00fc.jpg"),
    "an unreadable form, by its very name": ("f1.eps", ["f1.eps"], "f1.eps"),
}


@pytest.mark.parametrize(("href", "names", "found"), FOUND.values(), ids=FOUND)
def test_an_href_finds_its_file(href: str, names: list[str], found: str) -> None:
    assert Index(names).find(href) == found


MISSED = {
    "a longer number": ("fig1", ["fig10.jpg", "fig11.jpg"]),
    "a supplement": ("elife-1-fig1.tif", ["elife-1-fig1-figsupp1.tif"]),
    "another version": ("e-fig1-v2.tif", ["e-fig1-v1.tif"]),
    "another article": ("pone.0000001.g001", ["pone.0000002.g001.jpg"]),
    "the article's PDF": ("koaf197", ["koaf197.pdf", "koaf197.nxml"]),
    "nothing there": ("fig1", []),
    "no name": ("", ["a.jpg"]),
    "a folder": ("images/", ["images/a.jpg"]),
}


@pytest.mark.parametrize(("href", "names"), MISSED.values(), ids=MISSED)
def test_no_href_finds_another_figures_file(href: str, names: list[str]) -> None:
    assert Index(names).find(href) is None


def test_the_nearest_folder_wins() -> None:
    index = Index(["fig1.jpg", "a/fig1.jpg", "a/img/fig1.jpg", "b/fig1.jpg"])
    assert index.find("fig1", near="a/article.xml") == "a/fig1.jpg"
    assert index.find("img/fig1.jpg", near="a/article.xml") == "a/img/fig1.jpg"
    assert index.find("fig1", near="b/deep/article.xml") == "b/fig1.jpg"


def test_kinds_of_file_are_told_by_their_extension() -> None:
    assert [name for name in ("a.jpg", "a.PNG_I", "x.g001", "a", "a.pdf", "a.xml") if may_be_picture(name)] == [
        "a.jpg",
        "a.PNG_I",
        "x.g001",
        "a",
    ]
    assert stem("info:doi/10.1371/journal.pone.1.g001") == "pone.1.g001"


@given(st.integers(1, 60), st.sampled_from(["", ".tif", ".jpg"]))
def test_a_number_finds_only_its_own_file(number: int, extension: str) -> None:
    names = [f"fig{one}.jpg" for one in range(1, 61)]
    assert Index(names).find(f"fig{number}{extension}") == f"fig{number}.jpg"
