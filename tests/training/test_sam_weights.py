"""SAM weights: the original layout and micro-sam's go where transformers has them, and the same masks come out."""

import json
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import UsageError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

TOLD = json.loads((Path(__file__).resolve().parent.parent / "data" / "training" / "tiny_sam.json").read_text())


def original(shapes=TOLD["shapes"]):
    """Return the weights that the numbers in tiny_sam.json were made with, by SAM's own names."""
    rng = np.random.default_rng(13)

    def drawn(name, shape):
        is_scale = ("norm" in name or name.split(".")[-2] in "134") and name.endswith("weight") and len(shape) == 1
        spread = 0.3 if len(shape) > 1 else 0.1
        return torch.from_numpy(rng.normal(float(is_scale), spread, shape).astype(np.float32))

    return {name: drawn(name, shape) for name, shape in sorted(shapes.items())}


def section(path, size="tiny"):
    from training.recipe import SamVit

    return SamVit(size=size, weights=str(path))


def loaded(path):
    from training.sam_weights import pretrained_sam

    return pretrained_sam(section(path)).eval()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("sam") / "vit_t.pth"
    torch.save(original(), path)
    return path


def test_the_original_layout_gives_the_original_masks(plain):
    network = loaded(plain)
    pixels = torch.from_numpy(np.random.default_rng(14).random((1, 3, 256, 256), np.float32))
    points = torch.tensor([[[25.0, 50], [75, 10], [175, 200]], [[5.0, 225], [83, 111], [0, 0]]])
    labels = torch.tensor([[1, 0, 0], [1, 0, -1]])
    with torch.no_grad():
        encoded = network.encode(pixels)
        logits = network.decode(encoded, torch.tensor([0, 0]), points, labels)
    assert encoded.features[0, ::8, ::5, ::5].flatten().tolist() == pytest.approx(TOLD["features"], abs=5e-5)
    assert logits[:, ::77, ::77].flatten().tolist() == pytest.approx(TOLD["logits"], rel=2e-3, abs=2e-4)


@pytest.mark.parametrize(("key", "prefix"), [("model_state", "sam."), ("state_dict", "module.sam."), (None, "module.")])
def test_what_trainers_wrap_around_the_weights_is_taken_off(tmp_path, plain, key, prefix):
    state = {prefix + name: tensor for name, tensor in original().items()}
    torch.save({key: state, "iteration": 3} if key else state, tmp_path / "best.pt")
    wrapped, bare = loaded(tmp_path / "best.pt").state_dict(), loaded(plain).state_dict()
    assert all(torch.equal(wrapped[name], bare[name]) for name in bare)


def test_transformers_own_layout_is_read_from_a_folder(tmp_path, plain):
    from transformers import SamModel

    from training.sam_network import sam_config

    torch.manual_seed(1)
    model = SamModel(sam_config("tiny", 256))
    model.save_pretrained(tmp_path / "hf")
    network = loaded(tmp_path / "hf")
    own = network.state_dict()
    assert all(torch.equal(own[name], tensor) for name, tensor in model.state_dict().items() if name in own)


def test_a_smaller_frame_is_read_with_the_same_weights(plain):
    network = loaded(plain)
    encoded = network.encode(torch.rand(2, 3, 96, 96))
    assert encoded.features.shape == (2, 32, 6, 6)
    dense = torch.zeros_like(encoded.features)
    which, points, labels = torch.tensor([0, 1, 1]), torch.rand(3, 2, 2) * 96, torch.ones(3, 2, dtype=torch.int64)
    assert network.decode(encoded, which, points, labels, dense).shape == (3, 96, 96)


def test_a_file_that_would_run_code_is_not_opened(tmp_path):
    import pickle

    (tmp_path / "evil.pt").write_bytes(pickle.dumps({"model_state": Path("/")}))
    with pytest.raises(UsageError, match="holds more than weights, and isn't opened"):
        loaded(tmp_path / "evil.pt")


def test_weights_of_another_model_are_told(tmp_path):
    state = original()
    del state["image_encoder.pos_embed"]
    torch.save(state, tmp_path / "half.pt")
    with pytest.raises(UsageError, match=r"lacks vision_encoder.pos_embed.*network.size"):
        loaded(tmp_path / "half.pt")


def test_weights_that_are_nowhere_are_told_with_what_to_give(tmp_path):
    with pytest.raises(UsageError, match=r"is not on this machine and can't be fetched.*vit_b.pt"):
        loaded(tmp_path / "no" / "such")
