"""Fact captions: the readable caption of a picture that has none: its named facts, and nothing else.

The names below are the vocabulary of facts that all connectors share; a name that isn't here is told last.
"""

from collections.abc import Iterable, Sequence

from schemas.fact_names import NOT_SAID
from schemas.no_value import says_nothing
from schemas.records import Fact

_ORDER = (
    *("study_title", "study_description", "experiment_description", "title", "description", "label"),
    *("modality", "submodality", "imaging_method", "acquisition_mode", "contrast_method", "illumination"),
    *("organism", "strain", "tissue", "cell_type", "cell_line", "organelle", "object_class"),
    *("phenotype", "gene", "protein", "antibody", "sirna", "compound", "stain", "channel"),
    *("objective", "magnification", "numerical_aperture", "immersion"),
)
_AS_PROSE = frozenset({"study_title", "study_description", "experiment_description", "title", "description"})
"""Facts that are sentences of their own."""

_ABBREVIATIONS = {"sirna": "siRNA"}


def caption_of(facts: Iterable[Fact]) -> str:
    """Return a sentence for each name among `facts`, in a fixed order; "" where none of them says anything.

    >>> caption_of([Fact(name="channel", value="GFP", origin="a"), Fact(name="organism", value="mouse", origin="b")])
    'Organism: mouse. Channel: GFP.'
    """
    by_name: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.name not in NOT_SAID and not says_nothing(fact.value):
            by_name.setdefault(fact.name, []).append(fact)
    names = sorted(by_name, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    return " ".join(_sentence(name, by_name[name]) for name in names)


def _sentence(name: str, facts: Sequence[Fact]) -> str:
    values = list(dict.fromkeys(_told(fact) for fact in facts))
    if name in _AS_PROSE:
        return " ".join(value if value.endswith((".", "!", "?")) else f"{value}." for value in values)
    words = _ABBREVIATIONS.get(name, name.replace("_", " ").capitalize())
    return f"{words}: {'; '.join(value.rstrip('.') for value in values)}."


def _told(fact: Fact) -> str:
    value = " ".join(fact.value.split())
    return f"{value} {fact.unit}" if fact.unit else value
