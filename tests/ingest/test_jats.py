"""Every figure is there once, with its own words, in every kind of JATS that we know."""

# ruff: noqa: RUF001  (captions hold Greek letters and minus signs)

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.extraction import evaluate
from ingest.jats import JatsArticle, JatsFigure, parse_articles

SHAPES = Path(__file__).parents[1] / "data" / "jats"
XMLNS = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'

Make = Callable[[str], JatsArticle]


def shaped(name: str) -> JatsArticle:
    (article,) = parse_articles((SHAPES / name).read_bytes(), where=name)
    return article


@pytest.fixture
def make() -> Make:
    """Return a function from the XML of a body to its article."""

    def make(body: str, back: str = "") -> JatsArticle:
        (article,) = parse_articles(f"<article {XMLNS}><front/><body>{body}</body>{back}</article>".encode(), where="t")
        return article

    return make


@pytest.fixture
def figure(make: Make) -> Callable[[str], JatsFigure]:
    """Return a function from the inside of a fig to its figure."""
    return lambda inside: make(f'<fig id="f1">{inside}</fig>').figures[0]


def test_pmc_of_2026() -> None:
    article = shaped("pmc-2026.xml")
    about = article.article
    assert (about.pmcid, about.doi, about.year, article.version) == ("PMC90000001", "10.5555/made.up.1", 2026, "2")
    assert (about.title, about.journal) == ("Cells in vitro", "Journal of Made-up Microscopy")
    assert article.authors == ("Ada", "The Group")
    first, second = article.figures
    assert first.caption == "Round cells. H2O at 10−3 M; α=2. Bar, 5 µm."
    assert second.caption == ""
    assert first.graphics[0].href == "made_2026_Fig1_HTML.jpg"


def test_nlm_2() -> None:
    article = shaped("nlm-2.3.nxml")
    about = article.article
    assert (about.pmcid, about.pmid, about.journal, about.year) == ("PMC1200001", "15000001", "Old Letters", 2005)
    assert about.license == "CC-BY-2.5"
    assert article.figures[0].caption == "Yeast cells (A) before and (B) after."


def test_elife_groups_and_replies() -> None:
    parent, child, reply = shaped("elife.xml").figures
    assert parent.caption == "Parent. Source data 1. Numbers."
    assert [graphic.href for graphic in parent.graphics] == ["elife-99999-fig1"]
    assert child.caption == ""
    assert [(fact.name, fact.value) for fact in child.facts] == [("group_caption", "What the group shows.")]
    assert [one.in_sub_article for one in (parent, child, reply)] == [False, False, True]


def test_biorxiv_takes_the_form_that_can_be_opened() -> None:
    first, second = shaped("biorxiv.xml").figures
    assert [graphic.href for graphic in first.graphics] == ["000001v1_fig1.tif"]
    assert [graphic.href for graphic in second.graphics] == ["000001v1_fig2a.tif", "000001v1_fig2b.tif"]
    assert second.figure_key == "figure-2"


def test_figures_are_found_wherever_they_stand(make: Make) -> None:
    fig = '<fig id="{0}"><graphic xlink:href="{0}.jpg"/></fig>'
    body = (
        f"<p>{fig.format('a')}</p><sec>{fig.format('b')}<boxed-text>{fig.format('c')}</boxed-text></sec>"
        f"<fig-group>{fig.format('d')}</fig-group>{fig.format('e')}"
    )
    back = (
        f"<back><app-group><app>{fig.format('f')}</app></app-group></back>"
        f"<floats-group>{fig.format('g')}</floats-group>"
        f"<response><body>{fig.format('h')}</body></response>"
    )
    article = make(body, back)
    assert [one.figure_key for one in article.figures] == list("abcdefgh")
    assert [one.figure_key for one in article.figures if one.in_sub_article] == ["h"]


def test_a_key_is_unique_even_where_the_ids_are_not(make: Make) -> None:
    article = make('<fig id="f"/><fig id="f"/><fig/>')
    assert [one.figure_key for one in article.figures] == ["f", "f~", "figure-3"]


CAPTIONS = {
    "title and paragraphs": ("<title>T.</title><p>One.</p><p>Two.</p>", "T. One. Two."),
    "inline markup glues nothing": ("<p>10<sup>3</sup> H<sub>2</sub>O <italic>in </italic>situ</p>", "103 H2O in situ"),
    "comments and instructions are silent": ("<p>a<!-- no -->b<?hw no?>c</p>", "abc"),
    "a break and a list part words": ("<p>a<break/>b<list><list-item><p>c</p></list-item></list>d</p>", "a b c d"),
    "TeX without its preamble": (
        r"<p><inline-formula><tex-math>\usepackage{x}\begin{document}$x^2$\end{document}</tex-math></inline-formula></p>",
        "$x^2$",
    ),
    "MathML rather than TeX, once": (
        (
            "<p>if <inline-formula><alternatives><tex-math>$a$</tex-math><mml:math><mml:mi>a</mml:mi></mml:math>"
            "</alternatives></inline-formula>, then</p>"
        ),
        "if a, then",
    ),
    "no MathType bytes": (
        (
            "<p><mml:math><mml:semantics><mml:mi>β</mml:mi><mml:annotation>MathType@MTEF</mml:annotation>"
            "</mml:semantics></mml:math></p>"
        ),
        "β",
    ),
    "white space is squeezed": ("<title>\n   A\tb\u00a0c </title>\n <p>d</p>", "A b c d"),
}


@pytest.mark.parametrize(("inside", "caption"), CAPTIONS.values(), ids=CAPTIONS)
def test_a_caption_is_verbatim(figure: Callable[[str], JatsFigure], inside: str, caption: str) -> None:
    assert figure(f"<caption>{inside}</caption>").caption == caption


GRAPHICS = {
    "one": ('<graphic xlink:href="a.tif"/>', ["a.tif"]),
    "none in a media": ('<media xlink:href="a.mp4"/>', []),
    "none in a supplement": ('<supplementary-material><graphic xlink:href="a.tif"/></supplementary-material>', []),
    "an equation is no picture": (
        '<caption><p><disp-formula><graphic xlink:href="e.gif"/></disp-formula></p></caption><graphic xlink:href="a"/>',
        ["a"],
    ),
    "two real ones": ('<graphic xlink:href="a.tif"/><graphic xlink:href="b.tif"/>', ["a.tif", "b.tif"]),
    "the same twice": ('<graphic xlink:href="a.tif"/><graphic xlink:href="a.jpg"/>', ["a.tif"]),
    "a thumbnail beside it": ('<graphic content-type="thumbnail" xlink:href="t.gif"/><graphic xlink:href="a"/>', ["a"]),
    "full size before the web's": (
        (
            '<alternatives><graphic specific-use="web" xlink:href="w.jpg"/>'
            '<graphic specific-use="original" xlink:href="o.tif"/></alternatives>'
        ),
        ["o.tif"],
    ),
    "the web's before what is printed": (
        (
            '<alternatives><graphic specific-use="print" xlink:href="p.tif"/>'
            '<graphic specific-use="web" xlink:href="w.jpg"/></alternatives>'
        ),
        ["w.jpg"],
    ),
    "what can be opened before what can't": (
        '<alternatives><graphic xlink:href="a.eps"/><graphic xlink:href="b.gif"/></alternatives>',
        ["b.gif"],
    ),
    "inside a paragraph": ('<p><graphic xlink:href="a.tif"/></p>', ["a.tif"]),
    "tied by an id": (
        '<graphic id="g1" xlink:href="a.tif"/><graphic alternate-form-of="g1" xlink:href="small.gif"/>',
        ["a.tif"],
    ),
}


@pytest.mark.parametrize(("inside", "hrefs"), GRAPHICS.values(), ids=GRAPHICS)
def test_the_right_pictures_are_chosen(figure: Callable[[str], JatsFigure], inside: str, hrefs: list[str]) -> None:
    assert [graphic.href for graphic in figure(inside).graphics] == hrefs


def test_a_figure_without_caption_never_borrows_the_one_before(make: Make) -> None:
    first, second = make('<fig id="a"><caption><p>Mine.</p></caption></fig><fig id="b"/>').figures
    assert (first.caption, second.caption) == ("Mine.", "")


def test_what_stands_beside_the_caption_comes_as_facts(figure: Callable[[str], JatsFigure]) -> None:
    found = figure("<alt-text>A cell.</alt-text><attrib>Photo: A. B.</attrib><p>Aside.</p>")
    assert {fact.name: fact.value for fact in found.facts} == {
        "alt_text": "A cell.",
        "credit": "Photo: A. B.",
        "text": "Aside.",
    }


def test_a_group_with_a_picture_and_no_figure_is_a_figure(make: Make) -> None:
    (found,) = make('<fig-group id="g"><caption><p>All.</p></caption><graphic xlink:href="a"/></fig-group>').figures
    assert (found.figure_key, found.caption, found.graphics[0].href) == ("g", "All.", "a")


@pytest.mark.shared
@pytest.mark.parametrize("part", ["jats", "pmc", "biorxiv"])
def test_real_articles_lose_no_figure_and_no_word(shared_data: Path, part: str) -> None:
    score = evaluate(shared_data / part)
    assert score.counts["figures"] > 0
    assert score.wrong == []


@pytest.mark.shared
def test_real_pictures_are_paired_with_their_own_figures(shared_data: Path) -> None:
    score = evaluate(shared_data)
    assert score.counts["pairs_right"] > 0
    assert score.wrong == []
