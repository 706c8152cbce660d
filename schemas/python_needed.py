"""Python needed: refuses one that is too old, in words that it can read itself; imported before all else."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (a checkout is run by whatever python stands first)
    _HAVE = ".".join(str(number) for number in sys.version_info[:3])
    sys.exit("bricks needs Python 3.11 or newer, and this is " + _HAVE + ". Run it with another, such as python3.11.")
