"""Licence laws: what restricts a statement never makes its reading freer, and no mutilated address does."""

import re
import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from schemas.licence import NOTHING, SPDX, parse_licence, permits, url_of

RESTRICTING = [
    "All rights reserved.",
    "No commercial use.",
    "For non-commercial use only.",
    "No derivatives.",
    "No modifications are allowed.",
    "Figure 3 is excluded.",
    "The figures are not included.",
    "Images are \N{COPYRIGHT SIGN} Springer.",
    "It is not covered by the licence.",
    "This licence does not apply to the figures.",
    "except Figure 2",
    "excluding images",
    "(NC)",
    "CC BY-XX",
    "Commercial use requires permission.",
    "Personal use only.",
    "No reuse.",
    "Panel B is \N{COPYRIGHT SIGN} Wiley.",
    "This article is not licensed under CC BY 4.0.",
    "Reprinted with permission from Elsevier. It may not be reproduced without permission.",
    "Only the abstract is CC BY.",
    "The data are CC BY-NC-ND 4.0.",
    "The text is CC BY-ND 3.0.",
    "All images may not be reused.",
    "Not CC BY.",
    "The licence has been revoked.",
    "http://creativecommons.org/licenses/by/nc/4.0/",
]
SUBJECTS = ["", "This article", "The data", "The article and its figures", "Figure 3", "All text", "It", "The code"]
VERBS = ["", "is licensed under", "are available under", "is distributed under the terms of", "may be used under"]
NAMES = [
    *sorted(SPDX - {"MIT"}),
    "CC BY",
    "Creative Commons Attribution License",
    *filter(None, map(url_of, sorted(SPDX))),
]

statements = st.lists(
    st.builds(lambda *words: " ".join(filter(None, words)), *map(st.sampled_from, (SUBJECTS, VERBS, NAMES))),
    min_size=1,
    max_size=3,
).map(". ".join)


@given(statements, st.sampled_from(RESTRICTING), st.sampled_from([". ", "; ", ", ", " ("]), st.booleans())
def test_a_restricting_clause_never_makes_a_statement_freer(
    statement: str,
    clause: str,
    mark: str,
    clause_comes_first: bool,  # noqa: FBT001
) -> None:
    parts = (clause.rstrip("."), statement) if clause_comes_first else (statement, clause)

    assert permits(parse_licence(mark.join(parts)).license) <= permits(parse_licence(statement).license)


@given(statements)
def test_no_reading_is_freer_than_any_licence_it_names_for_the_work_or_a_part(statement: str) -> None:
    licence = parse_licence(statement)

    assert permits(licence.license) <= permits(licence.bound)
    assert licence.license is None or not licence.refused


@given(statements)
def test_another_things_licence_gives_nothing(statement: str) -> None:
    others = [
        part for part in statement.split(". ") if part.startswith(("The data", "The code", "Figure 3", "All text"))
    ]
    assume(others)

    assert permits(parse_licence(". ".join(others)).license) == NOTHING


KINDS = ["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"]
FORMS = [
    "http://creativecommons.org/licenses/{}/{}/",
    "https://www.creativecommons.org/licenses/{}/{}",
    "//creativecommons.org/licenses/{}/{}/legalcode",
    "creativecommons.org/licenses/{}/{}/uk/",
    "https://i.creativecommons.org/l/{}/{}/88x31.png",
]
WHOLE = re.compile(r"creativecommons\.org/(?:licenses|l)/(by(?:-nc)?(?:-sa|-nd)?)/\d\.\d(?![^/.])", re.IGNORECASE)
PIECES = ["nc", "-nc", "/nc", "%2Dnc", "../", "/../", "%2F", "%00", "&#8211;", "&amp;", "//", "by", "https://", "x"]
CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \n\u2013\u2010\uff0f\uff0e\u0421\u200b"
mutations = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 2), st.sampled_from([*CHARACTERS, *PIECES])), min_size=1, max_size=2
)


def mutilated(address: str, mutations: list[tuple[int, int, str]]) -> str:
    for place, cut, piece in mutations:
        at = place % (len(address) + 1)
        address = f"{address[:at]}{piece}{address[at + cut :]}"
    return address


@given(st.sampled_from(KINDS), st.sampled_from(["1.0", "2.0", "2.5", "3.0", "4.0"]), st.sampled_from(FORMS), mutations)
@example("by-nc", "4.0", FORMS[0], [(37, 1, "/")])
@example("by-nc", "4.0", FORMS[0], [(37, 1, "(")])
@example("by-nc", "4.0", FORMS[0], [(37, 1, "\n")])
def test_a_mutilated_address_is_never_read_as_freer(
    kind: str, version: str, form: str, mutations: list[tuple[int, int, str]]
) -> None:
    text = mutilated(form.format(kind, version), mutations)
    other = WHOLE.search(text)
    assume(other is None or other[1].lower() == kind)  # "by-nd" is "by-nc" with another letter, and means what it says

    assert permits(parse_licence(text).license) <= permits(f"CC-{kind.upper()}-{version}")


@pytest.mark.parametrize("license_id", sorted(SPDX))
def test_the_address_of_every_licence_is_bound_by_its_neighbour(license_id: str) -> None:
    both = f"{url_of(license_id)} http://creativecommons.org/licenses/by-nc-nd/4.0/"

    assert permits(parse_licence(both).license) == permits("CC-BY-NC-ND-4.0")
