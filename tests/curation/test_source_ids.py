"""Ids are found in any spelling and column, in one form, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.source_ids import ids_in, panel_ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1038/nmeth.1486", ["doi:10.1038/nmeth.1486"]),
        ("doi: 10.1038/NMETH.1486.", ["doi:10.1038/nmeth.1486"]),
        ("https://doi.org/10.1038/nmeth.1486?x=1", ["doi:10.1038/nmeth.1486"]),
        ("http://dx.doi.org/10.1000%2Fxyz", ["doi:10.1000/xyz"]),
        ("(DOI 10.1016/S0092-8674(00)80848-5)", ["doi:10.1016/s0092-8674(00)80848-5"]),
        ("10.1101/2022.03.15.484463v2.full.pdf", ["doi:10.1101/2022.03.15.484463"]),
        ("10.1002/(SICI)1097(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2", None),
        ("Held M, Nat Methods 7:747. doi:10.1038/nmeth.1486; PMID: 20228814.", None),
        ("https://pubmed.ncbi.nlm.nih.gov/20228814/", ["pmid:20228814"]),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC4015610/table/T5", ["pmcid:PMC4015610"]),
        ("pmc4015610.1", ["pmcid:PMC4015610"]),
        ("https://idr.openmicroscopy.org/webclient/?show=image-122770", ["idr:122770"]),
        ("https://idr.openmicroscopy.org/webclient/img_detail/122770/", ["idr:122770"]),
        ("idr0062/image-5514375", ["idr:5514375"]),
        ("IDR image id: 77", ["idr:77"]),
        ("a gain of 10.5/6, 20228814 cells, idr0062", []),
        ("", []),
    ],
)
def test_an_id_is_told_by_what_a_text_says(text, expected):
    found = sorted(set(ids_in(text)))
    if expected is not None:
        assert found == expected
    elif "SICI" in text:
        assert found == ["doi:10.1002/(sici)1097(19980815)17:15<1661::aid-sim968>3.0.co;2-2"]
    else:
        assert found == ["doi:10.1038/nmeth.1486", "pmid:20228814"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"pmid": 20228814}, ["pmid:20228814"]),
        ({"PMID": "20228814.0"}, ["pmid:20228814"]),
        ({"meta": {"pmc_id": 123}}, ["pmcid:PMC123"]),
        ({"pmcids": ["123", "PMC124"]}, ["pmcid:PMC123", "pmcid:PMC124"]),
        ({"idr_image_id": 55}, ["idr:55"]),
        ({"source_pubmed_id": 7.0}, ["pmid:7"]),
        ({"image_id": 77, "pmid": None, "pmcid": 0, "label": 3, "is_pmid": True}, []),
        ({"pmid": float("nan")}, []),
        ({"pmid": 12.5}, []),
    ],
)
def test_a_bare_number_is_told_by_its_column(row, expected):
    assert sorted(set(ids_in(row))) == expected


def test_a_preprint_and_its_versions_have_one_id():
    spellings = ["10.1101/2022.03.15.484463", "10.1101/2022.03.15.484463v1", "doi:10.1101/2022.03.15.484463V3.abstract"]
    assert len({one for text in spellings for one in ids_in(text)}) == 1


def test_a_panel_has_the_ids_of_its_article_and_its_image():
    article = {"doi": "10.7554/eLife.1", "pmid": "5", "pmcid": "PMC777"}
    figure = {"source": "pmc", "source_id": "PMC777", "url": None, "article": article, "same_work": ["10.1101/1v1"]}
    assert panel_ids(figure) == {"doi:10.7554/elife.1", "pmid:5", "pmcid:PMC777", "doi:10.1101/1"}
    image = {"source": "idr", "source_id": "idr0062/image-12", "article": None}
    assert panel_ids(image) == {"idr:12"}
    assert panel_ids({"source": "images", "source_id": "a.png"}) == frozenset()


@given(st.recursive(st.text() | st.integers() | st.floats() | st.none() | st.booleans(), st.lists, max_leaves=5))
def test_whatever_a_value_is_ids_have_their_form(value):
    assert all(one.startswith(("doi:10.", "pmid:", "pmcid:PMC", "idr:")) for one in ids_in({"pmid": value}))


def test_a_long_text_is_read_in_no_time():
    assert list(ids_in("10.1234/" * 130_000)) is not None
    assert list(ids_in("PMC" * 400_000)) == []
