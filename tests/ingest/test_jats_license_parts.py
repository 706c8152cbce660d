"""What an article's statement excepts, what speaks of something else, and links whose words tell what they are for."""

import pytest

from ingest.jats import JatsArticle, JatsFigure, parse_articles

BY = "http://creativecommons.org/licenses/by/4.0/"


def article(permissions: str, *figs: str) -> JatsArticle:
    inside = "".join(f'<fig id="f{place}">{fig}</fig>' for place, fig in enumerate(figs))
    xml = (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><pub-date><year>2020</year></pub-date>'
        f"<permissions>{permissions}</permissions></article-meta></front><body>{inside}</body></article>"
    )
    (found,) = parse_articles(xml.encode(), where="test")
    return found


def words(text: str, *, href: str = BY) -> str:
    return f'<license xlink:href="{href}"><license-p>{text}</license-p></license>'


def figures(text: str, *labels: str) -> list[JatsFigure]:
    return list(article(words(text), *(f"<label>{label}</label>" for label in labels)).figures)


@pytest.mark.parametrize(
    ("text", "excepted"),
    [
        ("This article is CC BY 4.0 except Figure 28.", {"28"}),
        ("This article is CC BY 4.0, with the exception of Figs. 1, 3b and 5-7.", {"1", "3", "5", "6", "7"}),
        ("This article is CC BY 4.0. Figure 3 is reproduced with permission from Elsevier.", {"3"}),
        ("This article is CC BY 4.0. This licence does not apply to figures 3 and 5.", {"3", "5"}),
        ("This article is CC BY 4.0. Figure 28 is licensed under CC BY-NC 4.0.", {"28"}),
        ("This article is CC BY 4.0. Figure 1 \N{COPYRIGHT SIGN} Springer.", {"1"}),
        ("This article is CC BY 4.0 except Table 3.", set()),
        ("This article is CC BY 4.0 unless otherwise noted.", set()),
    ],
)
def test_exactly_the_figures_that_the_article_excepts_are_somebody_elses(text: str, excepted: set[str]) -> None:
    labels = ["1", "2", "3", "5", "6", "7", "28"]
    found = figures(text, *(f"Figure {label}." for label in labels))

    for label, figure in zip(labels, found, strict=True):
        assert (figure.license, figure.third_party) == ((None, True) if label in excepted else ("CC-BY-4.0", False))


def test_the_evidence_of_an_excepted_figure_tells_why() -> None:
    (figure,) = figures("This article is CC BY 4.0 except Figure 28.", "Fig. 28")

    assert "except Figure 28" in (figure.license_evidence or "")
    assert "figure 28" in (figure.license_evidence or "")


def test_a_figure_without_a_number_is_unknown_where_others_are_excepted() -> None:
    (figure,) = article(words("This article is CC BY 4.0 except Figure 2."), "").figures

    assert (figure.license, figure.third_party) == (None, False)


@pytest.mark.parametrize("label", ["28", "FIG 28", "Figure\N{NO-BREAK SPACE}28:", "Fig. 28 (colour online)"])
def test_a_figure_is_known_by_its_number_however_it_is_labelled(label: str) -> None:
    (figure,) = figures("This article is CC BY 4.0 except Figure 28.", label)

    assert figure.license is None


@pytest.mark.parametrize(
    "text",
    [
        "This article is CC BY 4.0, but all images are \N{COPYRIGHT SIGN} an agency.",
        "This article is not licensed under CC BY 4.0.",
        "All rights reserved.",
        "Text is CC BY-XX.",
        "The figures are not covered by the licence.",
    ],
)
def test_words_that_take_back_the_licence_outweigh_its_address(text: str) -> None:
    found = article(words(text), "<label>Figure 1</label>")

    assert (found.article.license, found.figures[0].license) == (None, None)


def linked(text: str, href: str, behind: str = "") -> str:
    link = f'<ext-link ext-link-type="uri" xlink:href="{href}">{text}</ext-link>'
    return f"<license><license-p>{behind} {link}.</license-p></license>"


def test_a_link_to_the_licence_of_the_data_is_not_the_articles() -> None:
    waiver = "https://creativecommons.org/publicdomain/zero/1.0/"

    assert article(linked("CC0", waiver, "\N{COPYRIGHT SIGN} 2020 Wiley. The data are under")).article.license is None
    assert article(linked("the waiver", waiver, "The data are under")).article.license is None


@pytest.mark.parametrize("text", ["", "licence", "CC BY", "http://creativecommons.org/licenses/by/4.0/"])
def test_a_link_to_the_licence_of_the_article_is(text: str) -> None:
    found = article(linked(text, BY, "This article is distributed under this"))

    assert found.article.license == "CC-BY-4.0"
    assert found.article.license_url == BY


def test_a_link_is_stricter_than_its_words() -> None:
    by_nc = "http://creativecommons.org/licenses/by-nc/4.0/"

    assert article(linked("CC BY 4.0", by_nc, "This article is under")).article.license == "CC-BY-NC-4.0"


@pytest.mark.parametrize(
    ("attribute", "license_id"),
    [("cc_by_nc", "CC-BY-NC-4.0"), ("CC BY", "CC-BY-4.0"), ("ccbyndlicense", "CC-BY-ND-4.0"), ("cc_no", None),
     ("open-access", None)],
)  # fmt: skip
def test_the_type_of_a_license_may_be_its_code(attribute: str, license_id: str | None) -> None:
    assert article(f'<license license-type="{attribute}"/>').article.license == license_id


@pytest.mark.parametrize(
    ("caption", "license_id", "third_party"),
    [
        ("A cell. The dataset is available under CC0.", "CC-BY-4.0", False),
        ("A cell. Code: MIT license.", "CC-BY-4.0", False),
        ("A cell. Panel B is under CC BY-NC 4.0.", "CC-BY-NC-4.0", True),
        ("A cell. All panels except B are CC BY 4.0.", None, False),
        ("A map (creativecommons.org/licenses/by/nc/4.0).", None, False),
        ("A cell. This image is excluded from the CC BY licence.", None, True),
        ("Images were taken daily; blurred ones were excluded. No reproduction was observed.", "CC-BY-4.0", False),
        ("Cells were modified. They were not included in the count.", "CC-BY-4.0", False),
        ("Springer's licence covers none of it. Not part of the CC BY licence.", None, True),
    ],
)
def test_a_caption_only_narrows_the_articles_licence(caption: str, license_id: str | None, third_party: bool) -> None:  # noqa: FBT001
    (figure,) = article(words("This article is CC BY 4.0."), f"<caption><p>{caption}</p></caption>").figures

    assert (figure.license, figure.third_party) == (license_id, third_party)


def test_a_panels_licence_in_the_permissions_of_a_figure_narrows_the_articles() -> None:
    own = "<permissions><license><license-p>Panel D is under CC BY-NC-ND 4.0.</license-p></license></permissions>"
    free = "<permissions><license><license-p>Panel D is under CC0.</license-p></license></permissions>"
    strict, same = article(words("This article is CC BY 4.0."), own, free).figures

    assert (strict.license, same.license) == ("CC-BY-NC-ND-4.0", "CC-BY-4.0")
