"""Review results: `review.json`, what came of the reviewers' queues; curation writes it, publishing reads it."""

from pathlib import Path

from pydantic import ValidationError

from pipeline.decisions import read_after
from pipeline.engine import read_stamps
from pipeline.store import fingerprint
from pipeline.workspace import STAGES, Workspace, read_json, write_json
from schemas.manifest import Manifest
from schemas.review import QueueResult, ReviewResults

_FILE = "review.json"


def results_path(workspace: Workspace) -> Path:
    """Return the file."""
    return workspace.root / _FILE


def state_of(workspace: Workspace, manifest: Manifest) -> str:
    """Return what names the state that results hold of: the parts of all stages, the queues, the decisions."""
    parts = {name: sorted((n, one.fingerprint) for n, one in read_stamps(workspace, name).items()) for name in STAGES}
    said = [(number, decision.mark) for number, decision in read_after(workspace.decisions, 0)]
    return fingerprint(parts, manifest.review.model_dump(mode="json"), said)


def decided(workspace: Workspace) -> int:
    """Return how many decisions stages have to replay: blind second verdicts aren't any."""
    return sum(said.stage in STAGES for _, said in read_after(workspace.decisions, 0))


def read_results(workspace: Workspace) -> ReviewResults | None:
    """Return the results, None where there are none that can be read."""
    said = read_json(results_path(workspace))
    try:
        return None if said is None else ReviewResults.model_validate(said)
    except ValidationError:
        return None


def why_unknown(workspace: Workspace, manifest: Manifest) -> str:
    """Return why the results don't speak of the workspace as it is; "" where they do."""
    results = read_results(workspace)
    if results is None:
        return "nothing was reviewed: `bricks review WORKSPACE` asks"
    if waiting := decided(workspace) - results.replayed:
        return f"{abs(waiting)} decisions aren't put to work yet: `bricks run MANIFEST` does"
    if results.made_of != state_of(workspace, manifest):
        return "what was reviewed is another state of the workspace: `bricks run MANIFEST` counts anew"
    return ""


def unmet(result: QueueResult) -> str:
    """Return why a queue's quota isn't met; "" where it is, or where there was nothing to ask."""
    if result.reviewed < result.asked:
        return f"{result.asked - result.reviewed} of {result.asked} are still to be reviewed"
    if result.require is None or result.right is None or result.right >= result.require:
        return ""
    return f"{result.accepted} of {result.reviewed} were ({result.right:.1%})"


def write_results(workspace: Workspace, results: ReviewResults) -> None:
    """Write the results, whole."""
    if read_results(workspace) != results:
        write_json(results_path(workspace), results.model_dump(mode="json"))
