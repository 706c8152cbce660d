"""What reviewers decided, in words: nothing of it is a code word or JSON."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_items_by_hand import CONFLICTS, EDITS, ORIGINS, item_of

from curation.review_edits import LIKENESSES
from curation.review_pages import rendered
from curation.review_standings import standing_of
from curation.review_verdicts import Said, decisions_of
from curation.review_words import LIKENESS_WORDS, in_words

NOW = datetime(2026, 11, 29, tzinfo=UTC)
CODE = set("[]{}_") | {'"'}


def said(origin, verdict, value=None, who="ana", *, second=False, **more):
    return decisions_of(item_of(origin), Said(verdict, value, **more), who, NOW, is_second=second)


def words(origin, verdict, value=None, **more):
    ((_, what, reason),) = in_words(item_of(origin), said(origin, verdict, value, **more))
    return f"{what} ({reason})" if reason else what


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("duplicates", "one is a part of the other"),
        ("panels", "2 panels: B (341 x 479 px at 300, 0), A (298 x 477 px at 1, 1)"),
        ("subcaptions", "“Cells 🔬 of a frog.” and “(B) Actin, phalloidin.”"),
        ("kinds", "microscopy"),
        ("licenses", "CC-BY-4.0"),
        ("tags", "organism: Xenopus laevis; leave out the term T:1; the rest is right as it stands"),
        ("captions", "“Nuclei of a frog, stained with DAPI.”"),
        ("questions", "“Which dye?”, A. DAPI, B. GFP, C. eosin; right is C"),
    ],
)
def test_an_edit_is_quoted_by_what_it_says_and_a_blind_one_alike(origin, told):
    assert words(origin, "edit", EDITS[origin]) == told
    assert words(origin, "edit", EDITS[origin], second=True) == told


def test_what_was_accepted_or_rejected_is_said():
    assert words("captions", "accept") == words("tags", "accept") == "right as it stands"
    assert words("kinds", "accept") == "right as it stands: plot"
    assert words("subcaptions", "accept") == "right as it stands: “Cells 🔬 of a frog.” and “(A) Nuclei, DAPI.”"
    assert words("subcaptions", "reject", reason="no words of its own") == "rejected (no words of its own)"
    assert words("captions", "reject", reason="wrong value") == "rejected (wrong value)"
    whole = words("captions", "reject", reason="unreadable", whole=True)
    assert whole == "rejected, and the whole panel with it (unreadable)"
    assert words("duplicates", "reject", reason="another picture") == "different pictures (another picture)"


def test_terms_and_emptied_columns_are_named():
    item = item_of("tags")
    shown = {"term": "T:1", "where": "caption", "start": 0, "end": 3, "label": "frog"}
    item = item.model_copy(update={"shown": {**item.shown, "annotations": [shown]}})
    added = {
        "term": "T:2",
        "label": "skin",
        "field": "tissue",
        "text": "skin",
        "where": "caption",
        "start": 4,
        "end": 8,
    }
    base = said("tags", "edit", {"columns": {"stain": "", CONFLICTS[0]["column"]: "Mus musculus"}})
    terms = base[0].model_copy(
        update={
            "field": "annotations",
            "before": None,
            "after": {"added": [added], "removed": [["T:1", "caption", 0, 3]]},
        }
    )
    ((_, what, _),) = in_words(item, [*base, terms])
    assert set(what.split("; ")) == {
        "stain: nothing", "organism: Mus musculus", "add the term skin (tissue)", "leave out the term frog",
    }  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_disagreement_shows_no_code(origin):
    item = item_of(origin)
    log = [*said(origin, "edit", EDITS[origin]), *said(origin, "reject", who="ben", second=True, reason="unclear")]
    standing = standing_of(item, list(enumerate(log, 1)))
    page = rendered("standing", item=item, standing=standing, reviewer="eve", is_second=False)
    told = page.partition("<ul>")[2].partition("</ul>")[0]
    assert "<strong>ana</strong>" in told
    assert "(unclear)" in told
    assert not CODE & set(told)
    assert "drop" not in told


@given(
    st.sampled_from(ORIGINS),
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=5,
    ),
)
def test_what_another_program_wrote_is_shown_whatever_it_is(origin, after):
    (one, *_) = said(origin, "edit", EDITS[origin])
    ((who, what, _),) = in_words(item_of(origin), [one.model_copy(update={"after": after})])
    assert (who, bool(what)) == ("ana", True)


def test_every_likeness_has_words():
    assert set(LIKENESS_WORDS) == set(LIKENESSES)
