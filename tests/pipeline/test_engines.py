"""Engines: what a command's options ask for, and what Ray is told of this machine."""

from pipeline.engines import settle_ray


def test_without_a_token_a_cluster_is_shown_none(tmp_path):
    environ = {"HOME": str(tmp_path)}
    settle_ray(environ)
    assert environ == {"HOME": str(tmp_path), "RAY_USAGE_STATS_ENABLED": "0"}


def test_a_token_that_is_there_is_shown(tmp_path):
    said = {"HOME": str(tmp_path), "RAY_AUTH_TOKEN": "of-these-tests"}
    settle_ray(said)
    assert said["RAY_AUTH_MODE"] == "token"
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("of-these-tests")
    kept = {"HOME": str(tmp_path)}
    settle_ray(kept)
    assert kept["RAY_AUTH_MODE"] == "token"


def test_what_somebody_set_stays(tmp_path):
    environ = {"HOME": str(tmp_path), "RAY_AUTH_TOKEN": "of-these-tests", "RAY_AUTH_MODE": "disabled"}
    settle_ray(environ)
    assert environ["RAY_AUTH_MODE"] == "disabled"
