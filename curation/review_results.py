"""Review results: writes what came of the queues, for the gate and the card, whenever a run or a review ends."""

from collections.abc import Callable
from sqlite3 import Connection

from curation.review_index import bring_up_to_date
from curation.review_items.origins import queues_of
from curation.review_statistics import result_of
from curation.review_tables import index_of, index_path
from pipeline.asked import forget_taken_down
from pipeline.review_results import decided, read_results, state_of
from pipeline.review_results import write_results as write
from pipeline.workspace import Workspace
from schemas.manifest import Manifest
from schemas.review import ReviewResults


def write_results(workspace: Workspace, manifest: Manifest, *, replayed: int | None = None) -> ReviewResults:
    """Bring the index up to date and write `review.json`; `replayed` is how many decisions a run has just replayed."""
    with index_of(workspace) as index:
        bring_up_to_date(index, workspace, manifest)
        results = results_of(index, workspace, manifest, replayed)
    write(workspace, results)
    return results


def results_of(
    index: Connection, workspace: Workspace, manifest: Manifest, replayed: int | None = None
) -> ReviewResults:
    """Return what came of the queues; who replayed nothing keeps what a run said last."""
    before = read_results(workspace)
    known = before.replayed if before else 0
    return ReviewResults(
        made_of=state_of(workspace, manifest),
        replayed=known if replayed is None else replayed,
        queues=tuple(result_of(index, queue) for queue in queues_of(manifest)),
    )


def after_run(workspace: Workspace, manifest: Manifest) -> Callable[[], None]:
    """Return what writes the results once a run is over that began now; nothing where nobody is asked anything."""
    count = decided(workspace)

    def done() -> None:
        forget_taken_down(workspace)
        if manifest.review.queues or index_path(workspace).exists():  # nothing that was taken down stays there
            write_results(workspace, manifest, replayed=count)

    return done
