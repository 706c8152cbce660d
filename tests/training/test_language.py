"""Language: tiny models are made the same each time; what can't be had says what to do; shuffles lose nothing."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UsageError
from training.recipe import Language

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.train

TEXTS = ["An image of the set plates with 3 objects.", "Half of them are at most 12 px across."] * 3


@settings(max_examples=15)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_the_inverse_shuffle_undoes_the_shuffle_exactly(batch, channels, half, seed):
    from training.projector import inverse_pixel_shuffle, pixel_shuffle

    features = torch.from_numpy(np.random.default_rng(seed).random((batch, channels, 2 * half, 2 * half)))
    tokens = pixel_shuffle(features)
    assert tokens.shape == (batch, half**2, 4 * channels)
    assert torch.equal(inverse_pixel_shuffle(tokens), features)


def test_a_token_is_four_neighbouring_cells_row_by_row():
    from training.projector import pixel_shuffle

    cells = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert pixel_shuffle(cells)[0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


def test_vlsa_begins_at_a_tenth_of_normed_states_over_channels():
    from training.vlsa import Vlsa

    torch.manual_seed(1)
    vlsa = Vlsa(24, 16)
    assert (vlsa.scale.item(), vlsa.shift.item()) == (pytest.approx(0.1), 0.0)
    dense = vlsa(torch.randn(2, 9, 24))
    assert dense.shape == (2, 16, 6, 6)
    assert dense.mean(1).abs().max().item() < 1e-6
    assert dense.std(1, unbiased=False).flatten().tolist() == pytest.approx([0.1] * 72, rel=1e-3)
    assert [name for name, _ in vlsa.named_parameters() if name in {"scale", "shift"}] == ["scale", "shift"]


def test_without_scale_and_shift_the_states_stay_normed():
    from training.vlsa import Vlsa

    vlsa = Vlsa(24, 16, scale_shift=False)
    assert vlsa(torch.randn(1, 4, 24)).std(1, unbiased=False).flatten().tolist() == pytest.approx([1.0] * 16, rel=1e-3)
    assert all("layers" in name for name, _ in vlsa.named_parameters())


def test_the_same_texts_and_seed_give_the_same_tiny_model():
    from training.language import speech

    one, other = (speech(Language(text_steps=2), TEXTS, 5) for _ in range(2))
    assert one.tokenizer.get_vocab() == other.tokenizer.get_vocab()
    assert all(torch.equal(a, b) for a, b in zip(one.model.parameters(), other.model.parameters(), strict=True))
    text = "Zwölf Kerne \u2603, 3 µm"
    assert one.tokenizer.decode(one.tokenizer.encode(text)) == text


def test_a_tiny_model_has_learnt_to_speak():
    from training.chat import asked
    from training.language import speech

    taught = speech(Language(hidden=32, layers=1, heads=2, text_steps=60), TEXTS, 5)
    ids = torch.tensor([asked([("user", "")], taught.tokenizer, 0)])
    said = taught.model.generate(ids, max_new_tokens=40, do_sample=False, pad_token_id=0)
    assert taught.tokenizer.decode(said[0, ids.shape[1] :], skip_special_tokens=True) in TEXTS


def folder(place, **config):
    place.mkdir()
    (place / "config.json").write_text(json.dumps(config))
    (place / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    from training.language import tiny_tokenizer

    tiny_tokenizer(TEXTS, 300).save_pretrained(place)
    return str(place)


def test_a_model_whose_code_comes_with_it_is_refused_with_the_flag_to_set(tmp_path):
    from training.language import speech

    remote = {"AutoConfig": "configuration_internlm2.C", "AutoModelForCausalLM": "modeling_internlm2.M"}
    place = folder(tmp_path / "internlm", model_type="internlm2", auto_map=remote)
    with pytest.raises(UsageError, match=r"llm\.model: .*code comes with it.*set llm\.trust_remote_code: true"):
        speech(Language(model=place), TEXTS, 1)


def test_a_model_that_is_nowhere_says_what_to_give():
    from training.language import speech

    with pytest.raises(UsageError, match=r"isn't on this machine|is not on this machine and can't be fetched"):
        speech(Language(model="./no/such/model"), TEXTS, 1)


def test_any_causal_model_in_a_folder_is_taken(tmp_path):
    from transformers import GPT2Config, GPT2LMHeadModel

    from training.language import decoder_of, hidden_of, speech, tiny_tokenizer

    tokenizer = tiny_tokenizer(TEXTS, 300)
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2)).save_pretrained(tmp_path)
    found = speech(Language(model=str(tmp_path)), (), 1)
    assert hidden_of(found.model) == 16
    assert decoder_of(found.model) is found.model.transformer
