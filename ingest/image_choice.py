"""Image choice: which plane and channels of an image are shown, by the manifest's `plane` and `channels`."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.errors import ArticleError
from schemas.records import Shown


class Choice(NamedTuple):
    """What the manifest asks for."""

    plane: str | int = "middle"
    channels: tuple[int, ...] = ()
    """Counted from 0, in the order in which they are coloured; empty: all."""


def chosen(choice: Choice, *, series: int, sections: int, times: int, channels: int) -> Shown:
    """Return what is shown of an image; one with a single section is counted by its times.

    Raises:
        ArticleError: `plane_absent` or `channel_absent`.
    """
    counted = sections if sections > 1 else times
    at = _number(choice.plane, counted)
    absent = [channel for channel in choice.channels if channel >= channels]
    if absent:
        raise ArticleError("channel_absent", f"has {channels} channels, and {_listed(absent)} is asked for")
    z, t = (at, 0) if sections > 1 else (0, at)
    return Shown(series=series, z=z, t=t, channels=list(choice.channels))


def _number(plane: str | int, planes: int) -> int:
    if isinstance(plane, int):
        if plane >= planes:
            raise ArticleError("plane_absent", f"has {planes} planes, and plane {plane} is asked for")
        return plane
    return {"first": 0, "middle": planes // 2, "last": planes - 1}[plane]


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
