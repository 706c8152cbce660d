"""Ablations: one thing changed at a time, each trained once, in a table, a file and a plot."""

import json

import numpy as np
import pytest
from drawn_masks import sets

from schemas.errors import UsageError
from training.ablations import ablate, terminal_ablations, variants_of
from training.recipe import Recipe, Segment
from training.scores import Evaluation, ImageScores, Prompted, scores_of

pytest.importorskip("matplotlib")


def recipe(*, words=True):
    stages = [{"kind": "segment", "steps": 10, "share_1p0n": 0.25}]
    said = {"name": "small", "llm": {"model": "tiny"} if words else None, "stages": stages}
    if words:
        said["stages"] = [{"kind": "align", "steps": 3}, *stages]
    return Recipe.model_validate(said)


def judged(value):
    scores = scores_of([ImageScores(np.array([value, value / 2]), 0.5, 0.4)], seed=1)
    prompts = {kind: Prompted(datasets={"cells": scores}, pooled=scores, fallbacks={}) for kind in ("1P3N", "1P0N")}
    told = {"checkpoint": "c", "data": "d", "frame_side_px": 64, "radii": "", "ring_px": 1, "vlk": True, "seed": 1}
    rest = {"seen_in_training": 0, "without_objects": 0, "unread": [], "floors": {}}
    return Evaluation.model_validate({**told, **rest, "prompts": prompts})


class Bench:
    """Counts trainings, whose checkpoints are worth what their number says."""

    def __init__(self):
        self.trained = []

    def train(self, asked, _, out):
        self.trained.append(asked)
        return out

    def judge(self, *_):
        return judged(0.1 * len(self.trained))


def segment(asked):
    (stage,) = (stage for stage in asked.stages if isinstance(stage, Segment))
    return stage


def test_each_variant_differs_in_what_it_is_called_after():
    found = {name: one for name, (_, one) in variants_of(recipe()).items()}
    assert list(found) == ["recipe", "1P3N", "1P0N", "1P3N-random", "vlk-off", "no-llm", "no-scale-shift"]
    assert segment(found["1P3N"]).share_1p0n == 0
    assert segment(found["1P0N"]).share_1p0n == 1
    assert segment(found["1P3N-random"]).prompts.ring == "random"
    assert (found["vlk-off"].llm.vlk, found["no-scale-shift"].llm.scale_shift) == (False, False)
    assert found["no-llm"].llm is None
    assert [stage.kind for stage in found["no-llm"].stages] == ["segment"]
    assert {segment(one).steps for one in found.values()} == {10}
    assert "no-llm" not in variants_of(recipe(words=False))


def test_variants_are_trained_once_and_compared(tmp_path):
    bench = Bench()
    made = ablate(recipe(), tmp_path, tmp_path, train=bench.train, judge=bench.judge, only=["1P3N", "1P0N"])
    assert len(bench.trained) == 2
    assert [one.name for one in made.variants] == ["1P3N", "1P0N"]
    assert json.loads((tmp_path / "ablations.json").read_text())["recipe"] == "small"
    assert (tmp_path / "ablations.png").read_bytes().startswith(b"\x89PNG")
    assert "1P0N" in terminal_ablations(made)
    again = ablate(recipe(), tmp_path, tmp_path, train=bench.train, judge=bench.judge, only=["1P3N", "1P0N"])
    assert len(bench.trained) == 2
    assert again == made


def test_prompts_of_a_variant_are_of_its_kind_alone():
    mixed = Recipe.model_validate(
        {"name": "m", "stages": [{"kind": "segment", "steps": 9, "share_1p0n": 0.3, "share_random": 0.2}]}
    )
    found = {name: segment(one) for name, (_, one) in variants_of(mixed).items()}
    assert found["recipe"].share_random == 0.2
    assert {found[name].share_random for name in ("1P3N", "1P0N", "1P3N-random")} == {0}


def test_minutes_are_measured_once_so_that_all_variants_have_as_many_steps(tmp_path):
    timed = Recipe.model_validate({"name": "t", "stages": [{"kind": "segment", "steps": 900, "minutes": 1}]})
    seen = []

    def train(asked, _, out):
        seen.append((segment(asked).steps, segment(asked).minutes))
        if segment(asked).minutes is not None:
            (out / "training").mkdir(parents=True)
            (out / "training" / "steps.json").write_text('{"segment": 77}')
        return out

    ablate(timed, tmp_path, tmp_path, train=train, judge=lambda *_: judged(0.5))
    assert seen == [(900, 1), (77, None), (77, None), (77, None)]
    ablate(timed, tmp_path, tmp_path, train=train, judge=lambda *_: judged(0.5))
    assert len(seen) == 4


def test_results_are_made_anew_for_another_seed_and_kept_where_others_are_asked_for(tmp_path):
    bench = Bench()

    def ask(only, mark=""):
        made = ablate(recipe(), tmp_path, tmp_path, train=bench.train, judge=bench.judge, only=only, mark=mark)
        return [one.name for one in made.variants], len(bench.trained)

    assert ask(["1P3N", "1P0N"]) == (["1P3N", "1P0N"], 2)
    assert ask(["1P0N"]) == (["1P3N", "1P0N"], 2)
    assert ask(["1P0N"], "another seed") == (["1P0N"], 3)
    (tmp_path / "1P0N" / "result.json").write_text('{"of": "')
    assert ask(["1P0N"], "another seed") == (["1P0N"], 4)


def test_what_is_no_variant_is_refused():
    with pytest.raises(UsageError, match="no variant '2P'"):
        variants_of(recipe(), ["2P"])


@pytest.mark.train
def test_the_command_trains_and_judges_real_variants(tmp_path, command):
    pytest.importorskip("torch")
    pytest.importorskip("peft")
    data, out = sets(tmp_path / "seg"), tmp_path / "out"
    (tmp_path / "mini.yaml").write_text(
        "name: mini\n"
        "frame: {side_px: 64}\n"
        "network: {type: small, width: 32, layers: 1, heads: 2, window_px: 64}\n"
        "stages: [{kind: segment, steps: 2, crop_px: 64, precision: fp32}]\n"
    )
    said = command(
        *("evaluate", "ablations", tmp_path / "mini.yaml", "--data", data, "--out", out, "--only", "1P0N", "--json")
    )
    assert said.code == 0, said.err
    (variant,) = said.json["variants"]
    assert variant["name"] == "1P0N"
    assert variant["scores"]["1P3N"]["images"] == 4
    assert (out / "ablations.png").is_file()
    assert (out / "1P0N" / "training" / "segment" / "note.json").is_file()
