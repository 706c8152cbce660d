"""Last words: what was printed leaves the process while an error about it can still be told."""

import atexit
import os
import signal
import sys
import time
from typing import NoReturn

from schemas.errors import SAME_STOP_S, STOPS


def let_out() -> None:
    """Let out what was printed while an error can still be told; the interpreter would try it after the end."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "stdout") from error


def close_undisturbed() -> None:
    """Let no stop cut off the interpreter's own end, which would be told as a process that died of it.

    It comes when threads have ended and all is said, and is brief. To be called before others ask to be called at
    exit: what is asked for first comes last.
    """
    atexit.register(lambda: [signal.signal(number, signal.SIG_IGN) for number in STOPS])


def leave(code: int) -> NoReturn:
    """End this process; who asks for that again, while its threads are waited for, is obeyed without a word.

    One that follows at once is the same stop (`schemas.errors.stop`), and nothing is cut off for it.
    """
    left_s = time.monotonic()

    def obey(number: int, frame: object) -> None:
        if time.monotonic() - left_s > SAME_STOP_S:
            os._exit(code)

    for number in STOPS:
        if callable(signal.getsignal(number)):
            signal.signal(number, obey)
    sys.exit(code)
