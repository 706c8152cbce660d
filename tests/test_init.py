"""`bricks init`: by flags, as a copy, at a terminal; what it writes is right, what it refuses leaves nothing."""

import os
import pty
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.manifest_file import load_manifest
from schemas.shipped import MANIFESTS, shipped_names

ROOT = Path(__file__).resolve().parent.parent
CONTACT = ("--contact", "lab@example.org")
PMC = ("--source", "pmc", "--query", '"actin"[caption] AND open access[filter]')


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: Any) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_make_a_manifest_that_is_right_and_say_what_comes_next(command: Any, place: Path) -> None:
    more = ("--source", "idr", "--study", "idr0062", "--study", "idr0001", "--source", "eln", "--path", "exports/")
    said = command("init", "--name", "actin", *CONTACT, *PMC, *more, "--license", "alike", "--publish", "org/actin")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "actin.yaml is written.", "next", "  bricks plan actin.yaml", "  bricks run actin.yaml --limit 20",
    ]  # fmt: skip
    checked = command("check", "actin.yaml")
    assert checked.out.startswith("actin.yaml: actin is right.\n")
    manifest = load_manifest(place / "actin.yaml").manifest
    assert [source.type for source in manifest.sources] == ["pmc", "idr", "eln"]
    assert "CC-BY-SA-4.0" in manifest.licenses
    assert manifest.publish
    assert manifest.publish.repo == "org/actin"
    first, *_ = (place / "actin.yaml").read_text().splitlines()
    assert Path(first.removeprefix("# yaml-language-server: $schema=")).is_file()


def test_what_it_writes_can_be_planned_and_run(command: Any, bench: Any) -> None:
    bench.article(1)
    said = command(
        "init", "--name", "two", "--source", "pmc", "--path", "inputs", "--out", bench.root / "two.yaml", "--json"
    )
    assert said.json == {"manifest": str(bench.root / "two.yaml")}
    assert (
        command("plan", bench.root / "two.yaml", "--workspace", bench.place, "--json").json["sources"][0]["items"] == 1
    )
    ran = command("run", bench.root / "two.yaml", "--workspace", bench.place, "--workers", 1, "--json")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("name", [name for name in shipped_names(MANIFESTS) if name != "demo"])
def test_a_copy_of_one_that_ships_has_its_own_name_and_contact_and_keeps_the_rest(
    command: Any, place: Path, name: str
) -> None:
    said = command("init", "--from", name, "--name", "mine", *CONTACT, "--out", "my set.yaml")
    assert said.code == 0, said.err
    text = (place / "my set.yaml").read_text()
    mine, theirs = load_manifest(place / "my set.yaml").manifest, load_manifest(Path(name)).manifest
    assert (mine.name, mine.contact) == ("mine", "lab@example.org")
    assert mine.sources == theirs.sources
    assert mine.model_copy(update={"name": name, "contact": theirs.contact}) == theirs
    assert "withheld" not in text
    assert f"bricks run {name}" not in text
    assert "bricks run 'my set.yaml'" in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--source", "pmc", "--query", "x"), "--contact: a server is asked, and is told by whom."),
        ((*CONTACT, "--source", "pcm"), '--source: there is no source "pcm" (did you mean "pmc"?)'),
        ((*CONTACT, "--source", "pmc"), "--source: pmc needs --query or --path."),
        ((*CONTACT, "--source", "elabftw"), "--source: elabftw needs --url."),
        ((*CONTACT, "--source", "idr", "--study", "idr62"), "--study: must be a study such as idr0062"),
        ((*CONTACT, "--source", "elabftw", "--url", "http://eln.example.org"), "--url: must start with https://"),
        ((*PMC, "--contact", "me"), "--contact: must be an e-mail or a web address"),
        ((*CONTACT, *PMC, "--name", "A b"), "--name: must be lower-case letters and digits"),
        ((*CONTACT, *PMC, "--license", "CC-BY-4"), '--license: "CC-BY-4" is no licence bricks knows'),
        ((*CONTACT, *PMC, "--publish", "org"), "--publish: must be a repository"),
        ((*CONTACT, *PMC, "--query", "again"), "--query: no --source takes again."),
        (("--source", "images", "--path", "x"), "--own-license: is required."),
        (("--source", "masks", "--path", "x", "--preset", "livecel"), '--preset: "livecel" is no preset'),
        (("--source", "masks", "--path", "x", "--preset", "busi"), "--source: needs license: no page"),
        (("--source", "biorxiv", "--since", "soon", *CONTACT), "--since: must be a day"),
        (("--from", "pmc-microscopy"), "--contact: a server is asked, and is told by whom."),
        (("--from", "pmc-microscopi"), 'there is no such manifest (did you mean "pmc-microscopy"?)'),
        (("--from", "demo"), "demo: it comes with pictures of its own"),
        (("--from", "eln-lab", *PMC), "--from: a copy takes neither sources nor licences"),
        (("--from", "eln-lab", "--contact", "me"), "--contact: must be an e-mail or a web address"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)  # fmt: skip
def test_a_mistake_is_told_with_the_flag_that_made_it_and_nothing_is_written(
    command: Any, place: Path, flags: tuple[str, ...], told: str
) -> None:
    named = () if "--name" in flags or "--from" in flags else ("--name", "cells")
    said = command("init", *named, *flags)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err
    assert list(place.iterdir()) == []


def test_nothing_is_written_over_unless_that_is_said(command: Any, place: Path) -> None:
    (place / "cells.yaml").write_text("mine")
    (place / "folder").mkdir()
    asked = ("init", "--name", "cells", *CONTACT, *PMC)
    for more in ((), ("--out", "folder"), ("--from", "x", "--out", "cells.yaml")):
        said = command(*(asked if not more or more[0] == "--out" else asked[:3]), *more)
        assert (said.code, said.out) == (2, "")
        assert "--force" in said.err
    assert (place / "cells.yaml").read_text() == "mine"
    assert command(*asked, "--force").code == 0
    assert load_manifest(place / "cells.yaml").manifest.name == "cells"


def test_where_nobody_can_be_asked_what_lacks_is_told(command: Any, place: Path, monkeypatch: Any) -> None:
    with (place.parent / "empty").open("w+") as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        said = command("init", "--name", "cells")
    assert (said.code, said.out) == (2, "")
    assert "give --source" in said.err
    assert "--from NAME" in said.err


def at_a_terminal(place: Path, *answers: tuple[str, str]) -> tuple[int, str]:
    """Run the command at a terminal of its own; each answer is typed when its prompt has come."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place)
        os.environ.update(PYTHONPATH=str(ROOT), PYTHONWARNINGS="default")
        os.execv(sys.executable, [sys.executable, "-m", "bricks", "init"])
    shown = fresh = ""
    for prompt, answer in answers:
        while prompt not in fresh:
            fresh += os.read(terminal, 4096).decode()
        os.write(terminal, answer.encode())
        shown, fresh = shown + fresh, ""
    while True:
        try:
            last = os.read(terminal, 4096)
        except OSError:  # Linux says so where the other end is closed
            break
        shown += last.decode()
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


FORKS = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@FORKS
def test_at_a_terminal_a_few_questions_are_asked_and_wrong_answers_are_asked_again(place: Path, command: Any) -> None:
    code, shown = at_a_terminal(
        place,
        ("Name of", "A b\n"), ("Name of", "cells\n"),
        ("Source", "pcm\n"), ("Source", "pmc\n"), ("Query", "\n"), ("Path of packages", "mirror/\n"),
        ("Another", "masks\n"), ("Path of a folder", "seg\n"), ("public set", "tissuenet\n"),
        ("licence, as", "xyz\n"), ("licence, as", "CC-BY-NC-4.0\n"), ("Whom to name", "\n"),
        ("Another", "idr\n"), ("Studies", "idr62\n"), ("Studies", "idr0062, idr0001\n"), ("Another", "\n"),
        ("Your e-mail", "x\n"), ("Your e-mail", "lab@example.org\n"),
        ("SPDX ids", "open\n"), ("SPDX ids", "noncommercial\n"), ("Publish", "org/cells\n"),
    )  # fmt: skip
    assert code == 0, shown
    assert "bricks run cells.yaml --limit 20" in shown
    assert "no commercial use, in views of their own" in shown
    assert "must let in CC-BY-NC-4.0" in shown
    assert command("check", place / "cells.yaml").code == 0
    manifest = load_manifest(place / "cells.yaml").manifest
    assert [source.type for source in manifest.sources] == ["pmc", "masks", "idr"]
    assert (manifest.name, manifest.contact) == ("cells", "lab@example.org")


@FORKS
@pytest.mark.parametrize("quit_by", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_who_quits_in_the_middle_leaves_nothing(place: Path, quit_by: str) -> None:
    code, shown = at_a_terminal(place, ("Name of", "cells\n"), ("Source", "pmc\n"), ("Query", quit_by))
    assert code == 130
    assert "Nothing was written." in shown
    assert "Traceback" not in shown
    assert list(place.iterdir()) == []
