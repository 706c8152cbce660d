"""ELN document: an entry as it was written: its texts and steps, the licence that its export names."""

import math
from typing import NamedTuple

from ingest.eln_blocks import Block, text_of_blocks
from ingest.eln_crate import Crate, Node, is_absolute, many, text_of
from ingest.eln_entries import ElnEntry, ElnFile
from ingest.eln_text import blocks_of
from ingest.eln_words import Told
from schemas.records import Fact

_SAY_LICENSE = ("url", "identifier", "name", "description")


class ElnDocument(NamedTuple):
    """An entry as it was written."""

    entry: ElnEntry
    name: str
    told: Told
    """Its text, paragraph by paragraph, its steps last."""
    facts: tuple[Fact, ...]
    people: tuple[str, ...]
    """A hash for each of its authors."""
    license_words: str
    """What the export says of a licence, word for word; the exporter's default is no consent."""
    pictures: tuple[ElnFile, ...]
    """Its files that are pictures, and those that are written into its text."""
    signature: str
    """How the export's signature was checked; "" where it has none."""
    folder: str
    """The name of the export's root folder."""
    content: str
    """A hash of what it says and holds."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return its paragraphs."""
        return self.told.blocks

    @property
    def text(self) -> str:
        """Return its clean text."""
        return text_of_blocks(self.blocks)

    @property
    def several(self) -> bool:
        """Return whether it has more than one picture, so that each needs words of its own."""
        return len(self.pictures) > 1


def text_blocks(crate: Crate, entry: ElnEntry) -> list[Block]:
    """Return the blocks of description and text; of two that say the same, one."""
    node, told = entry.node, []
    for value in (each for key in ("description", "text", "articleBody") for each in many(node.get(key))):
        inner = crate.node(value) if isinstance(value, dict) else None
        kind = text_of((inner or {}).get("encodingFormat")) or text_of(node.get("encodingFormat"))
        told.append((crate.words(value), kind))
    texts = list(dict.fromkeys((words, kind) for words, kind in told if words))
    return [block for words, kind in texts for block in blocks_of(words, kind)]


def step_blocks(crate: Crate, entry: ElnEntry) -> list[Block]:
    """Return the steps of an entry as one block, numbered in the order in which they are done."""
    steps = crate.nodes(entry.node.get("step"))
    placed = sorted(enumerate(steps), key=lambda step: (_position(step[1].get("position")), step[0]))
    told = [words for _, step in placed if (words := _direction(crate, step))]
    lines = [f"{number}. {words}" for number, words in enumerate(told, 1)]
    return [Block("\n".join(["Steps:", *lines]))] if lines else []


def _position(value: object) -> float:
    try:
        position = float(text_of(value))
    except ValueError:
        return math.inf
    return math.inf if math.isnan(position) else position


def _direction(crate: Crate, step: object) -> str:
    """Return what a step, or the directions in it, say to do."""
    node = crate.node(step) or {}
    inner = [crate.words(each) for each in many(node.get("itemListElement"))]
    words = " ".join(filter(None, inner)) or text_of(node.get("text")) or text_of(node.get("name"))
    return " ".join(text_of_blocks(blocks_of(words)).split())


def license_words(crate: Crate, node: Node) -> str:
    """Return what a node says of its licence: an address or words."""
    for each in many(node.get("license")):
        named = crate.node(each) or (each if isinstance(each, dict) else {})
        at_id = text_of(named.get("@id"))
        words = [at_id if is_absolute(at_id) else "", text_of(each), *(text_of(named.get(key)) for key in _SAY_LICENSE)]
        if any(words):
            return next(filter(None, words))
    return ""
