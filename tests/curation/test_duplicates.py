"""Copies of pictures are found however they were changed, other pictures are not, and nothing is lost."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from drawn_cells import cells
from PIL import Image, ImageDraw

from curation.dedup_lines import dedup_lines, settings_of
from schemas.errors import UsageError
from schemas.manifest_sections import Dedup


def _plot(seed: int) -> Image.Image:
    """A graph of one template: axes and ticks are the same, the curve isn't."""
    page = Image.new("L", (400, 300), 255)
    draw = ImageDraw.Draw(page)
    draw.line((50, 20, 50, 260, 380, 260), 0, 2)
    for tick in range(6):
        draw.text((15, 30 + 45 * tick), f"{100 - 20 * tick}", 0)
        draw.text((60 + 60 * tick, 268), f"{10 * tick}", 0)
    rng = np.random.default_rng(seed)
    draw.line([(60 + 10 * step, int(240 - 180 * rng.random())) for step in range(30)], 0, 2)
    return page


def _found(folder: Path, settings: Dedup | None = None) -> list[dict]:  # type: ignore[type-arg]
    return list(dedup_lines(folder, settings or Dedup(), lambda things, _total, _what: things))


def _kinds(lines: list[dict]) -> dict[tuple[str, str], str]:  # type: ignore[type-arg]
    return {(edge["a"], edge["b"]): edge["kind"] for line in lines for edge in line.get("edges", ())}


def test_copies_are_found_however_they_were_changed(tmp_path: Path) -> None:
    picture = cells(1)
    picture.save(tmp_path / "a.png")
    picture.save(tmp_path / "b.jpg", quality=40)
    picture.resize((160, 150)).save(tmp_path / "c.png")
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "d.png")
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "e.png")
    Image.eval(picture, lambda grey: 255 - grey).save(tmp_path / "f.png")
    picture.crop((40, 40, 280, 260)).save(tmp_path / "g.png")
    cells(2).save(tmp_path / "z.png")
    lines = _found(tmp_path)
    assert [line["members"] for line in lines] == [["a.png", "b.jpg", "c.png", "d.png", "e.png", "f.png", "g.png"]]
    assert lines[0]["keeper"] in {"a.png", "d.png", "e.png", "f.png"}
    kinds = _kinds(lines)
    assert kinds["a.png", "b.jpg"] == kinds["a.png", "c.png"] == "copy"
    assert kinds["a.png", "d.png"] == kinds["a.png", "e.png"] == kinds["a.png", "f.png"] == "oriented"
    assert kinds["a.png", "g.png"] == "crop"


def test_a_picture_is_found_as_a_panel_of_a_figure(tmp_path: Path) -> None:
    page = Image.new("L", (700, 360), 255)
    page.paste(cells(3), (20, 30))
    page.paste(_plot(9).resize((320, 240)), (360, 40))
    page.save(tmp_path / "page.png")
    cells(3).save(tmp_path / "cells.png")
    assert _kinds(_found(tmp_path)) == {("cells.png", "page.png"): "inset"}


def test_other_pictures_of_one_kind_are_not_duplicates(tmp_path: Path) -> None:
    for seed in range(4):
        cells(10 + seed).save(tmp_path / f"cells{seed}.png")
        _plot(seed).save(tmp_path / f"plot{seed}.png")
    Image.new("L", (200, 200), 0).save(tmp_path / "black.png")
    Image.new("L", (200, 200), 0).save(tmp_path / "black2.png")
    Image.new("L", (200, 200), 255).save(tmp_path / "white.png")
    assert _found(tmp_path) == []


def test_clusters_do_not_depend_on_names_or_order(tmp_path: Path) -> None:
    pictures = {"x": cells(1), "y": cells(1).crop((20, 20, 300, 280)), "z": cells(2)}
    pictures["w"] = pictures["z"].transpose(Image.Transpose.ROTATE_180)
    for folder, order in (("one", "wxyz"), ("other", "zyxw")):
        (tmp_path / folder).mkdir()
        for number, name in enumerate(order):
            pictures[name].save(tmp_path / folder / f"{number}{name}.png")
    one, other = (
        sorted(sorted(name[1] for name in line["members"]) for line in _found(tmp_path / folder))
        for folder in ("one", "other")
    )
    assert one == other == [["w", "z"], ["x", "y"]]


def test_what_cannot_be_read_is_told_and_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (tmp_path / "notes.txt").write_text("no picture")
    cells(1).save(tmp_path / "a.png")
    cells(1).save(tmp_path / "b.png")
    lines = _found(tmp_path)
    assert lines[0]["members"] == ["a.png", "b.png"]
    assert lines[1]["image"] == "broken.png"
    assert lines[1]["error"]
    assert len(lines) == 2


def test_a_folder_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        _found(tmp_path / "absent")
    with pytest.raises(UsageError, match="100 bits"):
        settings_of(bits=100, max_distance=None, orientations=True, crops=True)


def test_an_empty_folder_has_no_clusters(tmp_path: Path) -> None:
    assert _found(tmp_path) == []
    cells(1).save(tmp_path / "a.png")
    assert _found(tmp_path) == []


def test_without_crops_and_orientations_only_copies_are_looked_for(tmp_path: Path) -> None:
    cells(1).save(tmp_path / "a.png")
    cells(1).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "b.png")
    cells(1).crop((40, 40, 280, 260)).save(tmp_path / "c.png")
    cells(1).resize((160, 150)).save(tmp_path / "d.png")
    assert _kinds(_found(tmp_path, Dedup(crops=False, orientations=False))) == {("a.png", "d.png"): "copy"}


def test_the_page_shows_the_pairs_and_escapes_names(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    cells(1).save(folder / "<b>a&b.png")
    cells(1).save(folder / "c.png")
    page = tmp_path / "out" / "pairs.html"
    lines = list(dedup_lines(folder, Dedup(), lambda things, _total, _what: things, page))
    told = page.read_text()
    assert "&lt;b&gt;a&amp;b.png" in told
    assert "<b>a&b" not in told
    assert len(re.findall(r"<img ", told)) == 2
    assert json.loads(json.dumps(lines[0]))["edges"][0]["correlation"] > 0.99


def test_names_and_their_order_say_nothing(tmp_path: Path) -> None:
    pictures = [cells(1), cells(1).crop((30, 20, 300, 290)), cells(1).rotate(3), cells(2), cells(2).resize((200, 190))]
    said = []
    for names in ("abcde", "edcba", "caebd"):
        folder = tmp_path / names
        folder.mkdir()
        for name, picture in zip(names, pictures, strict=True):
            picture.save(folder / f"{name}.png")
        number = {f"{name}.png": at for at, name in enumerate(names)}
        lines = _found(folder)
        edges = {
            (frozenset({number[edge["a"]], number[edge["b"]]}), edge["kind"], edge["correlation"], edge["share"])
            for line in lines
            for edge in line["edges"]
        }
        said.append((edges, {frozenset(number[name] for name in line["members"]) for line in lines}))
    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("size", [(1, 1), (1, 100), (3000, 1), (3, 3000), (20000, 10), (2, 2)])
def test_a_thin_picture_is_looked_at_like_any_other(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("L", size, 90).save(tmp_path / "thin.png")
    cells(1).save(tmp_path / "a.png")
    assert _found(tmp_path) == []


def test_pages_of_one_template_with_other_faint_pictures_are_not_copies(tmp_path: Path) -> None:
    for seed in (5, 6):
        page = Image.new("L", (820, 640), 255)
        for at, place in enumerate([(10, 10), (410, 10), (10, 330)]):
            page.paste(_plot(at), place)
        faint = np.asarray(cells(seed, (400, 300)), np.float32) / 12 + 100
        page.paste(Image.fromarray(faint.astype(np.uint8)), (410, 330))
        page.save(tmp_path / f"page{seed}.png")
    assert all(line["keeper"] is None for line in _found(tmp_path))


def test_the_page_escapes_a_name_that_isnt_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    cells(1).save(folder / "a.png")
    (folder / "a.png").with_name(os.fsdecode(b"bad\xff.png")).write_bytes((folder / "a.png").read_bytes())
    list(dedup_lines(folder, Dedup(), lambda things, _total, _what: things, tmp_path / "pairs.html"))
    assert "bad\\udcff.png" in (tmp_path / "pairs.html").read_text()
