"""Evidence: what is known of a panel, as numbered facts; nothing else may enter a text about it as a fact.

The article's title is no evidence: it speaks of the whole work. What the fields took from it was weighed before.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from schemas.fact_names import NOT_SAID
from schemas.no_value import says_nothing

FIGURE_COLUMNS = ("id", "caption", "mentions", "facts")
"""What is read of a row of `1-figures`."""
PANEL_COLUMNS = (
    "id", "figure_row", "panel_label", "kind", "subcaption", "subcaption_spans", "modality", "submodality", "domain",
    "subdomain", "stain", "organism", "ncbitaxon_id", "tissue", "cell_type", "organelle", "microns_per_pixel",
    "microns_per_pixel_source", "scale_bar",
)  # fmt: skip
"""What is read of a row of `2-panels`."""
FIELDS = ("modality", "submodality", "domain", "subdomain", "organism", "tissue", "cell_type", "organelle", "stain")

MICROSCOPY = "microscopy"
_MOST_MENTIONS = 40
"""Paragraphs of one figure; a review names some figures in every one."""


class Statement(NamedTuple):
    """One fact: its number, by which a text may be tied to it, its words, who says it, and where it stands."""

    number: int
    text: str
    origin: str
    """caption, mention, tags, the origin of a named fact, or that of the scale (metadata, scale_bar, caption)."""
    where: str
    """caption:<start>-<end> in the figure's caption, mention:<id>, fact:<name>, or the column."""


def statements(figure: Mapping[str, Any], panel: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return what rows of `1-figures` and `2-panels` say of a panel, the panel's own words first.

    >>> figure = {"caption": "(A) HeLa cells. (B) Yeast.", "facts": [], "mentions": []}
    >>> panel = {"panel_label": "A", "subcaption": "HeLa cells.", "subcaption_spans": [(4, 15)], "organism": "human"}
    >>> [(said.number, said.text, said.where) for said in statements(figure, panel)]
    [(1, 'HeLa cells.', 'caption:4-15'), (2, 'Panel A', 'panel_label'), (3, 'Organism: human', 'organism')]
    """
    told = (*_own_words(figure, panel), *_label(panel), *_named(figure), *_fields(panel), *_scale(panel))
    said = (*told, *_mentions(figure, panel))
    return tuple(Statement(number, *each) for number, each in enumerate(said, 1))


_Said = tuple[str, str, str]


def _own_words(figure: Mapping[str, Any], panel: Mapping[str, Any]) -> Iterator[_Said]:
    caption = figure["caption"]
    spans = [(int(start), int(end)) for start, end in panel["subcaption_spans"]]
    for start, end in spans:
        words = caption[start:end].strip()
        if any(map(str.isalnum, words)):
            yield words, "caption", f"caption:{start}-{end}"
    if not spans and panel["subcaption"].strip():  # words that a reviewer gave it
        yield panel["subcaption"].strip(), "caption", "subcaption"


def _label(panel: Mapping[str, Any]) -> Iterator[_Said]:
    if panel.get("panel_label"):
        yield f"Panel {panel['panel_label']}", "caption", "panel_label"


def _named(figure: Mapping[str, Any]) -> Iterator[_Said]:
    for fact in figure["facts"]:
        if fact["name"] not in NOT_SAID and not says_nothing(fact["value"]):
            name, value = fact["name"].replace("_", " ").capitalize(), " ".join(fact["value"].split())
            text = " ".join([f"{name}:", value, *([fact["unit"]] if fact["unit"] else [])])
            yield _with_id(text, fact["id"]), fact["origin"], f"fact:{fact['name']}"


def _fields(panel: Mapping[str, Any]) -> Iterator[_Said]:
    """Yield what the columns say; of a plot or a scheme they say what its article is about, not what it shows."""
    if panel.get("kind") not in {None, MICROSCOPY}:
        return
    for field in FIELDS:
        if value := panel.get(field):
            identifier = panel.get("ncbitaxon_id") if field == "organism" else None
            yield _with_id(f"{field.replace('_', ' ').capitalize()}: {value}", identifier), "tags", field


def _with_id(text: str, identifier: str | None) -> str:
    return f"{text} ({identifier})" if identifier else text


def _scale(panel: Mapping[str, Any]) -> Iterator[_Said]:
    um_per_px = panel.get("microns_per_pixel") or 0.0
    if math.isfinite(um_per_px) and um_per_px > 0:
        origin = panel.get("microns_per_pixel_source") or "metadata"
        yield f"Scale: {um_per_px:.4g} \u00b5m per pixel", origin, "microns_per_pixel"
    length_um = (panel.get("scale_bar") or {}).get("length_um")
    if length_um:
        yield f"Scale bar: {length_um:g} \u00b5m", "scale_bar", "scale_bar"


def _mentions(figure: Mapping[str, Any], panel: Mapping[str, Any]) -> Iterator[_Said]:
    """Yield the paragraphs that speak of the panel or of the whole figure.

    One that also names other panels is none: what in it is theirs can't be told.
    """
    label = (panel.get("panel_label") or "").upper()
    for mention in _first(figure["mentions"] or ()):
        named = {letter.upper() for letter in mention["panels"]}
        if (not label or named <= {label}) and mention["text"].strip():
            yield mention["text"].strip(), "mention", f"mention:{mention['id']}"


def _first(mentions: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list(mentions)[:_MOST_MENTIONS]
