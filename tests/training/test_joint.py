"""Joint: a picture is encoded once a step, the dense prompt is a causal model's, recipes may leave parts out."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.train

SMALL = "network: {type: small, width: 16, layers: 1, heads: 2, stem_channels: 4, decoder_layers: 1, window_px: 32}"
TEXT = f"""
name: mini
frame: {{side_px: 64}}
{SMALL}
llm: {{model: tiny, hidden: 32, layers: 1, heads: 2, vocabulary: 320, text_steps: 1}}
stages:
  - {{kind: segment, steps: 1, batch: 1}}
"""


def joint(*overrides, text=TEXT):
    from training.building import built
    from training.recipe_file import read_recipe

    return built(read_recipe(text, "mini.yaml", overrides), ["An image of a set."])


def test_the_same_recipe_builds_the_same_model():
    one, other = joint(), joint()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_picture_is_encoded_once_a_step(monkeypatch):
    import numpy as np

    from training.frame import Frame, framed_labels
    from training.pictures import Seen, Shelf
    from training.sample_entries import Entry
    from training.segment_step import framed_sample
    from training.stages import segment

    labels = np.zeros((64, 64), np.int32)
    labels[10:30, 10:30], labels[40:60, 30:60] = 1, 2
    seen = Seen(framed_sample(np.full((64, 64, 3), 90, np.uint8), framed_labels(labels, Frame(64, 64, 64))), "a", "b")
    model = joint()
    job = segment(model, model.recipe.stages[0], Shelf(lambda _: seen, [Entry("a", "1", Path("1.png"))], ""))
    calls = []
    encode = model.network.encode
    monkeypatch.setattr(model.network, "encode", lambda pixels: calls.append(1) or encode(pixels))
    loss = job.loss(model, job.batch([seen], np.random.default_rng(1)))
    loss.backward()
    assert calls == [1]
    for part in (model.projector, model.vlsa, model.network):
        assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in part.parameters())
    assert all(weight.grad is None for weight in model.llm.parameters())


def test_what_follows_the_picture_makes_no_difference_to_the_dense_prompt():
    from training.chat import IMAGE, Tokens, asked, padded

    model = joint().eval()
    features = model.network.encode(torch.rand(2, 3, 64, 64)).features
    ids = asked([*model.question, ("assistant", "Many words."), ("user", "And more?")], model.tokenizer, 16)
    tokens = Tokens(*padded([ids, ids]))
    states = model._states(features, tokens)[tokens.ids == IMAGE].reshape(2, 16, -1)
    from training.network import Encoded

    assert torch.allclose(model.dense(Encoded(features)), model.vlsa(states), atol=1e-5)


def test_a_grid_larger_than_the_crops_is_read_in_tiles_of_their_size():
    from training.network import Encoded

    model = joint("stages.0.crop_px=32").eval()
    features = torch.randn(1, 16, 8, 8)
    whole = model.dense(Encoded(features))
    corner = model.dense(Encoded(features[:, :, 4:, :4].contiguous()))
    assert whole.shape == features.shape
    assert torch.allclose(whole[:, :, 4:, :4], corner, atol=1e-5)


@pytest.mark.parametrize("override", ["llm.vlk=false", "llm=null"])
def test_without_vision_language_knowledge_there_is_no_dense_prompt(override):
    from training.network import Encoded

    model = joint(override)
    assert model.vlsa is None
    assert (model.llm is None) == (override == "llm=null")
    assert model.dense(Encoded(torch.randn(1, 16, 8, 8))) is None


def test_sam_stands_where_the_small_network_does():
    model = joint(text=TEXT.replace(SMALL, "network: {type: sam, size: tiny}"))
    encoded = model.network.encode(torch.rand(1, 3, 64, 64))
    dense = model.dense(encoded)
    masks = model.network.decode(encoded, torch.tensor([0]), torch.rand(1, 2, 2) * 64, torch.tensor([[1, 0]]), dense)
    assert (dense.shape, masks.shape) == ((1, 32, 4, 4), (1, 64, 64))


def test_the_loss_is_of_what_is_learnt_alone():
    from training.chat import IGNORED, IMAGE, padded

    model = joint().eval()
    encoded = model.network.encode(torch.rand(1, 3, 64, 64))
    ids = [5, *[IMAGE] * 16, 7, 8, 9]
    labels = torch.tensor([[IGNORED] * 18 + [8, IGNORED]])
    loss = model.language_loss(encoded, padded([ids]), labels)
    states = model._states(encoded.features, padded([ids]))
    logits = model.llm.lm_head(states[0, 17])
    assert loss.item() == pytest.approx(-logits.log_softmax(0)[8].item(), abs=1e-5)
    nothing = model.language_loss(encoded, padded([ids]), torch.full((1, 20), IGNORED))
    assert nothing.item() == 0


@pytest.mark.parametrize("network", [SMALL, "network: {type: sam, size: tiny}"], ids=["small", "sam"])
def test_activations_computed_twice_give_the_same_gradients(network):
    from training.loop import _checkpoint_activations

    gradients = []
    for on in (False, True):
        model = joint(text=TEXT.replace(SMALL, network))
        model.llm.requires_grad_(False)
        _checkpoint_activations(model, on=on)
        torch.manual_seed(3)
        encoded = model.network.encode(torch.rand(1, 3, 64, 64))
        model.dense(encoded).square().sum().backward()
        gradients.append(model.projector.layers[1].weight.grad)
    assert gradients[0].abs().sum() > 0
    assert torch.allclose(*gradients, atol=1e-6)
