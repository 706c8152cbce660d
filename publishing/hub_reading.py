"""Hub reading: a published dataset at one commit, its small files whole, of its tables only what is asked for."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import IO, TYPE_CHECKING, TypeVar

from publishing.dataset_files import SUMS, sums_in
from publishing.hub import Repository
from schemas.errors import UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

HUB = "hub:"
_NAMED = re.compile(r"hub:(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\w[\w./-]*))?")
_MOST_BYTES = 64 << 20
"""Of a file that is read whole; a list of taken-down pictures of 100 bytes a line has 600,000 lines then."""
_BLOCK_BYTES = 1 << 16
"""Read ahead: the narrow columns of a row group lie together, its pictures (4 MB) beside them."""
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Published(Repository):
    """A dataset of the Hub at a revision; what is read is that of the one commit that it named when first asked."""

    revision: str = "main"
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Return what the user calls it."""
        return f"{HUB}{self.repo}@{self.revision}"

    @property
    def commit(self) -> str:
        """Return the commit that the revision names.

        Raises:
            UsageError: there is no such dataset or revision, or not for us.
            SourceError: the Hub doesn't answer.
        """
        if "commit" not in self._known:
            info = self.ask(lambda: self.api.dataset_info(self.repo, revision=self.revision))
            self._known["commit"] = str(info.sha)
        return self._known["commit"]

    @property
    def exists(self) -> bool:
        """Return whether the Hub has such a dataset; who is about to write there asks.

        Raises:
            UsageError: the token may not write.
            SourceError: the Hub doesn't answer.
        """
        from huggingface_hub.errors import RepositoryNotFoundError

        def ask() -> bool:
            try:
                return bool(self.api.dataset_info(self.repo))
            except RepositoryNotFoundError:
                return False

        writer = Repository(self.api, self.repo, self.patience)
        return writer._asked(ask)  # noqa: SLF001  (its faults in a writer's words)

    @cached_property
    def files(self) -> "dict[str, RepoFile]":
        """Return every file of the commit by its name."""
        from huggingface_hub.hf_api import RepoFile

        listed = self.ask(
            lambda: list(self.api.list_repo_tree(self.repo, recursive=True, revision=self.commit, repo_type="dataset"))
        )
        return {one.path: one for one in listed if isinstance(one, RepoFile)}

    def read(self, name: str) -> bytes:
        """Return a small file; its sha256 is that of SHA256SUMS, where that names it.

        Raises:
            UsageError: there is none, or it is too large, or another one than was published.
        """
        if name not in self.files:
            raise UsageError(f"holds no {name}.", where=self.name, mend="Bricks didn't make this dataset.")
        if self.files[name].size > _MOST_BYTES:
            raise UsageError(f"its {name} is too large: {self.files[name].size} bytes.", where=self.name)
        with self.opened(name) as handle:
            content = self.ask(handle.read)
        if name != SUMS and self.sums.get(name) != hashlib.sha256(content).hexdigest():
            raise self._torn(name)
        return content

    @cached_property
    def sums(self) -> dict[str, str]:
        """Return what SHA256SUMS tells of each file; large files must be those that it tells of, as the Hub has them.

        Raises:
            UsageError: it is missing, or tells of other files.
        """
        told = sums_in(self.read(SUMS))
        for name, file in sorted(self.files.items()):
            if name.endswith(".parquet") and (name not in told or (file.lfs and file.lfs.sha256 != told[name])):
                raise self._torn(name)
        if gone := sorted(told.keys() - self.files.keys()):
            raise UsageError(f"{gone[0]} is missing, of which {SUMS} tells.", where=self.name)
        return told

    def _torn(self, name: str) -> UsageError:
        what = f"{name} isn't the file that {SUMS} tells of: somebody changed it after it was published."
        return UsageError(what, where=self.name, mend="Take another revision, or put its files back.")

    @contextmanager
    def opened(self, name: str) -> "Iterator[IO[bytes]]":
        """Give a file to be read by pieces."""
        from huggingface_hub import HfFileSystem

        hub = HfFileSystem(endpoint=self.api.endpoint, token=self.api.token, skip_instance_cache=True)
        place = f"datasets/{self.repo}@{self.commit}/{name}"
        with self.ask(lambda: hub.open(place, "rb", block_size=_BLOCK_BYTES)) as handle:
            yield handle

    def ask(self, ask: Callable[[], Answer]) -> Answer:
        """Return an answer; what passes is waited out, what doesn't is one line.

        Raises:
            UsageError: there is no such dataset or revision, or not for us.
            SourceError: the Hub doesn't answer.
        """
        return self._asked(lambda: self._found(ask))

    def _found(self, ask: Callable[[], Answer]) -> Answer:
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

        try:
            return ask()
        except GatedRepoError:
            raise self._absent("the Hub lets nobody in who wasn't accepted there") from None
        except RepositoryNotFoundError:
            raise self._absent("the Hub has no such dataset, or a private one that this token may not read") from None
        except RevisionNotFoundError:
            what = f"the dataset has no revision {self.revision}."
            mend = f"Look at {self.api.endpoint}/datasets/{self.repo}/tree/main."
            raise UsageError(what, where=self.name, mend=mend) from None

    def _absent(self, what: str) -> UsageError:
        mend = "Look at its name; a private one needs HF_TOKEN or hf auth login."
        return UsageError(f"{what}.", where=self.name, mend=mend)

    def _unknown(self, what: str) -> UsageError:
        return self._absent(what)


def is_on_the_hub(named: object) -> bool:
    """Return whether a name means a dataset of the Hub."""
    return str(named).startswith(HUB)


def published(named: object, api: "HfApi | None" = None) -> Published:
    """Return the dataset that `hub:org/name` or `hub:org/name@revision` names.

    Raises:
        UsageError: it isn't named so.
    """
    from huggingface_hub import HfApi

    found = _NAMED.fullmatch(str(named))
    if not found:
        raise UsageError("is no dataset of the Hub.", where=str(named), mend="Write hub:org/name@v1.")
    made = Published(api or HfApi(), found["repo"])
    return replace(made, revision=found["revision"], _known={}) if found["revision"] else made
