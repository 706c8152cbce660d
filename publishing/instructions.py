"""Instructions: what a model is asked to segment, said with the classes and the facts of an image and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_PLURALS = frozenset(
    {
        *("nuclei", "nucleoli", "mitochondria", "bacteria", "fungi", "hyphae", "axons", "neurites"),
        *("centrioli", "alveoli", "villi", "bacilli", "cocci", "algae", "cilia", "flagella", "septa", "vacuolae"),
        *("glomeruli", "thrombi", "emboli", "fasciculi", "somata", "stomata", "children", "people", "larvae"),
    }
)
"""Plurals of the field that don't end in s."""

_SINGULAR_ENDS = ("ss", "us", "is")
"""Words with these ends are one thing: mass, nucleus, axis."""

_IMAGE_WORDS = ("image", "micrograph", "photograph", "slide", "scan")


def instruction(classes: Iterable[str | None], facts: Sequence[Mapping[str, Any]]) -> str:
    """Return the sentence that asks for every object of an image.

    >>> facts = [{"name": "modality", "value": "fluorescence microscopy"}, {"name": "stain", "value": "DAPI"}]
    >>> instruction(["nucleus", "nucleus"], facts)
    'Segment every nucleus in this fluorescence microscopy image (DAPI).'
    >>> instruction(["cells", "nucleus"], [])
    'Segment all cells and every nucleus in this image.'
    """
    said = {name: _values(facts, name) for name in ("modality", "submodality", "organism", "tissue", "stain")}
    shown = _one(said["modality"]) or _one(said["submodality"])
    subject = " ".join(filter(None, (_one(said["organism"]), _one(said["tissue"]))))
    of = f" of {subject}" if subject else ""
    stained = f" ({', '.join(said['stain'])})" if said["stain"] else ""
    return f"Segment {_listed(_wanted(classes))} in this {_picture(shown)}{of}{stained}."


def _wanted(classes: Iterable[str | None]) -> list[str]:
    """Return a phrase for each class, in the order of the alphabet, what has no class last."""
    named = {_plain(name or "") for name in classes}
    nameless = "" in named or not named
    phrases = [_all_of(name) for name in sorted(named - {""})]
    return [*phrases, *(["every other object" if phrases else "every object"] if nameless else [])]


def _plain(name: str) -> str:
    """Return a class as words: `blood_vessel` is a blood vessel; names and acronyms keep their letters."""
    return " ".join(name.replace("_", " ").split())


def _all_of(name: str) -> str:
    if not any(letter.isalpha() for letter in name):
        return f"every object of class {name}"
    return f"all {name}" if _is_plural(name.rsplit(maxsplit=1)[-1].lower()) else f"every {name}"


def _is_plural(word: str) -> bool:
    return word in _PLURALS or (word.endswith("s") and not word.endswith(_SINGULAR_ENDS))


def _listed(phrases: Sequence[str]) -> str:
    *before, last = phrases
    comma = "," if len(before) > 1 else ""
    return f"{', '.join(before)}{comma} and {last}" if before else last


def _values(facts: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """Return what the facts of a name say, each once, in their order."""
    told = (" ".join(fact["value"].split()).rstrip(".") for fact in facts if fact["name"] == name)
    return list(dict.fromkeys(filter(None, told)))


def _one(values: Sequence[str]) -> str:
    """Return the value, or nothing where there is none or where two disagree."""
    return values[0] if len(values) == 1 else ""


def _picture(shown: str) -> str:
    return shown if shown.lower().endswith(_IMAGE_WORDS) else f"{shown} image".strip()
