"""Licence credit forms: all ways by which a caption gives its picture to somebody else, found by their hints."""

from typing import Final

import ahocorasick

from schemas.licence_credit_collections import COLLECTIONS
from schemas.licence_credit_form import Form
from schemas.licence_credit_makers import MAKERS
from schemas.licence_credit_owners import OWNERS
from schemas.licence_credit_reuse import REUSED

FORMS: Final = (*REUSED, *OWNERS, *COLLECTIONS, *MAKERS)


_MORE: Final = [tuple(form.more.split("|")) for form in FORMS]


def _automaton() -> ahocorasick.Automaton:
    """Return what finds all hints in one pass: most captions have none, and are looked at no longer."""
    places: dict[str, list[int]] = {}
    for place, form in enumerate(FORMS):
        for hint in form.hints.split("|"):
            places.setdefault(hint, []).append(place)
    found = ahocorasick.Automaton()
    for hint, theirs in places.items():
        found.add_word(hint, theirs)
    found.make_automaton()
    return found


_HINTED: Final = _automaton()


def forms_in(lowered: str) -> list[Form]:
    """Return the forms that may stand in a text, given in lower case."""
    hinted = {place for _, places in _HINTED.iter(lowered) for place in places}
    return [FORMS[place] for place in sorted(hinted) if any(map(lowered.__contains__, _MORE[place]))] if hinted else []
