"""Distill: the wing's verb (`5-captioned`): each panel's text, made of its evidence, with what the checks say of it."""

from collections.abc import Iterator
from functools import partial

from captioning.asked import LASTING
from captioning.asked_panels import ANSWER, ANSWERED, Model, ask_ahead, model_texts
from captioning.curated_panels import KEYS, CuratedPanel, curated_panels
from captioning.described import PROMPT, described
from captioning.evidence import FIGURE_COLUMNS, statements
from captioning.faithful import VERSION as CHECKS_VERSION
from captioning.prompts import prompt_named
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.store import remove_part
from pipeline.workspace import CAPTIONED, CURATED, Workspace
from schemas.licence import permits
from schemas.manifest import CaptioningSettings
from schemas.records import Captioned, Check, Distilled, Outcome
from schemas.refused_text import Refused

VERBATIM = "verbatim"
VERSION = 5
_NARROW = tuple(name for name in FIGURE_COLUMNS if name != "mentions")
"""What a text made of facts alone needs: paragraphs are long, and it quotes none."""


def stages(settings: CaptioningSettings | None = None, key: str | None = None) -> list[Stage]:
    """Return captioning's stages, in their order; `key` is the servers'."""
    told = settings or CaptioningSettings()
    if told.backend == "metadata":
        return [Stage(CAPTIONED, VERSION, {"prompt": PROMPT, "checks": CHECKS_VERSION}, Captioned, _plan, _work)]
    model = Model(told, key)
    asked = {
        "prompt": prompt_named(told.prompt).sha256,
        "checks": CHECKS_VERSION,
        **told.model_dump(mode="json", include={"model", "revision", "image_side_px", "max_tokens", "max_model_len"}),
    }
    ahead = partial(ask_ahead, model)
    return [Stage(CAPTIONED, VERSION, asked, Captioned, _plan, partial(_work_by_model, model), ahead=ahead)]


def prompts_of(settings: CaptioningSettings) -> dict[str, str]:
    """Return the prompt that texts are asked for with, and the digest of its file, for the lock."""
    if settings.backend == "metadata":
        return {}
    return {f"prompt {settings.prompt}": prompt_named(settings.prompt).sha256}


def ask_again(workspace: Workspace, reason: str | None) -> int:
    """Let the parts be made again in which a model didn't answer for `reason`; return their number.

    Without a reason: for one that may have passed. What a model said and the checks refused is kept, and isn't asked.
    """
    folder, parts = workspace.stage(CAPTIONED), 0
    for number, stamp in read_stamps(workspace, CAPTIONED).items():
        told = stamp.extra.get("answers", {}).keys() - {ANSWERED}
        if reason in told or (reason is None and told - LASTING):
            remove_part(folder, number)
            parts += 1
    return parts


def _plan(workspace: Workspace) -> dict[int, Planned]:
    return {
        number: Planned(stamp.fingerprint, stamp.counts.kept)
        for number, stamp in read_stamps(workspace, CURATED).items()
    }


def _work(workspace: Workspace, number: int, decided: Decided, notes: Notes) -> Iterator[Outcome]:
    for one in curated_panels(workspace, number, figure=_NARROW):
        yield _captioned(one, _of_facts(one))


def _work_by_model(
    model: Model, workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    """Give each panel the model's text; where that may not stand, the one of facts; what was said stays here."""
    for one, text in model_texts(model, workspace, number, notes):
        if isinstance(text, Distilled):
            yield _captioned(one, text)
            continue
        plain = _of_facts(one)
        checks = [*plain.checks, *([Check(check=ANSWER, passed=False, detail=text.reason)] if text else [])]
        yield _captioned(one, plain.model_copy(update={"checks": checks}), text)


def _captioned(one: CuratedPanel, text: Distilled, refused: Refused | None = None) -> Captioned:
    return Captioned(**{key: one.row[key] for key in KEYS}, distilled=text, refused=refused)


def _of_facts(one: CuratedPanel) -> Distilled:
    if not permits(one.row["license"]).recaption:
        return Distilled(text=one.panel["subcaption"], prompt=VERBATIM)
    text, checks = described(statements({**one.figure, "mentions": []}, one.panel))
    return Distilled(text=text, prompt=PROMPT, checks=checks)
