"""Licence answer: what `bricks license` prints for a statement, an address or a caption's credit.

It stands apart since the grammar of credits takes .18 s to load, which nothing else of licences needs.
"""

import re
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from schemas.licence import parse_licence, permits
from schemas.licence_credits import credits_of

_OWNED = re.compile("\u00a9|copyright", re.IGNORECASE)
"""What a statement of licence begins with, and says nothing of a third party."""


_MOST_NAME = 255


def refuse_file(text: str) -> None:
    """Refuse what was meant as words, and is the name of a file.

    Raises:
        UsageError: there is such a file.
    """
    if len(text) <= _MOST_NAME and "\n" not in text and Path(text).is_file():
        mend = f"Give its words: bricks license - < {shlex.quote(text)}"
        raise UsageError("is a file, and its name states no licence.", where=text, mend=mend)


def license_answer(text: str) -> dict[str, Any]:
    """Return what `bricks license` prints for `text`: a statement, an address, or a caption's credit."""
    licence = parse_licence(text)
    credit = next(iter(credits_of(text)), None) if licence.license is None and not _OWNED.search(text) else None
    return {
        "license": licence.license,
        "permits": asdict(permits(licence.license)),
        "third_party": licence.third_party or credit is not None,
        "evidence": credit.words if credit else licence.evidence,
    }
