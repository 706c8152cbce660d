"""Keepers: which copy of a picture stays: the published one, unless its licence is stricter than another's."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from curation.members import Member
from schemas.licence import permits, requires_attribution, share_alike


def keeper_of(same: Sequence[Member]) -> Member:
    """Return the copy that stays: of those whose licence isn't stricter than another's the preferred one.

    It reads content only, so the order of arrival doesn't matter.
    """
    licenses = {member.license for member in same}
    strict = {mine for mine in licenses for other in licenses if is_stricter(mine, other)}
    return min((member for member in same if member.license not in strict), key=preference)


def is_stricter(mine: str | None, other: str | None) -> bool:
    """Return whether a licence permits nothing that the other doesn't, and less."""
    one, two = _terms(mine), _terms(other)
    return one != two and all(may or not this for this, may in zip(one, two, strict=True))


@cache
def _terms(license_id: str | None) -> tuple[bool, ...]:
    may = permits(license_id)
    free = (not requires_attribution(license_id), not share_alike(license_id))
    return (may.copy, may.crop, may.recaption, may.commercial, *(may.copy and each for each in free))


def preference(member: Member) -> tuple[Any, ...]:
    """Return the sort key of the copy that stays: published, newer, larger, richer; the rest breaks ties."""
    number = re.search(r"\d+", member.version or "")
    return (
        member.is_preprint,
        -int(number[0] if number else 0),
        -member.area_px,
        -member.caption_length,
        member.id,
        member.source_sha256,
        member.part,
        member.at,
    )
