"""Engines: where parts are made: by processes of this machine, or as tasks of a cluster."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeAlias

from pipeline.processes import Workers, cores, workers
from schemas.errors import UsageError

ENGINES = ("local", "ray")
Making: TypeAlias = Callable[[Sequence[str]], AbstractContextManager[Workers]]
"""Opens the workers; is given the modules that they import once."""


def local(count: int | None = None) -> Making:
    """Return what makes parts on this machine, with `count` processes, or one a core."""
    return partial(workers, count or cores())


def making(engine: str, count: int | None, *, address: str | None = None, store: str | None = None) -> Making:
    """Return what makes parts as the options of a command say.

    Raises:
        UsageError: there is no such engine, cluster or store, or an option is another engine's.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} isn't there.", where="--engine", mend=f"Use {' or '.join(ENGINES)}.")
    if engine == "local":
        for option, value in (("--address", address), ("--store", store)):
            if value is not None:
                raise UsageError("is for a cluster.", where=option, mend="Add --engine ray.")
        return local(count)
    from pipeline.cluster import Cluster, clustered, refuse_impossible
    from pipeline.depot import Depot

    cluster = Cluster(address, count, Depot.at(store) if store else None)
    refuse_impossible(cluster)
    return partial(clustered, cluster, count or cores())
