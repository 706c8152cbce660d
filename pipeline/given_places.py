"""Given places: files and folders that an option names, told by it where they can't be written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.errors import FORBIDDEN, MACHINE_FAULTS, UsageError, said_by_system

_NO_ROOM = MACHINE_FAULTS - FORBIDDEN


@contextmanager
def written_to(given: Path | None, option: str) -> Iterator[None]:
    """Let what the operating system refuses below `given` name it and its option; no half of a file stays.

    Raises:
        UsageError: it can't be written.
    """
    try:
        yield
    except OSError as error:
        if given is None or not _is_there(error, given):
            raise
        with suppress(OSError):
            given.with_name(f".{given.name}.{os.getpid()}").unlink(missing_ok=True)
        first = "Make room there, or give" if error.errno in _NO_ROOM else "Give"
        first = "Give yourself rights to it, or" if error.errno in FORBIDDEN else first
        mend = f"{first} another place as {option}."
        raise UsageError(f"can't be written: {said_by_system(error)}.", where=str(given), mend=mend) from error


def _is_there(error: OSError, given: Path) -> bool:
    """Return whether a fault may be of what is written: a full disk names no file."""
    if error.filename is None:
        return error.errno in _NO_ROOM
    told, place = Path(os.fsdecode(error.filename)).absolute(), given.absolute()
    return told == place or place in told.parents or told in place.parents or told.name.startswith(f".{given.name}.")
