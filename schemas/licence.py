"""Licences as SPDX ids, what each permits, and which of two is the stricter.

What a licence permits is read from its deed and legal code (creativecommons.org/licenses, versions 1.0-4.0):
ND forbids to share adaptations, which a crop or a rewritten caption may be; NC forbids commercial use; SA asks
that adaptations carry the same licence. The ported versions (e.g. "2.0/uk") permit what the unported do.
"""

import re
from dataclasses import dataclass

UNKNOWN: str | None = None
"""No licence that is known: all rights are reserved until somebody says otherwise."""


@dataclass(frozen=True)
class Permits:
    """What may be done with a work, attribution given."""

    copy: bool
    crop: bool
    recaption: bool
    commercial: bool

    @property
    def rank(self) -> int:
        """Return how much is permitted: the stricter licence has the lower rank."""
        return 8 * self.copy + 4 * self.crop + 2 * self.commercial + self.recaption


NOTHING = Permits(copy=False, crop=False, recaption=False, commercial=False)

_SPDX = re.compile(r"^(CC0-1\.0|PDDL-1\.0|(CC-BY(-NC)?(-SA|-ND)?)-([1-4]\.[05]))$")
_OPEN_CODE = frozenset({"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"})
