"""Entrance: words that a shell made empty are refused before anything is read or written."""

import pytest


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["run", "demo", "--workspace", ""], "--workspace"),
        (["run", "demo", "--workspace="], "--workspace"),
        (["run", "demo", "--engine", "ray", "--address", " "], "--address"),
        (["run", "demo", "--engine", "ray", "--store= "], "--store"),
        (["run", ""], "an argument"),
    ],
)
def test_a_word_that_is_empty_is_refused_and_names_no_folder(command, tmp_path, monkeypatch, words, where):
    monkeypatch.chdir(tmp_path)
    said = command(*words)
    assert (said.code, said.err) == (
        2,
        f"{where}: is empty. A variable of the shell may be unset; give a value, or leave it out.\n",
    )
    assert not list(tmp_path.iterdir())


def test_an_override_that_takes_a_value_away_is_no_empty_word(command, tmp_path):
    said = command("run", "demo", "--set=publish=", "--workspace", tmp_path / "ws", "--workers", 100_001)
    assert "100000" in said.err
