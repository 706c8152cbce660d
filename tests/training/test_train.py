"""Train: losses fall in each stage, and a training that was stopped or killed ends as one that wasn't, bit for bit."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from schemas.errors import BricksError, UsageError

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")
pytest.importorskip("peft")
pytestmark = pytest.mark.train

ROOT = Path(__file__).resolve().parent.parent.parent
RECIPE = """
name: mini
frame: {side_px: 64}
network: {type: small, width: 16, layers: 1, heads: 2, stem_channels: 4, decoder_layers: 1, window_px: 32}
llm: {model: tiny, hidden: 32, layers: 1, heads: 2, vocabulary: 320, text_steps: 60}
stages:
  - {kind: align, steps: 24, lr: 2.0e-2, batch: 2, max_tokens: 200, log_every: 1, save_every: 5, precision: fp32}
  - {kind: sft, steps: 12, lr: 1.0e-2, batch: 2, max_tokens: 200, log_every: 1, save_every: 5}
  - {kind: segment, steps: 16, lr: 3.0e-3, batch: 2, accumulate: 2, crop_px: 32, log_every: 1, save_every: 5,
     ema: 0.9, overlay_every: 16}
"""


def recipe(*overrides, text=RECIPE):
    from training.recipe_file import read_recipe

    return read_recipe(text, "mini.yaml", overrides)


def pictures(root, sets=(("blobs", 8), ("spots", 6))):
    """Write sets of bright discs on noise, with their masks."""
    rows, columns = np.mgrid[:60, :80]
    for name, count in sets:
        for kind in ("images", "masks"):
            (root / name / kind).mkdir(parents=True)
        for number in range(count):
            rng = np.random.default_rng([number, len(name)])
            mask = np.zeros((60, 80), np.uint16)
            for one in range(1, 5):
                y, x, r = rng.integers(10, 50), rng.integers(10, 70), rng.integers(5, 10)
                mask[(rows - y) ** 2 + (columns - x) ** 2 < r * r] = one
            image = np.clip(rng.normal(60, 10, mask.shape) + 100 * (mask > 0), 0, 255).astype(np.uint8)
            Image.fromarray(image).save(root / name / "images" / f"{number}.png")
            Image.fromarray(mask).save(root / name / "masks" / f"{number}.png")
    return root


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Sums of several threads may come in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return pictures(tmp_path_factory.mktemp("train") / "data")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, data):
    """A training that nothing stopped."""
    from training.train import train

    out = tmp_path_factory.mktemp("whole") / "out"
    train(recipe(), data, out)
    return out


def losses(out):
    from training.logs import logged

    return {(told["stage"], told["step"]): told["loss"] for told in logged(out)}


def weights(out, stage="segment"):
    return (out / stage / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("stage", ["align", "sft", "segment"])
def test_the_loss_falls_in_each_stage(whole, stage):
    told = [loss for (name, _), loss in losses(whole).items() if name == stage]
    assert np.mean(told[-4:]) < 0.95 * np.mean(told[:4])


def test_overlays_show_what_is_drawn_above_what_is_true(whole):
    with Image.open(whole / "overlays" / "segment-00000016.png") as drawn:
        assert drawn.size == (3 * 32, 2 * 3 * 32)


def test_a_checkpoint_says_what_it_is_and_is_loaded_by_its_place_or_its_trainings(whole, data):
    from training.checkpoints import load
    from training.folds import entries_of
    from training.samples import read_all

    loaded = load(whole)
    note = loaded.note
    assert (note.stage, note.step, note.complete) == ("segment", 16, True)
    assert note.recipe == recipe()
    assert note.side_px == 64
    assert note.radii_px == {"inside": (1.0,), "ring": pytest.approx((0.125, 1.125))}
    trained = {sample.sha256 for sample in read_all(entries_of(data, "train"))}
    assert set(note.images) == trained
    assert load(whole / "align").note.stage == "align"
    assert not any(weight.requires_grad for weight in loaded.joint.parameters())


def test_what_was_loaded_segments_and_speaks(whole):
    from training.checkpoints import load

    joint = load(whole).joint
    pixels = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        encoded = joint.network.encode(pixels)
        dense = joint.dense(encoded)
        which, points, labels = torch.tensor([0]), torch.tensor([[[30.0, 30.0]]]), torch.tensor([[1]])
        masks = joint.network.decode(encoded, which, points, labels, dense)
        bare = joint.network.decode(encoded, which, points, labels, None)
    assert dense.shape == encoded.features.shape
    assert masks.shape == (1, 64, 64)
    assert not torch.equal(masks, bare)
    assert isinstance(joint.describe(pixels, most=4), str)


def test_stopped_again_and_again_it_ends_as_if_it_never_was(tmp_path, data, whole):
    from training.train import train

    done = train(recipe(), data, tmp_path / "out", stop_after=7)
    assert not done.complete
    rounds = 1
    while not done.complete:
        done = train(recipe(), data, tmp_path / "out", stop_after=15)
        rounds += 1
    assert rounds == 4
    assert losses(tmp_path / "out") == losses(whole)
    assert [weights(tmp_path / "out", stage) == weights(whole, stage) for stage in ("align", "sft", "segment")] == [
        True
    ] * 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if "0" in path.name) == []


def test_a_stage_with_minutes_keeps_the_steps_it_was_given_when_it_goes_on(tmp_path, data):
    from training.train import train

    out, timed = tmp_path / "out", recipe("stages.2.minutes=60")
    first = train(timed, data, out, stop_after=40)
    assert not first.complete
    assert json.loads((out / "steps.json").read_text()) == {"segment": 16}
    (out / "steps.json").write_text('{"segment": 10}')
    again = train(timed, data, out)
    assert again.stages[-1].of == 10
    assert torch.isfinite(torch.tensor(again.stages[-1].last_loss))


def test_killed_in_the_middle_it_goes_on_as_if_it_never_was(tmp_path, data, whole):
    from training.train import train

    out, asked = tmp_path / "out", tmp_path / "mini.yaml"
    asked.write_text(RECIPE)
    command = [sys.executable, "-m", "bricks", "train", str(asked), "--data", str(data), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while ("sft", 7) not in losses(out) and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert train(recipe(), data, out).complete
    assert losses(out) == losses(whole)
    assert weights(out) == weights(whole)


def test_two_processes_learn_what_one_does_from_twice_the_pictures(tmp_path, data):
    from training.train import train

    text = (
        RECIPE[: RECIPE.index("  - {kind: sft")]
        .replace("steps: 24", "steps: 3")
        .replace("text_steps: 60", "text_steps: 2")
    )
    (tmp_path / "mini.yaml").write_text(text.replace("batch: 2", "batch: 1"))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "bricks"]
    command = [*launch, "train", str(tmp_path / "mini.yaml"), "--data", str(data), "--out", str(tmp_path / "two")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    train(recipe(text=text), data, tmp_path / "one")
    assert list(losses(tmp_path / "two").values()) == pytest.approx(list(losses(tmp_path / "one").values()), abs=2e-3)
    notes = [json.loads((tmp_path / name / "align" / "note.json").read_text()) for name in ("one", "two")]
    assert notes[0]["images"] == notes[1]["images"]


def test_the_command_says_what_it_did_and_that_it_stopped_as_asked(tmp_path, data, command):
    (tmp_path / "mini.yaml").write_text(RECIPE)
    said = command(
        *("train", tmp_path / "mini.yaml", "--data", data, "--out", tmp_path / "out", "--json"),
        *("--stop-after", 1, "--set", "stages.0.overlay_every=1"),
    )
    assert said.code == 5, said.err
    (stage,) = said.json["stages"]
    assert (stage["name"], stage["steps"], stage["of"]) == ("align", 1, 24)
    assert said.json["checkpoint"] == str(tmp_path / "out" / "align-00000001")
    assert (tmp_path / "out" / "overlays" / "align-00000001.txt").is_file()
    assert list((tmp_path / "out" / "tensorboard" / "align").iterdir())


def test_another_recipe_or_other_pictures_are_refused(tmp_path, data, whole):
    from training.train import train

    with pytest.raises(UsageError, match=r"holds a training by another recipe\. Give another --out"):
        train(recipe("seed=3"), data, whole)
    out = tmp_path / "out"
    train(recipe(), pictures(tmp_path / "one"), out, stop_after=1)
    with pytest.raises(UsageError, match="isn't what this training began with"):
        train(recipe(), pictures(tmp_path / "other", (("blobs", 9),)), out)


def test_a_loss_that_is_no_number_ends_in_one_clear_error(tmp_path, data):
    from training.train import train

    text = RECIPE.split("stages:", 1)[0].replace("llm:", "# llm:") + (
        "stages:\n  - {kind: segment, steps: 9, lr: 1.0e+30, batch: 1, crop_px: 32, warmup: 0, precision: fp32}\n"
    )
    with pytest.raises(
        BricksError, match=r"stage segment: the .* in optimiser step \d: nothing can be learnt.*Lower lr"
    ):
        train(recipe(text=text), data, tmp_path / "out")


def test_adapters_are_trained_resumed_and_melted_in(tmp_path, data):
    from training.checkpoints import load
    from training.train import train

    text = RECIPE[: RECIPE.index("  - {kind: segment")].replace("batch: 2, max", "lora: {rank: 2, dropout: 0.2}, max")
    text = text.replace("align, steps: 24, lr: 2.0e-2, lora: {rank: 2, dropout: 0.2}", "align, steps: 1, lr: 1.0e-2")
    text = text.replace("sft, steps: 12", "sft, steps: 4")
    asked = recipe(text=text)
    one, other = tmp_path / "one", tmp_path / "other"
    train(asked, data, one)
    train(asked, data, other, stop_after=1)
    torch.rand(3)
    train(asked, data, other, stop_after=2)
    half = load(other).joint
    assert not any("lora" in name for name, _ in half.named_parameters())
    train(asked, data, other)
    assert losses(one) == losses(other)
    assert weights(one, "sft") == weights(other, "sft")
    assert not any("lora" in name for name, _ in load(one).joint.named_parameters())


SAM = RECIPE.replace(
    "network: {type: small, width: 16, layers: 1, heads: 2, stem_channels: 4, decoder_layers: 1, window_px: 32}",
    "network: {type: sam, size: tiny}",
)


def test_sam_is_trained_with_published_weights_and_loaded_without_them(tmp_path, data):
    from transformers import SamModel

    from training.checkpoints import load
    from training.sam_network import sam_config
    from training.train import train

    SamModel(sam_config("tiny", 128)).save_pretrained(tmp_path / "sam")
    text = SAM.split("stages:", 1)[0] + "stages:\n  - {kind: segment, steps: 2, batch: 1, checkpointing: true}\n"
    train(recipe(f"network.weights={tmp_path / 'sam'}", "llm.text_steps=1", text=text), data, tmp_path / "out")
    (tmp_path / "sam").rename(tmp_path / "gone")
    joint = load(tmp_path / "out").joint
    before = SamModel.from_pretrained(tmp_path / "gone").state_dict()
    after = joint.network.state_dict()
    moved = {name for name in after if not torch.equal(after[name], before[name])}
    assert {"vision_encoder.pos_embed", "mask_decoder.mask_tokens.weight"} <= moved
    assert not any("iou_prediction_head" in name or "shared_embedding" in name for name in moved)


def test_a_language_model_that_nothing_trained_is_not_copied(tmp_path, data):
    from safetensors import safe_open
    from transformers import GPT2Config, GPT2LMHeadModel

    from training.checkpoints import load
    from training.language import tiny_tokenizer
    from training.train import train

    place = tmp_path / "gpt2"
    tokenizer = tiny_tokenizer(["An image of the set blobs with 4 objects."] * 3, 300)
    tokenizer.save_pretrained(place)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2))
    model.save_pretrained(place)
    text = RECIPE[: RECIPE.index("  - {kind: sft")].replace("steps: 24", "steps: 1")
    train(recipe(f"llm.model={place}", text=text), data, tmp_path / "out")
    with safe_open(tmp_path / "out" / "align" / "weights.safetensors", "pt") as opened:
        assert not any(name.startswith("llm.") for name in opened.keys())  # noqa: SIM118
    joint = load(tmp_path / "out").joint
    assert torch.equal(joint.llm.transformer.wte.weight, model.transformer.wte.weight)
    assert isinstance(joint.describe(torch.rand(1, 3, 64, 64), most=3), str)


def test_code_beside_a_checkpoint_runs_only_if_its_reader_says_so(tmp_path, whole):
    import shutil

    from training.checkpoints import load

    evil = tmp_path / "evil"
    shutil.copytree(whole / "segment", evil)
    (evil / "llm" / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    config = json.loads((evil / "llm" / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}}
    (evil / "llm" / "config.json").write_text(json.dumps(config))
    note = json.loads((evil / "note.json").read_text())
    note["recipe"]["llm"] |= {"trust_remote_code": True, "model": "somebody/evil"}
    (evil / "note.json").write_text(json.dumps(note))
    with pytest.raises(UsageError, match="trust-remote-code"):
        load(evil)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("file", ["weights.safetensors", "llm/tokenizer.json", "llm/config.json", "note.json"])
@pytest.mark.parametrize("kept", [0, 0.5, None])
def test_a_damaged_checkpoint_is_told_in_one_line_with_its_file(tmp_path, whole, file, kept):
    import shutil

    from training.checkpoints import load

    place = tmp_path / "hurt"
    shutil.copytree(whole / "segment", place)
    blob = (place / file).read_bytes()
    (place / file).unlink() if kept is None else (place / file).write_bytes(blob[: int(kept * len(blob))])
    with pytest.raises(UsageError, match="hurt") as told:
        load(place)
    assert "\n" not in str(told.value)


def test_a_damaged_state_is_told_and_nothing_in_it_runs(tmp_path, data):
    import pickle

    from training.train import train

    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "ran"), "w")

    train(recipe(), data, tmp_path / "out", stop_after=3)
    (state,) = (tmp_path / "out").glob("*/state.pt")
    for blob in (b"", state.read_bytes()[:500], pickle.dumps(Evil())):
        state.write_bytes(blob)
        with pytest.raises(UsageError, match=r"state\.pt: is damaged"):
            train(recipe(), data, tmp_path / "out")
    assert not (tmp_path / "ran").exists()


def test_another_recipe_may_begin_where_the_first_came_to_no_checkpoint(tmp_path, data):
    from training.train import train

    wrong = recipe("network.weights=nowhere.pt", text=SAM)
    with pytest.raises(UsageError, match=r"nowhere\.pt"):
        train(wrong, data, tmp_path / "out")
    assert not train(recipe(), data, tmp_path / "out", stop_after=2).complete


def test_a_full_disk_leaves_no_half_checkpoint(tmp_path, data, monkeypatch):
    from safetensors import SafetensorError

    from training import checkpoints
    from training.train import train

    def full(*_):
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(checkpoints, "_write", full)
    with pytest.raises(BricksError, match="No space left"):
        train(recipe(), data, tmp_path / "out", stop_after=2)
    assert not list((tmp_path / "out").glob(".*.half"))


def test_a_checkpoint_is_absent_or_whole(tmp_path, whole, monkeypatch):
    from training import checkpoints

    loaded = checkpoints.load(whole)
    written = checkpoints._write

    def cut(path, tensors):
        written(path, tensors)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "_write", cut)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(tmp_path / "segment", loaded.joint, loaded.note)
    assert checkpoints.newest(tmp_path) is None
    with pytest.raises(UsageError, match="holds no checkpoint"):
        checkpoints.load(tmp_path)
    checkpoints.clear_halves(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_later_stage_lacks_is_told_before_anything_is_made(tmp_path):
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    from training.train import train

    picture = io.BytesIO()
    Image.new("L", (64, 64), 90).save(picture, "PNG")
    turns = [{"role": "user", "content": "<image>\nWhat?"}, {"role": "assistant", "content": "Grey."}]
    row = {"image": {"bytes": picture.getvalue(), "path": None}, "conversation": turns, "purpose": "align"}
    (tmp_path / "data" / "conversations").mkdir(parents=True)
    path = tmp_path / "data" / "conversations" / "train-00000-of-00001.parquet"
    pq.write_table(pa.Table.from_pylist([row] * 4), path)
    for data, said in (("data", "holds no images with masks"), ("nowhere", "there is no such folder")):
        with pytest.raises(UsageError, match=said):
            train(recipe(), tmp_path / data, tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_conversations_of_a_dataset_are_what_is_learnt(tmp_path):
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    from training.train import train

    shown = io.BytesIO()
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(shown, "PNG")
    turns = [{"role": "user", "content": "What?\n<image>"}, {"role": "assistant", "content": "Nothing at all."}]
    row = {"image": {"bytes": shown.getvalue(), "path": None}, "purpose": "align", "conversation": turns}
    (tmp_path / "data" / "conversations").mkdir(parents=True)
    for split in ("train", "test"):
        table = pa.Table.from_pylist([row] * 3)
        pq.write_table(table, tmp_path / "data" / "conversations" / f"{split}-00000-of-00001.parquet", row_group_size=2)
    text = RECIPE[: RECIPE.index("  - {kind: sft")].replace("steps: 24", "steps: 2")
    done = train(recipe(text=text), tmp_path / "data", tmp_path / "out")
    assert (done.complete, done.images) == (True, 1)
    note = json.loads((tmp_path / "out" / "align" / "note.json").read_text())
    assert note["stages"] == ["align"]
