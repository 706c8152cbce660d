"""No questions: why a run that asks for questions has none, in a line."""

from collections import Counter
from collections.abc import Iterator

from captioning.curated_panels import CuratedPanel, curated_panels
from captioning.evidence import MICROSCOPY
from captioning.known import known_of
from captioning.questions import Asker
from pipeline import store
from pipeline.store import part_path, read_rows
from pipeline.workspace import CAPTIONED, CURATED, Workspace
from schemas.licence import permits
from schemas.manifest import QuestionSettings

_FORBIDDEN = "a licence that forbids new words"
_NO_MICROGRAPH = "no microscopy by its kind"
_NOT_TOLD = "nothing known that the tasks ask for"
_NO_WRONG = "no wrong answers to offer"


def why_no_questions(workspace: Workspace, settings: QuestionSettings | None) -> str | None:
    """Return why nothing is asked about any panel; None where nothing is asked for, or no panel is there."""
    if settings is None:
        return None
    if _has_one(workspace):
        return "all that were made are left out: left_out.jsonl lists them, or publish.subsets leaves out their half"
    asker = Asker(settings)
    why = Counter(_why(one, asker) for one in _panels(workspace, asker))
    told = ", ".join(f"{reason} {count}" for reason, count in why.most_common())
    return f"none of {why.total()} panels can be asked about: {told}" if why else None


def _has_one(workspace: Workspace) -> bool:
    folder = workspace.stage(CAPTIONED)
    parts = (part_path(folder, number) for number in store.part_numbers(folder))
    return any(row["questions"] for part in parts for row in read_rows(part, ["questions"]))


def _panels(workspace: Workspace, asker: Asker) -> Iterator[CuratedPanel]:
    for number in store.part_numbers(workspace.stage(CURATED)):
        yield from curated_panels(workspace, number, figure=asker.figure_columns, panel=asker.panel_columns)


def _why(one: CuratedPanel, asker: Asker) -> str:
    tasks = asker.settings.tasks if asker.settings else ()
    if not permits(one.row["license"]).recaption:
        return _FORBIDDEN
    if one.panel.get("kind") not in {None, MICROSCOPY} and not one.figure.get("mask"):
        return _NO_MICROGRAPH
    known = known_of(one)
    asked = [task for task in tasks if task in known.values or (task == "label" and known.label)]
    return _NO_WRONG if asked else _NOT_TOLD
