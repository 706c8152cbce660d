"""Plugged: texts by a plug-in's captioner, judged by the same checks as a model's."""

from collections.abc import Iterator
from functools import partial

from captioning.asked import Picture
from captioning.asked_panels import COLUMNS, Beside, evidence_of, question
from captioning.curated_panels import CuratedPanel, curated_panels
from captioning.faithful import judge
from captioning.picture_parts import jpeg_of
from pipeline.workspace import Workspace
from schemas.captioned import Distilled
from schemas.errors import PixelError
from schemas.licence import permits
from schemas.manifest import CaptioningSettings
from schemas.plugin_kinds import CaptionerPlugin, PanelEvidence
from schemas.plugins import captioner
from schemas.refused_text import Refused

FAILED = "unexpected_error"
_MOST_DETAIL = 500


def version_of(settings: CaptioningSettings) -> int:
    """Return the version of the captioner that a manifest names."""
    return _chosen(settings).version


def plugged_texts(
    settings: CaptioningSettings, workspace: Workspace, number: int, beside: Beside = ((), ())
) -> Iterator[tuple[CuratedPanel, Distilled | Refused | None]]:
    """Yield each panel of a part with its text, or why there is none; None where the licence forbids new words."""
    chosen = _chosen(settings)
    columns = (*COLUMNS, *(("blob",) if chosen.sees else ()), *beside[0])
    for one in curated_panels(workspace, number, figure=columns, panel=("box", *beside[1])):
        yield one, (_text(one, settings, chosen) if permits(one.row["license"]).recaption else None)


def _chosen(settings: CaptioningSettings) -> CaptionerPlugin:
    chosen = captioner(settings.backend)
    assert chosen is not None, "the manifest was read where the plug-in is, and so is this"
    return chosen


def _text(one: CuratedPanel, settings: CaptioningSettings, chosen: CaptionerPlugin) -> Distilled | Refused:
    """Return what the captioner writes of a panel; a fault of its own costs that panel only."""
    facts = evidence_of(one, settings)
    asked = question(one, settings)
    try:
        text = chosen.caption(PanelEvidence(one.row["id"], facts, partial(_jpeg, asked.picture)), settings)
    except PixelError as error:
        return Refused(reason=error.reason, detail=error.detail, text="")
    except Exception as error:  # noqa: BLE001  (a stranger's code must not end a run of weeks)
        return Refused(reason=FAILED, detail=f"{type(error).__name__}: {error}"[:_MOST_DETAIL], text="")
    if not isinstance(text, str) or not text.strip():
        return Refused(reason="answer_empty", detail="the captioner wrote none", text="")
    judged = judge(text, facts)
    if judged.failed:
        wrong = "; ".join(f"{check.check}: {check.detail}" for check in judged.failed)
        return Refused(reason="unsupported", detail=wrong[:_MOST_DETAIL], text=text)
    return Distilled(
        text=text,
        model=settings.model or settings.backend,
        revision=settings.revision,
        prompt=f"{settings.backend}-v{chosen.version}",
        checks=[*judged.checks],
    )


def _jpeg(picture: Picture | None, side_px: int) -> bytes:
    assert picture is not None, "a question about a panel shows it"
    return jpeg_of(picture, side_px)
