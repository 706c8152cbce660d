"""Checkpoint asking: a model in a folder answers by the same rules, is asked nothing twice, and can be mixed."""

import importlib.util
import json
import shutil

import pytest
import question_files as made
import tiny_models

from captioning.checkpoint_digest import checkpoint_at
from captioning.evaluate_vqa import checkpoint_judge, evaluate, open_questions
from captioning.vqa_asking import Manner
from schemas.errors import UsageError

FEW = Manner(letter_tokens=4, place_tokens=6)


@pytest.fixture(scope="module")
def torch():
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
        pytest.skip("the extra train (torch, transformers) is not installed")
    return importlib.import_module("torch")


@pytest.fixture(scope="module")
def models(torch, tmp_path_factory):
    """Two tiny models with eyes and one without."""
    place = tmp_path_factory.mktemp("models")
    tiny_models.vlm(place / "one", 1)
    tiny_models.vlm(place / "other", 2)
    tiny_models.lm(place / "words")
    return place


@pytest.fixture
def folder(tmp_path):
    return made.write(tmp_path / "set", [made.ours(at, at % 4) for at in range(3)] + [made.places(9, [[0, 0, 9, 9]])])


def judged(model, folder, out):
    judge = checkpoint_judge(checkpoint_at(model), FEW, out / "answers.sqlite")
    return evaluate(open_questions(str(folder)), judge, FEW, out)


@pytest.mark.train
def test_a_model_with_eyes_is_asked_with_pictures_and_only_once(models, folder, tmp_path, monkeypatch):
    results = judged(models / "one", folder, tmp_path / "out")
    assert (results.items, results.unanswered, results.with_pictures) == (4, {}, True)
    assert (results.model, results.revision) == ("one", checkpoint_at(models / "one").revision)
    lines = [json.loads(line) for line in (tmp_path / "out" / "answers.jsonl").read_text().splitlines()]
    assert all(line["said"] or line["unparsable"] for line in lines)
    assert results.tokens_in > 4 * 50
    monkeypatch.setattr("captioning.checkpoint_asking._load", lambda _: pytest.fail("it was loaded again"))
    assert judged(models / "one", folder, tmp_path / "out") == results
    shutil.copytree(models / "one", tmp_path / "moved")
    assert judged(tmp_path / "moved", folder, tmp_path / "out").tasks == results.tasks


@pytest.mark.train
def test_what_it_sees_changes_what_it_thinks(models, torch):
    from PIL import Image

    from captioning.checkpoint_asking import _inputs, _load, _said

    loaded = _load(models / "one")
    dark, bright = (Image.new("RGB", (40, 40), shade) for shade in ("black", "white"))
    assert _said(loaded, "What is this?", dark, 8) == _said(loaded, "What is this?", dark, 8)
    with torch.inference_mode():
        first, second = (loaded.model(**_inputs(loaded, "What?", shown)).logits[0, -1] for shown in (dark, bright))
    assert not torch.equal(first, second)


@pytest.mark.train
def test_a_model_without_eyes_answers_by_words_and_that_is_told(models, folder, tmp_path):
    results = judged(models / "words", folder, tmp_path / "out")
    assert (results.items, results.unanswered, results.with_pictures) == (4, {}, False)
    assert "no picture was seen" in (tmp_path / "out" / "results.md").read_text()


@pytest.mark.train
def test_mixtures_are_judged_over_the_factor_and_asked_nothing_twice(models, folder, tmp_path, command, monkeypatch):
    asked = ["merge", models / "one", models / "other", "--alphas", "1,0,0.5", "--data", folder, "--limit", 2]
    said = command(*asked, "--out", tmp_path / "mixes", "--max-tokens", 4, "--json")
    assert said.code == 0, said.err
    assert [point["alpha"] for point in said.json["points"]] == [0.0, 0.5, 1.0]
    assert (said.json["a"], said.json["b"], said.json["items"]) == ("one", "other", 2)
    assert (tmp_path / "mixes" / "mix.svg").read_text().count('class="c-dot"') == 3
    assert not (tmp_path / "mixes" / "alpha-0.5" / "checkpoint").exists()
    monkeypatch.setattr("training.merge.merge", lambda *_: pytest.fail("it was mixed again"))
    again = command(*asked, "--out", tmp_path / "mixes", "--max-tokens", 4, "--json")
    assert again.json == said.json


@pytest.mark.train
def test_a_mixture_by_hand_is_that_of_torch(models, tmp_path, torch, command):
    from safetensors.torch import load_file

    for pair in (("one", "other"), ("words", "words")):
        one, other = (models / name for name in pair)
        assert command("merge", one, other, "--alpha", 0.3, "--out", tmp_path / pair[0]).code == 0
        first, second, mixed = (load_file(at / "model.safetensors") for at in (one, other, tmp_path / pair[0]))
        assert mixed.keys() == first.keys()
        for name, tensor in mixed.items():
            wanted = (0.7 * first[name].float() + 0.3 * second[name].float()).to(first[name].dtype)
            assert tensor.dtype == first[name].dtype
            assert torch.allclose(tensor.float(), wanted.float(), rtol=1e-2 if tensor.itemsize == 2 else 1e-6), name


@pytest.mark.train
def test_a_mixture_loads_and_speaks(models, folder, tmp_path, command):
    assert command("merge", models / "one", models / "other", "--out", tmp_path / "mix").code == 0
    assert judged(tmp_path / "mix", folder, tmp_path / "out").unanswered == {}


@pytest.mark.train
def test_a_folder_whose_model_cannot_be_loaded_is_told(models, folder, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(models / "words", broken)
    (broken / "tokenizer.json").unlink()
    (broken / "model.safetensors").write_bytes(b"no")
    with pytest.raises(UsageError, match="no model can be loaded"):
        judged(broken, folder, tmp_path / "out")


def test_folders_without_a_model_are_told(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        checkpoint_at(tmp_path / "nothing")
    with pytest.raises(UsageError, match=r"no config\.json"):
        checkpoint_at(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UsageError, match="merge_and_unload"):
        checkpoint_at(tmp_path)


def test_without_torch_it_is_told_what_to_install(tmp_path, folder, monkeypatch):
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(UsageError, match=r"pip install 'bricks\[train\]'"):
        judged(tmp_path, folder, tmp_path / "out")


def test_any_file_that_answers_depend_on_changes_the_digest(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = checkpoint_at(tmp_path).revision
    (tmp_path / "notes.md").write_text("x")
    assert checkpoint_at(tmp_path).revision == first
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert checkpoint_at(tmp_path).revision != first


@pytest.mark.train
def test_code_that_a_folder_brings_is_never_run(models, folder, tmp_path):
    shutil.copytree(models / "words", tmp_path / "evil")
    config = json.loads((tmp_path / "evil" / "config.json").read_text())
    own = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}
    (tmp_path / "evil" / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": own}))
    (tmp_path / "evil" / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(UsageError, match="no model can be loaded from it"):
        judged(tmp_path / "evil", folder, tmp_path / "out")
    assert not (tmp_path / "ran").exists()
