"""Bounds: whether a number is told as itself, as the least or as the most: more than 5, < 5, up to 5."""

import re

_MORE = r"more than|over|above|greater than|larger than|exceed(?:s|ing)?|at least|>|\u2265"
_LESS = r"less than|fewer than|under|below|smaller than|at most|up to|<|\u2264"
_BEFORE = re.compile(rf"(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\s{{0,2}}(?:the |an? )?$", re.IGNORECASE)
_LOOK_BACK = 16


def bound_of(text: str, start: int) -> str:
    """Return ">" or "<" where a number that begins at `start` is told as a bound; "" where it isn't.

    >>> bound_of("more than 5 mice", 10), bound_of("5 mice", 0), bound_of("up to 5", 6)
    ('>', '', '<')
    """
    found = _BEFORE.search(text[max(0, start - _LOOK_BACK) : start])
    if not found:
        return ""
    return ">" if found["more"] else "<"
