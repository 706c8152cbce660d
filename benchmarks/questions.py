"""Questions: how many are made a second from the panels of a run, and what a blind guesser gets of many of them.

    python -m benchmarks.questions WORKSPACE [--questions 10000] [--tasks modality,stain,...]

The panels of the run are asked about again and again, each time as other panels: under another id.
"""

import argparse
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from captioning.curated_panels import CuratedPanel, curated_panels
from captioning.known import FIGURE_COLUMNS
from captioning.questions import Asker
from pipeline.store import part_numbers
from pipeline.workspace import CURATED, Workspace
from publishing.asked import Asked
from publishing.guessing import tallied
from publishing.question_balance import left_out
from publishing.question_gates import findings
from schemas.manifest import QuestionSettings
from schemas.questions import Question
from schemas.records import make_id


def panels(workspace: Workspace, asker: Asker) -> list[CuratedPanel]:
    """Return the panels of a run."""
    columns = (*FIGURE_COLUMNS, *asker.figure_columns)
    return [
        one
        for number in part_numbers(workspace.stage(CURATED))
        for one in curated_panels(workspace, number, figure=columns, panel=asker.panel_columns)
    ]


def questions(workspace: Workspace, asker: Asker, wanted: int) -> Iterator[Question]:
    """Yield so many questions about the panels, under as many ids as that takes."""
    each, made = panels(workspace, asker), 0
    for turn in count():
        for one in each:
            key = make_id(str(turn), one.row["id"])
            again = one._replace(row={**one.row, "id": key}, panel={**one.panel, "id": key})
            for question in asker.about(again, workspace):
                yield question
                made += 1
                if made == wanted:
                    return


def asked(question: Question) -> Asked:
    """Return a question as the gates read it; each is of a picture of its own."""
    same = question.model_dump(include={"id", "task", "question", "answer_index", "answer", "held_back"})
    return Asked(**same, panel_id="", options=tuple(question.options), image_sha256=question.id)


def main() -> None:
    """Print questions a second, and the gates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--tasks", default="modality,submodality,stain,organism,tissue,cell_type,organelle")
    told = parser.parse_args()
    settings = QuestionSettings(tasks=tuple(told.tasks.split(",")))
    began = time.perf_counter()
    made = list(questions(Workspace(told.workspace), Asker(settings), told.questions))
    took_s = time.perf_counter() - began
    print(f"{len(made)} questions in {took_s:.1f} s, {len(made) / took_s:.0f} a second")
    each = [asked(question) for question in made]
    gone = left_out(each, settings.none_of_the_above, settings.seed)
    print(f"left out {gone.counts}")
    stay = (one for one in each if one.id not in gone.ids)
    for found in findings(tallied(stay), settings.none_of_the_above):
        name = f"{found.gate} {found.task}" if found.task else found.gate
        print(f"{name} {found.found:.3f} fair {found.fair:.3f} p {found.p}{' FIRES' if found.fires else ''}")


if __name__ == "__main__":
    main()
