"""Wording: what a run says in the end names what can be done with what stands there."""

import pytest

from pipeline import status, wording
from pipeline.workspace import Workspace


@pytest.fixture
def said(demo):
    return {**status.status(Workspace(demo)), "rows": None, "workspace": "runs/demo", "report": "page"}


def test_what_is_held_leads_to_the_review(said):
    assert "  bricks review runs/demo" in wording.finished(said).splitlines()


def test_without_anything_held_nobody_is_sent_to_review(said):
    stages = [{**stage, "held": {}} for stage in said["stages"]]
    assert "bricks review" not in wording.finished({**said, "stages": stages})
