"""Value shares: what is right in a run, how often, and that a few panels more don't change it."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.value_shares import in_steps, shares_of, shares_state
from pipeline.workspace import Workspace


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_a_share_is_told_to_a_step(each):
    counts = {f"value {at}": count for at, count in enumerate(each)}
    for value, share in in_steps(Counter(counts)).items():
        assert counts[value] / sum(each) == pytest.approx(share, rel=0.2)


def test_the_values_of_kept_micrographs_count(bench):
    for number, caption in enumerate(["DAPI", "DAPI", "DAPI", "H&amp;E"], start=1):
        place = bench.article(number)
        xml = place / f"PMC{number}.xml"
        said = f"Micrograph stained with {caption}."
        told = xml.read_text(encoding="utf-8").replace("Invented nuclei, version 1.", said)
        xml.write_text(told, encoding="utf-8")
    bench.manifest(questions={"tasks": ["stain"]})
    bench.made()
    workspace = Workspace(Path(bench.place))
    shares, state = shares_of(workspace), shares_state(workspace)
    assert shares["stain"].keys() == {"DAPI", "H&E"}
    assert shares["stain"]["DAPI"] > 2 * shares["stain"]["H&E"] > 0
    assert state == shares_state(workspace)
