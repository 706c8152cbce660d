"""Panel columns: what a panel's words and facts fill, with the terms that a reviewer added and took away."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from curation.decided_tags import About, decided_annotations
from curation.lexicons import Ontologies, lexicon, names
from curation.panel_tags import PanelText, believed, tag_panel
from curation.stated import column_of
from pipeline.replay import Replay
from schemas.records import Fact


def columns_of(
    figure: Mapping[str, Any], about: About, ontologies: Ontologies, replay: Replay | None = None
) -> dict[str, Any]:
    """Return the columns of a panel that its words and its figure's facts fill."""
    stated = (Fact.model_validate(fact) for fact in figure["facts"])
    facts, doubted = believed(stated, partial(names, ontologies))
    texts = list(texts_about(figure, about.subcaption, about.label))
    amend = partial(decided_annotations, figure, about, texts, replay or Replay({}))
    found = tag_panel(texts, facts, lexicon(ontologies), amend)
    closed = {column_of(conflict.field) for conflict in doubted}  # a caption made of facts says them again
    return {
        "annotations": found.annotations,
        "conflicts": [*doubted, *found.values.conflicts],
        "ncbitaxon_id": None if "organism" in closed else found.values.ncbitaxon_id,
        **{column: choice.value for column, choice in found.values.choices.items() if column not in closed},
    }


def texts_about(figure: Mapping[str, Any], subcaption: str, label: str | None) -> Iterator[PanelText]:
    """Yield the words that speak of a panel: paragraphs that name other panels of the figure don't."""
    title = (figure["article"] or {}).get("title")
    yield PanelText("subcaption", subcaption)
    for mention in figure["mentions"]:
        if not (label and mention["panels"]) or label.upper() in map(str.upper, mention["panels"]):
            yield PanelText(f"mention:{mention['id']}", mention["text"])
    yield from [PanelText("title", title)] if title else []
    yield from (PanelText(f"fact:{fact['name']}", fact["value"]) for fact in figure["facts"])
