"""Troubles: what statuses mean, and how long a server asks to wait."""

from datetime import UTC, datetime

import pytest

from captioning.troubles import Means, retry_after_s, trouble_of_status


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (400, Means.GIVE_UP),
        (401, Means.END),
        (403, Means.END),
        (404, Means.END),
        (307, Means.END),
        (408, Means.RETRY),
        (413, Means.GIVE_UP),
        (429, Means.WAIT),
        (500, Means.RETRY),
        (502, Means.AWAY),
        (503, Means.WAIT),
        (504, Means.AWAY),
        (529, Means.WAIT),
        (599, Means.RETRY),
    ],
)
def test_each_status_has_a_meaning(status, means):
    assert trouble_of_status(status, {}, "why").means is means


def test_what_a_server_says_is_one_short_line():
    detail = trouble_of_status(400, {}, "no\nimage " + "x" * 5000).detail
    assert detail.startswith("400: no image x")
    assert len(detail) < 400


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after-ms": "0", "retry-after": "3"}, 3.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after": "Sat, 28 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 28 Nov 2026 11:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers, wait_s):
    assert retry_after_s(headers, datetime(2026, 11, 28, 12, tzinfo=UTC)) == wait_s
