"""Licence terms: what a collection may be under, made from rows of several licences."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import licence_terms
from schemas.licence_terms import SPDX, collective, permits, share_alike

KNOWN = st.lists(st.sampled_from(sorted(SPDX)), max_size=6)


def test_the_examples_hold():
    assert doctest.testmod(licence_terms).failed == 0


@pytest.mark.parametrize(
    ("licenses", "own"),
    [
        ([], "CC0-1.0"),
        (["CC0-1.0", "CC-PDM-1.0"], "CC0-1.0"),
        (["CC0-1.0", "MIT"], "CC-BY-4.0"),
        (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
        (["CC-BY-NC-4.0", "CC-BY-NC-SA-3.0"], "CC-BY-NC-SA-3.0"),
        (["CC-BY-ND-4.0"], "CC0-1.0"),
        (["CC-BY-NC-ND-4.0", "CC-BY-2.0"], "CC-BY-4.0"),
    ],
)
def test_what_is_added_is_under_what_its_rows_ask(licenses, own):
    assert collective(licenses) == own


@given(KNOWN)
def test_no_condition_of_an_adapted_row_is_lost(licenses):
    own, adapted = collective(licenses), [known for known in licenses if permits(known).crop]
    assert own in SPDX
    assert share_alike(own) == any(share_alike(known) for known in adapted)
    assert permits(own).commercial == all(permits(known).commercial for known in adapted)
    assert collective(reversed(licenses)) == own
