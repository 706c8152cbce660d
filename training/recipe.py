"""Recipe: what is trained, of which parts, on what and in which stages, as frozen models; read by `recipe_file`."""

from typing import Annotated, Final, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from schemas.manifest_parts import Name, Part, Rate, Share, Text, Texts, many

SMALL_STRIDE_PX: Final = 8
SAM_STRIDE_PX: Final = 16
"""Pixels of the frame that a token of each encoder is wide."""


class Frame(Part):
    """The square of pixels that a picture is put into: its long side scaled to `side_px`, zeros right and below."""

    side_px: Annotated[int, Field(ge=32, le=4096)] = 1024
    radii: Literal["frame", "image"] = "frame"
    """What the radii of prompts count in: px of a frame of 1024, scaled with the frame; or px of the image itself."""


class Words(Part):
    """Where the texts of `align` and `sft` come from."""

    words: Literal["auto", "conversations", "described"] = "auto"
    """`described`: true sentences made from the masks; `auto`: the view `conversations`, or else these."""
    fold: Annotated[int, Field(ge=0, le=2)] = 0
    """Which third of a set below 15 images is its test part; train 0, 1 and 2 to judge all of them."""
    loaders: Annotated[int, Field(ge=0, le=64)] = 0
    """Threads that read ahead; the order doesn't depend on them."""


class SmallVit(Part):
    """A small network from scratch: a convolutional stem, ViT layers, SAM's prompt encoder and two-way decoder."""

    type: Literal["small"] = "small"
    width: Annotated[int, Field(gt=0, le=4096)] = 128
    layers: PositiveInt = 4
    heads: PositiveInt = 4
    stem_channels: PositiveInt = 32
    decoder_layers: PositiveInt = 2
    window_px: PositiveInt = 128
    """Side of the window around a positive in which a mask is decoded."""
    drawn_clicks: bool = True
    """Clicks drawn as maps beside the sparse tokens; without them a small network learns nothing of them."""


class SamVit(Part):
    """SAM's three parts from transformers, from scratch or with weights."""

    type: Literal["sam"] = "sam"
    size: Literal["tiny", "b", "l", "h"] = "b"
    weights: Text | None = None
    """A file in SAM's or micro-sam's layout, a folder or a name of the Hub in transformers'; None: from scratch."""
    revision: Text | None = None
    pixels: Literal["unit", "sam"] = "unit"
    """`unit`: 0 to 1, as uLLSAM; `sam`: less SAM's mean, by its deviation."""


Vit = Annotated[SmallVit | SamVit, Field(discriminator="type")]


class Language(Part):
    """The language model, the projector into it and VLSA out of it."""

    model: Text = "tiny"
    """`tiny`: a Qwen2 from scratch, with a tokenizer trained on the texts; else a folder, or a name of the Hub."""
    revision: Text | None = None
    trust_remote_code: bool = False
    """Whether code that comes with the model may run here, as InternLM2.5 and InternVL2.5 need."""
    hidden: PositiveInt = 64
    """Of `tiny`, as are layers, heads and vocabulary."""
    layers: PositiveInt = 2
    heads: PositiveInt = 4
    vocabulary: Annotated[int, Field(ge=300)] = 512
    text_steps: Annotated[int, Field(ge=0)] = 150
    """Steps that `tiny` learns from the words alone, before the stages: who is to be aligned to must speak."""
    projector_hidden: PositiveInt | None = None
    """Width between the projector's two layers; the model's own if left out."""
    system: str | None = None
    """What the system says; nothing if left out, unless the chat template says something by itself."""
    question: Text = "Describe the image in detail."
    """Asked while segmenting, and where a text has no question of its own."""
    vlk: bool = True
    """Whether the model's states reach the mask decoder (vision-language knowledge); without, VLSA isn't built."""
    scale_shift: bool = True
    """Whether VLSA's scale and shift are learned; without, they stay 1 and 0: plain normalised states."""


class Prompts(Part):
    """How prompts are drawn from masks (SBR); the radii are stated in `points`."""

    positives: Annotated[int, Field(ge=1, le=16)] = 1
    negatives: Annotated[int, Field(ge=0, le=16)] = 3
    ring: Literal["paper", "strict", "random"] = "paper"
    """Where negatives fall: in the ring, on neighbours too; in it, but on background; anywhere outside the object."""


_Zoom = Annotated[float, Field(ge=1 / 16, le=16)]


class Augmentation(Part):
    """What is done to picture and labels by chance, as `augment.Changes` says; nothing where all is off."""

    flips: bool = True
    turns: bool = True
    zoom: Annotated[tuple[_Zoom, _Zoom], many] = (1.0, 1.0)
    gamma: Annotated[float, Field(ge=0)] = 0.0
    contrast: Rate = 0.0
    brightness: Rate = 0.0
    colour: Rate = 0.0
    blur_px: Annotated[float, Field(ge=0)] = 0.0
    noise: Rate = 0.0
    invert: Rate = 0.0


class _Stage(Part):
    """What all stages have: how long, how fast, in which numbers."""

    name: Name | None = None
    """The kind if left out."""
    steps: Annotated[int, Field(gt=0, le=100_000_000)] | None = None
    """Optimiser steps; or give `epochs`."""
    epochs: PositiveFloat | None = None
    lr: PositiveFloat = 1e-4
    warmup: Share = 0.03
    """Share of the optimiser steps over which the rate rises from 0."""
    last_lr: Rate = 0.0
    """Share of `lr` that is left at the end of the cosine."""
    batch: PositiveInt = 1
    """Pictures of one forward pass on one device."""
    accumulate: PositiveInt = 1
    """Passes of which one optimiser step is made."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Of weights with two dimensions or more: not of biases, norms and scales."""
    betas: Annotated[tuple[Share, Share], many] = (0.9, 0.999)
    clip: PositiveFloat | None = 1.0
    """The gradients' largest norm."""
    ema: Annotated[float, Field(gt=0, lt=1)] | None = None
    """How much of the averaged weights a step keeps, less in the first steps; no average if left out."""
    precision: Literal["fp32", "bf16", "auto"] = "bf16"
    """`auto`: bf16 where the processor computes in it, fp32 elsewhere."""
    checkpointing: bool = False
    """Whether activations are computed twice instead of kept."""
    save_every: PositiveInt = 200
    """Optimiser steps between checkpoints."""
    log_every: PositiveInt = 10
    overlay_every: PositiveInt | None = None
    """Optimiser steps between pictures of what the model draws or says; none if left out."""


class _Spoken(_Stage):
    """A stage that learns from pictures with words."""

    side_px: PositiveInt | None = None
    """Side of the square a picture is scaled to in this stage; that of the frame if left out."""
    max_tokens: Annotated[int, Field(ge=16)] = 1536
    """Of a conversation with its picture; what is longer is cut at its end."""


class Align(_Spoken):
    """Stage 1: the projector learns to speak to a frozen language model (cross-entropy)."""

    kind: Literal["align"]


class Lora(Part):
    """Low-rank adapters in place of all of the model's weights, by peft."""

    rank: PositiveInt = 16
    alpha: PositiveFloat = 32.0
    dropout: Share = 0.0
    targets: Texts | None = None
    """Names of layers; all linear ones if left out."""


class Sft(_Spoken):
    """Stage 2: projector and language model learn from described pictures (cross-entropy)."""

    kind: Literal["sft"]
    lora: Lora | None = None


class Segment(_Stage):
    """Stage 3: encoder, decoder, projector and VLSA learn to segment; the language model is frozen."""

    kind: Literal["segment"]
    crop_px: PositiveInt | None = None
    """Side of a square cut from the frame; the whole frame if left out."""
    instances: PositiveInt = 4
    """At most so many prompts a picture."""
    minutes: PositiveFloat | None = None
    """At most so long, by what the first passes take here: on slower machines fewer steps than `steps`."""
    share_1p0n: Rate = 0.0
    """Share of the pictures whose prompts have one positive and no negative."""
    share_random: Rate = 0.0
    """Share of the pictures whose negatives lie anywhere outside of the object."""
    balance: Rate = 1.0
    """A set of n pictures counts n^balance: 1 is each picture once an epoch, 0 is each set as often as another."""
    bce: Annotated[float, Field(ge=0)] = 1.0
    dice: Annotated[float, Field(ge=0)] = 1.0
    instance_maps: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the loss of the small network's instance maps."""
    train_encoder: bool = True
    prompts: Prompts = Prompts()
    augment: Augmentation = Augmentation()


Stage = Annotated[Align | Sft | Segment, Field(discriminator="kind")]


class Recipe(Part):
    """A training, from its parts to its stages."""

    name: Name
    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 17
    frame: Frame = Frame()
    data: Words = Words()
    network: Vit = SmallVit()
    llm: Language | None = None
    """None: a network alone, without the language branch."""
    stages: Annotated[tuple[Stage, ...], many, Field(min_length=1)]

    @property
    def stage_names(self) -> tuple[str, ...]:
        """Return what each stage is called."""
        return tuple(stage.name or stage.kind for stage in self.stages)

    @property
    def stride_px(self) -> int:
        """Return how many pixels of the frame a token of the encoder is wide."""
        return SMALL_STRIDE_PX if isinstance(self.network, SmallVit) else SAM_STRIDE_PX
