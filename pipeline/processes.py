"""Processes: the workers of this machine, each a process that ends with the one that started it."""

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Protocol, TypeVar

from schemas.errors import STOPS, BricksError

GLANCE_S = 0.5
"""How often one who waits looks whether a signal came that another thread took."""
_CLOSING_S = 5.0

Given = TypeVar("Given")
Done = TypeVar("Done")


class Workers(Protocol):
    """Calls a function on every job, in whatever order they get done; both travel to other processes.

    Jobs `at_home` need what lies on this machine only.
    """

    def __call__(
        self, function: Callable[[Given], Done], jobs: Sequence[Given], *, at_home: bool = False
    ) -> Iterator[Done]: ...


class FarWorkers:
    """Workers on other machines too, each with processors and memory of its own."""

    sees_disk: bool
    """Whether all of them see the workspace."""

    def __call__(
        self, function: Callable[[Given], Done], jobs: Sequence[Given], *, at_home: bool = False
    ) -> Iterator[Done]:
        raise NotImplementedError


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(count: int, preload: Sequence[str] = ()) -> Iterator[Workers]:
    """Yield something that does jobs: this process for one worker, else `count` processes.

    They end when a call's jobs are done: what one stage has made them remember is no burden for the next.
    `preload` names the modules that the processes import once for all of them.
    """
    if count <= 1:
        yield here
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    pools: list[ProcessPoolExecutor] = []
    try:
        yield partial(_in_pool, partial(_opened, count, context), pools)
    except BaseException:
        _break_off(pools)
        raise
    while pools:
        _end(pools.pop())


def _end(pool: ProcessPoolExecutor) -> None:
    with undisturbed():  # an interrupted join takes the pool's thread for ended, and workers are never told to go
        pool.shutdown()


def _break_off(pools: Sequence[ProcessPoolExecutor]) -> None:
    """End the workers in the midst of their jobs; a part that is half made is made again.

    Pools are waited for, so that the interpreter's end doesn't wake one that is just closing; but not for long, since
    a worker that died in the midst of its answer is waited for in vain.
    """
    with undisturbed():
        for process in multiprocessing.active_children():
            process.terminate()
        for pool in pools:
            closing = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
            closing.start()
            closing.join(_CLOSING_S)


def here(function: Callable[[Given], Done], jobs: Sequence[Given], *, at_home: bool = False) -> Iterator[Done]:
    """Do the jobs in this process, in their order."""
    yield from map(function, jobs)


def _begin() -> None:
    """Let this process end when the one that started it is killed: nobody writes after a run is over.

    An interruption from the keyboard reaches every process of a terminal; it is the parent's to act on.
    """
    gc.freeze()  # a collection would write to all that was loaded before, and what processes share would be each one's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off what a signal would raise: in the midst of a pool it leaves a lock held for good, and nothing ends.

    Blocking the signal wouldn't do, since any other thread may take it; its handler runs in this one all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    handlers = {number: handler for number in STOPS if callable(handler := signal.getsignal(number))}
    for number in handlers:
        signal.signal(number, lambda *said: came.append(said))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:  # before what went wrong meanwhile: who ends all processes at once is why some are missed
            handlers[signal.Signals(came[0][0])](*came[0])


def _in_pool(
    open_pool: Callable[[], ProcessPoolExecutor],
    pools: list[ProcessPoolExecutor],
    function: Callable[[Given], Done],
    jobs: Sequence[Given],
    *,
    at_home: bool = False,
) -> Iterator[Done]:
    if len(jobs) <= 1:  # not worth a process
        yield from map(function, jobs)
        return
    _give_back()
    done: SimpleQueue[Future[Done]] = SimpleQueue()
    with undisturbed():
        pool = open_pool()
        pools.append(pool)
    try:
        with undisturbed(), _no_server_lost():
            for job in jobs:
                pool.submit(function, job).add_done_callback(done.put)
        for _ in jobs:
            future = _next_of(done)
            with undisturbed():
                result = _result(future)
            yield result
    except BrokenProcessPool as error:
        raise BricksError(
            "a worker process was killed, perhaps for want of memory.",
            mend="What is done is safe: run the same command again, with fewer --workers if it lasts.",
        ) from error
    _end(pool)
    pools.remove(pool)


@contextmanager
def _no_server_lost() -> Iterator[None]:
    """Take a fork server that is gone, while it was asked for a worker, for a worker that is gone."""
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise BrokenProcessPool(str(error)) from error


def _opened(count: int, context: ForkServerContext) -> ProcessPoolExecutor:
    """Open a pool whose fork server and tracker are deaf to what a terminal tells all processes.

    That is this one's to act on. What they start is deaf by inheritance; by itself the fork server would only be once
    it has imported what workers need, and the tracker never to a terminal that closes.
    """
    deaf = {signal.SIGINT, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, deaf)
    try:
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, deaf)  # which that lifts
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return ProcessPoolExecutor(count, context, _begin)


def _give_back() -> None:
    """Let the system have what this process has freed, before others come beside it."""
    from pyarrow import default_memory_pool

    default_memory_pool().release_unused()


def _result(future: Future[Done]) -> Done:
    """Return what a job came to.

    Raises:
        BricksError: it can't travel to another process, as what a plug-in makes within a function can't.
    """
    try:
        return future.result()
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        if "pickle" not in str(error):
            raise
        mend = "What a plug-in makes must stand at the top of a module that can be imported; or use --workers 1."
        raise BricksError(f"what workers need can't be sent to them: {error}.", mend=mend) from error


def _next_of(done: SimpleQueue[Done]) -> Done:
    """Wait for what gets done next, with a glance now and then at signals that another thread took."""
    while True:
        try:
            return done.get(timeout=GLANCE_S)
        except Empty:
            continue
