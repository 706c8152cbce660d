"""Pictures that look alike to an encoder are told apart from copies; the encoder is the user's, or a clear error."""

import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from curation.benchmark_sets import read_benchmarks
from curation.embedding_neighbours import embedded, neighbours
from curation.encoders import Encode, encoder
from schemas.errors import UsageError
from schemas.manifest_sections import Dedup, Encoder, is_a_folder


def halves(seed: int) -> np.ndarray:
    return np.kron(
        np.random.default_rng(seed).integers(0, 255, (4, 4, 3), dtype=np.uint8), np.ones((16, 16, 1), np.uint8)
    )


@pytest.fixture
def benchmark(tmp_path):
    (tmp_path / "bench").mkdir()
    for seed in range(40):
        Image.fromarray(halves(seed)).save(tmp_path / "bench" / f"{seed:02d}.png")
    return read_benchmarks(["bench"], tmp_path, tmp_path / "cache", Dedup(), lambda things, _total, _what: things)[0]


def means(pictures):
    """Vectors by the mean colours of a picture's parts: an encoder that needs no model."""
    small = np.array(
        [np.asarray(Image.fromarray(one).resize((4, 4), Image.Resampling.BOX), np.float32) for one in pictures]
    )
    flat = small.reshape(len(small), -1) - 128
    return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def test_neighbours_are_those_at_least_so_alike_with_their_cosine(benchmark, tmp_path):
    panels = [(7, halves(3)), (8, halves(99)), (9, np.clip(halves(39) * 0.9, 0, 255).astype(np.uint8))]
    found = dict(neighbours(panels, [benchmark], Encode("means", means), 0.95, tmp_path / "cache"))
    assert found.keys() == {7, 9}
    assert found[7].model_dump() == {"benchmark": "bench", "check": "embedding", "score": 1.0}
    assert 0.95 <= found[9].score < 1


def test_vectors_of_a_benchmark_are_made_once_and_by_each_encoder(benchmark, tmp_path):
    asked = []

    def counting(pictures):
        asked.append(len(pictures))
        return means(pictures)

    first = embedded(benchmark, Encode("one", counting), tmp_path / "cache")
    assert np.array_equal(embedded(benchmark, Encode("one", counting), tmp_path / "cache"), first)
    assert asked == [32, 8]
    embedded(benchmark, Encode("other", counting), tmp_path / "cache")
    assert asked == [32, 8, 32, 8]


def test_a_hash_list_has_no_pictures_to_look_at(benchmark, tmp_path):
    listed = replace(benchmark, held=None)
    assert list(neighbours([(0, halves(3))], [listed], Encode("means", means), 0.9, tmp_path)) == []


def test_an_encoder_without_its_libraries_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match=r"torch.*bricks\[train\]"):
        encoder(Encoder(model="org/model"), tmp_path)


@pytest.mark.parametrize(
    ("model", "here"),
    [("org/model", False), ("model", False), ("./a", True), ("/a/b", True), ("~/m", True), ("a/b/c", True)],
)
def test_a_folder_is_told_from_a_model_of_the_hub(model, here):
    assert is_a_folder(model) == here
    assert Encoder(model=model).min_cosine == 0.95


@pytest.fixture
def torch():
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
        pytest.skip("the extra train isn't installed")
    import torch

    torch.manual_seed(1)
    return torch


def saved_vit(place) -> None:
    from transformers import ViTConfig, ViTImageProcessorPil, ViTModel

    told = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    ViTModel(ViTConfig(image_size=32, patch_size=8, **told)).save_pretrained(place)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(place)


def saved_clip(place) -> None:
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    told = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    vision = {**told, "image_size": 32, "patch_size": 8, "projection_dim": 12}
    text = {**told, "vocab_size": 20, "max_position_embeddings": 8, "projection_dim": 12}
    CLIPModel(CLIPConfig(vision_config=vision, text_config=text, projection_dim=12)).save_pretrained(place)
    CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(place)


@pytest.mark.train
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(("save", "length"), [(saved_vit, 16), (saved_clip, 12)])
def test_a_model_of_transformers_encodes_pictures(tmp_path, torch, benchmark, save, length):
    save(tmp_path / "model")
    made = encoder(Encoder(model="./model"), tmp_path)
    vectors = made.vectors([halves(3), halves(4), halves(3)[..., 0]])
    assert vectors.shape == (3, length)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert not np.allclose(vectors[0], vectors[1])
    found = dict(neighbours([(5, halves(3))], [benchmark], made, 0.9999, tmp_path / "cache"))
    assert found[5].score == 1
    assert encoder(Encoder(model="./model"), tmp_path).state == made.state


@pytest.mark.train
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_that_isnt_there_is_a_clear_error(tmp_path, torch):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="can't be loaded"):
        encoder(Encoder(model="./empty"), tmp_path)
