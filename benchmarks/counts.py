"""Counts: what a number among a benchmark's options may be, so that one that can't be is told in a line."""

import argparse


def at_least_one(said: str) -> int:
    """Return a count.

    Raises:
        ArgumentTypeError: it is none, or none that anything can be made of.
    """
    try:
        count = int(said)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"{said!r} is no number of 1 or more")
    return count
