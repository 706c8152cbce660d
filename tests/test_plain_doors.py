"""The doors on plain files: what they never overwrite, what they answer, and with which code they end."""

import json
import os

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def picture(tmp_path):
    """Return a function that writes a picture of two halves under a name in a folder of its own."""
    blocks = np.random.default_rng(3).integers(0, 255, (12, 20), dtype=np.uint8)
    pixels = np.kron(blocks, np.ones((10, 10), np.uint8))

    def write(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, "PNG")
        return path

    return write


def test_a_folder_of_inputs_takes_the_drawings_beside_them(command, picture):
    path = picture("pics/a.png")
    blob = path.read_bytes()
    for _ in range(2):
        assert command("split", path, "--draw", path.parent).code == 0
    assert path.read_bytes() == blob
    assert sorted(one.name for one in path.parent.iterdir()) == ["a.panels.png", "a.png"]


@pytest.mark.parametrize("way", ["plain", "dotted", "linked", "hard-linked", "by captions"])
def test_an_input_is_never_drawn_over(command, picture, tmp_path, way):
    path = picture("a.png")
    blob, draw, inputs = path.read_bytes(), tmp_path / "b.png", [path]
    if way == "linked":
        draw.symlink_to(path)
    elif way == "hard-linked":
        draw.hardlink_to(path)
    else:
        draw = tmp_path / "." / "x" / ".." / "a.png" if way == "dotted" else path
        (tmp_path / "x").mkdir()
    if way == "by captions":
        lines = tmp_path / "captions.jsonl"
        lines.write_text(json.dumps({"image": "a.png", "caption": "Cells."}))
        inputs = ["--captions", lines]
    said = command("split", *inputs, "--draw", draw)
    assert (said.code, said.out) == (2, "")
    assert "would be overwritten" in said.err
    assert path.read_bytes() == blob


def test_a_name_that_an_input_has_is_left_to_it(command, picture):
    path, other = picture("a.png"), picture("a.panels.png")
    blob = other.read_bytes()
    assert command("split", path, other, "--draw", path.parent).code == 0
    assert other.read_bytes() == blob
    assert {one.name for one in path.parent.iterdir()} == {
        "a.png", "a.panels.png", "a-2.panels.png", "a.panels.panels.png",
    }  # fmt: skip


def test_pictures_of_one_name_get_a_drawing_each(command, picture, tmp_path):
    paths = [picture("a/x.png"), picture("b/X.png"), picture("c/x.jpg")]
    command("split", *paths, "--draw", tmp_path / "out")
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        "X-2.panels.png", "x-3.panels.png", "x.panels.png",
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["/proc/x", "/proc/x/y.png", "{file}", "{file}/x.png", "/proc"])
def test_a_place_that_can_t_be_drawn_to_is_one_line(command, picture, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    said = command("split", picture("a.png"), "--draw", place.format(file=tmp_path / "file"))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert (tmp_path / "file").read_text() == "mine"


def test_several_images_are_not_drawn_into_one_file(command, picture, tmp_path):
    said = command("split", picture("a.png"), picture("b.png"), "--draw", tmp_path / "out.png")
    assert (said.code, said.out) == (2, "")
    assert not (tmp_path / "out.png").exists()


def test_a_folder_may_be_called_like_a_picture(command, picture, tmp_path):
    (tmp_path / "out.png").mkdir()
    assert command("split", picture("a.png"), "--draw", tmp_path / "out.png").code == 0
    assert (tmp_path / "out.png" / "a.panels.png").is_file()


AWKWARD = "(A) \ud800 x\x85y\u2028z\u2029. (B) w\x0b\x1c."


def test_half_a_character_and_odd_line_ends_come_out_escaped(command, tmp_path):
    lines = tmp_path / "captions.jsonl"
    lines.write_text(json.dumps({"id": AWKWARD, "caption": AWKWARD}) + "\n" + json.dumps({"id": 2, "caption": "µ"}))
    said = command("split", "--captions", lines)
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 2)
    assert said.out.encode() == said.out.encode("utf-8", "replace")
    first, second = said.lines
    assert first["id"] == AWKWARD
    assert "".join(AWKWARD[slice(*span)] for span in first["panels"][1]["subcaption_spans"]) == "w\x0b\x1c."
    assert second["id"] == 2


def test_tag_escapes_too(command, tmp_path):
    lines = tmp_path / "texts.jsonl"
    lines.write_text(json.dumps({"id": AWKWARD, "text": "DAPI \ud800 and DAPI"}))
    (line,) = command("tag", lines, "--folder", tmp_path).lines
    assert line["id"] == AWKWARD
    assert {one["text"] for one in line["annotations"]} == {"DAPI"}


def test_a_name_that_is_no_utf_8_comes_back(command, picture):
    path = picture("a\udcff.png")
    assert command("split", path).lines[0]["image"] == str(path)


def broken(tmp_path, name="broken.png"):
    (tmp_path / name).write_bytes(b"no picture")
    return tmp_path / name


def test_where_nothing_can_be_read_the_lines_say_why_and_the_code_is_1(command, tmp_path):
    for words in (
        ["split", tmp_path / "nope.png", broken(tmp_path)],
        ["split", "--captions", tmp_path / "bad.jsonl"],
        ["tag", tmp_path / "bad.jsonl", "--folder", tmp_path],
        ["extract", tmp_path / "bad.xml", broken(tmp_path)],
    ):
        (tmp_path / "bad.jsonl").write_text("{\n[\n")
        (tmp_path / "bad.xml").write_text("<article>")
        said = command(*words)
        assert [bool(line["error"]) for line in said.lines] == [True, True], words
        assert (said.code, said.err) == (1, "nothing could be read: each of 2 lines has an `error`.\n"), words


def test_where_some_can_t_be_read_they_are_counted(command, picture, tmp_path):
    said = command("split", tmp_path / "nope.png", picture("a.png"), broken(tmp_path))
    assert ["error" in line for line in said.lines] == [True, False, True]
    assert (said.code, said.err) == (0, "2 of 3 lines have an `error`\n")
    (tmp_path / "texts.jsonl").write_text('{\n{"id": 1, "text": "DAPI"}\n')
    said = command("tag", tmp_path / "texts.jsonl", "--folder", tmp_path)
    assert (said.code, said.err) == (0, "1 of 2 lines has an `error`\n")


def test_drafts_that_cannot_be_read_are_told_with_their_line_and_the_code_is_3(command, tmp_path):
    good = json.dumps({"id": "a", "evidence": ["HeLa cells."], "text": "HeLa cells."})
    drafts = tmp_path / "drafts.jsonl"
    for text, answers, heard in (
        (f"{good}\n", [False], ""),
        (f"{good}\n{{\n", [False, True], "1 of 2 lines has an `error`\n"),
        ('{\n{"id": "b", "text": 1}\n', [True, True], "2 of 2 lines have an `error`\n"),
    ):
        drafts.write_text(text)
        said = command("faithful", drafts)
        assert ["error" in line for line in said.lines] == answers
        assert all(line["line"] for line in said.lines if "error" in line)
        assert (said.code, said.err) == (3 if heard else 0, heard)


def test_where_all_can_be_read_nothing_is_said_beside_it(command, picture, tmp_path):
    assert (said := command("split", picture("a.png"), picture("b.png"))).code == 0
    assert said.err == ""
    (tmp_path / "none.jsonl").write_text("")
    assert command("split", "--captions", tmp_path / "none.jsonl").code == 0


def test_an_image_is_called_as_it_was_given(command, picture, tmp_path, monkeypatch):
    picture("bad/ok.png")
    monkeypatch.chdir(tmp_path)
    given = ["./bad/ok.png", "bad//ok.png", "bad/./ok.png"]
    assert [line["image"] for line in command("split", *given).lines] == given
    lines = tmp_path / "captions.jsonl"
    lines.write_text(json.dumps({"image": "./bad/ok.png", "caption": "(A) Cells. (B) Mice."}))
    for said in (command("split", "--captions", lines), command("split", "bad/ok.png", "--captions", lines)):
        assert said.lines[0].get("doubt") or said.lines[0]["panels"][0]["subcaption"], "it has no caption"


def test_a_caption_beside_a_file_of_captions_is_refused(command, picture, tmp_path):
    (tmp_path / "captions.jsonl").write_text('{"id": 1, "caption": "Cells."}')
    for images in ([], [picture("a.png")]):
        said = command("split", *images, "--caption", "Mice.", "--captions", tmp_path / "captions.jsonl")
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_a_line_in_another_encoding_says_so(command, tmp_path):
    lines = tmp_path / "captions.jsonl"
    lines.write_bytes('{"id": 1, "caption": "µ"}\n'.encode("latin-1") + '{"id": 2, "caption": "µ"}\n'.encode())
    first, second = command("split", "--captions", lines).lines
    assert first == {"line": 1, "error": "not UTF-8"}
    assert second["id"] == 2


def test_noise_is_split_without_a_word_beside_it(command, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    assert command("split", tmp_path / "noise.png", "--caption", "Cells. Scale bar, 10 µm.").err == ""


def test_a_pipe_that_nobody_fills_costs_itself(command, picture, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    first, second = command("split", tmp_path / "pipe.png", picture("a.png")).lines
    assert first["error"] == "can't be read: a pipe or a device"
    assert second["panels"]


@pytest.mark.parametrize("name", ["a\0.png", "a\ud800.png", "", ".", "x" * 5000])
def test_a_name_that_no_file_can_have_costs_itself(command, tmp_path, name):
    lines = tmp_path / "captions.jsonl"
    lines.write_text(json.dumps({"image": name, "caption": "Cells."}) + '\n{"id": 1, "caption": "Cells."}\n')
    first, second = command("split", "--captions", lines, "--draw", tmp_path / "out").lines
    assert "error" in first or not name
    assert second["id"] == 1
