"""A figure carries the licence that governs it, and the words it was read from."""

from pathlib import Path

import pytest

from ingest.jats import JatsArticle, JatsFigure, parse_articles

SHAPES = Path(__file__).parents[1] / "data" / "jats"
BY = '<license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>Open.</license-p></license>'


def article(permissions: str, fig: str = "", year: int = 2016) -> JatsArticle:
    xml = (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/">'
        f"<front><article-meta><pub-date><year>{year}</year></pub-date>{permissions}</article-meta></front>"
        f'<body><fig id="f1">{fig}</fig></body></article>'
    )
    (found,) = parse_articles(xml.encode(), where="test")
    return found


ARTICLES = {
    "an address": (f"<permissions>{BY}</permissions>", "CC-BY-4.0"),
    "ali:license_ref": (
        (
            '<permissions><license><ali:license_ref content-type="ccbynclicense">'
            "https://creativecommons.org/licenses/by-nc/4.0/</ali:license_ref></license></permissions>"
        ),
        "CC-BY-NC-4.0",
    ),
    "words": (
        "<permissions><license><p>under the Creative Commons Attribution 3.0 License</p></license></permissions>",
        "CC-BY-3.0",
    ),
    "a copyright statement": (
        (
            "<copyright-statement>© 2016 A. This is distributed under the terms of the Creative Commons Attribution "
            "License.</copyright-statement>"
        ),
        "CC-BY-4.0",
    ),
    "address and words differ: the stricter": (
        f"<permissions>{BY}<license><license-p>Licensed under CC BY-NC-ND 4.0.</license-p></license></permissions>",
        "CC-BY-NC-ND-4.0",
    ),
    "the address knows the version, the words don't": (
        (
            '<permissions><license xlink:href="http://creativecommons.org/licenses/by/2.0"><p>under the Creative '
            "Commons Attribution License</p></license></permissions>"
        ),
        "CC-BY-2.0",
    ),
    "all rights reserved": ("<permissions><license><p>All rights reserved.</p></license></permissions>", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("permissions", "license_id"), ARTICLES.values(), ids=ARTICLES)
def test_an_article_states_its_licence_in_one_of_many_ways(permissions: str, license_id: str | None) -> None:
    found = article(permissions)
    assert found.article.license == license_id
    assert found.figures[0].license == license_id
    assert not found.figures[0].third_party


def own(inside: str) -> JatsFigure:
    holder = "<copyright-holder>Ada et al</copyright-holder>"
    return article(f"<permissions>{holder}{BY}</permissions>", inside).figures[0]


FIGURES = {
    "no words of its own": ("<caption><p>A cell.</p></caption>", "CC-BY-4.0", False),
    "the article's owner again": (
        "<permissions><copyright-statement>© 2016 Ada et al</copyright-statement></permissions>",
        "CC-BY-4.0",
        False,
    ),
    "another owner": (
        "<permissions><copyright-statement>© 2004 Big Press</copyright-statement></permissions>",
        None,
        True,
    ),
    "another licence": (
        '<permissions><license xlink:href="https://creativecommons.org/licenses/by-nc/4.0/"/></permissions>',
        "CC-BY-NC-4.0",
        False,
    ),
    "not covered by the licence that it names": (
        (
            "<permissions><license><p>Reproduced with permission. Not covered by the CC-BY 4.0 licence.</p></license>"
            "</permissions>"
        ),
        None,
        True,
    ),
    "a credit in the caption": (
        "<caption><p>A map. Reproduced with permission from [3], Copyright 2017 Big Press.</p></caption>",
        None,
        True,
    ),
    "a copyright sign in the caption": ("<caption><p>Drawn by B, © B 2001.</p></caption>", None, True),
    "a patient's permission": (
        "<caption><p>Photo used with permission of the patient.</p></caption>",
        "CC-BY-4.0",
        False,
    ),
    "a free licence in the credit": (
        "<caption><p>Reprinted from [3] under a CC BY 4.0 license, with permission from B.</p></caption>",
        "CC-BY-4.0",
        True,
    ),
    "a photographer in the caption": ("<caption><p>A frog. Photo: J. Roe.</p></caption>", "CC-BY-4.0", True),
    "a drawing out of a stock": ("<caption><p>A mouse. Created with BioRender.com.</p></caption>", None, True),
    "a protocol of others": (
        "<caption><p>A cell. The protocol was adapted from Smith et al. (2010), with permission.</p></caption>",
        "CC-BY-4.0",
        False,
    ),
    "an antibody of others": ("<caption><p>Actin. Antibody courtesy of Dr. Roe.</p></caption>", "CC-BY-4.0", False),
    "a credit line": ("<attrib>Image credit: B.</attrib>", "CC-BY-4.0", True),
}


@pytest.mark.parametrize(("inside", "license_id", "third_party"), FIGURES.values(), ids=FIGURES)
def test_a_figure_may_have_a_licence_of_its_own(inside: str, license_id: str | None, third_party: bool) -> None:  # noqa: FBT001
    found = own(inside)
    assert (found.license, found.third_party) == (license_id, third_party)


def test_the_evidence_of_a_credit_is_its_clause_as_it_is_written() -> None:
    clause = (
        "Panel B, a longitudinal section through the RETINA of the Pigeon (St. Louis, 1932), is modified after Polyak"
    )
    found = own(f"<caption><p>A retina. {clause} (1941), Fig. 3. Scale bar, 10 um.</p></caption>")

    assert found.license_evidence == f"{clause} (1941), Fig. 3."


def test_the_evidence_keeps_the_words() -> None:
    (elife,) = parse_articles((SHAPES / "elife.xml").read_bytes(), where="elife.xml")
    assert "It is not covered by the CC-BY 4.0 licence" in (elife.figures[0].license_evidence or "")
    assert "creativecommons.org/licenses/by/4.0" in (elife.article.license_evidence or "")
