"""The part of the Hub that reads datasets: their revisions, their trees, their files by ranges; faults on demand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha1
from typing import Any
from urllib.parse import unquote

import faulty_http

_COMMIT = "c" * 40


class HubServer(faulty_http.Log):  # type: ignore[misc]
    """One dataset, `repo` at `revision`, whose files are `files`."""

    url: str

    def __init__(self, repo: str, revision: str, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.repo, self.revision, self.files = repo, revision, dict(files)

    def answer(self, seen: Any) -> Any:
        """Return what the Hub does: huggingface.co/docs/hub/api, and the headers that tell which thing is missing."""
        path = unquote(seen.path)
        if not path.startswith((f"/api/datasets/{self.repo}/", f"/datasets/{self.repo}/")):
            return _missing("RepoNotFound")
        verb, _, rest = path.partition(f"{self.repo}/")[2].partition("/")
        asked = rest.split("/")[0]
        if asked not in {self.revision, _COMMIT}:
            return _missing("RevisionNotFound")
        inside = rest.removeprefix(asked).strip("/")
        if verb == "revision":
            there = [{"rfilename": name} for name in sorted(self.files)]
            return faulty_http.json_reply({"id": self.repo, "sha": _COMMIT, "siblings": there})
        if verb == "tree":
            return faulty_http.json_reply(self._tree(inside, recursive=seen.query.get("recursive") == "true"))
        if inside not in self.files:
            return _missing("EntryNotFound")
        told = {"X-Repo-Commit": _COMMIT, "ETag": f'"{sha1(self.files[inside]).hexdigest()}"'}
        return 200, "application/octet-stream", self.files[inside], told

    def _tree(self, folder: str, *, recursive: bool) -> list[dict[str, Any]]:
        below = f"{folder}/" if folder else ""
        names = [name for name in sorted(self.files) if name.startswith(below)]
        folders = {
            name[: at + len(below)] for name in names for at, sign in enumerate(name[len(below) :]) if sign == "/"
        }
        entries = [{"type": "directory", "oid": "d" * 40, "size": 0, "path": name} for name in sorted(folders)]
        entries += [{"type": "file", "oid": "f" * 40, "size": len(self.files[name]), "path": name} for name in names]
        return [one for one in entries if recursive or "/" not in str(one["path"])[len(below) :]]


def _missing(what: str) -> Any:
    return 404, "application/json", b'{"error": "not found"}', {"X-Error-Code": what}


@contextmanager
def running(repo: str, revision: str, files: Mapping[str, bytes]) -> Iterator[HubServer]:
    """Serve a dataset on loopback."""
    server = HubServer(repo, revision, files)
    with faulty_http.serving(server, {"hub": server.answer}) as urls:
        server.url = urls["hub"].rstrip("/")
        yield server


@contextmanager
def running_all(datasets: Mapping[str, Mapping[str, bytes]]) -> Iterator[str]:
    """Serve several datasets on loopback, each under its branch `main`; yields the Hub's address."""
    held = {repo: HubServer(repo, "main", files) for repo, files in datasets.items()}

    def answer(seen: Any) -> Any:
        asked = next((one for repo, one in held.items() if f"/{repo}/" in unquote(seen.path)), None)
        return asked.answer(seen) if asked else _missing("RepoNotFound")

    with faulty_http.serving(faulty_http.Log(), {"hub": answer}) as urls:
        yield urls["hub"].rstrip("/")


def point_at(url: str, monkeypatch: Any) -> None:
    """Do what HF_ENDPOINT does where it is set before the library is imported."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
