"""Workspace batches: the questions that a workspace's panels still have, as batch files, and what came back of them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from captioning.asked import Answered
from captioning.asked_panels import ANSWERED, Model, questions
from captioning.batch_files import read_results, write_batches
from pipeline.engine import read_stamps
from pipeline.workspace import CURATED, Workspace
from schemas.errors import UsageError
from schemas.manifest import CaptioningSettings


def write(workspace: Workspace, settings: CaptioningSettings, folder: Path) -> dict[str, Any]:
    """Write what is to be asked about the panels of `4-curated`; return the files, and what is settled already.

    Raises:
        UsageError: no model is asked, there are no panels, or the folder holds batches already.
    """
    _refuse_no_model(workspace, settings)
    parts = sorted(read_stamps(workspace, CURATED))
    if not parts:
        mend = "bricks run MANIFEST --until 4-curated makes them."
        raise UsageError("there are no curated panels.", where=str(workspace.root), mend=mend)
    if any(folder.glob("batch-*.jsonl")):
        raise UsageError("there are batch files already.", where=str(folder), mend="Give another folder.")
    written = write_batches(questions(workspace, parts, settings), Model(settings, None).service(workspace), folder)
    settled = Counter(ANSWERED if isinstance(one, Answered) else one.reason for one in written.settled)
    return {"files": [str(path) for path in written.files], "lines": written.lines, "settled": dict(settled)}


def read(workspace: Workspace, settings: CaptioningSettings, paths: Iterable[Path]) -> dict[str, Any]:
    """Keep the answers in files of results; return how many, and the lines that hold none.

    Raises:
        UsageError: no model is asked, or a file isn't there.
    """
    _refuse_no_model(workspace, settings)
    service = Model(settings, None).service(workspace)
    told = [read_results(path, service) for path in paths]
    refused = [dict(zip(("id", "reason", "detail"), one, strict=True)) for each in told for one in each.refused]
    return {"kept": sum(each.kept for each in told), "refused": refused}


def told(said: dict[str, Any]) -> str:
    """Return what a person reads of either."""
    if "kept" in said:
        lines = [f"{one['id']}  {one['reason']}  {one['detail']}" for one in said["refused"]]
        return "\n".join([*lines, f"{said['kept']} answers are kept, {len(lines)} lines hold none"])
    settled = sum(said["settled"].values())
    return "\n".join([*said["files"], f"{said['lines']} questions are to be answered, {settled} panels are settled"])


def _refuse_no_model(workspace: Workspace, settings: CaptioningSettings) -> None:
    if settings.backend != "openai":
        raise UsageError(
            "its manifest asks no model.", where=str(workspace.root), mend="Set captioning.backend: openai."
        )
