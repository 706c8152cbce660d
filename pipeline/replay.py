"""Replay: the decisions in force at a stage as it carries them out, and why one of them isn't."""

from collections.abc import Callable, Sequence

from pipeline.decisions import Decided, Decision

IGNORED = "ignored"
"""What stamps call the decisions that were not carried out: the reasons by their marks."""
CHANGED, UNREADABLE = "what was seen has changed since", "what was decided can't be read"


class Replay:
    """What is in force while a part is made; `ignored` takes the mark of each that isn't carried out, and why."""

    def __init__(self, decided: Decided, ignored: dict[str, str] | None = None) -> None:
        self.decided = decided
        self.ignored = {} if ignored is None else ignored

    def on(self, record_id: str, field: str, *seen: Callable[[], str]) -> Decision | None:
        """Return the decision on a field, if what the person saw is what stands there now.

        Each of `seen` returns the hash of something that may have been shown; they are called only where somebody
        decided.
        """
        for said in self.about(record_id):
            if said.field == field:
                return self.holding(said, *seen)
        return None

    def about(self, record_id: str) -> Sequence[Decision]:
        """Return all decisions on a record, by field."""
        return self.decided.get(record_id, ())

    def holding(self, said: Decision, *seen: Callable[[], str]) -> Decision | None:
        """Return a decision, if what the person saw is what stands there now."""
        if not said.content_hash or any(said.content_hash == of() for of in seen):
            return said
        self.ignore(said, CHANGED)
        return None

    def ignore(self, said: Decision, why: str) -> None:
        """Note that a decision isn't carried out."""
        self.ignored[said.mark] = why
