"""Questions: what a question about a picture is, in the two forms in which models are asked."""

from typing import Literal

from pydantic import NonNegativeInt

from schemas.panel_records import ScaleBar
from schemas.records import Box, Id, Record

NONE = "none of the above"
"""Stands last among the options where it is offered, as in Micro-Bench."""


class Question(Record):
    """One thing asked about a panel: options for a model that answers, sentences for one that compares.

    A question of localisation has no options: it is answered with places, which are compared with `boxes`.
    """

    id: Id
    task: str
    """modality, submodality, domain, subdomain, stain, organism, tissue, cell_type, organelle, label, counting, …"""
    question: str
    options: list[str]
    captions: list[str]
    """Each option as a sentence about the picture, in the order of `options`; the form for models like CLIP."""
    answer_index: NonNegativeInt | None
    """Of the right option, counted from 0; None where there are no options."""
    answer: str
    """The right option; for localisation, JSON."""
    held_back: str | None = None
    """What is true, where it is no option and "none of the above" is right."""
    origin: Literal["metadata", "mask", "scale", "model"]
    """What the answer is known from."""
    drawn_bar: ScaleBar | None = None
    """In a black box on the picture of this question; None where it is the panel's own picture."""
    boxes: list[Box]
    """The objects asked for: (left, top, right, bottom) in px of the panel, right and bottom exclusive."""
    tags: list[str]
