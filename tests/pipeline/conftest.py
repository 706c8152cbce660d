import pytest

from schemas.records import Record


class Note(Record):
    """A row for tests of the ground floor: narrow."""

    id: str
    text: str


@pytest.fixture
def note():
    def make(name, text=""):
        return Note(id=name, text=text)

    make.model = Note
    return make
