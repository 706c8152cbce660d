"""Paced: steps that fit into minutes are measured once; a training that goes on keeps its number."""

import json

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")

from schemas.errors import UsageError  # noqa: E402 - see above
from training import paced  # noqa: E402
from training.paced import FILE, PASSES, paced_steps  # noqa: E402


class OneDevice:
    """What is asked of an accelerator with one device."""

    device = torch.device("cpu")
    is_main_process = True

    def gather(self, value):
        return value


class Clock:
    """A clock that a pass moves on."""

    def __init__(self, seconds):
        self.now, self.passes, self._seconds = 0.0, 0, seconds

    def monotonic(self):
        return self.now

    def a_pass(self):
        self.now += self._seconds
        self.passes += 1
        return 0.0


@pytest.fixture
def asked(tmp_path, monkeypatch):
    def ask(seconds, *, most=1000, minutes=1.0, name="segment"):
        clock = Clock(seconds)
        monkeypatch.setattr(paced, "time", clock)
        steps = paced_steps(most, minutes, clock.a_pass, name=name, out=tmp_path, accelerator=OneDevice())
        return steps, clock.passes

    return ask


def test_steps_fit_into_the_minutes(asked):
    steps, passes = asked(0.5)
    assert passes == PASSES
    assert 0.5 * steps < 60 <= 0.5 * steps * 1.2


def test_no_more_steps_than_the_recipe_has_and_one_at_least(asked):
    assert asked(0.001)[0] == 1000
    assert asked(500.0, name="other")[0] == 1


def test_what_was_measured_is_kept(asked, tmp_path):
    steps, _ = asked(0.5)
    assert asked(0.1) == (steps, 0)
    assert json.loads((tmp_path / FILE).read_text()) == {"segment": steps}


def test_each_stage_is_measured_by_itself(asked, tmp_path):
    first, _ = asked(0.5, name="one")
    second, _ = asked(0.1, name="two")
    assert json.loads((tmp_path / FILE).read_text()) == {"one": first, "two": second}


@pytest.mark.parametrize(
    "held",
    [
        "",
        "[1]",
        '{"segment": "many"}',
        '{"segment": null}',
        '{"segment": 1001}',
        '{"segment": 0}',
        '{"segment": Infinity}',
    ],
)
def test_a_file_that_holds_no_numbers_is_told(asked, tmp_path, held):
    (tmp_path / FILE).write_text(held)
    with pytest.raises(UsageError, match=FILE):
        asked(0.5)
