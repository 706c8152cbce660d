"""Question doors: what `bricks questions` tells of a dataset, and writes of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.workspace import read_json
from publishing.question_figures import Figures, figures_of, files_of
from publishing.ubench import write_ubench
from schemas.errors import UsageError

LAYOUTS = ("ubench",)


def question_figures(place: Path) -> Figures:
    """Return the figures of the questions of a dataset, or of the dataset in a workspace, read from its files.

    Raises:
        UsageError: there is no dataset, or it has no questions.
    """
    folder = _dataset(place)
    settings = ((read_json(folder / "manifest.lock.json") or {}).get("manifest") or {}).get("questions") or {}
    figures = figures_of(folder, settings.get("none_of_the_above", 0.15))
    said = (read_json(place / "cache" / "dataset.json") or {}).get("questions") or {}
    return {**figures, "left_out": said.get("left_out", {}), "dataset": str(folder)}


def export(place: Path, layout: str, out: Path) -> dict[str, Any]:
    """Write the questions of a dataset in another layout, and return what was written.

    Raises:
        UsageError: there is no such layout or dataset.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"no layout is called {layout!r}.", where="--layout", mend=f"Use {', '.join(LAYOUTS)}.")
    return {"layout": layout, "out": str(out), **write_ubench(_dataset(place), out)}


def _dataset(place: Path) -> Path:
    folder = place / "dataset" if (place / "dataset").is_dir() else place
    if not files_of(folder):
        mend = "Ask for `questions:` in the manifest, and run it."
        raise UsageError("there is no dataset with questions.", where=str(place), mend=mend)
    return folder


def told(figures: Figures) -> str:
    """Return the figures as a person reads them."""
    head = ("chance", "place", "longest", "shortest", "common")
    lines = [f"{figures['questions']} questions", "", f"{'task':<18} {'questions':>9} {_row(head)}"]
    lines += [_line(task, sums) for task, sums in figures["tasks"].items()]
    lines += ["", *(_verdict(gate) for gate in figures["gates"])]
    return "\n".join(lines)


def _line(task: str, sums: dict[str, Any]) -> str:
    if not sums["with_options"]:
        return f"{task:<18} {sums['questions']:>9}  answered with places"
    shares = (f"{sums[name]:.2f}" for name in ("chance", "constant", "longest", "shortest", "majority"))
    return f"{task:<18} {sums['questions']:>9} {_row(shares)}"


def _row(cells: Iterable[str]) -> str:
    return " ".join(f"{cell:>8}" for cell in cells)


def _verdict(gate: dict[str, Any]) -> str:
    name = f"{gate['gate']} {gate['task']}" if gate["task"] else gate["gate"]
    p = "" if gate["p"] is None else f", p {gate['p']:.2g}"
    return f"{'FIRES' if gate['fires'] else 'passes'}  {name}: {gate['found']:.2f} beside {gate['fair']:.2f}{p}"
