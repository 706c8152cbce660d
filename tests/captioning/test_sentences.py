"""Sentences: an abbreviation ends none."""

import pytest

from captioning.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("See Fig. 2 of D. melanogaster, e.g. here. End", ["See Fig. 2 of D. melanogaster, e.g. here.", "End"]),
        ("Bar, 0.5 \u00b5m; blue", ["Bar, 0.5 \u00b5m;", "blue"]),
        ("Head\n\nBody", ["Head", "Body"]),
        ("  \n ", []),
    ],
)
def test_where_a_text_is_cut(text, parts):
    assert [text[start:end] for start, end in sentences(text)] == parts
