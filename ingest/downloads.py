"""Downloads: what files that are fetched one by one have in common: when they came, and why some didn't."""

from collections.abc import Callable
from datetime import datetime

from ingest.session import Answer
from schemas.errors import SourceError


class Downloads:
    """The part of `ingest.connector.Files` that looks back; what is fetched goes through `_bring`."""

    def __init__(self) -> None:
        self._retrieved_at: dict[str, datetime] = {}
        self.failures: set[str] = set()
        """Reasons why a file that may be had didn't come."""

    def retrieved_at(self, name: str) -> datetime | None:
        """Return when the bytes came over the network."""
        return self._retrieved_at.get(name)

    def _bring(self, name: str, get: Callable[[], Answer]) -> bytes:
        try:
            answer = get()
        except SourceError as error:
            self.failures.add(error.reason)
            raise
        self._retrieved_at[name] = answer.retrieved_at
        return answer.read()
