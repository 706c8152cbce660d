"""What a shell offers behind `bricks`: scripts for three shells, and names, files, workspaces and stages."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import completing

ROOT = Path(__file__).resolve().parent.parent
BRICKS = Path(sys.executable).parent / "bricks"


def bricks(*arguments: str, **environment: str) -> str:
    """Return what the installed command prints."""
    own = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run([BRICKS, *arguments], env=own, capture_output=True, text=True, check=True)
    return done.stdout


def offered(line: str) -> list[str]:
    """Return what bash is told of a line whose last word is to be completed."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    return bricks(_BRICKS_COMPLETE="complete_bash", **words).split()


@pytest.mark.parametrize(
    ("shell", "said"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete --command")]
)
def test_there_is_a_script_for_each_shell(shell: str, said: str) -> None:
    assert said in bricks(_BRICKS_COMPLETE=f"source_{shell}")


def test_the_options_that_install_and_show_it_are_there(command: Any) -> None:
    told = command("--help").out
    assert "--install-completion" in told
    assert "--show-completion" in told


def test_bash_with_the_script_completes_the_name_of_a_manifest_that_ships(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(bricks(_BRICKS_COMPLETE="source_bash"))
    asked = f"COMP_WORDS=(bricks run pmc); COMP_CWORD=2; _bricks_completion {BRICKS}"
    asks = f'source {script}; {asked}; echo "${{COMPREPLY[@]}}"'
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", asks], env=own, capture_output=True, text=True, check=True)
    assert done.stdout == "pmc-microscopy\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bricks init --from ull", ["ullsam-align", "ullsam-segment"]),
        ("bricks train b", ["base-1gpu", "base-multi"]),
        ("bricks run demo --until 2", ["2-panels"]),
        ("bricks ini", ["init"]),
    ],
)
def test_the_command_itself_offers(line: str, expected: list[str]) -> None:
    assert offered(line) == expected


@pytest.mark.parametrize("asked", ["--install-completion", "--show-completion"])
def test_the_shell_that_is_named_is_the_one_that_is_meant(asked: str, tmp_path: Path) -> None:
    told = bricks(asked, "zsh", SHELL="/bin/bash", HOME=str(tmp_path))
    assert told.startswith("#compdef bricks") == (asked == "--show-completion")
    assert (tmp_path / ".zfunc" / "_bricks").is_file() == (asked == "--install-completion")
    assert not (tmp_path / ".bashrc").exists()


def test_the_reasons_of_the_workspace_before_are_offered(demo: Path) -> None:
    assert offered(f"bricks show {demo} --dropped dup") == ["duplicate"]
    assert offered(f"bricks show {demo} --held ") == ["licenses", "all"]
    assert offered(f"bricks retry {demo} --reason dup") == ["duplicate"]
    assert offered("bricks show nowhere --dropped ") == ["all"]


def test_public_sets_are_offered() -> None:
    assert offered("bricks init --preset live") == ["livecell"]


def test_names_that_ship_come_before_files_of_ones_own(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pmc.yaml", "notes.txt", ".hidden.yaml", "sub/mine.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert completing.manifests("pmc") == ["pmc-microscopy", "pmc.yaml"]
    assert completing.manifests("sub") == ["sub/"]
    assert completing.manifests("sub/") == ["sub/mine.yml"]
    assert completing.manifests("nowhere/x") == []


def test_the_workspaces_below_runs_are_offered(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert completing.workspaces("") == []
    (tmp_path / "runs" / "none").mkdir(parents=True)
    (tmp_path / "runs" / "demo").mkdir()
    (tmp_path / "runs" / "demo" / "manifest.lock.json").touch()
    assert completing.workspaces("") == ["runs/demo"]
    assert completing.workspaces("runs/d") == ["runs/demo"]
    assert completing.workspaces(f"{tmp_path}/runs/") == [f"{tmp_path}/runs/demo"]


def test_each_type_of_source_is_offered_with_what_it_brings() -> None:
    assert completing.source_types("p") == [("pmc", "articles of PubMed Central")]
