from hypothesis import given
from hypothesis import strategies as st

from ingest.fact_captions import caption_of
from schemas.no_value import says_nothing
from schemas.records import Fact


def _fact(name, value, unit=None):
    return Fact(name=name, value=value, unit=unit, origin="test")


def test_facts_come_in_a_fixed_order_each_name_once():
    facts = [_fact("channel", "GFP"), _fact("channel", "DAPI"), _fact("study_title", "Chromatin in mitosis")]
    assert caption_of(facts) == "Chromatin in mitosis. Channel: GFP; DAPI."
    assert caption_of([]) == ""


def test_a_fact_that_has_nothing_to_say_is_not_said():
    assert caption_of([_fact("organism", "none"), _fact("tissue", "not collected")]) == ""
    assert caption_of([_fact("organism", "N/A"), _fact("sirna", "control")]) == "siRNA: control."


def test_a_unit_follows_its_value_and_a_value_is_told_once():
    assert caption_of([_fact("dose", "5", "nM"), _fact("dose", "5", "nM")]) == "Dose: 5 nM."


_words = st.text(st.characters(categories=("L", "N")), min_size=1)


@given(st.lists(st.builds(_fact, st.sampled_from(["gene", "organism", "anything"]), _words)))
def test_every_value_is_said_and_nothing_depends_on_the_order_of_names(facts):
    said = caption_of(facts)
    assert all(fact.value in said or says_nothing(fact.value) for fact in facts)
    assert caption_of(sorted(facts, key=lambda fact: fact.name)) == said
