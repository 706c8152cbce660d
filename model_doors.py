"""Model doors: the commands that train, serve, judge and mix models; what they find is told, written and kept."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import mask_doors
from pipeline.options import Json, Overrides
from pipeline.saying import log, say
from pipeline.workspace import Workspace, locked
from plugin_doors import plugins
from schemas.errors import BudgetError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from captioning.checkpoint_asking import LocalModel
    from captioning.evaluate_vqa import Endpoints, Judge
    from captioning.vqa_asking import Manner
    from captioning.vqa_layouts import QuestionSet
    from captioning.vqa_results import Results

models = typer.Typer()
evaluations = typer.Typer(no_args_is_help=True, help="Judge a model on what is known: questions, masks.")
models.add_typer(evaluations, name="evaluate")
models.add_typer(plugins, name="plugins")
evaluations.command()(mask_doors.segmentation)
evaluations.command()(mask_doors.ablations)
models.command()(mask_doors.segment)

Data = Annotated[
    str,
    typer.Option(
        help="Questions: a dataset of bricks, a folder or file in uBench's or MicroVQA's columns, org/name of the Hub."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Of the order of options, what --limit takes, and the intervals.")]
Most = Annotated[int | None, typer.Option(min=1, help="At most so many questions, by chance.")]
Out = Annotated[Path | None, typer.Option(help="Where results and answers go; evaluations/DATA/MODEL if left out.")]
Split = Annotated[str | None, typer.Option(help="Which split; test, or the only one, if left out.")]
View = Annotated[str | None, typer.Option(help="Which view or config; questions if left out.")]
Base = Annotated[
    int | None, typer.Option(min=0, max=1, help="From what the set's right answers count, if it can't be told.")
]
Tokens = Annotated[int | None, typer.Option(min=1, help="Of an answer; 64, or 1024 for places, if left out.")]
_MOST_UNANSWERED = 0.05


def _recipes(incomplete: str) -> list[str]:
    """Return the recipes that ship, for a shell."""
    from training.recipe_file import shipped_recipes

    return [name for name in shipped_recipes() if name.startswith(incomplete)]


@evaluations.command()
def vqa(  # noqa: PLR0917  (a command's options)
    ctx: typer.Context,
    data: Data,
    endpoint: Annotated[
        list[str] | None, typer.Option(help="A server's address, ending in /v1; again for more.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="What the servers call the model.")] = None,
    revision: Annotated[str | None, typer.Option(help="The model's revision; another one is asked anew.")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="NAME", help="The environment variable with the servers' key.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A model's folder on this machine, instead of a server.")
    ] = None,
    out: Out = None,
    seed: Seed = 17,
    limit: Most = None,
    split: Split = None,
    view: View = None,
    index_base: Base = None,
    blind: Annotated[bool, typer.Option("--blind", help="Ask without pictures too: a floor.")] = False,
    shuffle: Annotated[bool, typer.Option(help="Show options in another order than the file's.")] = True,
    frame: Annotated[str, typer.Option(help="What places count in: original, sent, thousand, unit.")] = "original",
    image_side_px: Annotated[
        int, typer.Option(min=16, help="Pictures are sent with their longer side at most this.")
    ] = 1024,
    max_tokens: Tokens = None,
    as_json: Json = False,
) -> None:
    """Ask a model closed questions and say how many it gets right, by task, beside what is reached without looking."""
    from captioning.checkpoint_digest import checkpoint_at
    from captioning.evaluate_vqa import Endpoints, evaluate, limited, open_questions
    from captioning.vqa_tables import terminal_table

    manner = _manner(seed=seed, shuffle=shuffle, frame=frame, side_px=image_side_px, max_tokens=max_tokens)
    if bool(endpoint) == (checkpoint is not None):
        raise UsageError("give --endpoint URL --model M, or --checkpoint C.", where="bricks evaluate vqa")
    found = limited(open_questions(data, view=view, split=split, index_base=index_base), limit, seed)
    local = checkpoint_at(checkpoint) if checkpoint is not None else None
    place = out or _place(found.name, local.name if local else model or "model")
    judge = _judge(local or Endpoints(endpoint or (), model, revision, key), manner, place, ctx.obj or {})
    with locked(Workspace(place), "--out"):
        results = evaluate(found, judge, manner, place, blind=blind)
    files = {"results": str(place / "results.json"), "page": str(place / "index.html"), "plot": str(place / "plot.svg")}
    say({**results.model_dump(), "files": files}, as_json, lambda _: f"{terminal_table(results)}\n\n{_files(files)}")
    _mind_unanswered(results)


def _judge(asked: "LocalModel | Endpoints", manner: "Manner", place: Path, environment: "Mapping[str, str]") -> "Judge":
    """Return the model of a folder, or of servers, whose answers are kept beside the results."""
    from captioning.evaluate_vqa import ANSWERS, Endpoints, checkpoint_judge, served_judge

    if isinstance(asked, Endpoints):
        return served_judge(asked, manner, place / ANSWERS, environment)
    return checkpoint_judge(asked, manner, place / ANSWERS)


@models.command()
def merge(  # noqa: PLR0917  (a command's options)
    a: Annotated[Path, typer.Argument(metavar="A", help="A checkpoint's folder: the base.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another of the same model: the one trained from it.")],
    out: Annotated[Path, typer.Option(help="Where the mixture goes; with --data, what mixtures reach.")],
    alpha: Annotated[float, typer.Option(help="The share of B, from 0 to 1.")] = 0.5,
    alphas: Annotated[
        str | None, typer.Option(metavar="0,0.5,1", help="Several shares, each judged on --data.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Questions, as for `evaluate vqa`.")] = None,
    seed: Seed = 17,
    limit: Most = None,
    split: Split = None,
    view: View = None,
    index_base: Base = None,
    max_tokens: Tokens = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the mixtures that were judged.")] = False,
    as_json: Json = False,
) -> None:
    """Mix the weights of two checkpoints, (1 - alpha) A + alpha B; or judge several mixtures of them."""
    if (alphas is None) != (data is None):
        raise UsageError("--alphas and --data go together.", where="bricks merge")
    if alphas is None or data is None:
        from training.merge import merge as mixed

        told = {**mixed(a, b, alpha, out).model_dump(), "out": str(out)}
        say(told, as_json, lambda said: "{out}: {mixed} of {tensors} tensors mixed, alpha {alpha}".format(**said))
        return
    from captioning.evaluate_vqa import limited, open_questions
    from captioning.vqa_mix import alphas_of, mix_of, terminal_mix, write_mix

    found = limited(open_questions(data, view=view, split=split, index_base=index_base), limit, seed)
    manner, shares = _manner(seed=seed, max_tokens=max_tokens), alphas_of(alphas)
    with locked(Workspace(out), "--out"):
        points = list(_mixtures((a, b), shares, found, manner, out, keep=keep))
        mix = mix_of((a.resolve().name, b.resolve().name), points)
        write_mix(mix, points, out)
    say(
        {**mix.model_dump(), "plot": str(out / "mix.svg")},
        as_json,
        lambda _: f"{terminal_mix(mix)}\nplot {out / 'mix.svg'}",
    )


@models.command()
def train(  # noqa: PLR0917  (a command's options)
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE", help="A YAML file, or tiny-cpu, base-1gpu, base-multi.", autocompletion=_recipes
        ),
    ],
    data: Annotated[Path, typer.Option(help="A dataset of bricks, or folders SET/images with SET/masks.")],
    out: Annotated[Path, typer.Option(help="Where checkpoints, logs and overlays go; goes on with what is there.")],
    overrides: Overrides = None,
    stop_after: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many optimiser steps; the same command goes on.")
    ] = None,
    wandb: Annotated[str | None, typer.Option(metavar="PROJECT", help="Log to this project of wandb too.")] = None,
    as_json: Json = False,
) -> None:
    """Train a segmenter with a language model, stage by stage; the same command goes on exactly after a stop."""
    from training.recipe_file import load_recipe

    asked = load_recipe(recipe, overrides or ())
    lacking = [name for name in ("torch", "transformers", "accelerate", "peft") if find_spec(name) is None]
    if lacking:
        mend = "Install what trains: pip install 'bricks[train]'."
        raise UsageError(f"this needs {', '.join(lacking)}.", where="bricks train", mend=mend)
    from training.train import train as trained

    done = trained(asked, data, out, stop_after=stop_after, wandb=wandb)
    say({**done.told(), "recipe": asked.name, "out": str(out)}, as_json, lambda _: done.words())
    if not done.complete:
        log("stopped as asked; the same command goes on")
        raise typer.Exit(BudgetError.exit_code)


def _mixtures(
    pair: tuple[Path, Path], alphas: list[float], found: "QuestionSet", manner: "Manner", out: Path, *, keep: bool
) -> "Iterator[tuple[float, Results]]":
    """Yield each share with what its mixture reaches; a mixture is made only if something is still to be asked."""
    from captioning.checkpoint_asking import LocalModel
    from captioning.checkpoint_digest import checkpoint_at
    from captioning.evaluate_vqa import ANSWERS, checkpoint_judge, evaluate
    from captioning.vqa_mix import share_words
    from pipeline.store import fingerprint
    from training.merge import RECIPE, merged_at

    ends = [checkpoint_at(folder) for folder in pair]
    for alpha in alphas:
        share = share_words(alpha)
        place, of = out / f"alpha-{share}", fingerprint(RECIPE, *(end.revision for end in ends), alpha)
        with merged_at(pair, alpha, place / "checkpoint", of, keep=keep) as make:
            model = LocalModel(f"alpha {share}", of, make, sees=ends[0].sees)
            judge = checkpoint_judge(model, manner, out / ANSWERS)
            yield alpha, evaluate(found, judge, manner, place)


def _manner(
    *, seed: int, shuffle: bool = True, frame: str = "original", side_px: int = 1024, max_tokens: int | None = None
) -> "Manner":
    from typing import get_args

    from captioning.vqa_asking import Manner
    from captioning.vqa_items import Frame

    if frame not in get_args(Frame):
        raise UsageError(f"there is no frame {frame!r}.", where="--frame", mend=f"Use {', '.join(get_args(Frame))}.")
    tokens = {"letter_tokens": max_tokens, "place_tokens": max_tokens} if max_tokens else {}
    return Manner(seed=seed, shuffled=shuffle, frame=frame, image_side_px=side_px, **tokens)  # type: ignore[arg-type]


def _place(data: str, model: str) -> Path:
    """Return where results go: names without what a path would obey."""
    return Path(
        "evaluations",
        *("".join(c if c.isalnum() or c in "._-" else "-" for c in name).strip(".-") or "x" for name in (data, model)),
    )


def _files(files: dict[str, Any]) -> str:
    return "\n".join(f"{name:<8} {path}" for name, path in files.items())


def _mind_unanswered(results: "Results") -> None:
    """Say that questions found nobody to answer them; too many are no evaluation."""
    rate = results.unanswered_rate
    if rate:
        count = sum(results.unanswered.values())
        has = " has" if count == 1 else "s have"
        log(f"{count} question{has} no answer, which is wrong here: the same command asks again")
    if rate > _MOST_UNANSWERED:
        log(f"{rate:.1%} have none, above {_MOST_UNANSWERED:.0%}: no evaluation")
        raise typer.Exit(3)


@models.command()
def serve(  # noqa: PLR0917  (a command's options)
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the Hub, or its folder.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[-- OPTION...]", help="vLLM's own.")] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    name: Annotated[str | None, typer.Option(help="What requests call the model; MODEL if left out.")] = None,
    revision: Annotated[str | None, typer.Option(help="The model's revision, pinned.")] = None,
    gpus: Annotated[int | None, typer.Option(min=0, help="GPUs that it is spread over; all if left out.")] = None,
    max_model_len: Annotated[int, typer.Option(min=1, help="Tokens of picture, words and answer.")] = 8192,
    shared_folder: Annotated[Path | None, typer.Option(help="As captioning.shared_folder in the manifest.")] = None,
    key: Annotated[str | None, typer.Option(metavar="NAME", help="The variable with the key to ask for.")] = None,
    vllm: Annotated[Path | None, typer.Option(help="vLLM's program; looked for if left out.")] = None,
    log_file: Annotated[Path | None, typer.Option("--log", help="Where vLLM's output goes; vllm-PORT.log.")] = None,
    as_json: Json = False,
) -> None:
    """Start vLLM with what captioning needs, say when it answers, and end it with this command."""
    from captioning.server import serving
    from captioning.server_flags import Serving

    asked = Serving(
        model=model,
        log=log_file or Path(f"vllm-{port}.log"),
        host=host,
        port=port,
        name=name,
        revision=revision,
        gpus=gpus,
        max_model_len=max_model_len,
        shared_folder=shared_folder,
        key_variable=key,
        vllm=vllm,
        more=tuple(more or ()),
    )
    with serving(asked, ctx.obj) as running:
        took_s = running.wait_until_ready()
        answer = {"endpoint": running.url, "model": name or model, "ready_after_s": round(took_s, 1)}
        say(answer, as_json, lambda said: "{endpoint} serves {model}; end it with Ctrl-C".format(**said))
        sys.stdout.flush()
        running.wait_until_end()
