"""Segmenting: a click on a picture becomes a mask of its size; what can't be asked is one clear error."""

import json
import shutil

import numpy as np
import pytest
from drawn_masks import drawn, put, sets
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("peft")
pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from made_checkpoints import checkpoint_at

    folder = tmp_path_factory.mktemp("made")
    Image.fromarray(drawn(1)[0][:, :80]).save(folder / "cell.png")
    return folder, checkpoint_at(folder / "plain"), checkpoint_at(folder / "words", words=True)


def test_a_mask_has_the_pictures_size_and_is_the_predictors(made, command, tmp_path):
    folder, plain, _ = made
    out = tmp_path / "mask.png"
    said = command("segment", folder / "cell.png", "--checkpoint", plain, "--point", "40,40", "--out", out, "--json")
    assert said.code == 0, said.err
    with Image.open(out) as picture:
        mask = np.asarray(picture)
    assert mask.shape == (96, 80)
    assert set(np.unique(mask)) <= {0, 255}
    assert said.json["area_px"] == (mask > 0).sum() > 0
    from training.frame import Frame
    from training.points import Prompts
    from training.predict import predictor

    frame = Frame(96, 80, 64)
    prompts = Prompts(frame.points_in(np.array([[[40, 40]]])), np.array([[1]]))
    (region,) = predictor(plain)(drawn(1)[0][:, :80], prompts, frame)
    assert region.area_px == said.json["area_px"]


def test_the_language_model_says_something_where_there_is_one(made, command, tmp_path):
    folder, plain, words = made
    asked = ("segment", folder / "cell.png", "--point", "40,40", "--describe", "--json")
    said = command(*asked, "--checkpoint", words, "--out", tmp_path / "a.png")
    assert said.code == 0, said.err
    assert isinstance(said.json["words"], str)
    refused = command(*asked, "--checkpoint", plain, "--out", tmp_path / "b.png")
    assert refused.code == 2
    assert "without a language model" in refused.err
    assert not (tmp_path / "b.png").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--point": "80,40"}, "the point 80,40 lies outside of the picture, which is 80 x 96 px"),
        ({"--point": "4,-1"}, "lies outside"),
        ({"--point": "4"}, "'4' is no point"),
        ({"--point": "a,b"}, "'a,b' is no point"),
        ({"--negative": "500,1"}, "the point 500,1 lies outside"),
        ({"--checkpoint": "nowhere"}, "there is no such folder"),
        ({"--checkpoint": "empty"}, "holds no checkpoint"),
        ({"--checkpoint": "cell.png"}, "is no folder"),
        ({"IMAGE": "nothing.png"}, "there is no such file"),
        ({"IMAGE": "empty"}, "is a folder, not a picture"),
        ({"IMAGE": "words.png"}, "can't be read as a picture"),
        ({"--out": "there.png"}, "is there already"),
        ({"--out": "a/b.png"}, "its folder isn't there"),
        ({"--out": "mask.jpg"}, "a mask is written as PNG"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(made, command, tmp_path, changed, words):
    folder, plain, _ = made
    (tmp_path / "empty").mkdir()
    shutil.copy(folder / "cell.png", tmp_path)
    (tmp_path / "words.png").write_text("no picture")
    (tmp_path / "there.png").write_text("mine")
    asked = {"IMAGE": "cell.png", "--checkpoint": plain, "--point": "40,40", "--out": "mask.png"} | changed
    asked |= {name: tmp_path / asked[name] for name in ("IMAGE", "--checkpoint", "--out")}  # plain is whole by itself
    said = command("segment", asked.pop("IMAGE"), *(word for option in asked.items() for word in option))
    assert said.code == 2
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert (tmp_path / "there.png").read_text() == "mine"
    assert not (tmp_path / "mask.png").exists()


def test_a_command_without_clicks_says_what_it_needs(made, command, tmp_path):
    folder, plain, _ = made
    asked = ("segment", folder / "cell.png", "--checkpoint", plain)
    assert "give --point X,Y and --out" in command(*asked).err
    assert "--page takes its clicks from the page" in command(*asked, "--page", "--point", "1,1").err


def test_evaluating_a_checkpoint_prints_what_is_promised(made, command, tmp_path):
    from made_checkpoints import checkpoint_at

    from training.samples import samples

    data = sets(tmp_path / "seg", count=3)
    first = next(iter(samples(data)))
    place = checkpoint_at(tmp_path / "seen", words=True, images=(first.sha256,))
    said = command(
        *("evaluate", "segmentation", "--checkpoint", place, "--data", data, "--automatic", "--grid", 4, "--json")
    )
    assert said.code == 0, said.err
    found = said.json
    assert list(found["prompts"]) == ["1P3N", "1P0N", "1P3N-random", "automatic"]
    for prompted in found["prompts"].values():
        assert set(prompted) == {"datasets", "pooled", "fallbacks"}
        fields = {"images", "instances", "dice", "iou", "iou_ci", "sa50", "msa", "floor_disk_iou"}
        assert all(fields <= set(one) for one in (*prompted["datasets"].values(), prompted["pooled"]))
    assert found["seen_in_training"] == 1
    assert found["prompts"]["1P3N"]["pooled"]["images"] == 5
    shown = command("evaluate", "segmentation", "--checkpoint", place, "--data", data, "--no-vlk").out
    assert "1P0N" in shown
    assert "pooled" in shown


def test_a_unet_is_trained_as_a_floor_and_kept(made, command, tmp_path):
    from made_checkpoints import checkpoint_at

    from training.samples import samples

    for at in range(4):
        put(tmp_path / "cells", f"p{at}", *drawn(at))
    seen = tuple(one.sha256 for one in list(samples(tmp_path / "cells"))[:2])
    place = checkpoint_at(tmp_path / "c", images=seen)
    asked = ("evaluate", "segmentation", "--checkpoint", place, "--data", tmp_path / "cells", "--json")
    first = command(*asked, "--unet", 0.02)
    assert first.code == 0, first.err
    again = command(*asked)
    assert again.json == first.json
    assert 0 <= first.json["prompts"]["1P3N"]["pooled"]["floor_unet_iou"] <= 1
    assert json.loads(first.out)["floors"]["unet"].startswith("click-conditioned U-Net")
