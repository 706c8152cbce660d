"""Rechecking: asks a source about each article; where it is silent, the others are asked all the same."""

from collections.abc import Callable, Iterable, Iterator

from ingest.connector import Change, Known
from schemas.errors import SourceError

_NAMED = 10
GONE = frozenset({"http_404", "http_410"})
"""Answers that say of an article that it is gone; 403 says no more than that the key may not read it."""


def one_by_one(known: Iterable[Known], ask: Callable[[Known], Iterable[Change]], what: str) -> Iterator[Change]:
    """Yield what `ask` tells of each article; `what` is what the source calls them, in the plural.

    Raises:
        SourceError: after all others were asked, where some gave no answer: they may have changed.
    """
    silent: list[str] = []
    for one in known:
        try:
            yield from ask(one)
        except SourceError as error:
            silent.append(f"{one.source_id} ({error.reason})")
    if silent:
        some = ", ".join(silent[:_NAMED]) + (", …" if len(silent) > _NAMED else "")
        stays = "what is here of them stays; `bricks remove --source-id` takes it out"
        raise SourceError("recheck_incomplete", f"{len(silent)} {what} gave no answer: {some}; {stays}")


def change(known: Known, what: str, before: str | None, after: str | None, evidence: str) -> Change:
    """Return what has changed of `known`."""
    told = {"what": what, "before": before, "after": after, "evidence": evidence}
    return Change.model_validate({"source": known.source, "source_id": known.source_id} | told)
