"""An error says what, where and what to do, as sentences; and ends a command with its code."""

import ast
import errno
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.workspace import Workspace, locked
from schemas import errors
from schemas.errors import (
    BricksError,
    BudgetError,
    GateError,
    ManifestError,
    ModelServerError,
    Problem,
    Stopped,
    UsageError,
    WorkspaceError,
    ending,
)

ROOT = Path(__file__).resolve().parents[2]
WINGS = ("ingest", "curation", "captioning", "publishing", "training", "pipeline", "schemas")
TREE = [name for name, made in vars(errors).items() if isinstance(made, type) and issubclass(made, BricksError)]
_words = st.text(alphabet="abc .:!?", min_size=1).filter(str.strip)


@given(_words, _words, st.booleans())
def test_what_and_what_to_do_are_two_sentences(what, mend, placed):
    said = str(BricksError(what, where="here" if placed else "", mend=mend))
    before = said.removeprefix("here: ").removesuffix(f" {mend}")
    assert before.endswith((".", "!", "?", ":"))
    assert before.rstrip(".") == what.rstrip(".")


def raised():
    for path in [
        ROOT / "bricks.py",
        ROOT / "look_doors.py",
        ROOT / "start_doors.py",
        ROOT / "side_doors.py",
        ROOT / "model_doors.py",
        ROOT / "mask_doors.py",
        *(path for wing in WINGS for path in sorted((ROOT / wing).rglob("*.py"))),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TREE:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def last_words(node):
    """Return the end of a text in the code; None where it isn't written there."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[-1], ast.Constant):
        return str(node.values[-1].value)
    return None


def test_every_advice_in_the_code_is_a_sentence():
    said = [(place, last_words(word.value)) for place, call in raised() for word in call.keywords if word.arg == "mend"]
    wrong = [(place, words) for place, words in said if words and not words.rstrip(")`").endswith((".", "?", "!"))]
    assert len(said) > 10
    assert wrong == []


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (BricksError("broke.", where="x", mend="Mend it."), 1, "x: broke. Mend it."),
        (UsageError("no such thing"), 2, "no such thing"),
        (GateError("refused"), 4, "refused"),
        (Stopped(), 130, "Interrupted. What is done is safe, and the same command goes on."),
        (ManifestError([Problem("m", 1, 2, "a", "is wrong")]), 2, "m:1:2  a  is wrong\n1 problem. Nothing was run."),
        (ManifestError([], more=2), 2, "... and 2 more\n2 problems. Nothing was run."),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 1, ""),
    ],
)
def test_an_error_made_on_purpose_ends_with_its_code_and_a_line(error, code, line):
    assert ending(error) == (code, line)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "ws/x: No space left on device. Make room there."),
        (errno.EACCES, "ws/x: Permission denied. Give yourself rights to it, or name another."),
        (errno.EROFS, "ws/x: Read-only file system. Give yourself rights to it, or name another."),
        (errno.EISDIR, "ws/x: Is a directory. Something else stands in its place: move it away."),
        (errno.EEXIST, "ws/x: File exists. Something else stands in its place: move it away."),
        (errno.ENAMETOOLONG, "ws/x: File name too long."),
    ],
)
def test_a_fault_of_the_machine_is_told_in_a_line(number, told):
    assert ending(OSError(number, os.strerror(number), "ws/x")) == (1, told)


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device", "ws/x"), MemoryError()])
def test_that_the_same_command_goes_on_is_said_where_a_run_was_at_work(fault, tmp_path):
    safe = "What is done is safe, and the same command goes on."
    assert safe not in ending(fault)[1]
    with pytest.raises(type(fault)), locked(Workspace(tmp_path)), locked(Workspace(tmp_path / "another")):
        raise fault
    assert ending(fault)[1].endswith(f". {safe}")


def test_of_a_file_that_could_not_be_put_in_its_place_the_place_is_told():
    assert ending(OSError(errno.EISDIR, "Is a directory", "ws/.x.1", None, "ws/x"))[1].startswith("ws/x: ")


@pytest.mark.parametrize("error", [OSError(), FileNotFoundError(errno.ENOENT, "No such file"), RuntimeError("a bug")])
def test_a_bug_has_no_code(error):
    assert ending(error) == (None, "")


def test_a_manifest_error_crosses_processes():
    error = pickle.loads(pickle.dumps(ManifestError([Problem("m", 1, 2, "a", "is wrong")], more=3)))
    assert (error.count, str(error)) == (4, "m:1:2  a  is wrong\n... and 3 more")


@pytest.mark.parametrize("kind", [UsageError, WorkspaceError, ModelServerError, GateError, BudgetError])
def test_an_error_comes_back_from_another_process_as_it_was(kind):
    error = pickle.loads(pickle.dumps(kind("it is used up.", where="here", mend="Raise it.")))
    assert (type(error), str(error)) == (kind, "here: it is used up. Raise it.")
    assert ending(error)[0] == kind.exit_code
