"""Same picture: two works' figures find each other one to one, and two plots of one template never become one."""

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.same_picture import Picture, label_key, near_pictures, same_pictures, word_bits

HASHES = [random.Random(seed).getrandbits(64) for seed in range(20)]
WORDS = ["nuclei in the fin", "growth of the colonies over time", "a map of the region"]


def flipped(bits, count, seed=0):
    """Return a hash `count` bits away."""
    for at in random.Random(seed).sample(range(64), count):
        bits ^= 1 << at
    return bits


def picture(work, number, phash, **said):
    told = {"label": str(number), "words": WORDS[number % 3], "aspect": 1.5, "kind": (True, "v"), **said}
    at = said.pop("at", None) or {"v1": 0, "v2": 100, "pub": 200}[work] + number
    told |= {"at": at, "cluster": told.get("cluster", at), "words": word_bits(told["words"])}
    return Picture(id=f"{work}/{number}", work=("s", work, ""), phash=phash, **told)


def found(*pictures, seen=None):
    of_place = {one.at: one.id for one in pictures}
    return {tuple(sorted((of_place[one], of_place[other]))) for one, other in same_pictures(pictures, seen or {})}


def grey(seed):
    return np.random.default_rng(seed).integers(0, 256, (128, 192), np.uint8)


BLANK = np.full((128, 192), 255, np.uint8)


PAIR = {("pub/1", "v1/1")}


@pytest.mark.parametrize(
    ("distance", "said", "expected"),
    [
        (0, {}, PAIR),
        (12, {}, PAIR),
        (20, {}, set()),
        (6, {"label": ""}, PAIR),
        (12, {"label": ""}, set()),
        (4, {"label": "7"}, PAIR),
        (8, {"label": "7"}, set()),
        (4, {"label": "7", "words": "quite other things are said"}, set()),
        (4, {"label": "", "words": ""}, PAIR),
        (8, {"label": "", "words": ""}, set()),
        (0, {"aspect": 1.55}, PAIR),
        (0, {"aspect": 1.8}, set()),
        (0, {"kind": (False, "v")}, set()),
        (0, {"kind": (True, "another way to hash")}, set()),
    ],
)
def test_the_less_number_and_words_say_the_nearer_the_hashes_must_be(distance, said, expected):
    assert found(picture("v1", 1, HASHES[0]), picture("pub", 1, flipped(HASHES[0], distance), **said)) == expected


def test_pictures_of_one_work_are_never_one():
    assert found(picture("v1", 1, HASHES[0]), picture("v1", 2, HASHES[0], label="1", words=WORDS[1])) == set()


def test_two_similar_plots_in_both_works_find_their_own():
    plots = [HASHES[0], flipped(HASHES[0], 6)]
    works = [picture(work, at, flipped(plots[at], 2, at), words=WORDS[0]) for work in ("v1", "pub") for at in (0, 1)]
    assert found(*works) == {("pub/0", "v1/0"), ("pub/1", "v1/1")}


def test_renumbered_plots_find_their_own():
    plots = [HASHES[0], flipped(HASHES[0], 10)]
    before = [picture("v1", at, plots[at], label=str(at + 1)) for at in (0, 1)]
    after = [picture("pub", at, flipped(plots[at], 2), label=str(2 - at)) for at in (0, 1)]
    assert found(*before, *after) == {("pub/0", "v1/0"), ("pub/1", "v1/1")}


def test_a_plot_whose_own_is_gone_takes_no_other_of_its_template():
    assert found(picture("v1", 1, HASHES[0]), picture("pub", 2, flipped(HASHES[0], 6), words=WORDS[1])) == set()


def test_equal_pictures_that_nothing_tells_apart_are_left_alone():
    before = [picture("v1", 1, HASHES[0], label="", words="")]
    after = [picture("pub", at, HASHES[0], label="", words="") for at in (1, 2)]
    assert found(*before, *after) == set()


def test_equal_pictures_are_told_apart_by_their_number():
    before = [picture("v1", at, 0x8000000000000000, words=WORDS[0]) for at in (1, 2)]
    after = [picture("pub", at, 0x8000000000000000, words=WORDS[0]) for at in (1, 2)]
    assert found(*before, *after) == {("pub/1", "v1/1"), ("pub/2", "v1/2")}


NOTHING_SAID = {"label": "", "words": ""}


@pytest.mark.parametrize("said", [{}, {"label": "7", "words": "quite other things are said"}, NOTHING_SAID])
def test_what_pixels_say_goes_whatever_number_and_words(said):
    pictures = [picture("v1", 1, HASHES[0]), picture("pub", 1, flipped(HASHES[0], 12), **said)]
    assert near_pictures(pictures) == {1, 201}
    assert found(*pictures, seen={1: grey(1), 201: grey(1)}) == PAIR
    assert found(*pictures, seen={1: grey(1), 201: grey(2)}) == set()


def test_blank_pictures_go_by_number_and_words():
    before, seen = picture("v1", 1, HASHES[0]), {1: BLANK, 201: BLANK}
    assert found(before, picture("pub", 1, HASHES[0]), seen=seen) == PAIR
    assert found(before, picture("pub", 1, HASHES[0], label="7", words="quite other things"), seen=seen) == set()


def test_a_picture_that_a_work_shows_twice_goes_to_the_one_of_its_number():
    after = [picture("pub", at, HASHES[0], words=WORDS[1]) for at in (1, 2)]
    seen = {1: grey(1), 201: grey(1), 202: grey(1)}
    assert found(picture("v1", 1, HASHES[0]), *after, seen=seen) == PAIR


def test_only_what_is_near_is_looked_at():
    assert near_pictures([picture("v1", 1, HASHES[0]), picture("pub", 1, flipped(HASHES[0], 20))]) == set()


@pytest.mark.parametrize("flat", [0, 1 << 63, 2**64 - 1])
@pytest.mark.parametrize("said", [{"label": "7"}, {"label": "", "words": ""}])
def test_a_flat_picture_is_no_evidence_without_number_and_words(flat, said):
    assert found(picture("v1", 1, flat), picture("pub", 1, flat, **said)) == set()
    assert found(picture("v1", 1, flat), picture("pub", 1, flat)) == PAIR


def test_what_is_known_to_be_the_same_is_not_looked_for_again():
    """The first version's figure has the bytes of the second's; the article's is joined to both by either."""
    one = picture("v1", 1, HASHES[0], cluster=5)
    two = picture("v2", 1, HASHES[0], cluster=5)
    other = picture("v2", 2, HASHES[0], label="1", words=WORDS[1])
    article = picture("pub", 1, flipped(HASHES[0], 4))
    (pair,) = same_pictures([one, two, other, article], {})
    assert sorted(pair)[1] == article.at
    assert min(pair) in {one.at, two.at}


def test_a_chain_of_works_never_joins_two_pictures_of_one():
    """v1 is near v2, v2 near the article's first, and v1 nearer to the article's second."""
    middle = flipped(HASHES[0], 8)
    works = [
        picture("v1", 1, HASHES[0], label="", words=""),
        picture("v2", 1, flipped(HASHES[0], 4), label="", words=""),
        picture("pub", 1, flipped(flipped(HASHES[0], 4), 6, 1), label="", words=""),
        picture("pub", 2, flipped(HASHES[0], 2, 9), label="", words=""),
    ]
    assert middle != HASHES[0]
    assert_one_per_work(works)


def assert_one_per_work(pictures):
    root = {one.at: one.at for one in pictures}
    of_place = {one.at: one for one in pictures}
    for one, other in same_pictures(pictures, {}):
        old, new = root[one], root[other]
        root = {at: new if now == old else now for at, now in root.items()}
    for one, other in combinations(root, 2):
        assert root[one] != root[other] or of_place[one].work != of_place[other].work


@st.composite
def families(draw):
    """Three works whose pictures are near a few hashes, with numbers and words that may mislead."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    return [
        picture(
            work,
            number,
            flipped(chance.choice(HASHES[:3]), chance.choice([0, 2, 4, 8]), chance.random()),
            label=chance.choice(["", "1", "2", "3"]),
            words=chance.choice([*WORDS, ""]),
        )
        for work in ("v1", "v2", "pub")
        for number in range(chance.randint(0, 5))
    ]


@given(families())
def test_a_work_gives_at_most_one_to_a_set(pictures):
    assert_one_per_work(pictures)


@given(families(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(pictures, chance):
    moved = [one._replace(at=999 - one.at, cluster=999 - one.at) for one in pictures]
    chance.shuffle(moved)
    assert found(*moved) == found(*pictures)


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Figure 2.", "2"),
        ("Fig. 2", "2"),
        ("FIG 2 |", "2"),
        ("Figure 2A", "2a"),
        ("Figure 5 - figure supplement 3.", "5s3"),
        ("Figure 5—figure supplement 3", "5s3"),
        ("Supplementary Figure S3", "s3"),
        ("Supplementary Fig. 3", "s3"),
        ("Supplemental Figure 3:", "s3"),
        ("S3 Fig", "s3"),
        ("Extended Data Fig. 1", "extendeddata1"),
        ("Figure.", ""),
        ("Graphical abstract", ""),
        (None, ""),
    ],
)
def test_a_number_is_one_in_all_its_spellings(spelling, key):
    assert label_key(spelling) == key


def test_a_panels_letter_belongs_to_its_number():
    assert label_key("Fig. 2", "B") == "2b" == label_key("Figure 2", "b")
