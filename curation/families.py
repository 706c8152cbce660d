"""Families: works that are one work, a preprint with its versions and its article, joined by the names they give."""

import re
from collections.abc import Iterable

from pipeline.engine import read_stamps
from pipeline.store import part_path, read_rows
from pipeline.union import root_of
from pipeline.workspace import FIGURES, Workspace

_PREPRINT_DOI = re.compile(
    r"10\.(?:1101|64898|21203/rs|20944|31234|31219|26434|48550|36227|22541|2139|7287/peerj\.preprints)"
)


def is_preprint_doi(doi: str) -> bool:
    """Return whether a DOI is one of the preprint servers'."""
    return _PREPRINT_DOI.match(doi) is not None


def read_families(workspace: Workspace) -> dict[str, str]:
    """Return, of every work that has several names, the family's name by each of them."""
    return families(
        (row["family_key"], *row["same_work"])
        for part in sorted(read_stamps(workspace, FIGURES))
        for row in read_rows(part_path(workspace.stage(FIGURES), part), ["family_key", "same_work"], batch=1024)
        if row["same_work"]
    )


def families(named: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Return the family's name of each name, where those of a tuple are names of one work.

    A family is called as its published article is, where one is known.

    >>> families([("10.1101/2026.1", "10.5555/a"), ("10.5555/b", "10.5555/a")])["10.1101/2026.1"]
    '10.5555/a'
    """
    parent: dict[str, str] = {}
    for names in named:
        for name in names:
            parent.setdefault(name, name)
            low, high = sorted((root_of(parent, names[0]), root_of(parent, name)), key=_rank)
            parent[high] = low
    return {name: root_of(parent, name) for name in parent}


def _rank(name: str) -> tuple[bool, str]:
    return is_preprint_doi(name), name
