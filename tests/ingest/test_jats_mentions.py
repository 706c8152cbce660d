"""A mention is a paragraph that names the figure, with the panels it names and no others."""

# ruff: noqa: RUF001  (dashes and primes are what is tested)

import pytest

from ingest.jats import parse_articles
from ingest.jats_panels import panels_named

PANELS = {
    "one in the link": ("Figure 1A shows", 9, "Figure 1", "A"),
    "one after it": ("Figure 1A) shows", 8, "Figure 1", "A"),
    "a range": ("Figure 1A–C).", 11, "Figure 1", "ABC"),
    "a range behind the link": ("Figure 1A-C).", 8, "Figure 1", "ABC"),
    "a list": ("Fig. 1, A, B and D are", 6, "Fig. 1", "ABD"),
    "the number said again": ("Figure 4A and 4C–4E show", 8, "Figure 4", "ACDE"),
    "in brackets": ("Fig. 2 (a–c) shows", 6, "Fig. 2", "abc"),
    "each in brackets": ("Figure 2(A) and (B).", 8, "Figure 2", "AB"),
    "letters joined": ("Fig. 1AB here", 8, "Fig. 1", "AB"),
    "a word for panels": ("Figure 1, panels A and B)", 8, "Figure 1", "AB"),
    "primes": ("Figure 3A′,B″)", 12, "Figure 3", "AB"),
    "a supplement": ("Figure 1—figure supplement 2A, D)", 32, "Figure 1—figure supplement 2.", "AD"),
    "only our figure's": ("Figures 1A and 2B", 17, "Figure 2", "B"),
    "letters alone": ("C and D in", 1, "Figure 1", "CD"),
    "no panel at all": ("Figure 1 and Table 2", 8, "Figure 1", ""),
    "an article": ("Fig. 1b, a protein", 7, "Fig. 1", "b"),
    "a variable": ("Fig. 1a, n = 3", 7, "Fig. 1", "a"),
    "a test": ("Fig. 1A, t-test", 7, "Fig. 1", "A"),
    "cells": ("Figure 4C and T cells", 9, "Figure 4", "C"),
    "a statistic": ("Figure 2D, R2 of", 9, "Figure 2", "D"),
    "several figures": ("Figures 1–3", 11, "Figure 2", ""),
    "a new panel of this caption": ("Figure 3B) (G) Mer cells", 9, "Figure 3", "B"),
}


@pytest.mark.parametrize(("text", "link", "label", "letters"), PANELS.values(), ids=PANELS)
def test_panels_are_read_from_the_words_around_the_number(text: str, link: int, label: str, letters: str) -> None:
    assert panels_named(text, link, label) == list(letters)


def mentions(body: str) -> dict[str, list[tuple[str, str, list[str]]]]:
    xml = f"<article><front/><body>{body}</body></article>"
    (article,) = parse_articles(xml.encode(), where="test")
    return {one.figure_key: [(said.id, said.text, said.panels) for said in one.mentions] for one in article.figures}


def test_a_paragraph_is_one_mention_however_often_it_names_the_figure() -> None:
    found = mentions(
        '<p id="p9"><xref ref-type="fig" rid="f1">Fig. 1A</xref>, then <xref ref-type="fig" rid="f1">1C</xref>.</p>'
        '<fig id="f1"><label>Fig. 1</label></fig>'
    )
    assert found == {"f1": [("p9", "Fig. 1A, then 1C.", ["A", "C"])]}


def test_a_link_to_the_group_names_all_its_figures() -> None:
    found = mentions('<p><xref rid="g">Figure 1</xref></p><fig-group id="g"><fig id="a"/><fig id="b"/></fig-group>')
    assert [len(said) for said in found.values()] == [1, 1]


def test_a_link_may_name_several_figures() -> None:
    found = mentions(
        '<p><xref rid="a b">Figs. 1A and 2B</xref></p>'
        '<fig id="a"><label>Fig. 1</label></fig><fig id="b"><label>Fig. 2</label></fig>'
    )
    assert [said[0][2] for said in found.values()] == [["A"], ["B"]]


def test_letters_before_another_figures_link_are_not_ours() -> None:
    found = mentions(
        '<p><xref rid="a">1A</xref>, <xref rid="b">2B</xref> and C</p>'
        '<fig id="a"><label>1</label></fig><fig id="b"><label>2</label></fig>'
    )
    assert [said[0][2] for said in found.values()] == [["A"], ["B", "C"]]


def test_a_figure_does_not_mention_itself_and_floats_are_not_the_paragraphs_words() -> None:
    found = mentions(
        '<p>Before <xref rid="f1">Fig. 1</xref>'
        '<fig id="f1"><caption><p>As in <xref rid="f1">Fig. 1</xref>.</p></caption></fig> after.</p>'
    )
    assert found == {"f1": [("p1", "Before Fig. 1 after.", [])]}
