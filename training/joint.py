"""Joint: a segmenter and a language model as one: the picture is encoded once, and both read it.

Shapes: B = pictures; S = side of their pixels; C, s = channels and side of the encoder's grid; n = (s / 2)^2 image
tokens; L = tokens of a conversation; D = width of the language model; P = prompts.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.chat import IGNORED, IMAGE, Tokens, Turn, asked, padded, stops, up_to_image
from training.language import Speech, decoder_of, hidden_of
from training.network import Encoded, Network
from training.projector import SHUFFLE, Projector
from training.recipe import Recipe, Segment
from training.vlsa import Vlsa

_MOST_SAID: int = 128


class Joint(nn.Module):
    """Network, projector, language model and VLSA; the last three are None where the recipe has no `llm`."""

    def __init__(self, network: Network, recipe: Recipe, speech: Speech | None = None) -> None:
        super().__init__()
        self.network = network
        self.recipe = recipe
        self.projector: Projector | None = None
        self.vlsa: Vlsa | None = None
        self.llm: Any = None
        self.tokenizer: Any = None
        section = recipe.llm
        if section is None or speech is None:
            return
        self.llm, self.tokenizer = speech
        hidden = hidden_of(self.llm)
        self.projector = Projector(network.channels, hidden, section.projector_hidden)
        if section.vlk:
            self.vlsa = Vlsa(hidden, network.channels, scale_shift=section.scale_shift)

    @property
    def question(self) -> list[Turn]:
        """Return what the language model is asked while it helps to segment."""
        assert self.recipe.llm is not None
        system = self.recipe.llm.system
        asks = ("user", f"{self.recipe.llm.question}\n<image>")
        return [("system", system), asks] if system else [asks]

    def image_tokens(self, side_px: int) -> int:
        """Return n for pictures of this side."""
        return (side_px // (SHUFFLE * self.recipe.stride_px)) ** 2

    def language_loss(self, encoded: Encoded, tokens: Tokens, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy of the labels (B, L), each predicted from what stands before it.

        Logits are made where something is learnt, and nowhere else.
        """
        states = self._states(encoded.features, tokens)
        learnt = labels[:, 1:] != IGNORED
        logits = self.llm.get_output_embeddings()(states[:, :-1][learnt])
        loss = functional.cross_entropy(logits.float(), labels[:, 1:][learnt], reduction="sum")
        return loss / learnt.sum().clamp(min=1)

    def dense(self, encoded: Encoded) -> Tensor | None:
        """Return the dense prompt (B, C, s, s), or None without VLSA: then SAM's `no_mask_embed` stands there.

        Where a model was trained on crops, a larger grid is read in tiles of that size: no token stands at a place
        in a sequence that the language model hasn't seen.
        """
        if self.vlsa is None:
            return None
        tiles, side = _tiles(encoded.features, self._tile_cells())
        count = (tiles.shape[-1] // SHUFFLE) ** 2
        ids = up_to_image(self.question, self.tokenizer, count)
        tokens = padded([ids] * len(tiles))
        tokens = Tokens(*(one.to(tiles.device) for one in tokens))
        states = self._states(tiles, tokens)
        picture = states[tokens.ids == IMAGE].reshape(len(tiles), count, -1)
        return _whole(self.vlsa(picture.to(self.vlsa.layers[1].weight.dtype)), side)

    def describe(self, pixels: Tensor, turns: Sequence[Turn] | None = None, most: int = _MOST_SAID) -> str:
        """Return what the language model answers about one picture (1, 3, S, S), the likeliest word each time."""
        side_px = self._words_side_px()
        with torch.no_grad():
            small = functional.interpolate(pixels, size=(side_px, side_px), mode="area")
            features = self.network.encode(small).features
            ids = asked(turns or self.question, self.tokenizer, self.image_tokens(side_px))
            tokens = Tokens(*(one.to(pixels.device) for one in padded([ids])))
            said = self.llm.generate(
                inputs_embeds=self._embedded(features, tokens),
                attention_mask=tokens.mask,
                max_new_tokens=most,
                do_sample=False,
                eos_token_id=stops(self.tokenizer),
                pad_token_id=self.tokenizer.pad_token_id or self.tokenizer.eos_token_id,
            )
        return str(self.tokenizer.decode(said[0], skip_special_tokens=True)).strip()

    def _states(self, features: Tensor, tokens: Tokens) -> Tensor:
        """Return the language model's last states (B, L, D)."""
        answer = decoder_of(self.llm)(
            inputs_embeds=self._embedded(features, tokens), attention_mask=tokens.mask.long(), use_cache=False
        )
        states: Tensor = answer.last_hidden_state
        return states

    def _embedded(self, features: Tensor, tokens: Tokens) -> Tensor:
        """Return the embeddings of tokens (B, L, D), projected features where the picture stands."""
        assert self.projector is not None
        words: Tensor = self.llm.get_input_embeddings()(tokens.ids.clamp(min=0))
        picture = self.projector(features).to(words.dtype)
        return words.masked_scatter((tokens.ids == IMAGE)[..., None], picture)

    def _words_side_px(self) -> int:
        """Return the side of the pictures that the language model learnt to speak of."""
        sides = [stage.side_px for stage in self.recipe.stages if not isinstance(stage, Segment)]
        return (sides and sides[-1]) or self.recipe.frame.side_px

    def _tile_cells(self) -> int | None:
        crops = [stage.crop_px for stage in self.recipe.stages if isinstance(stage, Segment)]
        return crops[-1] // self.recipe.stride_px if crops and crops[-1] else None


def _tiles(features: Tensor, cells: int | None) -> tuple[Tensor, int]:
    """Return features (B, C, s, s) as tiles (B t t, C, s / t, s / t), row by row, and t."""
    side = features.shape[-1]
    if cells is None or side <= cells or side % cells:
        return features, 1
    count = side // cells
    cut = features.unflatten(3, (count, cells)).unflatten(2, (count, cells))  # (B, C, t, s/t, t, s/t)
    return cut.permute(0, 2, 4, 1, 3, 5).flatten(0, 2), count


def _whole(tiles: Tensor, count: int) -> Tensor:
    """Undo `_tiles`."""
    cut = tiles.unflatten(0, (-1, count, count)).permute(0, 3, 1, 4, 2, 5)
    return cut.flatten(4, 5).flatten(2, 3)
