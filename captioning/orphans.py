"""Orphans: ends what a command started where the command itself is killed outright; a program of its own.

It is started by its path, isolated, and knows the standard library alone. On its stdin comes a process's number, which
is its group's too, and then `done` when all of that has ended in order; where stdin ends without, whoever wrote there
is dead. A signal from the kernel to the first process (PR_SET_PDEATHSIG) isn't enough: asked to end, a server waits for
the answers that it is giving, for ever where nobody takes them, and its children are nobody's.
"""

import os
import signal
import sys
import time
from contextlib import suppress

_GRACE_S = 2.0
"""From being asked to being killed; vLLM without requests ends in two or three seconds."""
_LOOK_EVERY_S = 0.05
DONE = b"done"


def main() -> None:
    """Wait for the end of stdin, and end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when there is nothing left to end
    first, *rest = sys.stdin.buffer.readlines() or [b""]
    if first.strip().isdigit() and DONE not in [line.strip() for line in rest]:
        end(int(first))


def end(group: int) -> None:
    """Ask the first of a group to end, and kill them all where that isn't enough."""
    with suppress(ProcessLookupError):
        os.kill(group, signal.SIGINT)
    until_s = time.monotonic() + _GRACE_S
    while time.monotonic() < until_s and has_members(group):
        time.sleep(_LOOK_EVERY_S)
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def has_members(group: int) -> bool:
    """Return whether a process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
