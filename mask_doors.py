"""Mask doors: the commands that judge a trained checkpoint's masks, and that segment a picture by clicks."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.options import Json, Overrides
from pipeline.saying import log, say
from pipeline.web import Door
from pipeline.workspace import Workspace, locked
from schemas.errors import UsageError

if TYPE_CHECKING:
    from training.checkpoints import Loaded
    from training.segmenting import Clickable

Checkpoint = Annotated[Path, typer.Option(help="The folder that `bricks train` wrote.")]
Data = Annotated[
    Path,
    typer.Option(help="Images with masks: <set>/images and <set>/masks, one set's folder, or a dataset of bricks."),
]
Seed = Annotated[int, typer.Option(min=0, help="Of the clicks, and of the intervals.")]
Trusted = Annotated[
    bool, typer.Option("--trust-remote-code", help="Let code that comes with its language model run; read it first.")
]
Points = Annotated[list[str] | None, typer.Option("--point", metavar="X,Y", help="On the object; again for more.")]
Beside = Annotated[list[str] | None, typer.Option("--negative", metavar="X,Y", help="Beside it; again for more.")]


def segmentation(  # noqa: PLR0917  (a command's options)
    checkpoint: Checkpoint,
    data: Data,
    automatic: Annotated[bool, typer.Option("--automatic", help="Also find objects without any click.")] = False,
    grid: Annotated[int, typer.Option(min=2, help="Points along the long side, of --automatic.")] = 32,
    names: Annotated[str, typer.Option(metavar="PATTERN", help="Only images whose name matches.")] = "*",
    part: Annotated[
        str, typer.Option(help="all that wasn't trained on, or of that only the test part: all, test.")
    ] = "all",
    radii: Annotated[
        str | None, typer.Option(help="What the ring's 10 px count in: frame (of 1024 px) or image; the recipe's.")
    ] = None,
    vlk: Annotated[bool, typer.Option(help="Let the language model's states reach the mask decoder.")] = True,
    unet_minutes: Annotated[
        float | None, typer.Option("--unet", metavar="MINUTES", min=0, help="Train the U-Net floor so long; kept in C.")
    ] = None,
    seed: Seed = 17,
    trusted: Trusted = False,
    as_json: Json = False,
) -> None:
    """Judge a checkpoint's masks on images that it hasn't seen, beside what is reached without learning."""
    from training.evaluation import Manner, evaluate
    from training.judges import judge_of
    from training.predict import opened, refuse_without_torch
    from training.score_tables import terminal_scores

    refuse_without_torch("bricks evaluate segmentation")
    if radii not in (None, "frame", "image"):
        raise UsageError(f"there are no radii {radii!r}.", where="--radii", mend="Use frame or image.")
    if part not in ("all", "test"):
        raise UsageError(f"there is no part {part!r}.", where="--part", mend="Use all or test.")
    loaded = opened(checkpoint, trust_remote_code=trusted)
    frame = loaded.recipe.frame
    fold = loaded.recipe.data.fold
    manner = Manner(frame.side_px, radii or frame.radii, seed, names, part, vlk, fold)  # type: ignore[arg-type]
    judge = judge_of(loaded, checkpoint, data, manner, grid=grid if automatic else None, unet_minutes=unet_minutes)
    found = evaluate(data, judge, manner)
    say(found.model_dump(mode="json"), as_json, lambda _: terminal_scores(found))


def ablations(  # noqa: PLR0917  (a command's options)
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe that ships, or its file.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="Where trainings, table and plot go.")],
    only: Annotated[list[str] | None, typer.Option(help="Only this variant; again for more.")] = None,
    overrides: Overrides = None,
    seed: Seed = 17,
    as_json: Json = False,
) -> None:
    """Train a recipe with one thing changed at a time, at equal budget, and compare what the variants reach."""
    from training.ablations import ablate, terminal_ablations
    from training.judges import judged_by, mark_of, trained_by
    from training.predict import refuse_without_torch
    from training.recipe_file import load_recipe

    refuse_without_torch("bricks evaluate ablations")
    out.mkdir(parents=True, exist_ok=True)
    asked = load_recipe(recipe, overrides or ())
    with locked(Workspace(out), "--out"):
        judge = judged_by(seed, trust_remote_code=bool(asked.llm and asked.llm.trust_remote_code))
        found = ablate(asked, data, out, train=trained_by, judge=judge, only=only or (), mark=mark_of(data, seed))
    say(found.model_dump(mode="json"), as_json, lambda _: f"{terminal_ablations(found)}\nplot {out / 'ablations.png'}")


def segment(  # noqa: PLR0917  (a command's options)
    ctx: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture's file.")],
    checkpoint: Checkpoint,
    point: Points = None,
    negative: Beside = None,
    out: Annotated[Path | None, typer.Option(help="Where the mask goes, a PNG: 255 on the object.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a mask that is there.")] = False,
    describe: Annotated[bool, typer.Option("--describe", help="Say what the language model says too.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Open a page to click on instead.")] = False,
    host: Annotated[str, typer.Option(help="Where the page listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; 0 for a free one.")] = 0,
    token: Annotated[
        str | None, typer.Option(help="Who has it is let in; better set as BRICKS_REVIEW_TOKEN, which nobody sees.")
    ] = None,
    trusted: Trusted = False,
    as_json: Json = False,
) -> None:
    """Segment the object under a click, and write its mask; or open a page to click on."""
    from training.segmenting import picture_at, point_in, refuse_out

    if page:
        _refuse_beside_page(point, negative, out)
        shown, loaded = picture_at(image), _opened(checkpoint, trusted=trusted)
        door = Door(host, port, token or (ctx.obj or {}).get("BRICKS_REVIEW_TOKEN") or None)
        _paged(_clickable(loaded, shown), image.name, door, as_json=as_json)
        return
    if out is None or not point:
        raise UsageError("give --point X,Y and --out mask.png, or --page.", where="bricks segment")
    positives = [point_in(text, "--point") for text in point]
    negatives = [point_in(text, "--negative") for text in negative or ()]
    refuse_out(out, overwrite=overwrite)
    shown = picture_at(image)
    clickable = _clickable(_opened(checkpoint, trusted=trusted), shown)
    told = _segmented(clickable, positives, negatives, out, describe=describe)
    say(told, as_json, _segment_words)


def _segmented(
    clickable: "Clickable",
    positives: list[tuple[int, int]],
    negatives: list[tuple[int, int]],
    out: Path,
    *,
    describe: bool,
) -> dict[str, Any]:
    from training.segmenting import whole, write_mask

    words = clickable.words() if describe else None
    region = clickable.mask(positives, negatives)
    write_mask(region, clickable.image.shape, out)
    rows, columns = region.pixels.shape
    box = [region.left, region.top, region.left + columns, region.top + rows]
    inside = whole(region, clickable.image.shape)
    for x, y in positives:
        if not inside[y, x]:
            log(f"the click {x},{y} isn't in the mask: click again, nearer to the others or to the object's middle")
    return {"out": str(out), "area_px": region.area_px, "box": box, "words": words}


def _segment_words(told: dict[str, Any]) -> str:
    line = "{out}: {area_px} px in the box {box}".format(**told)
    return f"{line}\n{told['words']}" if told["words"] is not None else line


def _opened(checkpoint: Path, *, trusted: bool) -> "Loaded":
    from training.predict import opened, refuse_without_torch

    refuse_without_torch("bricks segment")
    return opened(checkpoint, trust_remote_code=trusted)


def _clickable(loaded: "Loaded", image: Any) -> "Clickable":  # noqa: ANN401  (H, W, 3)
    from training.segmenting import Clickable

    return Clickable(loaded, image)


def _refuse_beside_page(point: list[str] | None, negative: list[str] | None, out: Path | None) -> None:
    if point or negative or out:
        mend = "Leave --point, --negative and --out out, or --page."
        raise UsageError("--page takes its clicks from the page.", where="bricks segment", mend=mend)


def _paged(clickable: "Clickable", name: str, door: Door, *, as_json: bool) -> None:
    from training.click_page import opened_page

    def ready(where: str) -> None:
        say({"page": where}, as_json, lambda said: f"Open {said['page']} in a browser; end it with Ctrl-C.")
        sys.stdout.flush()

    opened_page(clickable, name, door, ready)
