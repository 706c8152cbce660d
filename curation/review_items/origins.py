"""Origins: the queues of a workspace, and the items of each, part by part."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from curation.gates import LICENSE_QUEUE
from curation.review_items import captions, duplicates, kinds, licences, panels, questions, subcaptions, tags
from curation.review_items.joined import JoinedPanel, joined_panels
from pipeline.engine import read_stamps
from pipeline.store import fingerprint, read_stamp
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, GROUPS, PANELS, Workspace
from schemas.manifest import Manifest, Queue
from schemas.review import ReviewItem

VERSION = 4
"""Raised when what items show changes."""
_ALL = -1
"""The part of a queue that is made of all parts at once."""
_OF_PANELS: Mapping[str, Callable[[Queue, Iterable[JoinedPanel]], Iterator[ReviewItem]]] = {
    "panels": panels.items,
    "subcaptions": subcaptions.items,
    "kinds": kinds.items,
    "licenses": licences.items,
    "tags": tags.items,
    "captions": captions.items,
    "questions": questions.items,
}
_OF_HELD = frozenset({"panels", "kinds", "licenses", "tags"})
"""Origins that ask about what waits in the queue, and about nothing else."""
_LATE = frozenset({"captions", "questions"})


def queues_of(manifest: Manifest) -> list[Queue]:
    """Return the manifest's queues, and that of licences, which are always held where nobody can read them."""
    asked = list(manifest.review.queues)
    if any(queue.origin == "licenses" for queue in asked):
        return asked
    name = LICENSE_QUEUE if all(queue.name != LICENSE_QUEUE for queue in asked) else f"unread-{LICENSE_QUEUE}"
    return [*asked, Queue.model_validate({"name": name, "from": "licenses"})]


def parts_of(queue: Queue, workspace: Workspace) -> dict[int, str]:
    """Return the parts that a queue's items come from, with the fingerprint of all that they are made of."""
    settings = (VERSION, queue.model_dump(mode="json"))
    grouped = read_stamps(workspace, GROUPS).get(0)
    digests = grouped.extra["digests"] if grouped else {}
    stages = [FIGURES, PANELS] if queue.origin == "duplicates" else [FIGURES, PANELS, CURATED]
    stages += [CAPTIONED] if queue.origin in _LATE else []
    of_part: dict[int, list[str]] = {}
    stamps = [read_stamps(workspace, stage) for stage in stages]
    for number in sorted(set.intersection(*(set(each) for each in stamps)) if grouped else ()):
        of_part[number] = [each[number].fingerprint for each in stamps]
    if queue.origin == "duplicates":
        return {_ALL: fingerprint(settings, grouped and grouped.fingerprint, of_part)} if of_part else {}
    return {number: fingerprint(settings, digests.get(str(number)), said) for number, said in of_part.items()}


def items_of(queue: Queue, workspace: Workspace, number: int) -> Iterator[ReviewItem]:
    """Yield the items of a queue that a part holds."""
    if queue.origin == "duplicates":
        yield from duplicates.items(queue, workspace)
    elif queue.origin not in _OF_HELD or _holds(queue, workspace, number):
        yield from _OF_PANELS[queue.origin](queue, joined_panels(workspace, number))


def _holds(queue: Queue, workspace: Workspace, number: int) -> bool:
    """Return whether anything of a part waits in a queue."""
    stamp = read_stamp(workspace.stage(CURATED), number)
    return stamp is not None and not {queue.name, LICENSE_QUEUE}.isdisjoint(stamp.counts.held)
