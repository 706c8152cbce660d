"""Question forms: the words in which each task asks, and the sentence an option becomes; as Micro-Bench has them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Form(NamedTuple):
    """How a task is worded."""

    question: str
    sentence: str
    """With `{}` where the option stands."""
    level: str
    """coarse: how the picture was made; fine: what it shows."""


FORMS: Mapping[str, Form] = MappingProxyType({
    "modality": Form(
        "What is the most likely microscopy modality used to acquire this image?",
        "A micrograph acquired through {}.",
        "coarse",
    ),
    "submodality": Form(
        "What is the most likely microscopy submodality used to acquire this image?",
        "A micrograph acquired through {}.",
        "coarse",
    ),
    "domain": Form(
        "What is the most likely field of study this micrograph would be used for?",
        "A micrograph used in the field of {}.",
        "coarse",
    ),
    "subdomain": Form(
        "What is the most likely subfield of study this micrograph would be used for?",
        "A micrograph used in the subfield of {}.",
        "coarse",
    ),
    "stain": Form(
        "What is the most likely technique used to stain this micrograph?",
        "A micrograph stained with {}.",
        "coarse",
    ),
    "organism": Form(
        "What is the most likely organism that the sample in this micrograph comes from?",
        "A micrograph of a sample from {}.",
        "fine",
    ),
    "tissue": Form(
        "What is the most likely tissue, organ or part of the body that this micrograph shows?",
        "A micrograph of this part of the body: {}.",
        "fine",
    ),
    "cell_type": Form(
        "What is the most likely type of the cells that are the subject of this micrograph?",
        "A micrograph of cells of this type: {}.",
        "fine",
    ),
    "organelle": Form(
        "What is the most likely structure of the cell that is the subject of this micrograph?",
        "A micrograph of this structure of the cell: {}.",
        "fine",
    ),
    "label": Form(
        "Which of these does this micrograph most likely show?",
        "A micrograph of {}.",
        "fine",
    ),
})  # fmt: skip
"""By task."""
