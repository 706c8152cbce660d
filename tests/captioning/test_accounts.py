"""Accounts: what was spent, what the rest will take, and where a budget ends."""

import pytest

from captioning import accounts
from captioning.accounts import Meter, forecast, gpu_hours
from captioning.answers import Answers
from schemas.manifest import CaptioningSettings


def settings(**more):
    return CaptioningSettings(backend="openai", endpoints=("http://x/v1",), model="tiny", **more)


def test_gpu_hours_count_all_gpus_of_an_endpoint():
    assert gpu_hours(1800, settings(gpus_per_endpoint=4)) == 2.0


def test_nothing_was_spent_where_nothing_was_asked(tmp_path):
    assert forecast(tmp_path / "none", settings(), 1000) is None
    assert not (tmp_path / "none").exists()


def test_the_rest_is_told_from_what_a_sample_took(asker):
    asker(10)
    spent = forecast(asker.cache, settings(), 10)
    assert spent is not None
    assert spent[:3] == (10, 1000, 100)
    assert spent.gpu_hours > 0
    more = forecast(asker.cache, settings(), 1000)
    assert more is not None
    assert more[:3] == (1000, 100_000, 10_000)
    assert more.gpu_hours == pytest.approx(100 * spent.gpu_hours)
    assert more.measured_on == 10
    assert forecast(asker.cache, settings().model_copy(update={"model": "other"}), 1000) is None


def test_a_meter_counts_a_second_once_whoever_was_at_work(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(accounts.time, "time", lambda: now[0])
    meters = [Meter(settings(budget={"gpu_hours": 3 / 3600})) for _ in range(2)]
    with Answers(tmp_path / "a") as answers:
        for now[0] in (1000.2, 1000.9, 1001.0):
            for meter in meters:
                meter.at_work(0)
        for meter in meters:
            meter.write(answers)
        assert [meter.busy_s for meter in meters] == [2, 2]
        assert meters[0].overdrawn() is None
        meters[0].at_work(1)
        assert "of a budget of" in str(meters[0].overdrawn())


def test_no_budget_is_never_used_up():
    meter = Meter(settings())
    meter.busy_s = 10**9
    assert meter.overdrawn() is None


def test_a_plan_says_what_the_model_will_take_once_some_panels_were_asked_about(bench, asker, command):
    for number in (1, 2, 3):
        bench.article(number)
    bench.made()
    said = {"backend": "openai", "endpoints": ["http://127.0.0.1:9/v1"], "model": "tiny", "gpus_per_endpoint": 8}
    bench.manifest(captioning=said)
    plan = ("plan", bench.manifest_file, "--workspace", bench.place)
    nobody_knows = {"panels": 3, "tokens_in": None, "tokens_out": None, "gpu_hours": None, "sample": 0}
    assert command(*plan, "--json").json["captioning"] == nobody_knows
    assert "model    3 panels to ask about, run with --limit first" in command(*plan).out
    asker.cache = bench.place / "cache" / "answers.sqlite"
    asker(1)
    known = command(*plan, "--json").json["captioning"]
    assert (known["panels"], known["tokens_in"], known["tokens_out"], known["sample"]) == (2, 200, 20, 1)
    assert known["gpu_hours"] > 0
    assert "200 tokens in, 20 out" in command(*plan).out
