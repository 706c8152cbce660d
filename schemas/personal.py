"""Personal: strings in a text that look like a person's e-mail, ORCID or telephone."""

import re
from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

_EMAIL = r"(?<![\w.+%-])[\w.+%-]+@(?:[\w-]+\.)+[A-Za-z]{2,}"
_ORCID = r"(?<![\dA-Za-z-])\d{4}-\d{4}-\d{4}-\d{3}[\dXx](?![\dA-Za-z-])"
_EITHER = re.compile(f"(?P<email>{_EMAIL})|(?P<orcid>{_ORCID})")
_MASKED = re.compile(
    rf"(?:mailto:)?(?P<email>{_EMAIL})(?:\?[^\s,;<>]*)?|(?:https?://(?:www\.)?orcid\.org/)?(?P<orcid>{_ORCID})"
)
_WHOLE = re.compile(rf"\s*(?:mailto:)?(?:{_EMAIL}(?:\?\S*)?|(?:https?://)?(?:www\.)?(?:orcid\.org/)?{_ORCID}/?)\s*")
_CALLED = re.compile(r"\s*tel[.:]*\s*[\d+(][\d ()/-]{4,20}\s*", re.IGNORECASE)
_PHONE = re.compile(
    r"(?!.*--)(?:\+|00)[1-9][\d ()/.-]{6,20}|\(0\d{1,4}\)[\d /-]{4,14}|\(?[2-9]\d\d[)-] ?\d{3}[- ]\d{4}"
)
"""Only what is written as one: from abroad, with an area's code in brackets, or as in North America."""
_THOUSANDS = re.compile(r"\+\d{1,3}(?: \d{3}){1,2}")
_ROUND = re.compile(r"(?:0[ .-]?){6}$")
_FEWEST_DIGITS = 9
_MASKS = {"email": "[e-mail]", "orcid": "[ORCID]"}


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
        if found["email"] or _is_orcid(found["orcid"]):
            yield Personal(found.lastgroup or "", found.start(), found.end())


def masked(text: str) -> str:
    """Return a text with "[e-mail]" and "[ORCID]" in the place of what looks like one.

    >>> masked("Ask mailto:ada@example.org?subject=x, 0000-0002-1825-0097.")
    'Ask [e-mail], [ORCID].'
    """
    return _MASKED.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    is_number = found["orcid"] == found[0] and not _is_orcid(found[0])
    return found[0] if is_number else _MASKS[str(found.lastgroup)]


def _is_orcid(text: str) -> bool:
    """Return whether sixteen digits end with the check digit of an ORCID (ISO 7064, mod 11-2).

    >>> _is_orcid("0000-0002-1825-0097"), _is_orcid("0000-0002-1694-233X"), _is_orcid("0000-1111-2222-3333")
    (True, True, False)
    """
    digits = text.replace("-", "").upper()
    total = reduce(lambda told, digit: (told + int(digit)) * 2, digits[:-1], 0)
    return "0123456789X"[(12 - total % 11) % 11] == digits[-1]


def is_personal(text: str) -> bool:
    """Return whether a text is nothing but an e-mail, an ORCID or a telephone number.

    >>> [is_personal(text) for text in ("ada@example.org", "https://orcid.org/0000-0002-1825-0097", "63x")]
    [True, True, False]
    >>> [is_personal(text) for text in ("0000-0002-1825-0097", "0000-1111-2222-3333")]
    [True, False]
    >>> [is_personal(text) for text in ("+49 30 123456", "tel: 030/1234", "2025-11-28", "+10 000 000", "(100) 12-15")]
    [True, True, False, False, False]
    """
    if re.fullmatch(_ORCID, text.strip()):
        return _is_orcid(text.strip())
    return _WHOLE.fullmatch(text) is not None or _CALLED.fullmatch(text) is not None or _is_phone(text.strip())


def _is_phone(text: str) -> bool:
    """Return whether a text is a telephone number; one from abroad has nine digits at least, and isn't round."""
    if _PHONE.fullmatch(text) is None:
        return False
    from_abroad = text.startswith(("+", "00"))
    few = from_abroad and sum(map(str.isdigit, text)) < _FEWEST_DIGITS + 2 * text.startswith("00")
    return not (few or _THOUSANDS.fullmatch(text) or _ROUND.search(text))
