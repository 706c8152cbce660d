"""The part of the Hub that takes datasets in: repositories, uploads of large files, commits, tags; faults on demand."""

# ruff: noqa: ARG002  (a route passes what it names, asked for or not)

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import faulty_http

TOKEN = "hf_loopback"
_LARGE = re.compile(r"\.(parquet|png|jpg)$")
_START = ".gitattributes"


@dataclass
class Repo:
    """A repository: its branch `main` as a list of states, the last one the present; names of states."""

    private: bool
    states: list[dict[str, bytes]] = field(default_factory=lambda: [{_START: b"*.parquet filter=lfs\n"}])
    tags: dict[str, str] = field(default_factory=dict)

    def commit_of(self, at: int = -1) -> str:
        """Return a state's name."""
        place = at % len(self.states)
        return sha1(f"{id(self)} {place}".encode()).hexdigest()

    def state(self, revision: str) -> dict[str, bytes] | None:
        """Return the files of a branch, tag or commit; None where there is none."""
        wanted = self.commit_of() if revision == "main" else self.tags.get(revision, revision)
        known = {self.commit_of(at): files for at, files in enumerate(self.states)}
        return known.get(wanted)


class HubRepos(faulty_http.Log):  # type: ignore[misc]
    """What is stored, and how it answers: huggingface.co/docs/hub/api and the Git LFS batch API."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.repos: dict[str, Repo] = {}
        self.large: dict[str, bytes] = {}
        self.conflicts = 0
        """How many commits are still answered as if somebody else had been faster."""
        self.strangers: dict[str, dict[str, bytes]] = {}
        """Part of a path -> files that somebody else commits right after the first answer to such a question."""

    def files(self, repo: str, revision: str = "main") -> dict[str, bytes]:
        """Return what lies in a repository, beside what it began with."""
        state = self.repos[repo].state(revision) or {}
        return {name: body for name, body in state.items() if name != _START}

    def answer(self, seen: Any) -> Any:
        """Return what the Hub does."""
        if seen.key != f"Bearer {TOKEN}" and not seen.path.startswith("/large/"):
            return _wrong(401, "Unauthorized", "Invalid credentials in Authorization header")
        for pattern, method in _ROUTES:
            if found := re.fullmatch(pattern, seen.path):
                told = method(self, seen, **found.groupdict())
                self._let_strangers_in(seen.path, found.groupdict().get("repo"))
                return told
        return _wrong(404, "EntryNotFound", f"no such route: {seen.method} {seen.path}")

    def _let_strangers_in(self, path: str, repo: str | None) -> None:
        for within in [within for within in self.strangers if repo in self.repos and within in path]:
            held = self.repos[repo or ""]
            held.states.append({**held.states[-1], **self.strangers.pop(within)})

    def who(self, seen: Any) -> Any:
        token = {"role": "write", "displayName": "test"}
        account = {"type": "user", "name": "ana", "fullname": "Ana", "orgs": [{"type": "org", "name": "lab"}]}
        return faulty_http.json_reply({**account, "auth": {"type": "access_token", "accessToken": token}})

    def check_card(self, seen: Any) -> Any:
        return faulty_http.json_reply({"errors": [], "warnings": []})

    def create(self, seen: Any) -> Any:
        asked = json.loads(seen.body)
        name = f"{asked.get('organization') or 'ana'}/{asked['name']}"
        if name in self.repos:
            known = json.dumps({"error": "You already created this dataset repo", "url": self._place(name)}).encode()
            return 409, "application/json", known, {"X-Error-Code": "RepoExists"}
        self.repos[name] = Repo(bool(asked.get("private")) or asked.get("visibility") == "private")
        return faulty_http.json_reply({"url": self._place(name), "name": name, "id": name})

    def _place(self, name: str) -> str:
        return f"{self.url}/datasets/{name}"

    def batch(self, seen: Any, repo: str) -> Any:
        objects = []
        for one in json.loads(seen.body)["objects"]:
            href = f"{self.url}/large/{one['oid']}"
            wanted = {"upload": {"href": href}, "verify": {"href": f"{href}/verify"}}
            objects.append({**one, **({} if one["oid"] in self.large else {"actions": wanted})})
        return faulty_http.json_reply({"transfer": "basic", "objects": objects})

    def keep_large(self, seen: Any, oid: str) -> Any:
        if sha256(seen.body).hexdigest() != oid:
            return _wrong(400, "BadRequest", "the content isn't what its sum says")
        self.large[oid] = seen.body
        return faulty_http.json_reply({})

    def verify(self, seen: Any, oid: str) -> Any:
        return faulty_http.json_reply({}) if oid in self.large else _wrong(404, "EntryNotFound", "not uploaded")

    def about(self, seen: Any, repo: str, revision: str = "main") -> Any:
        held = self.repos.get(repo)
        if held is None:
            return _wrong(404, "RepoNotFound", "Repository not found")
        state = held.state(revision)
        if state is None:
            return _wrong(404, "RevisionNotFound", "Invalid rev id")
        commit = next(held.commit_of(at) for at, files in enumerate(held.states) if files is state)
        there = [{"rfilename": name} for name in sorted(state)]
        return faulty_http.json_reply({"id": repo, "sha": commit, "private": held.private, "siblings": there})

    def mode(self, seen: Any, repo: str, revision: str) -> Any:
        asked = json.loads(seen.body)["files"]
        modes = [
            {
                "path": one["path"],
                "uploadMode": "lfs" if _LARGE.search(one["path"]) else "regular",
                "shouldIgnore": False,
                "oid": None,
            }
            for one in asked
        ]
        return faulty_http.json_reply({"files": modes})

    def commit(self, seen: Any, repo: str, revision: str) -> Any:
        held, files = self.repos[repo], dict(self.repos[repo].states[-1])
        if self.conflicts:
            self.conflicts -= 1
            held.states.append(dict(files))
            return _wrong(412, "PreconditionFailed", "A commit has happened since. Please refresh and try again.")
        for line in seen.body.splitlines():
            said = json.loads(line)
            value = said["value"]
            if said["key"] == "header" and value.get("parentCommit") not in (None, held.commit_of()):
                return _wrong(412, "PreconditionFailed", "A commit has happened since. Please refresh and try again.")
            if said["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            if said["key"] == "lfsFile":
                if value["oid"] not in self.large:
                    return _wrong(400, "BadRequest", "a large file was not uploaded")
                files[value["path"]] = self.large[value["oid"]]
            if said["key"] == "deletedFile":
                files.pop(value["path"], None)
        held.states.append(files)
        commit = held.commit_of()
        told = {"success": True, "commitOid": commit, "commitUrl": f"{self.url}/datasets/{repo}/commit/{commit}"}
        return faulty_http.json_reply({**told, "hookOutput": "", "pullRequestUrl": None})

    def tree(self, seen: Any, repo: str, revision: str, folder: str = "") -> Any:
        state = self.repos[repo].state(revision)
        if state is None:
            return _wrong(404, "RevisionNotFound", "Invalid rev id")
        below = f"{folder.strip('/')}/" if folder else ""
        names = [name for name in sorted(state) if name.startswith(below)]
        folders = {name[:at] for name in names for at, sign in enumerate(name) if sign == "/" and at >= len(below)}
        entries = [{"type": "directory", "oid": "d" * 40, "size": 0, "path": name} for name in sorted(folders)]
        entries += [_entry(name, state[name]) for name in names]
        deep = seen.query.get("recursive", "").lower() in {"true", "1"}
        return faulty_http.json_reply([one for one in entries if deep or "/" not in str(one["path"])[len(below) :]])

    def paths(self, seen: Any, repo: str, revision: str) -> Any:
        state, asked = self.repos[repo].state(revision) or {}, faulty_http.form_or_json(seen.body)
        return faulty_http.json_reply([_entry(name, state[name]) for name in asked["paths"] if name in state])

    def refs(self, seen: Any, repo: str) -> Any:
        held = self.repos[repo]
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": at} for name, at in held.tags.items()]
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": held.commit_of()}
        return faulty_http.json_reply({"branches": [main], "converts": [], "tags": tags})

    def tag(self, seen: Any, repo: str, revision: str) -> Any:
        held, name = self.repos[repo], json.loads(seen.body)["tag"]
        if name in held.tags:
            return _wrong(409, "RefExists", "Reference already exists")
        held.tags[name] = held.commit_of() if revision == "main" else revision
        return faulty_http.json_reply({})

    def resolve(self, seen: Any, repo: str, revision: str, path: str) -> Any:
        held = self.repos.get(repo)
        state = held.state(revision) if held else None
        if held is None or state is None:
            return _wrong(404, "RepoNotFound" if held is None else "RevisionNotFound", "not found")
        commit = next(held.commit_of(at) for at, files in enumerate(held.states) if files is state)
        if path not in state:
            return 404, "application/json", b"{}", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
        told = {"X-Repo-Commit": commit, "ETag": f'"{sha256(state[path]).hexdigest()}"', "Accept-Ranges": "bytes"}
        return 200, "application/octet-stream", state[path], told


_REPO, _REV = r"(?P<repo>[\w.-]+/[\w.-]+)", r"(?P<revision>[^/]+)"
_API = rf"/api/datasets/{_REPO}"
_ROUTES: list[tuple[str, Callable[..., Any]]] = [
    (r"/api/whoami-v2", HubRepos.who),
    (r"/api/validate-yaml", HubRepos.check_card),
    (r"/api/repos/create", HubRepos.create),
    (rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", HubRepos.batch),
    (r"/large/(?P<oid>[0-9a-f]{64})", HubRepos.keep_large),
    (r"/large/(?P<oid>[0-9a-f]{64})/verify", HubRepos.verify),
    (_API, HubRepos.about),
    (rf"{_API}/revision/{_REV}", HubRepos.about),
    (rf"{_API}/preupload/{_REV}", HubRepos.mode),
    (rf"{_API}/commit/{_REV}", HubRepos.commit),
    (rf"{_API}/tree/{_REV}(?:/(?P<folder>.*))?", HubRepos.tree),
    (rf"{_API}/paths-info/{_REV}", HubRepos.paths),
    (rf"{_API}/refs", HubRepos.refs),
    (rf"{_API}/tag/{_REV}", HubRepos.tag),
    (rf"/datasets/{_REPO}/resolve/{_REV}/(?P<path>.+)", HubRepos.resolve),
]


def _entry(name: str, body: bytes) -> dict[str, Any]:
    git = sha1(b"blob %d\0" % len(body) + body).hexdigest()
    entry = {"type": "file", "oid": git, "size": len(body), "path": name}
    large = {"oid": sha256(body).hexdigest(), "size": len(body), "pointerSize": 130}
    return {**entry, "lfs": large} if _LARGE.search(name) else entry


def _wrong(status: int, code: str, words: str) -> Any:
    return status, "application/json", json.dumps({"error": words}).encode(), {"X-Error-Code": code}


@contextmanager
def running() -> Iterator[HubRepos]:
    """Serve an empty Hub on loopback; its one token is TOKEN."""
    hub = HubRepos()
    with faulty_http.serving(hub, {"hub": hub.answer}) as urls:
        hub.url = urls["hub"].rstrip("/")
        yield hub


def environment(hub: HubRepos, home: Path) -> dict[str, str]:
    """Return the environment of a command of this checkout beside a local Hub, whose client keeps its own in `home`."""
    told = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    root = Path(__file__).resolve().parent.parent.parent
    return {**os.environ, **told, "HF_HOME": str(home / "hf"), "PYTHONPATH": str(root)}
