"""Licence credit form: one way to say that a picture is somebody else's, as a pattern with the hints of it."""

import re
from functools import cache
from typing import Literal, NamedTuple

Subject = Literal["any", "not another", "picture"]
"""What stands before a form for it to speak of the picture: anything; no other thing; a word for pictures, or none."""


class Form(NamedTuple):
    """One way to credit a picture."""

    pattern: str
    """Made ready by `ready` when a text first has one of its hints: some are long, and most runs meet few."""
    hints: str
    """One of these, parted by "|", stands in every text, in lower case, that the pattern finds something in."""
    more: str = ""
    """And one of these."""
    subject: Subject = "any"
    is_reuse: bool = True
    """False where it tells who made or gave the picture, which may stand under the article's licence."""
    ends: bool = False
    """True where, without a subject, it must end its sentence: "After Roe (2010), cells were cut" is no credit."""
    before: re.Pattern[str] | None = None
    """What the clause before it ends in: such a pattern begins behind what every caption has, its"
    " words for pictures."""


@cache
def ready(pattern: str) -> re.Pattern[str]:
    """Return a form's pattern, made ready once."""
    return re.compile(pattern)


def either(words: str) -> str:
    """Return a pattern for any of `words` in lower case or with a capital; each begins with a letter, which is fast."""
    return f"(?:{'|'.join(form for word in words.split('|') for form in (word, word.capitalize()))})"
