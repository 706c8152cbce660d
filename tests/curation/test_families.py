"""Families: whichever of them names the others, and in whatever order they come, they are one."""

from hypothesis import given
from hypothesis import strategies as st

from curation.families import families, is_preprint_doi

NAMES = st.sampled_from(["10.1101/p1", "10.64898/p2", "10.5555/a", "10.5555/b", "PMC1"])
TIES = st.lists(st.tuples(NAMES, NAMES), max_size=8)


@given(TIES, st.randoms(use_true_random=False))
def test_the_order_in_which_works_name_each_other_makes_no_difference(ties, random):
    shuffled = [tuple(random.sample(tie, 2)) for tie in ties]
    random.shuffle(shuffled)
    assert families(ties) == families(shuffled)


@given(TIES)
def test_works_that_name_each_other_share_a_family_and_no_others_do(ties):
    family_of = families(ties)
    assert all(family_of[one] == family_of[other] for one, other in ties)
    together = {frozenset({one}) for tie in ties for one in tie}
    for one, other in ties:
        joined = [group for group in together if one in group or other in group]
        together = (together - set(joined)) | {frozenset().union(*joined)}
    assert {frozenset(name for name in family_of if family_of[name] == root) for root in family_of.values()} == together


def test_a_family_is_called_as_its_published_article():
    family_of = families([("10.1101/p1", "10.5555/a"), ("10.64898/p2", "10.1101/p1")])
    assert set(family_of.values()) == {"10.5555/a"}
    assert is_preprint_doi("10.64898/2026.01.02.000001")
    assert not is_preprint_doi("10.5555/a")
