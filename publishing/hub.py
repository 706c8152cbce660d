"""Hub: puts a dataset's folder into a repository of the Hugging Face Hub, whole, and names that state by a tag."""

import logging
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from publishing.dataset_files import files_below
from schemas.errors import SourceError, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_log = logging.getLogger("bricks.pace.publish")
_KIND = "dataset"
_PASSES = frozenset({408, 409, 412, 429, 500, 502, 503, 504})
"""What the Hub answers where asking again may help; 412 where somebody else's commit came first."""
_OURS = frozenset({".gitattributes"})
"""What the Hub itself puts into a repository."""
_VERSION = re.compile(r"v(\d+)")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """How long the Hub may be away or busy."""

    whole_s: float = 600.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    tries_of_a_name: int = 4
    """How often a host is asked for whose name nobody knows: mostly there is no network."""


@dataclass(frozen=True)
class Uploaded:
    """Where a dataset lies now."""

    repo: str
    url: str
    commit: str
    tag: str
    files: int
    size_bytes: int
    was_there: bool
    """Whether these very files lay there under this tag already."""
    private: bool
    """What the Hub says of the repository afterwards."""


@dataclass(frozen=True)
class Sums:
    """What the Hub may tell of a file: git's sum of the blob, or the sha256 of a large one."""

    git: str
    plain: str


@dataclass(frozen=True)
class Repository:
    """A dataset's repository; every question to it is asked again for as long as `patience` lasts."""

    api: "HfApi"
    repo: str
    patience: Patience = field(default_factory=Patience)

    def upload(self, folder: Path, *, private: bool = True, tag: str | None = None) -> Uploaded:
        """Make the repository hold exactly the files of a folder, and name that state by a tag.

        What is there isn't sent again, so the same command goes on after an interruption, and does nothing where all
        is there. A tag that isn't given is the version that this state has, or the next free one: v1, v2, ...

        Raises:
            UsageError: no token that may write, a public repository where `private` is asked for, or a tag that names
                another state.
            SourceError: the Hub goes wrong for longer than one waits, or holds other files afterwards.
        """
        self.refuse_stranger()
        self._create(private=private)
        local, tags, commit = sums_of(folder), self.tags(), self._head()
        if tag in tags and not self._holds(local, tag):
            raise self._taken(tag)
        sent = not self._holds(local, commit)
        if sent:
            commit = self._send(folder, local)
        name = tag or _version(commit, tags)
        if name not in tags:
            self._give_name(name, commit)
        size = sum((folder / path).stat().st_size for path in local)
        url = f"{self.api.endpoint}/datasets/{self.repo}"
        was_there, at = not sent and name in tags, tags.get(name, commit)
        return Uploaded(self.repo, url, at, name, len(local), size, was_there, self._is_private())

    def refuse_stranger(self) -> None:
        """Refuse, before anything else, to go on without a token that the Hub knows.

        Raises:
            UsageError: says where one comes from.
        """
        from huggingface_hub.errors import LocalTokenNotFoundError

        try:
            self._asked(self.api.whoami)
        except LocalTokenNotFoundError:
            raise self._unknown("there is no token for the Hub") from None

    def _create(self, *, private: bool) -> None:
        self._asked(lambda: self.api.create_repo(self.repo, repo_type=_KIND, private=private, exist_ok=True))
        if private and not self._is_private():
            mend = "Say `private: false` under `publish`, or make the repository private on the Hub."
            raise UsageError("the repository is public, and the manifest wants it private.", where=self.repo, mend=mend)

    def _is_private(self) -> bool:
        return bool(self._asked(lambda: self.api.dataset_info(self.repo)).private)

    def _head(self) -> str:
        """Return the latest commit, which is looked at and named: `main` may be somebody else's a moment later."""
        return str(self._asked(lambda: self.api.dataset_info(self.repo)).sha)

    def _give_name(self, name: str, commit: str) -> None:
        """Let a tag name a commit; somebody else may have given the same name to another one meanwhile."""
        self._asked(lambda: self.api.create_tag(self.repo, tag=name, revision=commit, repo_type=_KIND, exist_ok=True))
        if self._asked(lambda: self.api.dataset_info(self.repo, revision=name)).sha != commit:
            raise self._taken(name)

    def tags(self) -> dict[str, str]:
        """Return the commit of every tag."""
        refs = self._asked(lambda: self.api.list_repo_refs(self.repo, repo_type=_KIND))
        return {tag.name: tag.target_commit for tag in refs.tags}

    def _holds(self, local: Mapping[str, Sums], revision: str) -> bool:
        """Return whether a state of the repository has these files, and no others."""
        from huggingface_hub.hf_api import RepoFile

        listed = self._asked(
            lambda: list(self.api.list_repo_tree(self.repo, recursive=True, revision=revision, repo_type=_KIND))
        )
        there = {one.path: one for one in listed if isinstance(one, RepoFile) and one.path not in _OURS}
        return there.keys() == local.keys() and all(
            one.lfs.sha256 == local[path].plain if one.lfs else one.blob_id == local[path].git
            for path, one in there.items()
        )

    def _send(self, folder: Path, local: Mapping[str, Sums]) -> str:
        """Send what isn't there, take away what isn't in the folder, look that it is so, and return the commit."""
        told = self._asked(
            lambda: self.api.upload_folder(
                repo_id=self.repo,
                folder_path=folder,
                repo_type=_KIND,
                commit_message="Dataset built with bricks",
                delete_patterns=["*"],
            )
        )
        if not self._holds(local, told.oid):
            what = "the Hub holds other files than were sent; somebody else may write there too"
            raise SourceError("upload_differs", what, where=self.repo)
        return told.oid

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """Return an answer; faults that may pass are waited out."""
        self._refuse_unsendable()
        until_s, pause_s = time.monotonic() + self.patience.whole_s, self.patience.first_pause_s
        tried = 0
        while True:
            tried += 1
            try:
                return ask()
            except (RuntimeError, OSError, *_faults()) as error:
                told, reason, wanted_s = self._passing(error)
                if tried >= self.patience.tries_of_a_name and _is_unknown_host(error):
                    what = f"the Hub {told}, {tried} times; look at the network, at HF_ENDPOINT and at HTTPS_PROXY"
                    raise SourceError(reason, what, where=self.repo) from None
            wait_s = max(pause_s, wanted_s)
            if time.monotonic() + wait_s > until_s:
                is_asked = wanted_s > pause_s
                more = (
                    f" and asks to wait {wanted_s:.0f} s" if is_asked else f", after {self.patience.whole_s:.0f} s too"
                )
                raise SourceError(reason, f"the Hub {told}{more}", where=self.repo)
            left_s = until_s - time.monotonic()
            _log.warning("the Hub %s; asking again in %.0f s (try %d, for %.0f s more)", told, wait_s, tried, left_s)
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, self.patience.longest_pause_s)

    def _refuse_unsendable(self) -> None:
        """Refuse a token that no header can hold, before a library shows it in what it says of that."""
        from huggingface_hub import get_token

        token = get_token() if self.api.token in {None, True} else self.api.token
        if isinstance(token, str) and not re.fullmatch(r"[!-~]*", token):
            raise self._unknown("the token for the Hub holds a sign that no token has")

    def _passing(self, error: Exception) -> tuple[str, str, float]:
        """Return (what to say, its reason, s to wait at least) of a fault that may pass; raise of any other."""
        from huggingface_hub.errors import HfHubHTTPError

        cause = error.__cause__ or error if type(error) is RuntimeError else error  # it tells which file it was
        if isinstance(cause, (ConnectionError, TimeoutError, _faults()[1])) and not isinstance(cause, HfHubHTTPError):
            return f"can't be reached ({_line(cause)})", "hub_unreachable", 0.0
        if not isinstance(cause, HfHubHTTPError):
            raise error
        status = cause.response.status_code
        if status in {401, 403}:
            raise self._unknown(f"the Hub answers {status} to this token") from None
        if status not in _PASSES:
            raise SourceError(f"hub_{status}", _line(cause), where=self.repo) from None
        return f"answers {status}", f"hub_{status}", _retry_after_s(cause.response.headers.get("Retry-After", ""))

    def _unknown(self, what: str) -> UsageError:
        mend = "Set HF_TOKEN to a token that may write there, or log in: hf auth login."
        return UsageError(f"{what}.", where=self.repo, mend=mend)

    def _taken(self, tag: str) -> UsageError:
        return UsageError(f"the tag {tag} names another state.", where=self.repo, mend="Choose another --tag, or none.")


def _is_unknown_host(error: BaseException | None) -> bool:
    """Return whether a fault goes back to a host's name that can't be resolved."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, socket.gaierror) or "name resolution" in str(error) or "Name or service" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def sums_of(folder: Path) -> dict[str, Sums]:
    """Return the sums of every file by its name in the repository."""
    return {path.relative_to(folder).as_posix(): _sums(path) for path in files_below(folder)}


def _sums(path: Path) -> Sums:
    git, plain = sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False), sha256()
    with path.open("rb") as handle:
        while piece := handle.read(1 << 20):
            git.update(piece)
            plain.update(piece)
    return Sums(git.hexdigest(), plain.hexdigest())


def _version(commit: str, tags: Mapping[str, str]) -> str:
    """Return the version that a commit has, or the next free one."""
    numbers = {int(found[1]): at for name, at in tags.items() if (found := _VERSION.fullmatch(name))}
    same = [number for number, at in numbers.items() if at == commit]
    return f"v{max(same) if same else max(numbers, default=0) + 1}"


def newest_version(commit: str, tags: Mapping[str, str]) -> str | None:
    """Return the tag that names a commit, the highest version where it has several; None where it has none."""
    named = [name for name, at in tags.items() if at == commit]
    numbers = {int(found[1]): name for name in named if (found := _VERSION.fullmatch(name))}
    return numbers[max(numbers)] if numbers else min(named, default=None)


def _faults() -> tuple[type[Exception], type[Exception]]:
    """Return what the Hub's own client raises: for an answer that says no, and where none came."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    return HfHubHTTPError, httpx2.TransportError


def _retry_after_s(said: str) -> float:
    return float(said) if said.isdigit() else 0.0


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
