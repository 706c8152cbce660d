"""Drafts of manifests: whatever was said stands in the file as it was said, and the file is right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.draft_sources import ASKS, KINDS, SourceDraft
from schemas.licence_terms import SPDX, permits
from schemas.manifest import Manifest
from schemas.manifest_draft import LICENCE_SETS, Draft, complaint, complaint_at, draft_text, permits_words, scalar
from schemas.manifest_file import read_manifest
from schemas.manifest_yaml import read_tree

LIVE = {
    "pmc": (("query", '"actin"[caption]'),),
    "biorxiv": (("since", "2026-10-01"), ("until", "2026-10-31"), ("categories", ("cell biology", "neuroscience"))),
    "idr": (("studies", ("idr0062", "idr0001")),),
    "elabftw": (("url", "https://eln.example.org"), ("license", "CC-BY-4.0"), ("attribution", "A: Lab")),
    "rspace": (("url", "https://rspace.example.org"),),
}
FILES = {
    "pmc": (),
    "biorxiv": (),
    "idr": (),
    "eln": (),
    "images": (("license", "CC0-1.0"),),
    "masks": (("license", "CC-BY-NC-4.0"),),
}
DRAWN = list(LIVE.items()) + [(kind, (("path", "x/"), *given)) for kind, given in FILES.items()]


def draft(*sources: SourceDraft, **said: object) -> Draft:
    return Draft.model_validate({"name": "cells", "contact": "a@example.org", "sources": sources, **said})


def manifest(drafted: Draft) -> Manifest:
    return read_manifest(draft_text(drafted, "cells.yaml"), "cells.yaml").manifest


@pytest.mark.parametrize(("kind", "given"), DRAWN, ids=[f"{kind}-{keys[0][0]}" for kind, keys in DRAWN])
def test_what_was_given_stands_in_the_manifest(kind: str, given: tuple[tuple[str, object], ...]) -> None:
    drafted = draft(SourceDraft(type=kind, given=given))
    assert complaint(drafted) is None
    (source,) = manifest(drafted).sources
    told = source.model_dump(mode="json", exclude_unset=True)
    for key, value in given:
        assert told[key] == (list(value) if isinstance(value, tuple) else [value] if key == "path" else value)


def test_every_type_of_source_is_offered_and_tried() -> None:
    types = {one.model_fields["type"].annotation.__args__[0] for one in _source_models()}
    assert set(KINDS) == types == {kind for kind, _ in DRAWN}


def _source_models() -> tuple[type, ...]:
    from schemas.manifest_sources import Source

    return tuple(Source.__args__[0].__args__)


@settings(max_examples=30)
@given(st.text(min_size=1))
def test_any_text_is_read_back_as_it_was_said(text: str) -> None:
    if complaint_at(draft(SourceDraft(type="pmc", given=(("query", text),))), "sources.0.query") is None:
        assert manifest(draft(SourceDraft(type="pmc", given=(("query", text),)))).sources[0].query == text


@pytest.mark.parametrize(
    "text", ["yes", "1e5", "2026-10-01x", "a: b", "# no", "it's", "null", "[x]", "*a", "é ü", "a\tb"]
)
def test_a_text_that_yaml_would_take_for_something_else_is_quoted(text: str) -> None:
    assert read_tree(f"k: {scalar(text)}", "x").value == {"k": text}


def test_a_preset_is_of_its_own_licence_and_layout() -> None:
    drafted = draft(SourceDraft(type="masks", given=(("path", "x"), ("preset", "livecell"))))
    assert complaint(drafted) is None
    assert "CC-BY-NC-4.0" in manifest(drafted).licenses
    unsaid = draft(SourceDraft(type="masks", given=(("path", "x"), ("preset", "tissuenet"))))
    problem = complaint(unsaid)
    assert problem
    assert "needs license" in problem.what


def test_licences_that_leave_out_ones_own_pictures_are_a_mistake() -> None:
    own = SourceDraft(type="images", given=(("path", "x"), ("license", "CC-BY-NC-4.0")))
    problem = complaint(draft(own, licenses=("CC0-1.0",)))
    assert problem
    assert problem.path == "licenses"
    assert "CC-BY-NC-4.0" in problem.what
    assert complaint(draft(own)) is None


def test_the_sets_of_licences_are_what_they_are_called() -> None:
    assert set(LICENCE_SETS["open"]) < set(LICENCE_SETS["alike"]) < set(LICENCE_SETS["noncommercial"]) <= SPDX
    assert all(permits(one).commercial and permits(one).crop for one in LICENCE_SETS["alike"])
    assert {permits_words(one) for one in LICENCE_SETS["open"]} == {"any use", "any use, name the author"}
    assert permits_words("CC-BY-ND-4.0") == "any use, name the author, no crops and no new captions"


def test_each_key_that_is_written_has_a_comment_and_each_line_is_short() -> None:
    everything = draft(*(SourceDraft(type=kind, given=given) for kind, given in DRAWN), repo="org/cells")
    lines = draft_text(everything, "cells.yaml").splitlines()
    assert [line for line in lines if line not in ("sources:", *lines[:2]) and "# " not in line] == []
    assert max(map(len, lines[1:])) <= 120
    assert len({ask.key for ask in ASKS}) == len({ask.flag for ask in ASKS}) == len(ASKS)
