"""Cluster: parts made as tasks of Ray, on a cluster that is there already or on one that is started here.

A worker does what a process of this machine does, so the bytes are the same. Few tasks are in flight at a time, but
more than there is room for: that lets a cluster grow. One whose worker or machine was lost is done again. Where workers
don't see this disk, parts travel through `pipeline.depot`.
"""

import hashlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.depot import Depot, arrived, made_away, may_travel, packed
from pipeline.pace import Pace
from pipeline.processes import GLANCE_S, Done, FarWorkers, Given, Workers, undisturbed, workers
from schemas.errors import BricksError, UsageError

_RETRIES = 3
"""Of a task, when its worker is lost."""
_WAITING = 2
"""Tasks a processor that are asked for at once: one at work, and one that waits: so a cluster sees what is wanted."""
_PATIENCE_S = 10.0
_PACKAGES = ("captioning", "curation", "ingest", "pipeline", "publishing", "schemas")


@dataclass(frozen=True)
class Cluster:
    """Where tasks are done."""

    address: str | None = None
    """`auto`, or a head's host and port; None: one is started here, and ends with the run."""
    workers: int | None = None
    """Tasks at a time; None: as many as there is room for."""
    store: Depot | None = None
    """Through which parts travel; None: all machines see the workspace at the same path."""


@dataclass(frozen=True)
class _Sent:
    """What a task is told beside its job."""

    folder: Path
    """Where the run was started, from which its relative paths lead."""
    code: str


def refuse_impossible(cluster: Cluster) -> None:
    """Refuse, before anything is done, what no run could use.

    Raises:
        UsageError: Ray isn't installed, or nobody listens at the address.
    """
    if find_spec("ray") is None:
        raise UsageError("Ray isn't installed.", where="--engine ray", mend="pip install 'bricks[ray]'.")
    try:
        _refuse_deaf(cluster.address)
    except OSError as error:
        raise _no_cluster(cluster, error) from error


@contextmanager
def clustered(cluster: Cluster, count: int, preload: Sequence[str] = ()) -> Iterator[Workers]:
    """Yield something that does jobs as tasks of a cluster; what stays at home, `count` processes of this machine do.

    Raises:
        UsageError: there is no cluster at the address.
    """
    # Ray says on stdout when a worker is lost: what is asked for there is an answer alone
    with redirect_stdout(sys.stderr), _joined(cluster, count) as ray, workers(count, preload) as home:
        yield _Spread(ray, cluster, home)


@contextmanager
def _joined(cluster: Cluster, count: int) -> Iterator[Any]:
    ray: Any = import_module("ray")
    # one that is started here listens to this machine alone
    here = {"num_cpus": count, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    with _own_handlers():
        try:
            options = {} if cluster.address else here
            ray.init(cluster.address or "local", **options, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:  # bare ones too, as when it starts too slowly
            raise _no_cluster(cluster, error) from error
    try:
        yield ray
    finally:
        with undisturbed():
            ray.shutdown()


def _no_cluster(cluster: Cluster, error: Exception) -> UsageError:
    where = f"--address {cluster.address}" if cluster.address else "--engine ray"
    mend = (
        "It is there if `ray status` on its head says so; it wants the same RAY_AUTH_TOKEN, or ~/.ray/auth_token, as"
        " its head has. Without --address one is started on this machine."
        if cluster.address
        else "The same command may do it when the machine has less to do; --engine local needs none."
    )
    return UsageError(f"no Ray cluster: {' '.join(str(error).split())}", where=where, mend=mend)


@contextmanager
def _own_handlers() -> Iterator[None]:
    """Keep the handlers of signals that stand: Ray puts its own there."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _refuse_deaf(address: str | None) -> None:
    """Refuse an address where nobody listens: Ray asks there for minutes, and ends the process then.

    Raises:
        OSError: why nobody was reached.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()


@dataclass(frozen=True)
class _Spread(FarWorkers):
    """Does jobs where they can be done."""

    ray: Any
    cluster: Cluster
    home: Workers

    @property
    def sees_disk(self) -> bool:  # type: ignore[override]
        return self.cluster.store is None

    def __call__(
        self, function: Callable[[Given], Done], jobs: Sequence[Given], *, at_home: bool = False
    ) -> Iterator[Done]:
        depot = self.cluster.store
        if at_home or (depot and not may_travel(function, jobs)):
            return self.home(function, jobs)
        if depot is None:
            return _tasks(self.ray, self.cluster, function, jobs)
        return self._away(depot, jobs)

    def _away(self, depot: Depot, jobs: Sequence[Any]) -> Iterator[Any]:
        orders = (packed(depot, job) for job in jobs)
        for parcel in _tasks(self.ray, self.cluster, partial(made_away, depot), orders):
            yield arrived(depot, parcel)


def _tasks(ray: Any, cluster: Cluster, function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:  # noqa: ANN401
    """Yield what comes of each job, in whatever order they get done."""
    task = ray.remote(max_retries=_RETRIES, num_cpus=1, scheduling_strategy="SPREAD")(_in_task)
    sent, left = ray.put(_Sent(Path.cwd(), code_digest())), iter(jobs)
    asked: list[Any] = []
    alone = Pace("waiting for machines: the cluster has no processor; tasks done")
    try:
        while True:
            more = islice(left, max(0, _room(ray, cluster, alone) - len(asked)))
            with undisturbed():
                asked += [task.remote(sent, function, job) for job in more]
            if not asked:
                return
            with undisturbed():  # an exception in there is lost in Ray's own code
                done, asked = ray.wait(asked, timeout=GLANCE_S)
            for reference in done:
                yield _told(ray, reference)
    finally:
        with undisturbed():
            for reference in asked:
                ray.cancel(reference, force=True)


def _room(ray: Any, cluster: Cluster, told: Pace) -> int:  # noqa: ANN401
    """Return how many tasks may be in flight; a cluster without processors is told of while it lasts."""
    processors = ray.cluster_resources().get("CPU", 0)
    if processors < 1:
        told.step(0)
    return cluster.workers or max(1, int(_WAITING * processors))


def _in_task(sent: _Sent, function: Callable[[Any], Any], job: Any) -> tuple[bool, Any]:  # noqa: ANN401
    """Do a job, in a worker; return whether it was done, and what came of it: its result, or an error on purpose."""
    try:
        if code_digest() != sent.code:
            mend = "Install the same bricks on every machine of the cluster: another one may write other bytes."
            raise UsageError(
                "this machine has another bricks than the one that asks.", where=os.uname().nodename, mend=mend
            )
        if sent.folder.is_dir():
            os.chdir(sent.folder)
        return True, function(job)
    except (BricksError, OSError, MemoryError) as error:
        return False, error


def _told(ray: Any, reference: Any) -> Any:  # noqa: ANN401
    try:
        with undisturbed():
            is_done, said = ray.get(reference)
    except ray.exceptions.RayTaskError:
        raise  # a bug in what was asked: its traceback is what helps
    except ray.exceptions.RayError as error:
        raise BricksError(
            f"a task was lost {1 + _RETRIES} times with its worker, perhaps for want of memory: {type(error).__name__}",
            mend="What is done is safe: run the same command again, with fewer --workers if it lasts.",
        ) from error
    if not is_done:
        raise said
    return said


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return what tells one state of bricks from another: a digest of its code."""
    home, digest = Path(__file__).resolve().parent.parent, hashlib.blake2b(digest_size=16)
    for path in sorted(path for name in _PACKAGES for path in (home / name).rglob("*.py")):
        digest.update(f"{path.relative_to(home).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
