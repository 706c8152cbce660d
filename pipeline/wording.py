"""Wording: what the commands say to a person at a terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def reasons(counts: Mapping[str, int]) -> str:
    """Return counts by reason, the largest first.

    >>> reasons({"too_small": 1, "duplicate": 3})
    'duplicate 3, too_small 1'
    """
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{reason} {count}" for reason, count in ordered)


def status(said: Mapping[str, Any]) -> str:
    """Return the sums of the stages as a table, and what left them."""
    lines = [f"{'stage':<12} {'found':>7} {'created':>8} {'kept':>7} {'dropped':>8} {'failed':>7} {'held':>6}"]
    for stage in said["stages"]:
        left = [sum(stage[side].values()) for side in ("dropped", "failed", "held")]
        mark = "" if stage["complete"] else "  incomplete"
        lines.append(
            f"{stage['name']:<12} {stage['found']:>7} {stage['created']:>8} {stage['kept']:>7} "
            f"{left[0]:>8} {left[1]:>7} {left[2]:>6}{mark}"
        )
    lines += _left(said)
    asked = [stage for stage in said["stages"] if "answers" in stage]
    lines += [f"answers  {stage['name']}: {reasons(stage['answers'])}" for stage in asked]
    lines += [
        f"reviewed {stage['name']}: {reasons(stage['reviewed'])}" for stage in said["stages"] if "reviewed" in stage
    ]
    lines += [
        f"unasked  {stage['name']}: {reasons(stage['classes_not_asked'])} (classes that aren't told from three others)"
        for stage in said["stages"]
        if "classes_not_asked" in stage
    ]
    if rest := said.get("asking"):
        lines.append("asking   {kept} of {panels} panels have an answer, which is kept; {open} are open".format(**rest))
    return "\n".join([*lines, f"dataset  {said['dataset'] or 'not made'}"])


def _left(said: Mapping[str, Any]) -> list[str]:
    return [
        f"{side:<8} {stage['name']}: {reasons(stage[side])}"
        for side in ("dropped", "held", "failed")
        for stage in said["stages"]
        if stage[side]
    ]


def unchanged(said: Mapping[str, Any], root: Path) -> str:
    """Return what a run says that found nothing to do; what failed waits to be tried again."""
    failed = sum(sum(stage["failed"].values()) for stage in said["stages"])
    waiting = f"; {failed} failed before: bricks retry {root}" if failed else ""
    return f"nothing to do: everything is as the manifest asks{waiting}"


def _rows(rows: Mapping[str, Mapping[str, int]] | None) -> list[str]:
    """Return a line a view: how many rows each split has."""
    if rows is None:
        return []
    told = [f"{view}: {', '.join(f'{split} {count}' for split, count in of.items())}" for view, of in rows.items()]
    return [f"{head:<8} {line}" for head, line in zip(["rows", *[""] * len(told)], told or ["none"], strict=False)]


def finished(said: Mapping[str, Any]) -> str:
    """Return what stands there after a run, and what to do next."""
    workspace = said["workspace"]
    lines = [
        status(said),
        *_rows(said["rows"]),
        *([f"questions {said['no_questions']}"] if "no_questions" in said else []),
        f"report   {said['report']}",
        "",
        "next",
    ]
    if said["dataset"] and said["rows"]:
        view = next(iter(said["rows"]))
        lines.append(
            f"  python -c \"from datasets import load_dataset; print(load_dataset('{said['dataset']}', '{view}'))\""
        )
    lines += [f"  bricks show {workspace} --dropped REASON", f"  bricks explain {workspace} ID"]
    if any(stage["held"] for stage in said["stages"]):
        lines.append(f"  bricks review {workspace}")
    if any(stage["failed"] for stage in said["stages"]):
        lines.append(f"  bricks retry {workspace}")
    return "\n".join(lines)


def left_row(row: Mapping[str, Any]) -> str:
    """Return one line for something that was dropped, held or failed."""
    why = f"{row['queue']}: {row['reason']}" if "queue" in row else row["reason"]
    return f"{row['id']}  {row['stage']}  {why}  {row['source_id']}  {row['label'] or '-'}  {row['detail']}"


def kept_row(row: Mapping[str, Any]) -> str:
    """Return one line for something that was kept."""
    text = (row.get("distilled") or {}).get("text") or row.get("caption") or ""
    refused = row.get("refused")
    why = " ".join(f"  ({refused['reason']}: {refused['detail']}: {refused['text']}".split())[:300] if refused else ""
    return f"{row['id']}  {row['source_id']}  {' '.join(text.split())[:100]}" + (f"  {why})" if why else "")


def trace(said: Mapping[str, Any]) -> str:
    """Return one step in the life of a record."""
    if "decision" in said:
        decision = said["decision"]
        change = f"{decision['field']} -> {_short(decision['after'])} ({decision['reason']})"
        stands = ": ".join(filter(None, (said["state"], said["why"])))
        return f"decision  {decision['who']} at {decision['when']}: {change}, {stands}"
    row = {name: value for name, value in said["row"].items() if value not in (None, [], "")}
    told = "\n".join(f"    {name}: {_short(value)}" for name, value in row.items())
    return f"{said['stage']} part {said['part']}: {said['became']}\n{told}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 300 else f"{text[:297]}..."


def plan(said: Mapping[str, Any]) -> str:
    """Return what a run would do."""
    lines = [f"{'source':<24} {'items':>7} {'new':>7} {'known':>7} {'requests':>9} {'bytes':>10} {'time':>9}"]
    lines += [
        f"{row['source'][:24]:<24} {_number(row['items']):>7} {_number(row['new']):>7} {_number(row['known']):>7} "
        f"{_number(row['requests']):>9} {size(row['bytes']):>10} {span(row['seconds']):>9}{_bill(row)}"
        for row in said["sources"]
    ]
    stages = " · ".join(f"{stage['name']} {stage['state']}" for stage in said["stages"])
    lines += [f"stages   {stages}", *_model_bill(said["captioning"]), "Nothing was downloaded but listings."]
    return "\n".join([*lines, f"run      {said['run']}"])


def _model_bill(rest: Mapping[str, Any] | None) -> list[str]:
    """Return what the model will be asked for, by what it took so far."""
    if rest is None:
        return []
    took = f"{rest['tokens_in']} tokens in, {rest['tokens_out']} out, {rest['gpu_hours']} GPU-hours"
    known = (
        f"about {took}, as {rest['sample']} before"
        if rest["sample"]
        else "run with --limit first, to know what it takes"
    )
    return [f"model    {rest['panels']} panels to ask about, {known}"]


def _bill(row: Mapping[str, Any]) -> str:
    return f"  billed to you: about {row['dollars']:.2f} USD" if row.get("dollars") else ""


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def size(count: float) -> str:
    """Return bytes as people read them.

    >>> size(1_500_000)
    '1.5 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def span(seconds: float) -> str:
    """Return seconds as hours, minutes and seconds.

    >>> span(3725)
    '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
