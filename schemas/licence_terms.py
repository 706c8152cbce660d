"""Licence terms: the SPDX ids that are known, what each permits, and what two of them permit together.

Read from the deeds and legal codes at creativecommons.org/licenses, versions 1.0 to 4.0: ND forbids to share
adaptations, which a crop or a rewritten caption may be; NC forbids commercial use; SA asks that adaptations
carry the same licence. The ported versions ("2.0/uk", "3.0/igo") permit what the unported of that number do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final

VERSIONS: Final = ("1.0", "2.0", "2.5", "3.0", "4.0")
_KINDS: Final = ("BY", "BY-SA", "BY-ND", "BY-NC", "BY-NC-SA", "BY-NC-ND")

# From the freest to the strictest; all permit everything, the second row asks for the notice to be kept.
_WAIVERS: Final = ("CC0-1.0", "CC-PDM-1.0", "CC-PDDC", "PDDL-1.0")
_NOTICES: Final = ("MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ODC-By-1.0")

SPDX: Final = frozenset({*_WAIVERS, *_NOTICES, *(f"CC-{k}-{v}" for k, v in product(_KINDS, VERSIONS))})
"""Every id that bricks knows."""

_URLS: Final = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-PDM-1.0": "https://creativecommons.org/publicdomain/mark/1.0/",
    "CC-PDDC": "https://creativecommons.org/licenses/publicdomain/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
    "ODC-By-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "MIT": "https://opensource.org/license/mit",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "BSD-2-Clause": "https://opensource.org/license/bsd-2-clause",
    "BSD-3-Clause": "https://opensource.org/license/bsd-3-clause",
}
_CC: Final = re.compile(r"CC-(?P<kind>BY(?:-NC)?(?:-SA|-ND)?)-(?P<version>[1-4]\.[05])")


@dataclass(frozen=True)
class Permits:
    """What may be done with a work, attribution given."""

    copy: bool
    crop: bool
    recaption: bool
    commercial: bool

    def __le__(self, other: "Permits") -> bool:
        return all(may or not mine for mine, may in zip(self._each(), other._each(), strict=True))

    def _each(self) -> tuple[bool, bool, bool, bool]:
        return (self.copy, self.crop, self.recaption, self.commercial)


NOTHING: Final = Permits(copy=False, crop=False, recaption=False, commercial=False)


def _kind(license: str) -> set[str]:  # noqa: A002  (the column's name)
    found = _CC.fullmatch(license)
    return set(found["kind"].split("-")) if found else set()


def permits(license: str | None) -> Permits:  # noqa: A002  (the column's name)
    """Return what `license` permits: nothing where it is None or unknown."""
    if license not in SPDX:
        return NOTHING
    kind = _kind(license)
    adapt = "ND" not in kind
    return Permits(copy=True, crop=adapt, recaption=adapt, commercial="NC" not in kind)


def requires_attribution(license: str | None) -> bool:  # noqa: A002  (the column's name)
    """Return whether the author must be named; True where the licence is unknown."""
    return license not in _WAIVERS


def share_alike(license: str | None) -> bool:  # noqa: A002  (the column's name)
    """Return whether adaptations must carry the same licence."""
    return "SA" in _kind(license or "")


def url_of(license: str | None) -> str | None:  # noqa: A002  (the column's name)
    """Return the address of the licence's deed or text; None where the licence is unknown."""
    found = _CC.fullmatch(license or "")
    if found and license in SPDX:
        return f"https://creativecommons.org/licenses/{found['kind'].lower()}/{found['version']}/"
    return _URLS.get(license or "")


def compose(flags: set[str], version: str) -> str:
    """Return the Creative Commons id with `flags` (NC, ND, SA) in `version`; ND beats SA."""
    ending = "-ND" if "ND" in flags else "-SA" if "SA" in flags else ""
    return f"CC-BY{'-NC' if 'NC' in flags else ''}{ending}-{version}"


def stricter(a: str | None, b: str | None) -> str | None:
    """Return the licence that permits what both permit; of equal terms the older version.

    >>> stricter("CC-BY-NC-4.0", "CC-BY-ND-3.0")
    'CC-BY-NC-ND-3.0'
    """
    if a is None or b is None or not {a, b} <= SPDX:
        return None
    bound = [found for found in (_CC.fullmatch(a), _CC.fullmatch(b)) if found]
    if not bound:
        return max(a, b, key=(*_WAIVERS, *_NOTICES).index)
    version = min(found["version"] for found in bound)
    return compose(_kind(a) | _kind(b), version)


def collective(licenses: Iterable[str]) -> str:
    """Return the freest licence that a collection of such rows may give to what it adds: texts, boxes, tags.

    Made from rows under SA it must be under SA, in the newest version among them, since an adaptation may take the
    same licence or a later one (4.0, section 3(b)(1); 3.0, section 4(b)); made from NC rows it is NC. Nothing is
    made from rows under ND: they are taken as they are.

    >>> collective(["CC0-1.0", "CC-BY-3.0"]), collective(["CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-ND-4.0"])
    ('CC-BY-4.0', 'CC-BY-SA-3.0')
    """
    adapted = {license_id for license_id in licenses if permits(license_id).crop}
    if adapted <= {*_WAIVERS}:
        return "CC0-1.0"
    alike = [found["version"] for known in adapted if share_alike(known) and (found := _CC.fullmatch(known))]
    return compose(set().union(*map(_kind, adapted)), max(alike, default=VERSIONS[-1]))


def version_in(year: int | None) -> str:
    """Return the Creative Commons version that was current in the middle of `year`; 4.0 without a year."""
    # 1.0 2002-12, 2.0 2004-05, 2.5 2005-06, 3.0 2007-02, 4.0 2013-11 (creativecommons.org/about/timeline).
    for version, first_year in (("4.0", 2014), ("3.0", 2007), ("2.5", 2005), ("2.0", 2004)):
        if year is None or year >= first_year:
            return version
    return "1.0"
