"""The small network: windows lie around clicks, prompts are decoded each by itself, each input changes the mask."""

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training.clicks import click_maps, cut_windows, pasted, window_corners  # noqa: E402 - see above
from training.small_network import OUTSIDE, SmallNetwork  # noqa: E402

SMALL = {"width": 32, "layers": 2, "heads": 2, "stem_channels": 8, "window_px": 64}
CLICKS = torch.tensor([[[40.0, 50.0], [60.0, 52.0]], [[3.0, 100.0], [0.0, 0.0]]])
SIGNS = torch.tensor([[1, 0], [1, -1]])
WHICH = torch.tensor([0, 1])


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return SmallNetwork(**SMALL).eval()


@torch.no_grad()
def test_the_shapes_are_those_of_a_network(network):
    encoded = network.encode(torch.rand(2, 3, 128, 128))
    assert encoded.features.shape == (2, 32, 16, 16)
    assert [tuple(skip.shape) for skip in encoded.skips] == [(2, 3, 128, 128), (2, 8, 64, 64), (2, 16, 32, 32)]
    assert network.decode(encoded, WHICH, CLICKS, SIGNS).shape == (2, 128, 128)


@torch.no_grad()
def test_the_frame_holds_the_windows_and_nothing_elsewhere(network):
    encoded = network.encode(torch.rand(2, 3, 128, 128))
    windows = network.decode_windows(encoded, WHICH, CLICKS, SIGNS)
    frames = network.decode(encoded, WHICH, CLICKS, SIGNS)
    x, y = windows.corners[0].tolist()
    assert torch.equal(frames[0, y : y + 64, x : x + 64], windows.logits[0])
    assert (frames[0, y + 64 :] == OUTSIDE).all()
    assert (frames > OUTSIDE / 2).sum() <= 2 * 64 * 64


def test_the_frame_passes_gradients_on(network):
    network.decode(network.encode(torch.rand(2, 3, 128, 128)), WHICH, CLICKS, SIGNS).sum().backward()
    assert all(weight.grad is not None for weight in network.edge.parameters())
    network.zero_grad()


@torch.no_grad()
def test_what_is_asked_changes_the_mask(network):
    encoded = network.encode(torch.rand(2, 3, 128, 128))
    logits = network.decode_windows(encoded, WHICH, CLICKS, SIGNS).logits
    dense = torch.randn(2, 32, 16, 16)
    for other in (
        network.decode_windows(encoded, WHICH.flip(0), CLICKS, SIGNS),
        network.decode_windows(encoded, WHICH, CLICKS, torch.tensor([[1, -1], [1, -1]])),
        network.decode_windows(encoded, WHICH, CLICKS, SIGNS, dense),
    ):
        assert not torch.allclose(other.logits[0], logits[0], atol=1e-4)


@torch.no_grad()
def test_a_prompt_does_not_depend_on_its_neighbours(network):
    encoded = network.encode(torch.rand(2, 3, 128, 128))
    both = network.decode(encoded, WHICH, CLICKS, SIGNS)
    alone = network.decode(encoded, WHICH[1:], CLICKS[1:], SIGNS[1:])
    assert torch.allclose(both[1:], alone, atol=1e-4)


def test_windows_lie_around_the_positive_on_whole_steps():
    assert window_corners(CLICKS, SIGNS, 8, 64, 256).tolist() == [[8, 16], [0, 72]]


def test_windows_are_moved_into_a_frame_that_is_large_enough():
    assert window_corners(CLICKS, SIGNS, 8, 64, 128).tolist() == [[8, 16], [0, 64]]
    assert window_corners(CLICKS, SIGNS, 8, 64, 32).tolist() == [[8, 16], [-32, 72]]


def test_a_window_is_a_part_of_its_map_and_so_is_its_gradient():
    maps = torch.arange(2 * 3 * 16 * 16, dtype=torch.float32).reshape(2, 3, 16, 16).requires_grad_()
    corners = torch.tensor([[8, 16], [-32, 72], [8, 16]])
    windows = cut_windows(maps, torch.tensor([0, 1, 0]), corners, 8, 64)
    assert torch.equal(windows[0], maps[0, :, 2:10, 1:9])
    assert not windows[1, :, :, :4].any()
    assert torch.equal(windows[1, :, :7, 4:], maps[1, :, 9:16, :4])
    windows.sum().backward()
    assert maps.grad[0, 0, 2:10, 1:9].eq(2).all()
    assert maps.grad.sum() == 3 * (2 * 64 + 7 * 4)


def test_windows_far_outside_are_empty_rather_than_an_error():
    windows = cut_windows(torch.ones(1, 1, 16, 16), torch.tensor([0]), torch.tensor([[900, -900]]), 8, 64)
    assert not windows.any()
    assert not pasted(torch.ones(1, 64, 64), torch.tensor([[900, -900]]), 128, empty=0).any()


def test_click_maps_say_where_and_how_far():
    maps = click_maps(CLICKS, SIGNS, torch.tensor([[8, 16], [-32, 72]]), 2, 64)
    assert maps.shape == (2, 7, 32, 32)
    row, column = np.unravel_index(int(maps[0, 0].argmax()), (32, 32))
    assert abs(column * 2 + 8.5 - 40) <= 1
    assert abs(row * 2 + 16.5 - 50) <= 1
    assert torch.allclose(maps[0, 4], torch.tensor((20.0**2 + 2**2) ** 0.5 / 32))
    assert maps[:, 6, 0, 0].tolist() == [1, 0]
    assert maps[1, 4:6].abs().max() == 0
    steps = torch.arange(32) * 2 + 0.5
    away = ((steps + 8 - 40) ** 2 + (steps[:, None] + 16 - 50) ** 2).sqrt()
    assert torch.equal(maps[0, 5] > 0, away < (20.0**2 + 2**2) ** 0.5)


def test_points_are_encoded_with_frequencies_of_scale_1(network):
    frequencies = network.prompt_encoder.shared_embedding.positional_embedding
    assert frequencies.std() < 2  # transformers would have it at hidden_size // 2
