"""Git tags: which names git takes for a tag, told before anything is judged or sent."""

import re

from schemas.errors import UsageError

_REFUSED = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|\.lock(?:/|$)|^[/-]|[/.]$|^@?$")
"""git-scm.com/docs/git-check-ref-format, and a first "-", which `git tag` takes for an option."""
_NO_TAGS = re.compile(r"main|HEAD|refs(/.*)?|[0-9a-f]{40}")
"""Git takes them, and whoever asks for one gets a branch or a commit."""
_MOST_BYTES = 200


def is_tag(name: str) -> bool:
    """Return whether git takes a name for a tag.

    >>> [is_tag(name) for name in ("v1", "paper/2026", "2026 spring", "v1..2", "-f", "a.lock", "Übung")]
    [True, True, False, False, False, False, True]
    """
    return _REFUSED.search(name) is None and len(name.encode(errors="replace")) <= _MOST_BYTES


def refuse_bad_tag(name: str) -> None:
    """Refuse a name that git doesn't take, or that means something else already.

    Raises:
        UsageError: says so.
    """
    if not is_tag(name):
        mend = "Use letters, digits, '-', '_', '.' and '/', as in v1 or paper/2026."
        raise UsageError(f"git takes no tag {name!r}.", where="--tag", mend=mend)
    if _NO_TAGS.fullmatch(name):
        mend = "Choose another name, as v1 or paper/2026."
        raise UsageError(f"{name} is what a branch or a commit is called.", where="--tag", mend=mend)
