"""Review memory: what was decided on and carried out, as it was shown, so that it can be seen, undone or corrected."""

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from operator import itemgetter

from curation.review_outcomes import Standing, places_of, standing_of
from pipeline.asked import Asked, packed, read_asked
from pipeline.decisions import Decision, read, read_after
from pipeline.engine import read_stamps
from pipeline.replay import IGNORED
from pipeline.store import part_numbers, part_path, read_rows
from pipeline.workspace import FIGURES, STAGES, Workspace
from schemas.review import PicturePlace, ReviewItem

Place = tuple[int, int]
"""A part of `1-figures`, and a row in it."""


class Memory:
    """The items of which a decision is carried out now, as they were before it; read when first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _bodies(self) -> dict[str, bytes]:
        """Return the items by their keys, packed: there may be many."""
        return {item.key: packed(item) for item in _carried_out(self._workspace)}

    def before(self, item: ReviewItem) -> ReviewItem:
        """Return an item as it was shown to who decided, where that is carried out; its pictures lie where they are."""
        then = self._item(item.key)
        if then is None:
            return item
        names = ("part", "figure_row", "pictures", "stratum")
        return then.model_copy(update={name: getattr(item, name) for name in names})

    def items(self, queue: str, origin: str) -> Iterator[ReviewItem]:
        """Yield all of a queue."""
        for key in self._bodies:
            item = self._item(key)
            if item is not None and (item.queue, item.origin) == (queue, origin):
                yield item

    def _item(self, key: str) -> ReviewItem | None:
        body = self._bodies.get(key)
        return Asked(key, (), body).item if body else None


def left_out(workspace: Workspace, known: Container[str]) -> Iterator[tuple[ReviewItem, Standing]]:
    """Yield what was decided on of which neither a stage nor the index has an item: what was shown has changed since.

    `known` are the keys of the index's items.
    """
    told = [one for one in read_asked(workspace) if one.key not in known]
    log = defaultdict[str, list[tuple[int, Decision]]](list)
    for number, said in read_after(workspace.decisions, 0) if told else ():
        log[said.id].append((number, said))
    for item in _here(workspace, [(one, one.item) for one in told]):
        ids = {place.split("/", 2)[1] for place in places_of(item)}
        stands = standing_of(item, sorted((each for key in ids for each in log[key]), key=itemgetter(0)))
        if stands.state in ("answered", "disagreed"):
            yield item, stands


def _carried_out(workspace: Workspace) -> Iterator[ReviewItem]:
    """Yield the items that a stage was made by a decision on."""
    told = list(read_asked(workspace))
    done = _places(workspace) if told else set()
    yield from _here(workspace, [(one, item) for one in told if done & _wanted(item := one.item)])


def _here(workspace: Workspace, kept: Sequence[tuple[Asked, ReviewItem]]) -> Iterator[ReviewItem]:
    """Yield the items whose pictures are all here, with where they lie now."""
    at = _figures(workspace, {str(each["id"]) for one, _ in kept for each in one.figures}) if kept else {}
    for one, item in kept:
        places = [at.get(str(each["id"])) for each in one.figures]
        found = [place for place in places if place is not None]
        if len(found) == len(item.pictures):
            yield _placed(item, found)


def _wanted(item: ReviewItem) -> set[tuple[str, str]]:
    """Return the decisions that may answer an item, by place and hash: one without a hash holds of any content."""
    return {each for place, seen in places_of(item).items() for each in ((place, seen), (place, ""))}


def _places(workspace: Workspace) -> set[tuple[str, str]]:
    """Return where a decision, in force still or not, was carried out when its stage was last made."""
    done = {(name, mark) for name in STAGES for mark in _marks(workspace, name)}
    log = read(workspace.decisions)
    carried = (said for said in log if (said.stage, said.mark) in done)
    return {(f"{said.stage}/{said.id}/{said.field}", said.content_hash) for said in carried}


def _marks(workspace: Workspace, name: str) -> Iterator[str]:
    for stamp in read_stamps(workspace, name).values():
        yield from set(stamp.decided) - set(stamp.extra.get(IGNORED, {}))


def _figures(workspace: Workspace, wanted: set[str]) -> dict[str, Place]:
    """Return where figures lie now."""
    folder = workspace.stage(FIGURES)
    return {
        row["id"]: (number, at)
        for number in part_numbers(folder)
        for at, row in enumerate(read_rows(part_path(folder, number), ["id"], batch=4096))
        if row["id"] in wanted
    }


def _placed(item: ReviewItem, at: list[Place]) -> ReviewItem:
    pictures = tuple(_moved(picture, *place) for picture, place in zip(item.pictures, at, strict=True))
    part, row = at[0]
    return item.model_copy(update={"part": part, "figure_row": row, "pictures": pictures})


def _moved(picture: PicturePlace, part: int, row: int) -> PicturePlace:
    return picture.model_copy(update={"part": part, "figure_row": row})
