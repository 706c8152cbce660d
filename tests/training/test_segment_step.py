"""Segment step: prompts ask for what the crop shows, the loss is that of the masks, one batch is learnt by heart."""

from collections import Counter

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training.augment import Changes  # noqa: E402 - what needs torch comes after the question whether it is there
from training.losses import mask_loss  # noqa: E402
from training.network import Encoded, Network  # noqa: E402
from training.segment_step import Drawing, evenly, framed_sample, segment_batch, segment_loss  # noqa: E402
from training.small_network import SmallNetwork  # noqa: E402


def cells(seed=0, side=128, count=6):
    """Return a framed picture of bright ellipses on noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    labels = np.zeros((side, side), np.int32)
    for number in range(1, count + 1):
        (y, x), (a, b) = rng.uniform(10, side - 10, 2), rng.uniform(8, 18, 2)
        labels[((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 <= 1] = number * 70_000
    light = np.where(labels > 0, 170, 60) + rng.normal(0, 15, labels.shape)
    return framed_sample(np.repeat(light[..., None], 3, 2).clip(0, 255).astype(np.uint8), labels)


DRAWING = Drawing(crop_px=64, instances=3, changes=Changes(zoom=(0.7, 1.4)))


def test_the_loss_is_cross_entropy_and_dice_as_written_down_by_hand():
    logits = torch.tensor([[[2.0, -1.0], [0.5, -3.0]]])
    wanted = torch.tensor([[[True, False], [False, False]]])
    likely = torch.sigmoid(logits)
    entropy = -(torch.log(likely) * wanted + torch.log(1 - likely) * ~wanted).mean()
    dice = 2 * likely[0, 0, 0] / (likely.sum() + 1)
    assert torch.isclose(mask_loss(logits, wanted, bce=2, dice=1), 2 * entropy + 1 - dice)


def test_pixels_that_are_not_asked_for_cost_nothing():
    logits = torch.randn(2, 8, 8, requires_grad=True)
    valid = torch.zeros(2, 8, 8, dtype=torch.bool)
    valid[:, :4] = True
    mask_loss(logits, torch.rand(2, 8, 8) > 0.5, valid).backward()
    assert not logits.grad[:, 4:].any()
    assert logits.grad[:, :4].all()


def test_every_prompt_asks_for_an_object_under_its_click():
    for seed in range(20):
        batch = segment_batch([cells(seed), cells(seed + 1)], DRAWING, np.random.default_rng(seed))
        assert batch.pixels.shape == (2, 3, 64, 64)
        assert max(Counter(batch.which.tolist()).values()) <= 3
        for points, signs, target in zip(batch.points.long(), batch.signs, batch.targets, strict=True):
            for (x, y), sign in zip(points, signs, strict=True):
                assert sign == -1 or target[y, x] == (sign == 1)


def test_negatives_are_as_far_away_as_the_radii_of_the_picture_say():
    one = cells(count=1)
    still = DRAWING._replace(changes=Changes(), crop_px=128)
    away = []
    for side_px in (256, 1024):  # rings of 2.5 and 10 px
        batch = segment_batch([one._replace(radii_side_px=side_px)], still, np.random.default_rng(3))
        inside = np.argwhere(batch.targets[0].numpy())[:, ::-1]
        negatives = batch.points[0, 1:].numpy()
        away += [np.linalg.norm(negatives[:, None] - inside[None], axis=2).min(axis=1)]
    assert away[0].max() < 5 < away[1].min()


def test_the_same_numbers_draw_the_same_batch():
    one, other = (segment_batch([cells()], DRAWING, np.random.default_rng([17, 2, 40])) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one[:5], other[:5], strict=True))


def test_some_pictures_are_asked_without_negatives():
    bare = segment_batch([cells()], DRAWING._replace(share_1p0n=1.0), np.random.default_rng(0))
    assert (bare.signs == torch.tensor([1, -1, -1, -1])).all()


def test_a_set_of_many_images_does_not_drown_a_small_one():
    names = ["many"] * 100 + ["few"] * 4
    drawn = Counter(names[number] for number in evenly(names, 6000, np.random.default_rng(0)))
    assert 0.14 < drawn["few"] / 6000 < 0.20  # 2 / (2 + 10)


def test_a_picture_without_objects_is_told():
    empty = framed_sample(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.int32))
    with pytest.raises(ValueError, match="no picture of this step has an object"):
        segment_batch([empty], DRAWING, np.random.default_rng(0))


class Oracle(Network):
    """Says what it is told, in the whole frame."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def encode(self, pixels):
        return Encoded(pixels)

    def decode(self, *_):
        return self.logits


def test_who_says_the_truth_loses_nothing():
    batch = segment_batch([cells()], DRAWING, np.random.default_rng(0))
    network = Oracle(batch.targets.float() * 40 - 20)
    assert segment_loss(network, network.encode(batch.pixels), batch) < 1e-4


def test_one_batch_is_learnt_by_heart():
    torch.manual_seed(0)
    network = SmallNetwork(width=32, layers=1, heads=2, stem_channels=16, window_px=64)
    batch = segment_batch([cells()], DRAWING, np.random.default_rng(1))
    optimiser = torch.optim.AdamW(network.parameters(), 4e-3)
    for _ in range(150):
        optimiser.zero_grad()
        segment_loss(network, network.encode(batch.pixels), batch, bce=2).backward()
        optimiser.step()
    with torch.no_grad():
        drawn = network.decode(network.encode(batch.pixels), batch.which, batch.points, batch.signs) > 0
    both = (drawn & batch.targets).sum((1, 2))
    assert (2 * both / (drawn.sum((1, 2)) + batch.targets.sum((1, 2)))).mean() > 0.98
