"""Question doors: what `bricks questions` tells of a dataset, and writes of it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.workspace import read_json
from publishing.question_figures import LIST, Figures, figures_of, files_of, is_shown
from publishing.question_page import PAGE
from publishing.text_only import blind_answers, not_judged
from publishing.ubench import write_ubench
from schemas.errors import GateError, UsageError

LAYOUTS = ("ubench",)


def question_figures(place: Path, why_none: Callable[[], str | None] = lambda: None) -> Figures:
    """Return the figures of the questions of a dataset, or of the dataset in a workspace, read from its files.

    `why_none` tells why a workspace whose manifest asks for questions has none.

    Raises:
        UsageError: there is no dataset, or it has no questions.
        GateError: a gate refused it.
    """
    folder = _dataset(place, why_none)
    settings = ((read_json(folder / "manifest.lock.json") or {}).get("manifest") or {}).get("questions") or {}
    blind = blind_answers(place) if folder != place else None
    figures = figures_of(folder, settings.get("none_of_the_above", 0.15), blind=blind)
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


def _dataset(place: Path, why_none: Callable[[], str | None] = lambda: None) -> Path:
    folder = place / "dataset" if (place / "dataset").is_dir() else place
    if not place.is_dir():
        what = "is a file, not a folder." if place.exists() else "there is no such folder."
        raise UsageError(what, where=str(place), mend="Give a run's folder, such as runs/NAME, or a dataset's.")
    if not files_of(folder):
        if (place / LIST).is_file():
            mend = f"{place / LIST} names the questions, {place / 'report' / PAGE} shows them."
            raise GateError("nothing was published, since a gate fired.", where=str(place), mend=mend)
        if why := why_none():
            mend = "`bricks explain WORKSPACE ID` tells what is known of a panel."
            raise UsageError(f"it has no questions: {why}.", where=str(place), mend=mend)
        mend = "Ask for `questions:` in the manifest, and run it."
        raise UsageError("there is no dataset with questions.", where=str(place), mend=mend)
    return folder


def fires(figures: Figures) -> bool:
    """Return whether any gate fires."""
    return any(gate["fires"] for gate in figures["gates"])


def is_unjudged(figures: Figures) -> bool:
    """Return whether a model was asked without the pictures and its answers prove nothing."""
    return bool(figures["text_only"]) and not figures["text_only"]["judged"]


def told(figures: Figures) -> str:
    """Return the figures as a person reads them: of the gates that judge a task alone, those that fire."""
    head = ("chance", "place", "longest", "shortest", "common", "familiar")
    lines = [f"{figures['questions']} questions", "", f"{'task':<18} {'questions':>9} {_row(head)}"]
    lines += [_line(task, sums) for task, sums in figures["tasks"].items()]
    shown = [gate for gate in figures["gates"] if is_shown(gate)]
    lines += ["", *map(_verdict, shown)]
    rest = [gate["judged"] for gate in figures["gates"] if not is_shown(gate)]
    lines += [f"passes  the same by task: {sum(rest)} measured"] if any(rest) else []
    lines += [f"not judged  the same by task: {rest.count(False)}, too few questions"] if not all(rest) else []
    lines += _blind(figures["text_only"]) if figures["text_only"] else []
    lines += [_gone(reason, tasks) for reason, tasks in sorted(figures["left_out"].items())]
    return "\n".join(lines)


def _blind(who: Mapping[str, Any]) -> list[str]:
    """Return lines on the model that was asked without pictures, where not all of its answers say something."""
    why = ", ".join(f"{reason} {count}" for reason, count in who["why"].items())
    lines = (
        [f"{who['unreadable']} of {who['questions']} answers without the picture can't be read: {why}"] if why else []
    )
    return [*lines, *(["text_only  " + not_judged(who)] if not who["judged"] else [])]


def _gone(reason: str, tasks: Mapping[str, int]) -> str:
    return f"left out  {reason}: " + ", ".join(f"{count} of {task}" for task, count in sorted(tasks.items()))


def _line(task: str, sums: dict[str, Any]) -> str:
    if not sums["with_options"]:
        return f"{task:<18} {sums['questions']:>9}  answered with places"
    shares = (f"{sums[name]:.2f}" for name in ("chance", "constant", "longest", "shortest", "majority", "familiar"))
    return f"{task:<18} {sums['questions']:>9} {_row(shares)}"


def _row(cells: Iterable[str]) -> str:
    return " ".join(f"{cell:>8}" for cell in cells)


def _verdict(gate: dict[str, Any]) -> str:
    name = f"{gate['gate']} {gate['task']}" if gate["task"] else gate["gate"]
    if not gate["judged"]:
        return f"not judged  {name}: too few questions ({gate['questions']})"
    p = "" if gate["p"] is None else f", p {gate['p']:.2g}"
    return f"{'FIRES' if gate['fires'] else 'passes'}  {name}: {gate['found']:.2f} beside {gate['fair']:.2f}{p}"
