"""Column meanings: every column of every view has one, nested ones too, and none is of a column that is gone."""

from publishing.card_tables import schema
from publishing.views import VIEWS
from schemas.column_meanings import _MEANINGS, meaning_of


def test_every_column_has_a_meaning_and_none_is_left_over():
    columns = {(view, name) for view, lines in schema([view.name for view in VIEWS]) for name, _, _ in lines}
    told = {f"{view}.{name}" if f"{view}.{name}" in _MEANINGS else name for view, name in columns}
    assert told == set(_MEANINGS)
    assert all(meaning_of(view, name) for view, name in columns)


def test_a_meaning_fits_into_a_cell():
    assert not [words for words in _MEANINGS.values() if "|" in words or "\n" in words or len(words) > 120]
