"""VQA mix: what mixtures of two checkpoints reach, over the mixing factor: one table, one plot."""

from collections.abc import Sequence
from pathlib import Path

from captioning.vqa_charts import mix_chart
from captioning.vqa_page import drawn
from captioning.vqa_results import Results, Score
from captioning.vqa_tables import in_markdown
from pipeline.workspace import write_whole
from schemas.errors import UsageError
from schemas.records import Record


class MixPoint(Record):
    """What one mixture reaches; `score` is the mean of the tasks' accuracies, or GRIT where no task has options."""

    alpha: float
    score: float
    ci: tuple[float, float]
    tasks: dict[str, float]
    unparsable: int


class Mix(Record):
    """(1 - alpha) A + alpha B, judged on the same questions."""

    a: str
    b: str
    data: str
    items: int
    measure: str
    random: float | None
    points: list[MixPoint]
    best: float
    """The alpha of the highest score, the lowest of several."""


def alphas_of(text: str) -> list[float]:
    """Return the factors that a text lists, in rising order.

    Raises:
        UsageError: one is no number from 0 to 1.

    >>> alphas_of("1, 0,0.5")
    [0.0, 0.5, 1.0]
    """
    try:
        found = sorted({float(one) + 0.0 for one in text.split(",") if one.strip()})
    except ValueError:
        found = []
    if not found or not all(0 <= one <= 1 for one in found):
        raise UsageError(f"{text!r} are no shares.", where="--alphas", mend="Give 0,0.25,0.5,0.75,1.")
    return found


def share_words(alpha: float) -> str:
    """Return a factor in as many digits as tell it from every other.

    >>> share_words(0.5), share_words(1.0), share_words(0.1 + 0.2)
    ('0.5', '1', '0.30000000000000004')
    """
    return repr(alpha + 0.0).removesuffix(".0")


def mix_of(names: tuple[str, str], points: Sequence[tuple[float, Results]]) -> Mix:
    """Return what mixtures reach; `names` are those of A and B."""
    first = points[0][1]
    told = [
        MixPoint(
            alpha=alpha,
            score=_main(results).score,
            ci=_main(results).ci,
            tasks={f"{one.task} {one.metric}": one.score for one in results.tasks},
            unparsable=sum(results.unparsable.values()),
        )
        for alpha, results in points
    ]
    return Mix(
        a=names[0],
        b=names[1],
        data=first.data,
        items=first.items,
        measure="mean accuracy of the tasks" if first.macro else "GRIT" if first.grit else first.tasks[0].metric,
        random=first.macro.floors["random"] if first.macro else None,
        points=told,
        best=max(told, key=lambda point: (point.score, -point.alpha)).alpha,
    )


def write_mix(mix: Mix, points: Sequence[tuple[float, Results]], out: Path) -> None:
    """Write table, plot and figures into `out`."""
    tasks = {task: [point.tasks[task] for point in mix.points] for task in sorted(mix.points[0].tasks)}
    scores = [(alpha, _main(results)) for alpha, results in points]
    chart = mix_chart(scores, tasks, f"{mix.measure}, {mix.a} to {mix.b}")
    write_whole(out / "mix.svg", drawn(chart).encode("utf-8", "backslashreplace"))
    write_whole(out / "mix.md", markdown_mix(mix).encode("utf-8", "backslashreplace"))
    write_whole(out / "mix.json", (mix.model_dump_json(indent=2) + "\n").encode())


def mix_rows(mix: Mix) -> list[list[str]]:
    """Return the cells of the table: a head, and a row a mixture."""
    tasks = sorted(mix.points[0].tasks)
    head = ["alpha", mix.measure, "95 % interval", *tasks, "unparsable"]
    rows = [
        [
            share_words(point.alpha),
            f"{point.score:.3f}",
            f"{point.ci[0]:.3f} to {point.ci[1]:.3f}",
            *(f"{point.tasks[task]:.3f}" for task in tasks),
            str(point.unparsable),
        ]
        for point in mix.points
    ]
    return [head, *rows]


def markdown_mix(mix: Mix) -> str:
    """Return the table as Markdown."""
    head, *rows = [[in_markdown(cell) for cell in row] for row in mix_rows(mix)]
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---:"] * len(head), *rows)]
    chance = "" if mix.random is None else f"; by chance {mix.random:.3f}"
    return "\n".join(
        [
            f"# {in_markdown(f'{mix.a} to {mix.b} on {mix.data}')}",
            "",
            *lines,
            "",
            f"Best at {share_words(mix.best)}{chance}.",
            "",
        ]
    )


def terminal_mix(mix: Mix) -> str:
    """Return the table in aligned columns."""
    rows = mix_rows(mix)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*lines, f"best at {share_words(mix.best)}"])


def _main(results: Results) -> Score:
    return results.macro or results.grit or results.tasks[0]
