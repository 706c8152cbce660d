"""The pages tell the truth: what they say to type is typed here, and what they show is what comes back.

In README.md and docs/*.md a `console` block holds commands after "$ " and what they print (a line "..." stands for
any lines, "…" for any part of a line; a command that is meant to fail says "# exit 2"), a `python` block is a
program, and a `yaml` block with `bricks:` is a manifest, written to the file that its first line names. They run
in order, page by page, in an empty folder that has the manifests. `<!-- not run: reason -->` spares a block.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import BaseModel

from bricks import app
from schemas.manifest import Manifest
from schemas.manifest_keys import keys_of, models_under

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HOUSE = (
    "bricks.py",
    "look_doors.py",
    "start_doors.py",
    "side_doors.py",
    "model_doors.py",
    "mask_doors.py",
    "plugin_doors.py",
    "ingest",
    "curation",
    "captioning",
    "publishing",
    "training",
    "pipeline",
    "schemas",
)
ROOMS = (*HOUSE, "benchmarks", "scripts")

_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<spared>.+?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
_EXIT = re.compile(r"\s+# exit (\d+)$")
_RUNS = ("console", "python", "yaml")


class Block(NamedTuple):
    kind: str
    text: str
    spared: str | None
    line: int


class Step(NamedTuple):
    command: str
    shown: list[str]
    code: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(found["kind"], found["text"], found["spared"], text.count("\n", 0, found.start("text")))


def steps(text: str) -> list[Step]:
    """Return the commands of a console block with what the page shows of their output."""
    said: list[Step] = []
    for line in text.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            code = _EXIT.search(line)
            said.append(Step(_EXIT.sub("", line[2:]), [], int(code[1]) if code else 0))
        else:
            said[-1].shown.append(line)
    return said


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Return whether `printed` is what the page shows."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(agrees(shown[1:], printed[at:]) for at in range(len(printed) + 1))
    if not printed:
        return False
    pattern = ".*".join(map(re.escape, shown[0].rstrip().split("…")))
    return bool(re.fullmatch(pattern, printed[0].rstrip())) and agrees(shown[1:], printed[1:])


class Desk:
    """An empty folder with the manifests, and a shell in it that finds `bricks`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "manifests", folder / "manifests")
        tools = str(Path(sys.executable).parent)
        own = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HF_HOME": str(folder / ".hf"), "NO_COLOR": "1"}
        self.environment = {**os.environ, **own, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "default"}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def console(self, text: str, where: str) -> None:
        for step in steps(text):
            done = self.run("bash", "-c", step.command)
            told = f"{where} $ {step.command}\nstdout:\n{done.stdout}\nstderr:\n{done.stderr}"
            assert done.returncode == step.code, told
            printed = done.stdout if done.returncode == 0 else done.stderr + done.stdout
            assert not step.shown or agrees(step.shown, printed.splitlines()), f"the page shows something else: {told}"

    def python(self, text: str, where: str) -> None:
        done = self.run(sys.executable, "-c", text)
        assert done.returncode == 0, f"{where}\n{done.stderr}"

    def yaml(self, text: str, where: str) -> None:
        """Check a manifest, unless the page means it to be wrong; a fragment is not looked at."""
        if not re.search(r"^bricks:", text, re.MULTILINE):
            return
        named = re.match(r"# ([\w.-]+\.yaml)(.*)\n", text)
        path = self.folder / (named[1] if named else "page.yaml")
        path.write_text(text, encoding="utf-8")
        if not (named and "wrong" in named[2]):
            done = self.run("bricks", "check", path.name)
            assert done.returncode == 0, f"{where}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_to_type_works(page: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for block in blocks(page):
        if block.kind in _RUNS and not block.spared:
            getattr(desk, block.kind)(block.text, f"{page.name}:{block.line}")


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [link for link in _LINK.findall(text) if not (page.parent / link).exists()] == []


def test_readme_links_every_page() -> None:
    linked = set(_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked
    assert {"ARCHITECTURE.md", "CHANGELOG.md"} <= linked


def test_every_block_says_what_it_is() -> None:
    kinds = {(page.name, block.line): block.kind for page in PAGES for block in blocks(page)}
    assert {place: kind for place, kind in kinds.items() if kind not in {*_RUNS, "text", "json"}} == {}


def test_every_command_is_on_a_page() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert [name for name in names if not re.search(rf"\bbricks {name}\b", text)] == []


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "ARCHITECTURE.md"])
    assert set(re.findall(r"(?:^\$ |`)make ([a-z][\w-]*)", text, re.MULTILINE)) <= targets


def keys_in(model: type[BaseModel]) -> Iterator[str]:
    for key in keys_of(model):
        yield key
        for inner in models_under(model, key):
            yield from keys_in(inner)


def test_every_key_of_a_manifest_is_on_its_page() -> None:
    text = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    assert sorted(key for key in set(keys_in(Manifest)) if f"`{key}`" not in text and f"`{key}:" not in text) == []


def test_the_code_map_names_every_file_and_no_other() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = text.partition("## Code map")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([\w/]+\.py)` \|", drawn, re.MULTILINE))
    rooms = (ROOT / room for room in ROOMS)
    files = [path for room in rooms for path in ([room] if room.is_file() else room.glob("*.py"))]
    assert named == {str(path.relative_to(ROOT)) for path in files if path.name != "__init__.py"}


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a", "..."], ["a", "b"], True),
        (["...", "c"], ["a", "b", "c"], True),
        (["...", "b"], ["a", "c"], False),
        (["al…"], ["alpha"], True),
        (["al…a b"], ["alpha b"], True),
        (["[x] *"], ["[x] *"], True),
        (["[x] *"], ["x y"], False),
    ],
)
def test_what_is_shown_is_compared_line_by_line(shown: list[str], printed: list[str], *, same: bool) -> None:
    assert agrees(shown, printed) == same
