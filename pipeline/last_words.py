"""Last words: what was printed leaves the process while an error about it can still be told."""

import os
import signal
import sys
from typing import NoReturn


def let_out() -> None:
    """Let out what was printed while an error can still be told; the interpreter would try it after the end."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "stdout") from error


def leave(code: int) -> NoReturn:
    """End this process; who asks for that again, while threads are waited for, is obeyed at once and without a word."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if callable(signal.getsignal(number)):
            signal.signal(number, lambda *_: os._exit(code))
    sys.exit(code)
