"""The folder of a run: its lock, and files that are whole or absent."""

import os

import pytest

from pipeline.workspace import STAGES, Workspace, existing, locked, read_json, write_json, write_whole
from schemas.errors import WorkspaceError


def test_a_folder_without_a_run_is_no_workspace(tmp_path):
    with pytest.raises(WorkspaceError, match=r"no workspace.*runs/NAME"):
        existing(tmp_path)
    write_json(tmp_path / "manifest.lock.json", {})
    assert existing(tmp_path) == Workspace(tmp_path)


def test_one_run_at_a_time(tmp_path):
    busy = pytest.raises(WorkspaceError, match="another run is at work here")
    with locked(Workspace(tmp_path)), busy, locked(Workspace(tmp_path)):
        pass
    with locked(Workspace(tmp_path)):
        pass


def test_a_lock_ends_with_an_error_inside(tmp_path):
    with pytest.raises(RuntimeError), locked(Workspace(tmp_path)):
        raise RuntimeError
    with locked(Workspace(tmp_path)):
        pass


def test_an_error_of_the_run_is_not_taken_for_a_busy_workspace(tmp_path):
    with pytest.raises(BlockingIOError), locked(Workspace(tmp_path)):
        raise BlockingIOError


def test_a_place_that_is_no_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="can't be written"), locked(Workspace(tmp_path / "file")):
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "x.json"
    write_json(path, {"b": 1, "a": "µm"})
    assert path.read_text() == '{\n  "a": "µm",\n  "b": 1\n}\n'

    def cut(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert read_json(path) == {"a": "µm", "b": 1}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_broken_json_counts_as_absent(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    assert read_json(tmp_path / "x.json") is None
    assert read_json(tmp_path / "absent.json") is None


def test_the_stages_stand_in_the_order_of_their_names():
    assert list(STAGES) == sorted(STAGES)
