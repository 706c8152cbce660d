"""Gates: what a dataset must hold before it leaves this machine, each with the rows that fail."""

import logging
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.engine import read_stamps
from pipeline.review_results import read_results, unmet, why_unknown
from pipeline.workspace import CAPTIONED, Workspace
from publishing.config_gate import misnamed
from publishing.croissant_gate import refuse_uninstalled, untrue
from publishing.dataset_note import seals_remembered
from publishing.file_gates import Made, beyond_limits, foreign, masked_as, torn, unlike
from publishing.harvested import harvested_credits
from publishing.joins import published
from publishing.leakage import check_leakage
from publishing.privacy import of_manifest
from publishing.privacy import personal as personal_in_files
from publishing.question_figures import figures_of, files_of
from publishing.questions import barred_sums
from publishing.refused import Refused
from publishing.row_gates import contaminated, strayed, unattributed, unsound, wrong_licences
from publishing.segmentation import segmented
from publishing.takedown_gate import taken_down
from publishing.text_only import blind_answers
from schemas.blind_answers import FILE as BLIND
from schemas.manifest import Manifest
from schemas.plugins import names, plugin

_log = logging.getLogger(__name__)

PLUG_IN = "plug-in"
"""Where a gate of a plug-in refuses that could not look."""
GATES = (
    "whole", "columns", "rows", "taken_down", "licences", "attribution", "splits", "contamination",
    "review", "questions", "personal", "viewer", "croissant", "reload",
)  # fmt: skip
"""In the order they are asked in; each by itself, so that one fault is told once. Those of plug-ins come after."""


@dataclass(frozen=True)
class Verdict:
    """What a gate says, with all that it refuses."""

    gate: str
    refused: tuple[Refused, ...]


def verdicts(workspace: Workspace, folder: Path, manifest: Manifest, *, personal: bool = False) -> Iterator[Verdict]:
    """Yield what each gate says of the dataset at `folder`; what looks `personal` may be let out by who looked at it.

    A dataset that isn't whole, or whose rows aren't what they are taken for, is judged by no later gate: it says
    nothing then.

    Raises:
        UsageError: what a gate judges with isn't installed.
    """
    refuse_uninstalled()
    whole = torn(folder, seals_remembered(workspace))
    for gate, refused in (("whole", whole), ("columns", foreign(folder)), ("rows", unsound(folder))):
        verdict = Verdict(gate, tuple(refused))
        yield verdict
        if verdict.refused:
            return
    judged: dict[str, Iterable[Refused]] = {
        "taken_down": taken_down(workspace, folder),
        "licences": _misused(workspace, folder, manifest),
        "attribution": _unattributed(workspace, folder),
        "splits": _in_two_splits(folder),
        "contamination": contaminated(folder),
        "review": _unreviewed(workspace, manifest),
        "questions": _guessable(workspace, folder, manifest),
        "personal": () if personal else _personal(folder, manifest),
        "viewer": beyond_limits(folder),
        "croissant": untrue(folder),
        "reload": _reloaded(workspace, folder),
    }
    for gate in GATES[3:]:
        yield Verdict(gate, tuple(judged[gate]))
    for name in names("gate"):
        yield Verdict(name, tuple(_by_plugin(name, folder, manifest)))


def _by_plugin(name: str, folder: Path, manifest: Manifest) -> Iterator[Refused]:
    """Yield what a plug-in's gate refuses; one that is broken or fails lets nothing out, since it can't have looked."""
    found = plugin("gate", name)
    if found is None or found.described is None:
        yield Refused(name, PLUG_IN, None, f"can't be used: {found.why_not if found else 'it is gone'}")
        return
    try:
        for said in found.described.judge(folder, manifest):
            yield Refused(name, said.place, said.id, said.why)
    except Exception as error:  # noqa: BLE001  (a stranger's code; what it was to find is not known then)
        _log.debug("the gate %s failed", found.told, exc_info=error)
        *_, last = traceback.extract_tb(error.__traceback__)
        why = f"{found.told} failed at {last.filename}:{last.lineno}: {type(error).__name__}: {error}"
        yield Refused(name, PLUG_IN, None, why)


def _misused(workspace: Workspace, folder: Path, manifest: Manifest) -> Iterator[Refused]:
    yield from wrong_licences(folder, manifest.licenses, harvested_credits(workspace))


def _unattributed(workspace: Workspace, folder: Path) -> Iterator[Refused]:
    yield from unattributed(folder, harvested_credits(workspace))


def _in_two_splits(folder: Path) -> Iterator[Refused]:
    for leak in check_leakage(folder).leaks:
        yield Refused("splits", leak.value, None, f"this {leak.kind} stands in {' and '.join(leak.splits)}")
    yield from strayed(folder)


def _unreviewed(workspace: Workspace, manifest: Manifest) -> Iterator[Refused]:
    """Yield queues whose quota isn't met, or of which nobody knows, since what was reviewed is another state."""
    required = {queue.name: queue.require for queue in manifest.review.queues if queue.require is not None}
    if not required:
        return
    why = why_unknown(workspace, manifest)
    results = None if why else read_results(workspace)
    told = {result.name: unmet(result) for result in results.queues} if results else {}
    for name, share in required.items():
        if reason := why or told.get(name, "nothing was reviewed"):
            yield Refused("review", name, None, f"{share:.0%} must be right, and {reason}")


def _guessable(workspace: Workspace, folder: Path, manifest: Manifest) -> Iterator[Refused]:
    blind = blind_answers(workspace.root)
    if blind is None and (workspace.root / BLIND).exists():
        yield Refused("questions", BLIND, None, "can't be read: remove it, or ask anew with bricks questions --blind")
    if files_of(folder):
        rate = manifest.questions.none_of_the_above if manifest.questions else 0.0
        for found in figures_of(folder, rate, blind=blind)["gates"]:
            if found["fires"]:
                why = f"{found['gate']}: {found['found']:.2f} beside {found['fair']:.2f} in a fair set"
                yield Refused("questions", found["task"] or "questions", None, why)


def _personal(folder: Path, manifest: Manifest) -> Iterator[Refused]:
    for found in personal_in_files(folder, of_manifest(manifest)):
        yield Refused(
            "personal", f"{found.view}: {found.column}", found.id, f"looks like a {found.kind} of {found.source_id}"
        )


def _reloaded(workspace: Workspace, folder: Path) -> Iterator[Refused]:
    """Yield what loads otherwise; pictures are rendered anew only once it is this gate's turn."""
    yield from misnamed(folder)
    yield from unlike(folder, _made(workspace))


def _made(workspace: Workspace) -> dict[str, Made]:
    """Return each panel's picture, and each question's with a bar, by its id; rendered anew from what was harvested."""
    made: dict[str, Made] = {}
    for number in sorted(read_stamps(workspace, CAPTIONED)):
        for run in published(workspace, number):
            keys = run.rows["id"].to_pylist()
            told = run.rows.select(["image_sha256", "source_sha256", "raw_format"]).to_pylist()
            made |= {key: Made(**one) for key, one in zip(keys, told, strict=True)}
            for at, question, shown in barred_sums(run):
                made[question] = replace(made[keys[at]], image_sha256=shown)
            for at, row in segmented(run):
                masked = masked_as(row.select(["mask", "instances"]).to_pylist()[0])
                made[keys[at]] = replace(made[keys[at]], masked=masked)
    return made
