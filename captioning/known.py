"""Known: all that is known of a panel when questions about it are made: its columns, its class, what texts name."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from captioning.curated_panels import CuratedPanel
from captioning.evidence import MICROSCOPY
from captioning.host_species import has_part, is_disputed, is_origin, species_of
from captioning.mentioned import Meaning, mentioned, of_terms
from schemas.trees import FIELDS

FIGURE_COLUMNS = ("caption", "mentions", "facts", "labels", "dataset", "source", "attribution", "article")
"""What is read of a row of `1-figures`."""
PANEL_COLUMNS = ("annotations", "conflicts")
"""What is read of a row of `2-panels` beside what evidence needs."""


class Known(NamedTuple):
    """What questions from metadata are made of."""

    panel_id: str
    values: Mapping[str, str]
    """Columns that have a value which nothing contradicts."""
    named: frozenset[Meaning]
    """Values that texts, facts and annotations name: they may be true of the picture too."""
    label: str | None = None
    labels: tuple[str, ...] = ()
    """All classes that the picture is said to be of."""
    set_name: str = ""
    """Whose classes they are."""
    scheme: str = ""
    """Of which of its source's lists of classes its label is."""


def known_of(one: CuratedPanel) -> Known:
    """Return what is known of a panel; of one that is no micrograph nothing is asked, since its columns aren't its."""
    panel_id, panel, figure = one.row["id"], one.panel, one.figure
    if panel.get("kind") not in {None, MICROSCOPY}:
        return Known(panel_id, {}, frozenset())
    disputed = {conflict["field"] for conflict in panel["conflicts"] or ()}
    values = {field: panel[field] for field in FIELDS if panel.get(field) and field not in disputed}
    texts = (*_texts(figure), panel["subcaption"])
    named = _named(texts, panel).union(values.items())
    if "organism" in values and is_disputed(values["organism"], named, texts):
        del values["organism"]
    if "cell_type" in values and is_origin(values["cell_type"], texts):
        del values["cell_type"]
    if "organelle" in values and not has_part(panel.get("organism"), values["organelle"]):
        del values["organelle"]
    labels = tuple(figure["labels"] or ())
    return Known(
        panel_id=panel_id,
        values=values,
        named=named.union(("organism", species) for species in species_of(named)),
        label=labels[0] if labels else None,
        labels=labels,
        set_name=set_name(figure),
        scheme=scheme_of(figure),
    )


def set_name(figure: Mapping[str, Any]) -> str:
    """Return the set of images whose classes a figure's label is one of: what is named so, or of one maker."""
    return str(figure["dataset"] or f"{figure['source']} {figure['attribution']}".strip())


def scheme_of(figure: Mapping[str, Any]) -> str:
    """Return what tells the classes of a figure from others of its set: the source that they were read of."""
    origins = [fact["origin"] for fact in figure["facts"] or () if fact["name"] == "label"]
    return f"{set_name(figure)} {origins[0] if origins else ''}".strip()


def _named(texts: tuple[str, ...], panel: Mapping[str, Any]) -> frozenset[Meaning]:
    annotations = panel["annotations"] or ()
    terms = frozenset(found["term"] for found in annotations)
    return of_terms(terms).union(_in_texts((*texts, *(found["label"] for found in annotations))))


@lru_cache(maxsize=256)
def _in_texts(texts: tuple[str, ...]) -> frozenset[Meaning]:
    return frozenset[Meaning]().union(*map(mentioned, texts))


def _texts(figure: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text about a figure, also what speaks of its other panels."""
    yield figure["caption"]
    yield from (mention["text"] for mention in figure["mentions"] or ())
    yield from (f"{fact['name']}: {fact['value']}" for fact in figure["facts"] or ())
    yield from figure["labels"] or ()
    title = (figure["article"] or {}).get("title")
    yield from [title] if title else []
