"""ELN states: whether an exporter says of an entry or a file that it is deleted or archived, in any of their ways."""

import re
from collections.abc import Mapping

from ingest.eln_crate import Crate, Node, many, text_of

_STATE_KEYS = ("creativeWorkStatus", "status", "state")
_STATES = {
    **dict.fromkeys(("deleted", "trashed", "removed", "in trash"), "deleted"),
    **dict.fromkeys(("archived", "archive"), "archived"),
}
_FLAGS = {
    **dict.fromkeys(("deleted", "isDeleted", "is_deleted", "dateDeleted", "deletedAt", "deleted_at"), "deleted"),
    **dict.fromkeys(("archived", "isArchived", "is_archived", "dateArchived", "archivedAt", "archived_at"), "archived"),
}
"""Properties that say it by yes, or by a date."""
_NO = frozenset({"", "false", "no", "0", "0.0", "null", "none"})


def state_of(crate: Crate, node: Node) -> str | None:
    """Return "deleted" or "archived", where the exporter says so of an entry or a file."""
    states = (_STATES.get(_state(crate, each)) for key in _STATE_KEYS for each in many(node.get(key)))
    flags = (state for key, state in _FLAGS.items() if text_of(node.get(key)).lower() not in _NO)
    return next(filter(None, [*states, *flags]), None)


def _state(crate: Crate, value: object) -> str:
    """Return the words of a state: it may be a node, or the id of a term that nobody describes."""
    at_id = text_of(value.get("@id")) if isinstance(value, Mapping) else ""
    words = crate.words(value) or re.split(r"[/#:]", at_id)[-1] or text_of(value)
    return re.split(r"[/#]", words)[-1].strip().lower()
