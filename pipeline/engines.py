"""Engines: where parts are made: by processes of this machine, or as tasks of a cluster."""

from collections.abc import Callable, MutableMapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
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
    for option, value in (("--address", address), ("--store", store)):
        if value is not None and engine == "local":
            raise UsageError("is for a cluster.", where=option, mend="Add --engine ray.")
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} isn't there.", where="--engine", mend=f"Use {' or '.join(ENGINES)}.")
    if engine == "local":
        return local(count)
    from pipeline.cluster import Cluster, clustered, refuse_impossible
    from pipeline.depot import Depot

    cluster = Cluster(address, count, Depot.at(store) if store else None)
    refuse_impossible(cluster)
    return partial(clustered, cluster, count or cores())


def settle_ray(environ: MutableMapping[str, str]) -> None:
    """Let Ray tell nobody that something runs, and show a cluster the token that is there, which it asks for.

    Ray itself shows one to a cluster that it starts, but not to one that it joins.
    """
    environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    file = Path(environ.get("RAY_AUTH_TOKEN_PATH") or Path(environ.get("HOME", "/")) / ".ray" / "auth_token")
    if environ.get("RAY_AUTH_TOKEN") or file.is_file():
        environ.setdefault("RAY_AUTH_MODE", "token")
