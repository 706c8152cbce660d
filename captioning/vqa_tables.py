"""VQA tables: results for a terminal and as Markdown, from the same cells."""

import re
from collections.abc import Sequence

from captioning.vqa_results import BLIND, Results, Score, TaskScore

_FLOORS = ("random", "constant", "longest", "shortest", "majority", BLIND, "whole_picture")

_ROWS_TOLD = 4
_OBEYED = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
"""What Markdown takes for more than a letter; between letters a low line is one."""


def terminal_table(results: Results) -> str:
    """Return the results in aligned columns, with what was counted apart in lines below."""
    rows = _rows(results)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *_below(results)])


def markdown_table(results: Results) -> str:
    """Return the results as a page of Markdown."""
    rows = [[in_markdown(cell) for cell in row] for row in _rows(results)]
    ruler = ["---", "---", *["---:"] * (len(rows[0]) - 2)]
    table = [f"| {' | '.join(row)} |" for row in [rows[0], ruler, *rows[1:]]]
    title = f"# {in_markdown(results.model)} on {in_markdown(results.data)}"
    return "\n".join([title, "", *table, "", *(f"- {in_markdown(line)}" for line in _below(results)), ""])


def in_markdown(text: str) -> str:
    """Return a stranger's words on one line, as words and nothing else where Markdown or its HTML is read.

    >>> in_markdown("<b>x_1")
    '&lt;b&gt;x_1'
    """
    plain = _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _OBEYED.sub(r"\\\g<0>", plain)


def _rows(results: Results) -> list[list[str]]:
    """Return the cells: a head, the tasks, the means."""
    floors = [name for name in _FLOORS if any(name in one.floors for one in results.tasks)]
    head = ["task", "measure", "items", "score", "95 % interval", *(name.replace("_", " ") for name in floors)]
    rows = [_task_row(one, floors) for one in results.tasks]
    for name, score in (("mean of tasks", results.macro), ("all questions", results.micro)):
        if score is not None:
            count = sum(one.items for one in results.tasks if one.metric == "accuracy")
            rows.append([name, "accuracy", str(count), *_cells(score, floors)])
    if results.grit is not None:
        count = sum(one.items for one in results.tasks if one.metric == "grit")
        rows.append(["mean of tasks", "grit", str(count), *_cells(results.grit, floors)])
    return [[*head, "unparsable"], *(row + [""] * (len(head) + 1 - len(row)) for row in rows)]


def _task_row(one: TaskScore, floors: Sequence[str]) -> list[str]:
    unparsable = str(one.unparsable) if one.unparsable else "0"
    return [_plain(one.task), one.metric, str(one.items), *_cells(one, floors), unparsable]


def _cells(score: Score, floors: Sequence[str]) -> list[str]:
    told = [f"{score.floors[name]:.3f}" if name in score.floors else "" for name in floors]
    return [f"{score.score:.3f}", f"{score.ci[0]:.3f} to {score.ci[1]:.3f}", *told]


def _below(results: Results) -> list[str]:
    """Return lines on what the table has no column for."""
    lines = []
    for name, counts in (
        ("unparsable, and wrong", results.unparsable),
        ("unanswered, and wrong", results.unanswered),
        ("unparsable without the picture, and wrong in the floor", results.blind_unparsable),
        ("left out", results.left_out),
    ):
        if counts:
            rows = results.left_out_rows if counts is results.left_out else {}
            told = (f"{reason} {count}{_rows_named(rows.get(reason, ()), count)}" for reason, count in counts.items())
            lines.append(f"{name}: {', '.join(told)}")
    if not results.with_pictures:
        lines.append("no picture was seen: the words alone are judged")
    if any("constant_in_file" in one.floors for one in results.tasks) and results.macro:
        lines.append(f"constant answer in the file's own order: {results.macro.floors['constant_in_file']:.3f}")
    if results.index_base:
        lines.append(f"answers counted from {results.index_base} in the file ({results.index_base_known_by})")
    return lines


def _rows_named(rows: Sequence[int], count: int) -> str:
    """Return which rows are meant, the first few."""
    if not rows:
        return ""
    more = ", ..." if count > _ROWS_TOLD else ""
    return f" (row{'s' * (count > 1)} {', '.join(map(str, rows[:_ROWS_TOLD]))}{more})"


def _plain(text: str) -> str:
    """Return a stranger's word on one line, without what a terminal obeys."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
