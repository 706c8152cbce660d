"""Gates: one small question each, and the first that doesn't keep decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.gates import (
    Candidate,
    agreed,
    governing_license,
    judge,
    large_enough,
    licensed,
    of_kind,
    original,
    unadapted,
    uncontaminated,
    worded,
)
from schemas.licence import SPDX, permits, stricter
from schemas.panel_records import Conflict
from schemas.records import Contamination, Elsewhere, Group, make_id

ALLOWED = ["CC0-1.0", "CC-BY-4.0"]


def elsewhere(license_id, source_id="PMC9"):
    return Elsewhere(source="pmc", source_id=source_id, license=license_id)


def candidate(box=(0, 0, 100, 80), *, group=None, **said):
    shared = {"part": 0, "id": make_id("p"), "figure_id": make_id("f"), "figure_row": 0, "source_id": "PMC1"}
    shared |= {"family": make_id("w"), **(group or {})}
    told = {"license": "CC-BY-4.0", "license_evidence": "CC BY", "third_party": False, "caption": "Cells."}
    told |= {"has_facts": False, **said}
    return Candidate(box=box, group=Group(**shared), **told)


def answer(gate, one):
    said = gate(one)
    return said.says, said.reason


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, ("keep", "CC-BY-4.0")),
        ({"license": "CC-BY-NC-4.0"}, ("drop", "license_not_allowed")),
        ({"license": None, "license_evidence": "ask the editor"}, ("hold", "license_unclear")),
        ({"license": None, "license_evidence": None}, ("drop", "license_unknown")),
        ({"license": None, "license_evidence": ""}, ("drop", "license_unknown")),
        ({"third_party": True}, ("drop", "third_party")),
        ({"third_party": True, "license": None}, ("drop", "third_party")),
        ({"group": {"also_in": [elsewhere("CC-BY-NC-4.0")]}}, ("drop", "license_not_allowed")),
        ({"license": "CC0-1.0", "group": {"also_in": [elsewhere("CC-BY-4.0")]}}, ("keep", "CC-BY-4.0")),
        ({"group": {"also_in": [elsewhere(None)]}}, ("hold", "license_unclear")),
        ({"group": {"also_in": [elsewhere(None)]}, "license_is_read": True}, ("keep", "CC-BY-4.0")),
        ({"license": None, "group": {"also_in": [elsewhere("CC0-1.0")]}}, ("hold", "license_unclear")),
        (
            {"license": None, "license_evidence": "", "group": {"also_in": [elsewhere(None)]}},
            ("drop", "license_unknown"),
        ),
    ],
)
def test_a_licence_lets_in_drops_or_waits(said, expected):
    assert answer(licensed(ALLOWED), candidate(**said)) == expected


def test_a_licence_that_is_not_allowed_is_told_with_its_words():
    said = licensed(ALLOWED)(candidate(license="CC-BY-ND-4.0", license_evidence="by-nd/4.0"))
    assert "CC-BY-ND-4.0" in said.evidence
    assert "by-nd/4.0" in said.evidence


@pytest.mark.parametrize("copy", ["CC-BY-NC-4.0", None])
def test_a_copy_under_other_terms_is_named_with_where_it_is(copy):
    said = licensed(ALLOWED)(candidate(group={"also_in": [elsewhere("CC-BY-4.0", "PMC8"), elsewhere(copy)]}))
    assert "CC-BY-4.0 in PMC1 (CC BY)" in said.evidence
    assert f"{copy or 'no licence that is known'} in pmc PMC9" in said.evidence
    assert "PMC8" not in said.evidence


def test_copies_under_the_same_licence_are_not_worth_a_word():
    assert licensed(ALLOWED)(candidate(group={"also_in": [elsewhere("CC-BY-4.0")]})).evidence == "CC BY"


@given(st.sampled_from(sorted(SPDX)), st.lists(st.sampled_from(sorted(SPDX)), max_size=4))
def test_the_governing_licence_permits_nothing_that_one_of_them_forbids(own, copies):
    governing = governing_license(own, copies)
    for known in [own, *copies]:
        for right in ("copy", "crop", "recaption", "commercial"):
            assert not getattr(permits(governing), right) or getattr(permits(known), right)


@given(st.sampled_from(sorted(SPDX)), st.permutations(["CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0"]))
def test_the_order_of_copies_makes_no_difference(own, copies):
    assert permits(governing_license(own, copies)) == permits(governing_license(own, reversed(copies)))


@pytest.mark.parametrize(("own", "copies"), [(None, ["CC0-1.0"]), ("CC0-1.0", [None]), ("CC0-1.0", ["CC0-1.0", None])])
def test_where_one_licence_is_not_known_none_is(own, copies):
    assert governing_license(own, copies) is None


def test_without_copies_the_own_licence_governs():
    assert governing_license("CC0-1.0", []) == "CC0-1.0" == stricter("CC0-1.0", "CC0-1.0")


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400))
def test_size_is_the_shorter_side_of_the_box(width, height, limit):
    said = large_enough(limit)(candidate(box=(7, 9, 7 + width, 9 + height)))
    assert (said.says == "keep") == (min(width, height) >= limit)
    assert str(min(width, height)) in said.evidence


def test_one_of_several_copies_stays():
    assert answer(original, candidate()) == ("keep", "original")
    shared = {"keeper": make_id("k"), "duplicate_cluster": make_id("c"), "also_in": [elsewhere("CC-BY-4.0")]}
    lost = candidate(group={"keeps": False, **shared})
    said = original(lost)
    assert (said.says, said.reason) == ("drop", "duplicate")
    assert f"{make_id('k')} of pmc PMC9" in said.evidence


@pytest.mark.parametrize(
    ("said", "says"),
    [({}, "keep"), ({"caption": ""}, "drop"), ({"caption": "", "has_facts": True}, "keep")],
)
def test_something_must_be_said_of_a_picture(said, says):
    assert worded(candidate(**said)).says == says


def test_the_first_gate_that_does_not_keep_decides_and_the_rest_is_not_asked():
    asked = []

    def noting(gate, name):
        def ask(one):
            asked.append(name)
            return gate(one)

        return ask

    gates = [noting(worded, "words"), noting(licensed(ALLOWED), "license"), noting(large_enough(500), "size")]
    answers, against = judge(candidate(license="CC-BY-NC-4.0"), gates)
    assert asked == ["words", "license"]
    assert (against.gate, [one.gate for one in answers]) == ("license", ["words", "license"])
    assert judge(candidate(), gates[:2])[1] is None


def test_a_verdict_is_an_answer_with_its_evidence():
    verdict = licensed(ALLOWED)(candidate()).verdict()
    assert (verdict.gate, verdict.verdict, verdict.evidence) == ("license", "CC-BY-4.0", "CC BY")


@given(st.sampled_from(sorted(SPDX)), st.lists(st.sampled_from(sorted(SPDX)), max_size=3))
def test_no_part_of_a_figure_goes_on_where_one_licence_of_it_forbids_adaptations(own, copies):
    one = candidate(license=own, is_whole=False, group={"also_in": [elsewhere(license_id) for license_id in copies]})
    forbidden = any(not permits(known).crop for known in [own, *copies])
    assert unadapted(one).says == ("drop" if forbidden else "keep")


def test_a_part_under_a_licence_that_nobody_knows_is_no_part_that_may_be_cut():
    assert answer(unadapted, candidate(license=None, is_whole=False)) == ("drop", "license_forbids_crop")


@pytest.mark.parametrize("license_id", ["CC-BY-ND-4.0", "CC-BY-NC-ND-3.0", None])
def test_a_whole_figure_is_no_adaptation(license_id):
    assert answer(unadapted, candidate(license=license_id)) == ("keep", "whole")


@pytest.mark.parametrize(
    ("kind", "sure", "queue", "said"),
    [
        ("microscopy", 0.9, "", ("keep", "microscopy")),
        ("plot", 0.9, "q", ("drop", "kind_not_kept")),
        ("microscopy", 0.5, "", ("drop", "kind_unsure")),
        ("plot", 0.5, "q", ("hold", "kind_unsure")),
        (None, None, "q", ("hold", "kind_unsure")),
    ],
)
def test_kinds_are_kept_where_they_are_sure(kind, sure, queue, said):
    gate = of_kind(["microscopy"], 0.8, queue)
    assert answer(gate, candidate(kind=kind, kind_confidence=sure)) == said


def test_reviewers_of_panels_see_no_tags_and_those_of_tags_no_panels():
    both = tuple(Conflict(field=name, chosen="", other="x", reason="r") for name in ("panels", "organism"))
    assert [answer(agreed(about, "q"), candidate(conflicts=both)) for about in ("panels", "tags")] == [
        ("hold", "panels_conflict"),
        ("hold", "tags_conflict"),
    ]
    assert "organism" not in agreed("panels", "q")(candidate(conflicts=both)).evidence


def test_tags_that_disagree_wait_for_a_reviewer_with_what_disagrees():
    conflict = Conflict(field="organism", chosen="", other="Mus musculus", reason="facts_disagree")
    said = agreed("tags", "which")(candidate(conflicts=(conflict,)))
    assert (said.says, said.reason, said.queue) == ("hold", "tags_conflict", "which")
    assert said.evidence == "organism: none or Mus musculus (facts_disagree)"
    assert answer(agreed("tags", "which"), candidate()) == ("keep", "agreed")


@pytest.mark.parametrize(
    ("checks", "said"),
    [([], "keep"), (["embedding"], "keep"), (["hash"], "drop"), (["embedding", "source_id"], "drop")],
)
def test_what_a_benchmark_holds_leaves_but_not_for_an_encoder_s_word(checks, said):
    hits = [Contamination(benchmark="ubench", check=check, score=0.97) for check in checks]
    answer_given = uncontaminated(candidate(group={"contamination": hits}))
    assert answer_given.says == said
    if said == "drop":
        assert (answer_given.reason, answer_given.evidence) == (
            "contaminated",
            f"is in ubench by {checks[-1]} (0.97)",
        )
