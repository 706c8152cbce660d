"""Shown evidence: what a reviewer is told of a panel beside a text or a question about it."""

from collections.abc import Mapping
from typing import Any

COLUMNS = (
    "modality", "submodality", "domain", "subdomain", "stain", "organism", "tissue", "cell_type", "organelle",
)  # fmt: skip
"""Of a panel's tags."""

Row = Mapping[str, Any]


def shown_evidence(figure: Row, panel: Row) -> list[dict[str, str]]:
    """Return what is known of a panel: its own words, facts, columns, and paragraphs that name it."""
    caption = figure["caption"]
    spans = [(int(start), int(end)) for start, end in panel["subcaption_spans"]]
    told = [("caption", f"caption:{start}-{end}", caption[start:end]) for start, end in spans]
    told += [] if spans or not panel["subcaption"] else [("caption", "subcaption", panel["subcaption"])]
    told += [(fact["origin"], f"fact:{fact['name']}", _fact(fact)) for fact in figure["facts"]]
    told += [("tags", name, f"{name.replace('_', ' ')}: {panel[name]}") for name in COLUMNS if panel[name]]
    told += [("mention", f"mention:{each['id']}", each["text"]) for each in figure["mentions"] if _names(each, panel)]
    return [{"origin": origin, "where": where, "text": text} for origin, where, text in told]


def _fact(fact: Row) -> str:
    return " ".join(word for word in (f"{fact['name']}:", fact["value"], fact["unit"]) if word)


def _names(mention: Row, panel: Row) -> bool:
    label = panel["panel_label"]
    return not (label and mention["panels"]) or label.upper() in map(str.upper, mention["panels"])
