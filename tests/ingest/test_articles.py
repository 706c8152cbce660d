"""A parsed article and its files become rows with everything a row needs, or drops with a reason."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from ingest.articles import family_of, figures_of, same_work, work_doi
from ingest.connector import Origin
from ingest.jats import parse_articles
from schemas.errors import SourceError
from schemas.records import Dropped, Figure, make_id

SHAPES = Path(__file__).parents[1] / "data" / "jats"
WHEN = datetime(2026, 1, 2, tzinfo=UTC)


def picture(kind: str = "JPEG", side_px: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side_px, 4), "green").save(stream, kind)
    return stream.getvalue()


class Shelf:
    """Files in memory; what is None can't be fetched."""

    def __init__(self, **blobs: bytes | None) -> None:
        self._blobs = {name.replace("__", "."): blob for name, blob in blobs.items()}

    def names(self) -> Sequence[str]:
        return sorted(self._blobs)

    def read(self, name: str) -> bytes:
        blob = self._blobs[name]
        if blob is None:
            raise SourceError("http_503", "try later")
        return blob

    def retrieved_at(self, name: str) -> datetime | None:
        return WHEN if name.endswith("jpg") else None


def rows(shape: str, shelf: Shelf, origin: Origin | None = None) -> list[Figure | Dropped]:
    (article,) = parse_articles((SHAPES / shape).read_bytes(), where=shape)
    return list(figures_of(article, shelf, shape, origin or Origin(source="pmc")))


def test_a_row_holds_the_bytes_and_what_is_known_of_them() -> None:
    blob = picture()
    row, dropped = rows("pmc-2026.xml", Shelf(made_2026_Fig1_HTML__jpg=blob))
    assert isinstance(row, Figure)
    assert row.id == make_id("pmc", "PMC90000001", "2", "Fig1")
    assert (row.blob, row.blob_format, row.width_px, row.height_px) == (blob, "jpeg", 8, 4)
    assert (row.url, row.retrieved_at) == ("https://pmc.ncbi.nlm.nih.gov/articles/PMC90000001/", WHEN)
    assert row.family_key == "10.5555/made.up.1"
    assert row.attribution == (
        "Ada et al., Cells in vitro, Journal of Made-up Microscopy 2026, https://doi.org/10.5555/made.up.1, "
        "CC-BY-NC-ND-4.0"
    )
    assert isinstance(dropped, Dropped)
    assert (dropped.stage, dropped.reason, dropped.label) == ("1-figures", "image_missing", "Fig. 2")
    assert "made_2026_Fig2_HTML.jpg" in dropped.detail


def test_a_figure_with_two_pictures_gives_two_rows() -> None:
    shelf = Shelf(**{f"000001v1_fig{name}__tif": picture("TIFF") for name in ("1", "2a", "2b")})
    found = rows("biorxiv.xml", shelf, Origin(source="biorxiv"))
    assert [row.figure_key for row in found if isinstance(row, Figure)] == [
        "fig1",
        "figure-2/000001v1_fig2a",
        "figure-2/000001v1_fig2b",
    ]
    assert len({row.id for row in found}) == 3


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (None, "http_503"),
        (b"", "image_empty"),
        (b"<html>", "not_an_image"),
        (picture(side_px=999)[:9], "image_truncated"),
    ],
)
def test_a_picture_that_cannot_be_had_is_dropped_with_the_reason(blob: bytes | None, reason: str) -> None:
    (dropped,) = rows("nlm-2.3.nxml", Shelf(**{"old-7-1__jpg": blob}))
    assert isinstance(dropped, Dropped)
    assert dropped.reason == reason
    assert dropped.source_id == "PMC1200001"


def test_an_article_without_figures_says_so() -> None:
    (article,) = parse_articles(b"<article><front/></article>", where="t")
    (dropped,) = figures_of(article, Shelf(t__xml=b"<article/>"), "t.xml", Origin(source="pmc"))
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.detail) == ("no_figures", "only the front matter was given")
    assert dropped.source_id.startswith("sha256:")


CATALOGUES = {
    "agrees, without a version": ("CC BY", "CC-BY-2.5"),
    "is stricter": ("CC BY-NC", "CC-BY-NC-2.5"),
    "is freer": ("CC0", "CC-BY-2.5"),
}


@pytest.mark.parametrize(("code", "license_id"), CATALOGUES.values(), ids=CATALOGUES)
def test_the_stricter_of_catalogue_and_article_governs(code: str, license_id: str) -> None:
    origin = Origin(source="pmc", license=code, license_evidence=f"license_code {code}")
    (row,) = rows("nlm-2.3.nxml", Shelf(**{"old-7-1__jpg": picture()}), origin)
    assert isinstance(row, Figure)
    assert row.license == license_id
    assert f"license_code {code}" in (row.license_evidence or "")


def test_the_catalogue_does_not_soften_a_figures_own_terms() -> None:
    shelf = Shelf(**{"elife-99999-fig1__tif": picture("TIFF")})
    row = rows("elife.xml", shelf, Origin(source="pmc", license="CC BY", license_evidence="told"))[0]
    assert isinstance(row, Figure)
    assert (row.license, row.third_party) == (None, True)


def test_a_catalogue_that_says_no_licence_governs() -> None:
    origin = Origin(source="biorxiv", license=None, license_evidence="cc_no")
    (row,) = rows("nlm-2.3.nxml", Shelf(**{"old-7-1__jpg": picture()}), origin)
    assert isinstance(row, Figure)
    assert row.license is None


def test_a_preprint_names_the_published_article_as_the_same_work() -> None:
    (preprint,) = parse_articles((SHAPES / "biorxiv.xml").read_bytes(), where="t")
    (published,) = parse_articles((SHAPES / "pmc-2026.xml").read_bytes(), where="t")
    assert same_work(preprint, Origin(source="biorxiv")) == [family_of(published)] == ["10.5555/made.up.1"]


def test_the_source_may_know_of_the_published_article_what_the_xml_does_not() -> None:
    (published,) = parse_articles((SHAPES / "pmc-2026.xml").read_bytes(), where="t")
    told = Origin(source="biorxiv", published_doi="10.7554/eLife.85111.2")
    assert "10.7554/elife.85111" in same_work(published, told)


@pytest.mark.parametrize(
    ("doi", "work"),
    [
        ("10.7554/eLife.85111.2", "10.7554/elife.85111"),
        ("10.12688/f1000research.22211.1", "10.12688/f1000research.22211"),
        ("10.21203/rs.3.rs-123/v2", "10.21203/rs.3.rs-123"),
        ("10.1101/2022.03.15.484463", "10.1101/2022.03.15.484463"),
        ("10.1101/2022.03.15.484463v2", "10.1101/2022.03.15.484463"),
        ("10.1371/journal.pone.0046493", "10.1371/journal.pone.0046493"),
    ],
)
def test_a_works_doi_has_no_version(doi: str, work: str) -> None:
    assert work_doi(doi) == work


@pytest.mark.parametrize(
    "words",
    [
        '<related-article related-article-type="preprint" ext-link-type="doi" xlink:href="10.1101/2026.01.02.000009"/>',
        '<related-object document-type="preprint" xlink:href="https://doi.org/10.1101/2026.01.02.000009"/>',
        '<pub-history><event><self-uri content-type="preprint" xlink:href="10.1101/2026.01.02.000009"/></event></pub-history>',  # noqa: E501
    ],
)
def test_an_article_names_its_preprint_in_several_ways(words: str) -> None:
    xml = (SHAPES / "pmc-2026.xml").read_text().replace("</article-meta>", f"{words}</article-meta>", 1)
    (article,) = parse_articles(xml.encode(), where="t")
    assert "10.1101/2026.01.02.000009" in same_work(article, Origin(source="pmc"))
