"""OMERO link: the connection of this process to an OMERO server, through idr-py; every fault has a name.

idr-py and omero-py (the extra `idr`) are under the GPL: nothing of them is here, they are imported when a first
question is asked, and in this file alone. Credentials never reach an error; neither do the server's own words.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing.util import Finalize
from traceback import walk_tb
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from pydantic import Field, PositiveFloat, SecretStr

from schemas.errors import BricksError, SourceError, UsageError
from schemas.manifest_sources import IDR_OMERO_URL
from schemas.records import Record

"""Where the Image Data Resource lets anybody in as `public`: Ice over a web socket, as in OME's own workshops."""

_NO_EXTRA = "pixels: omero needs the extra `idr`"
_INSTALL = "Run scripts/install_idr.sh of a checkout of bricks; its docs/idr.md says what it needs."
_ANEW = frozenset({"session_expired", "connection", "omero_error"})
"""Reasons that a connection in use may end for without anybody's fault; the question is asked once more."""
_GOODBYE_S = 5
"""How long a server may take to say goodbye."""

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)


class OmeroServer(Record):
    """Where an OMERO server listens, and who asks it."""

    url: Annotated[str, Field(pattern=r"^(ws|wss|tcp|ssl)://[\w.-]+(:\d{1,5})?(/[\w./-]*)?$")] = IDR_OMERO_URL
    """A transport of Ice with host, port and path; strict, since it becomes a part of an Ice address."""
    user: str = "public"
    password: SecretStr = SecretStr("public")
    timeout_s: PositiveFloat = 60
    """How long one call may take; connecting is one."""


class Gateway:
    """An open connection: idr-py's gateway, called under watch; `sound` until a call goes wrong."""

    def __init__(self, server: OmeroServer) -> None:
        self._server, self.sound = server, True
        self.conn = self.call(_connected, server)
        # Not atexit: workers of a pool end without it.
        self._at_exit = Finalize(None, self._goodbye, exitpriority=1)

    def call(self, function: Callable[_Given, _Answer], *given: _Given.args, **known: _Given.kwargs) -> _Answer:
        """Return what `function` returns; what it does with the server must end in time.

        Raises:
            SourceError: `timeout`, or named by what Ice or OMERO raised.
        """
        try:
            return _watched(self._server.timeout_s, self._server.url, function, *given, **known)
        except SourceError:
            self.sound = False
            raise

    def close(self) -> None:
        """End the session; a server that can't be asked any more ends it by itself."""
        self._at_exit()

    def _goodbye(self) -> None:
        try:
            _watched(min(_GOODBYE_S, self._server.timeout_s), self._server.url, self.conn.close, hard=False)
        except Exception as error:  # noqa: BLE001  (what was asked for is here, or its fault is told already)
            _log.debug("the session at %s was left open: %s", self._server.url, type(error).__name__)


_open: dict[tuple[int, OmeroServer], Gateway] = {}
"""By process: a connection that was open before a fork would be read by two."""


def ask(
    server: OmeroServer,
    question: Callable[Concatenate[Gateway, _Given], _Answer],
    *given: _Given.args,
    **known: _Given.kwargs,
) -> _Answer:
    """Return what `question` finds out through this process's connection, which stays open.

    A session that has ended since it was last used is opened anew, once. Not for several threads at a time.

    Raises:
        SourceError: named by what happened.
        UsageError: the extra `idr` isn't installed.
    """
    used = (os.getpid(), server) in _open
    try:
        return _asked(server, question, *given, **known)
    except SourceError as error:
        if not used or error.reason not in _ANEW:
            raise
        _log.debug("%s: asking once more over a new connection", error)
    return _asked(server, question, *given, **known)


def _asked(
    server: OmeroServer,
    question: Callable[Concatenate[Gateway, _Given], _Answer],
    *given: _Given.args,
    **known: _Given.kwargs,
) -> _Answer:
    here = (os.getpid(), server)
    if here not in _open:
        _open[here] = Gateway(server)
    try:
        return question(_open[here], *given, **known)
    finally:
        if not _open[here].sound:
            _open.pop(here).close()


def disconnect() -> None:
    """Close the connections of this process; the next question opens one again."""
    for here in [here for here in _open if here[0] == os.getpid()]:
        _open.pop(here).close()


def refuse_without_extra() -> None:
    """Refuse to go on where the extra isn't installed; light, since nothing is imported.

    Raises:
        UsageError: says what to run.
    """
    if find_spec("idr") is None:
        raise UsageError(_NO_EXTRA, mend=_INSTALL)


def _connected(server: OmeroServer) -> Any:  # noqa: ANN401  (omero's classes are made at run time)
    """Return idr-py's gateway, whose session is kept alive by a thread of omero's."""
    try:
        from idr import connection
    except ImportError as error:
        raise UsageError(_NO_EXTRA, mend=_INSTALL) from error
    with _log_untouched():
        # Every setting is given: what is left out, idr-py looks up in the environment and on the web.
        try:
            return connection(server.url, server.user, server.password.get_secret_value(), 0, verbose=0)
        except Exception as error:
            _close_client(error)
            raise


def _close_client(error: Exception) -> None:
    """Close the client that idr-py leaves behind, threads and socket, where no session was made; its frame has it."""
    import omero.clients

    for frame, _ in walk_tb(error.__traceback__):
        client = frame.f_locals.get("c")
        if isinstance(client, omero.clients.BaseClient):
            try:
                client.closeSession()
            except Exception as again:  # noqa: BLE001  (there is no session to close, and it may say so)
                _log.debug("after a failed login: %s", type(again).__name__)


@contextmanager
def _log_untouched() -> Iterator[None]:
    """Undo that omero writes all warnings of this process to stderr."""
    before = list(logging.root.handlers)
    logging.getLogger("omero").setLevel(logging.CRITICAL + 1)  # it logs tracebacks of what is raised anyway
    try:
        yield
    finally:
        for handler in [handler for handler in logging.root.handlers if handler not in before]:
            logging.root.removeHandler(handler)


def _watched(
    most_s: float, where: str, function: Callable[_Given, _Answer], *given: _Given.args, **known: _Given.kwargs
) -> _Answer:
    """Return what `function` returns within `most_s`.

    Ice 3.6 has no limit for a call that idr-py lets us set, so the call is made by a thread that can be left behind.
    """
    answer: Future[_Answer] = Future()

    def work() -> None:
        try:
            answer.set_result(function(*given, **known))
        except Exception as error:  # noqa: BLE001  (it is raised where the answer is awaited)
            answer.set_exception(_named(error, where) or error)

    threading.Thread(target=work, name="omero", daemon=True).start()
    try:
        failure = answer.exception(most_s)
    except TimeoutError:
        raise SourceError("timeout", f"no answer within {most_s:g} s", where=where) from None
    if failure:
        raise failure
    return answer.result()


def _named(error: Exception, where: str) -> SourceError | None:
    """Return the error that stands for one of Ice's or OMERO's; None for any other."""
    if isinstance(error, BricksError):
        return None
    import Glacier2
    import Ice
    import omero

    kinds: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
        ("timeout", (Ice.TimeoutException,)),
        ("session_expired", (Ice.ObjectNotExistException, omero.SessionException, Glacier2.SessionNotExistException)),
        ("image_too_large", (Ice.MemoryLimitException,)),
        ("pixels_unready", (omero.MissingPyramidException,)),
        ("throttled", (omero.ConcurrencyException, omero.OverUsageException)),
        ("access_denied", (Glacier2.PermissionDeniedException, Glacier2.CannotCreateSessionException)),
        ("access_denied", (omero.SecurityViolation, Ice.SecurityException)),
        ("not_found", (omero.ValidationException,)),
        ("omero_error", (Ice.UnknownException, Ice.OperationNotExistException, Ice.UserException)),
        ("connection", (Ice.LocalException, omero.ClientError)),
    )
    reason = next((reason for reason, types in kinds if isinstance(error, types)), None)
    if getattr(error, "concurrency", False):  # of a session that could not be made: another was being made
        reason = "throttled"
    return SourceError(reason, f"Ice says {type(error).__name__}", where=where) if reason else None
