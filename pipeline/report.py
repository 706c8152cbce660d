"""Report: one self-contained HTML page that shows what a run kept, what it dropped and why.

The page needs nothing but itself: pictures are data: URIs, the style is inline, there is no script, and its
Content-Security-Policy forbids everything else. All words come from strangers and are escaped.
"""

import shlex
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline.pages import data_uri, environment
from pipeline.report_charts import Loss, flow, losses, reason_colours, stack
from pipeline.report_records import MAX_KEPT_CARDS, MAX_PILE_CARDS, Card, Pile, ReportData, StageSum, sample_ids
from pipeline.workspace import write_whole

if TYPE_CHECKING:
    from jinja2 import Environment

_KILO, _TEN = 1000, 10
_LONG_CAPTION = 150
"""Characters that surely fit into the lines of a closed card."""


def write_report(workspace: Path, summary: ReportData) -> Path:
    """Write `summary` as `report/index.html` in `workspace`, whole or not at all, and return its path."""
    page = workspace / "report" / "index.html"
    write_whole(page, render(summary).encode())
    return page


def render(summary: ReportData) -> str:
    """Return the page: the same `summary` always gives the same text."""
    page: str = _environment().get_template("report.html.jinja").render(_view(summary))
    return page


@cache
def _environment() -> "Environment":
    templates = environment("pipeline")
    templates.filters |= {"data_uri": data_uri, "link": _link, "size": _size}
    templates.filters |= {"words": _words, "long": _long, "literal": repr}
    return templates


def _view(summary: ReportData) -> dict[str, Any]:
    colours = reason_colours(summary.stages)
    left = [(stage, losses(stage, colours)) for stage in summary.stages]
    widest = max((stage.entered for stage in summary.stages), default=1)
    return {
        "report": summary,
        "flow": flow(summary.stages),
        "losses": left,
        "colours": colours,
        "reasons": _reasons(left),
        "totals": _totals(summary),
        "kept_cards": _chosen(summary.kept, MAX_KEPT_CARDS),
        "piles": [(kind, _piles(piles)) for kind, piles in _kinds(summary)],
        "stacks": [stack(stage, parts, widest) for stage, parts in left],
        "fullest": max([bin_.count for bin_ in summary.size.megapixels] + [1]),
        "commands": _commands(summary),
        "first_view": summary.views[0].view if summary.views else "panels",
    }


def _kinds(summary: ReportData) -> list[tuple[str, list[Pile]]]:
    return [("dropped", summary.dropped), ("held", summary.held), ("failed", summary.failed)]


def _totals(summary: ReportData) -> dict[str, int]:
    stages = summary.stages
    kept = stages[-1].kept if stages else 0
    entered = sum(stage.created for stage in stages) + (stages[0].found if stages else 0)
    sums = {
        "kept": kept,
        "dropped": sum(sum(stage.dropped.values()) for stage in stages),
        "held": sum(sum(stage.held.values()) for stage in stages),
        "failed": sum(sum(stage.failed.values()) for stage in stages),
    }
    # What a stage kept and the next has not yet seen waits too: a run may stop between two stages.
    return {"entered": entered, **sums, "pending": max(entered - sum(sums.values()), 0)}


def _reasons(left: Iterable[tuple[StageSum, list[Loss]]]) -> list[tuple[str, Loss]]:
    rows = [(stage.name, loss) for stage, parts in left for loss in parts]
    return sorted(rows, key=lambda row: (-row[1].count, row[0], row[1].name))


def _chosen(cards: Iterable[Card], most: int) -> list[Card]:
    by_id = {card.id: card for card in cards}
    chosen = [by_id[key] for key in sample_ids(by_id, most)]
    return sorted(chosen, key=lambda card: (card.source_id, card.label or "", card.id))


def _piles(piles: Iterable[Pile]) -> list[tuple[Pile, list[Card]]]:
    ordered = sorted(piles, key=lambda pile: (-pile.count, pile.stage, pile.name))
    return [(pile, _chosen(pile.cards, MAX_PILE_CARDS)) for pile in ordered]


def _commands(summary: ReportData) -> list[tuple[str, str]]:
    """Return what a reader of this very run may want to type next, with what it does."""
    place = shlex.quote(summary.workspace)
    reasons = [pile.name for pile, _ in _piles(summary.dropped)][:3]
    commands = [
        (f"bricks show {place} --dropped {shlex.quote(name)}", f"every row dropped as {_words(name)}")
        for name in reasons
    ]
    queues = list(dict.fromkeys(pile.name for pile in summary.held))
    commands += [
        (f"bricks show {place} --held {shlex.quote(name)}", f"what waits in the queue {_words(name)}")
        for name in queues
    ]
    if queues:
        commands.append((f"bricks review {place}", "decide about what waits, on a page"))
        card = next((card for pile in summary.held for card in pile.cards), None)
        if card:
            commands.append(
                (f"bricks review {place} --record {shlex.quote(card.id)}", "one of them alone; so for any id")
            )
    if summary.failed:
        commands += [
            (f"bricks show {place} --failed", "what could not be tried to the end"),
            (f"bricks retry {place}", "try the failed ones again"),
        ]
    examples = [card for pile in summary.dropped for card in pile.cards] or summary.kept
    if examples:
        first = min(card.id for card in examples)
        commands.append((f"bricks explain {place} {shlex.quote(first)}", "one record's whole life"))
    return commands


def _link(url: str | None) -> str | None:
    """Return `url` where a browser would only ever open a web page with it."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _size(count: int) -> str:
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while round(amount) >= _KILO and len(units) > 1:
        amount, units = amount / _KILO, units[1:]
    # One decimal only where it tells something: 1.4 MB, but 14 MB and 140 B.
    decimals = 1 if amount < _TEN and units[0] != "B" else 0
    return f"{amount:.{decimals}f} {units[0]}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _long(text: str) -> bool:
    return len(text) > _LONG_CAPTION or "\n" in text
