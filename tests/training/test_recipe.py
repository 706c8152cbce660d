"""Recipes: what ships is right, what is wrong is told with line, column and what was meant."""

import pytest

from schemas.errors import ManifestError, UsageError
from training.recipe import Recipe
from training.recipe_file import load_recipe, read_recipe, shipped_recipes


def problems(text, *overrides):
    with pytest.raises(ManifestError) as caught:
        read_recipe(text, "r.yaml", overrides)
    return [(one.line, one.column, one.path, one.what) for one in caught.value.problems]


def test_three_recipes_ship():
    assert {"tiny-cpu", "base-1gpu", "base-multi"} <= set(shipped_recipes())


@pytest.mark.parametrize("name", shipped_recipes())
def test_what_ships_is_right_bears_its_name_and_survives_json(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.stage_names == ("align", "sft", "segment")
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_a_recipe_is_also_given_by_its_path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nstages:\n  - {kind: segment, steps: 2}\n")
    assert load_recipe(str(path), ["seed=3"]).seed == 3


def test_a_name_that_ships_nowhere_is_told_with_what_was_meant():
    with pytest.raises(UsageError, match=r'tiny-cup: there is no such recipe .did you mean "tiny-cpu"'):
        load_recipe("tiny-cup")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- 3", (1, 1, "recipe", "must be a mapping of keys, not a list")),
        ("name: x\nstages: []", (2, 9, "stages", "must not be empty")),
        ("name: x\nstages:\n- {kind: algn}", (3, 3, "stages.0", 'must be align, sft or segment, not "algn"')),
        ("name: x\nstages:\n- {steps: 1}", (3, 3, "stages.0", "is required: kind says which it is")),
        ("name: x\nstages:\n- {kind: segment}", (3, 3, "stages.0", "needs either steps or epochs")),
        ("name: x\nllm: {hiden: 4}\nstages: []", (2, 7, "llm.hiden", 'is no key here (did you mean "hidden"?)')),
        ("name: x\nnetwork: {type: sam, sze: b}\nstages: []", (2, 22, "network.sze", 'did you mean "size"')),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2, lr: -1}",
            (3, 33, "stages.0.lr", "must be more than 0, not -1"),
        ),
        (
            "name: x\nnetwork: {type: small, window_px: 100}\nstages:\n- {kind: segment, steps: 2}",
            (2, 35, "network.window_px", "multiple of 8 px"),
        ),
        (
            "name: x\nnetwork: {type: small, stem_channels: 6}\nstages:\n- {kind: segment, steps: 2}",
            (2, 39, "network.stem_channels", "multiple of 4"),
        ),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2, share_1p0n: 0.8, share_random: 0.4}",
            (3, 60, "stages.0.share_random", "more than 1"),
        ),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2, name: align-00000003}",
            (3, 35, "stages.0.name", "a folder beside the checkpoints"),
        ),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2, augment: {zoom: [0.5, 100]}}",
            (3, 51, "stages.0.augment.zoom.1", "at most 16"),
        ),
        ("name: x\nstages:\n- {kind: align, steps: 2}", (3, 10, "stages.0.kind", "the recipe has no llm")),
        ("name: x\nframe: {side_px: 500}\nstages: []", (3, 9, "stages", "must not be empty")),
        (
            "name: x\nframe: {side_px: 500}\nstages:\n- {kind: segment, steps: 2}",
            (2, 18, "frame.side_px", "multiple of 16 px"),
        ),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2, crop_px: 2048}",
            (3, 38, "stages.0.crop_px", "at most the frame's side, 1024 px"),
        ),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2, augment: {zoom: [2, 1]}}",
            (3, 45, "stages.0.augment.zoom", "must be [smaller, larger], not [2, 1]"),
        ),
        (
            "name: x\nstages:\n- {kind: segment, steps: 2}\n- {kind: segment, steps: 2}",
            (4, 3, "stages.1", 'is called "segment" as another stage is'),
        ),
    ],
)
def test_a_mistake_is_told_where_it_stands(text, told):
    found = problems(text)
    assert any(one[:3] == told[:3] and told[3] in one[3] for one in found), found


def test_all_mistakes_are_told_at_once_in_their_order():
    text = "name: x\nbogus: 1\nframe: {side_px: big}\nstages:\n- {kind: segment, steps: 1.5}\n"
    assert [one[2] for one in problems(text)] == ["bogus", "frame.side_px", "stages.0.steps"]


def test_an_override_that_is_wrong_is_told_as_one():
    text = "name: x\nstages:\n- {kind: segment, steps: 2}\n"
    assert ("stages.0.lr", 'must be a number, not "fast"') in [one[2:] for one in problems(text, "stages.0.lr=fast")]


def test_training_without_the_extra_says_what_to_install(monkeypatch, command, tmp_path):
    monkeypatch.setattr("model_doors.find_spec", lambda name: None if name == "peft" else object())
    said = command("train", "tiny-cpu", "--data", tmp_path, "--out", tmp_path / "out")
    assert (said.code, said.out) == (2, "")
    assert "bricks train: this needs peft. Install what trains: pip install 'bricks[train]'." in said.err


def test_a_bad_recipe_ends_the_command_before_anything_is_read(command, tmp_path):
    (tmp_path / "r.yaml").write_text("name: x\nstages:\n- {kind: segment}\n")
    said = command("train", tmp_path / "r.yaml", "--data", tmp_path / "no", "--out", tmp_path / "out")
    assert said.code == 2
    assert "r.yaml:3:3  stages.0  needs either steps or epochs" in said.err
    assert not (tmp_path / "out").exists()
