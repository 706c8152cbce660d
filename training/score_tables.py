"""Score tables: an evaluation as lines for a terminal."""

from collections.abc import Iterable, Sequence

from training.scores import Evaluation, Prompted, Scores

_HEAD = ("", "images", "objects", "Dice", "IoU", "95 %", "SA50", "mSA", "disk", "Otsu", "U-Net")
_AUTOMATIC_HEAD = ("", "images", "objects", "AP50", "F1", "SA50", "mSA", "Otsu AP50", "Otsu F1")


def terminal_scores(found: Evaluation) -> str:
    """Return the tables of an evaluation, one for each kind of prompts, and how it was measured."""
    parts = [f"{kind}\n{_table(kind, prompted)}{_fallen(prompted)}" for kind, prompted in found.prompts.items()]
    return "\n\n".join([*parts, "\n".join(_notes(found))])


def _table(kind: str, prompted: Prompted) -> str:
    named = [*prompted.datasets.items(), ("pooled", prompted.pooled)]
    if kind == "automatic":
        return aligned([_AUTOMATIC_HEAD, *(_automatic_row(name, scores) for name, scores in named)])
    return aligned([_HEAD, *(_row(name, scores) for name, scores in named)])


def _row(name: str, scores: Scores) -> tuple[str, ...]:
    low, high = scores.iou_ci
    floors = (scores.floor_disk_iou, scores.floor_otsu_iou, scores.floor_unet_iou)
    numbers = (scores.sa50, scores.msa, *floors)
    told = (_number(scores.dice), _number(scores.iou), f"{_number(low)}-{_number(high)}")
    return (_name(name, scores), str(scores.images), str(scores.instances), *told, *map(_number, numbers))


def _automatic_row(name: str, scores: Scores) -> tuple[str, ...]:
    numbers = (scores.ap50, scores.f1, scores.sa50, scores.msa, scores.floor_otsu_ap50, scores.floor_otsu_f1)
    return (_name(name, scores), str(scores.images), str(scores.instances), *map(_number, numbers))


def _name(name: str, scores: Scores) -> str:
    return f"{name} (zero-shot)" if scores.zero_shot else name


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}".removeprefix("0")


def _fallen(prompted: Prompted) -> str:
    if not prompted.fallbacks:
        return ""
    told = ", ".join(f"{name} {count}" for name, count in prompted.fallbacks.items())
    return f"\nclicks that fell back: {told}"


def _notes(found: Evaluation) -> Iterable[str]:
    yield f"Clicks come from the {found.prompts_from}."
    yield f"Frame {found.frame_side_px} px, ring {found.ring_px:g} px ({found.radii}); IoU in pixels of the image."
    yield f"disk, Otsu, U-Net: IoU of the floors, from the same clicks. U-Net: {found.floors.get('unet', 'none')}."
    if found.seen_in_training:
        yield f"{found.seen_in_training} images were trained on, and are left out."
    if found.without_objects:
        yield f"{found.without_objects} images have no object, and are left out."
    for one in found.unread:
        yield f"left out: {one.dataset}/{one.name}: {one.reason}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
