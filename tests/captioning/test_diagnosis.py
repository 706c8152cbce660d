"""Whose fault it is: a request that nobody can answer ends alone, a server that rejects everything is only probed."""

import threading
import time

import pytest

from schemas.errors import ModelServerError

TEXT = "Round bright nuclei lie in the upper half."


def given_up(outcomes):
    return {one.id: one.reason for one in outcomes if hasattr(one, "reason")}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 502}, "server_error"),
        ({"status": 503}, "server_error"),
        ({"status": 504}, "server_timeout"),
        ({"status": 429}, "server_error"),
        ({"status": 429, "retry_after": "0"}, "server_error"),
        ({"crash": True}, "server_error"),
    ],
)
@pytest.mark.parametrize("panels", [1, 60])
def test_a_panel_that_is_always_turned_away_or_ends_the_server_costs_only_itself(asker, fault, reason, panels):
    asker.server.rules.latency_s = 0.02
    asker.server.fault(within="DAPI 7!", times=10_000, **fault)
    given = [asker.asked(number, f"stain: DAPI {number}!") for number in range(7, 7 + panels)]
    outcomes = asker(given)
    assert given_up(outcomes) == {"panel-7": reason}
    assert [one.text for one in outcomes if one.id != "panel-7"] == [TEXT] * (len(given) - 1)


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 502}, {"crash": True}])
def test_several_such_panels_cost_only_themselves(asker, fault):
    asker.server.rules.latency_s = 0.02
    for number in (3, 20, 21, 39):
        asker.server.fault(within=f"DAPI {number}!", times=10_000, **fault)
    outcomes = asker([asker.asked(number, f"stain: DAPI {number}!") for number in range(40)])
    lost = [number for number, one in enumerate(outcomes) if getattr(one, "reason", "") == "server_error"]
    assert lost == [3, 20, 21, 39]


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"status": 502}])
def test_an_outage_told_by_statuses_loses_nothing_however_long(asker, fault):
    asker.server.rules.latency_s = 0.02
    asker.server.fault(times=10_000, **fault)

    def comes_back():
        time.sleep(4.0)
        asker.server.rules.faults.clear()

    other = threading.Thread(target=comes_back)
    other.start()
    outcomes = asker(60)
    other.join()
    assert [one.text for one in outcomes] == [TEXT] * 60


def test_a_server_that_refuses_half_of_all_at_random_loses_nothing(asker):
    for number in range(60):
        asker.server.fault(within=f"DAPI {number}!", times=number % 8, status=429)
    outcomes = asker([asker.asked(number, f"stain: DAPI {number}!") for number in range(60)])
    assert [one.text for one in outcomes] == [TEXT] * 60


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_of_two_servers_that_rejects_everything_is_named_and_only_probed(two, caplog, status):
    good, bad = two.servers
    good.rules.latency_s = 0.05
    bad.fault(status=status, times=10_000)
    with caplog.at_level("INFO", "bricks.pace"):
        outcomes = two(300, manners={"longest_pause_s": 5.0, "pause_s": 0.5})
    assert [one.text for one in outcomes] == [TEXT] * 300
    assert f"{bad.url}: rejects even the smallest question: {status}" in caplog.text
    assert len(bad.seen) < 60


def test_one_of_two_servers_that_takes_no_pictures_is_found_out_by_what_the_other_answers(two, caplog):
    good, bad = two.servers
    good.rules.latency_s = 0.05
    bad.fault(within="DAPI", status=400, times=10_000)
    with caplog.at_level("INFO", "bricks.pace"):
        outcomes = two(300, manners={"longest_pause_s": 5.0, "pause_s": 0.5})
    assert [one.text for one in outcomes] == [TEXT] * 300
    assert f"{bad.url}: rejects what others answer: 400" in caplog.text
    assert len(bad.seen) < 90


def test_what_both_of_two_servers_reject_is_given_up_after_both(two):
    for server in two.servers:
        server.fault(within="DAPI 5!", status=400, times=10_000)
    outcomes = two([two.asked(number, f"stain: DAPI {number}!") for number in range(40)])
    assert given_up(outcomes) == {"panel-5": "request_rejected"}
    assert sum(b"DAPI 5!" in one.raw for server in two.servers for one in server.seen) == 2


def test_what_one_server_rejects_is_given_up_where_the_other_is_dead(two):
    two.servers[1].stop()
    two.servers[0].fault(within="DAPI 5!", status=400, times=10_000)
    outcomes = two([two.asked(number, f"stain: DAPI {number}!") for number in range(40)])
    assert given_up(outcomes) == {"panel-5": "request_rejected"}


@pytest.mark.parametrize("retry_after", [None, "0", "nan", "-5", "Sat, 28 Nov 2020 12:00:00 GMT"])
def test_a_server_that_turns_everybody_away_is_asked_ever_more_seldom_and_the_end_says_what_helps(asker, retry_after):
    asker.server.fault(status=429, retry_after=retry_after, times=100_000)
    with pytest.raises(ModelServerError) as ended:
        asker(40, manners={"patience_s": 2.0, "pause_s": 0.1, "longest_pause_s": 0.5})
    assert "everybody was turned away" in str(ended.value)
    assert "fewer clients" in str(ended.value)
    assert "bricks serve" not in str(ended.value)
    assert len(asker.server.seen) < 80
