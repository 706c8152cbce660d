"""Personal: strings in a text that look like a person's e-mail or ORCID."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_EMAIL = r"[\w.+%-]+@(?:[\w-]+\.)+[A-Za-z]{2,}"
_ORCID = r"(?<![\dA-Za-z-])\d{4}-\d{4}-\d{4}-\d{3}[\dXx](?![\dA-Za-z-])"
_EITHER = re.compile(f"(?P<email>{_EMAIL})|(?P<orcid>{_ORCID})")
_WHOLE = re.compile(rf"\s*(?:mailto:)?(?:{_EMAIL}|(?:https?://)?(?:www\.)?(?:orcid\.org/)?{_ORCID})\s*")


class Personal(NamedTuple):
    """A string that looks personal, with its place in the text."""

    kind: str
    """email or orcid."""
    start: int
    end: int


def personal_in(text: str) -> Iterator[Personal]:
    """Yield what in a text looks like an e-mail or an ORCID.

    >>> [found.kind for found in personal_in("Ask ada@example.org (0000-0002-1825-0097).")]
    ['email', 'orcid']
    """
    for found in _EITHER.finditer(text):
        yield Personal(found.lastgroup or "", found.start(), found.end())


def is_personal(text: str) -> bool:
    """Return whether a text is nothing but an e-mail or an ORCID.

    >>> is_personal("ada@example.org"), is_personal("https://orcid.org/0000-0002-1825-0097"), is_personal("63x")
    (True, True, False)
    """
    return _WHOLE.fullmatch(text) is not None
