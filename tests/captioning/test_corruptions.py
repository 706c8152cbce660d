"""Corruptions: the benchmark's false claims stand where they are said to stand, and are false."""

import random

import pytest

from benchmarks.false_claims import added, swapped
from benchmarks.true_sentences import said_otherwise, seen
from captioning.faithful import judge

CAPTION = (
    "Female mice were treated with rapamycin for 24 h. HeLa cells express Sox2 and were stained with DAPI; "
    "mitochondria increased (p < 0.05, n = 5). Scale bar, 10 \u00b5m. Of 12 cells, nine divide."
)


@pytest.mark.parametrize("seed", range(5))
def test_each_false_claim_stands_at_its_place_is_no_part_of_the_caption_and_is_found(seed):
    claims = [*swapped(CAPTION, CAPTION, random.Random(seed)), *added(CAPTION, CAPTION, random.Random(seed))]
    assert len({claim.kind for claim in claims}) > 18
    for claim in claims:
        said = claim.text[claim.start : claim.end]
        assert said
        assert said not in CAPTION or claim.kind in {"units", "magnitudes", "digits", "numbers"}
        found = judge(claim.text, [CAPTION]).unsupported
        assert any(each.start < claim.end and each.end > claim.start for each in found), claim


@pytest.mark.parametrize("seed", range(5))
def test_true_sentences_are_accepted(seed):
    rng = random.Random(seed)
    sentences = [
        "HeLa cells were stained with DAPI.",
        "Scale bar, 10 \u00b5m.",
        "Female mice were treated with rapamycin.",
    ]
    for said in [*(each for sentence in sentences for each in said_otherwise(sentence, rng)), seen(rng)]:
        assert judge(said.text, [CAPTION]).accepted, said
