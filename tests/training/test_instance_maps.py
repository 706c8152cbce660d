"""Instance maps: their truth points to the middle of each object, and true maps tell the object clicked on."""

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")

from training.instance_maps import instance_loss, instance_targets, relations  # noqa: E402 - see above

LABELS = torch.zeros(2, 64, 64, dtype=torch.int32)
LABELS[0, 8:24, 8:40] = 7
LABELS[0, 24:40, 8:40] = 900_000  # touches the one above
LABELS[1, 30:50, 20:30] = 7


def true_maps():
    said = instance_targets(LABELS)
    said[:, :2] = said[:, :2] * 20 - 10
    return said


def test_the_truth_says_object_outline_and_the_way_to_the_middle():
    inside, outline, across, down = instance_targets(LABELS).unbind(1)
    assert torch.equal(inside, (LABELS[:, ::2, ::2] > 0).float())
    assert outline[0, 11:13, 5:19].all(), "between two that touch"
    assert not outline[0, 6:10, 6:18].any()
    steps = torch.arange(32) * 2 + 0.5
    # 7 covers columns 4 to 19 and rows 4 to 11 of the maps
    assert torch.allclose(across[0, 6, 4:20] * 16, 23.5 - steps[4:20], atol=1e-4)
    assert torch.allclose(down[0, 4:12, 6] * 16, 15.5 - steps[4:12], atol=1e-4)
    assert not across[0, 25:].any()


def test_the_truth_of_a_picture_does_not_depend_on_those_beside_it():
    assert torch.equal(instance_targets(LABELS)[1:], instance_targets(LABELS[1:]))


def test_the_loss_is_nothing_for_the_truth_and_grows_with_every_channel():
    truth = true_maps()
    least = float(instance_loss(truth, LABELS))
    assert least < 1e-3
    for channel in range(4):
        wrong = truth.clone()
        wrong[:, channel] += 12 if channel < 2 else 0.5
        assert float(instance_loss(wrong, LABELS)) > least + 0.01, channel


def test_a_picture_without_objects_has_a_loss_that_is_a_number():
    assert np.isfinite(float(instance_loss(torch.randn(1, 4, 32, 32), torch.zeros(1, 64, 64, dtype=torch.int32))))


def test_true_maps_tell_the_object_clicked_on_from_its_neighbour():
    clicks = torch.tensor([[[12.0, 10.0], [60.0, 60.0]], [[30.0, 36.0], [0.0, 0.0]]])
    signs = torch.tensor([[1, 0], [1, -1]])
    related = relations(true_maps()[[0, 0]], clicks, signs)
    assert related.shape == (2, 5, 32, 32)
    for number, label in enumerate((7, 900_000)):
        wanted = LABELS[0, ::2, ::2] == label
        others = (LABELS[0, ::2, ::2] > 0) & ~wanted
        assert related[number, 0][wanted].min() > 0.6
        assert related[number, 0][others].max() < 0.01
        assert related[number, 2][wanted].max() < 0.2
        assert related[number, 2][others].min() > 0.4


def test_gradients_reach_the_maps_through_what_they_tell():
    said = (true_maps()[:1] / 10).requires_grad_()
    relations(said, torch.tensor([[[12.0, 10.0]]]), torch.tensor([[1]])).square().sum().backward()
    assert said.grad.abs().sum((0, 2, 3)).gt(0).all()
    assert torch.isfinite(said.grad).all()
