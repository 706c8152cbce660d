"""True options: wrong options in free words that may be true of the picture all the same, by the trees."""

from collections.abc import Iterable, Sequence

from captioning.class_names import may_both_be_true
from captioning.host_species import species_of
from captioning.mentioned import Meaning, mentioned
from schemas.trees import kin

_IMPLIED_BY = {"modality": {"submodality", "stain"}, "domain": {"subdomain"}, "organelle": {"stain"}}
"""Columns whose values names of others imply: DAPI is no name of fluorescence microscopy."""


def true_options(answer: str, wrong: Sequence[str], facts: Iterable[str]) -> list[str]:
    """Return the wrong options that name what the answer or a fact names, or what may be true together with that.

    That is what is akin in the trees and the species of a cell line; of what no tree has, what is a kind of the answer
    by its words.

    >>> true_options("DAPI", ["Hoechst 33342", "calcein"], ["Stain: DAPI"])
    ['Hoechst 33342']
    """
    right = mentioned(answer)
    own = right.union(*map(_together, right))
    named = right.union(*map(mentioned, facts))
    barred = own.union(*({one} if one in own else _together(one) for one in named))
    barred |= {("organism", species) for species in species_of(named)}
    return [option for option in wrong if _is_barred(option, answer, barred)]


def _is_barred(option: str, answer: str, barred: frozenset[Meaning]) -> bool:
    meant = _meant(option)
    return bool(meant & barred) if meant else may_both_be_true(answer, option)


def _together(one: Meaning) -> frozenset[Meaning]:
    """Return what may be true together with a value of a column."""
    field, value = one
    return frozenset((field, other) for other in kin(field, value))


def _meant(option: str) -> frozenset[Meaning]:
    """Return what an option names, without what that implies."""
    found = mentioned(option)
    fields = {field for field, _ in found}
    return frozenset(one for one in found if not _IMPLIED_BY.get(one[0], set()) & fields)
