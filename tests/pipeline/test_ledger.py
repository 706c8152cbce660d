import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ledger import EVERYTHING, Entry, opened


def entry(name, size=1):
    return Entry(f"pmc/path:{name}@1", "pmc/path", name, "1", size)


def places(path):
    with opened(path) as ledger:
        return {item.key: (part, item.position) for part, items in ledger.parts().items() for item in items}


def assign(path, names, **most):
    with opened(path) as ledger:
        return ledger.assign([entry(name) for name in names], **({"most_items": 2, "most_bytes": 100} | most))


def test_items_fill_parts_in_the_order_found(tmp_path):
    assert assign(tmp_path / "l", "abcde") == 5
    assert places(tmp_path / "l") == {"a": (0, 0), "b": (0, 1), "c": (1, 0), "d": (1, 1), "e": (2, 0)}


def test_new_items_make_new_parts_and_move_none(tmp_path):
    assign(tmp_path / "l", "abc")
    before = places(tmp_path / "l")

    assert assign(tmp_path / "l", "0abcz") == 2

    after = places(tmp_path / "l")
    assert {key: after[key] for key in before} == before
    assert {after["0"][0], after["z"][0]} == {2}


def test_a_large_item_gets_a_part_of_its_own(tmp_path):
    with opened(tmp_path / "l") as ledger:
        ledger.assign([entry("a", 5), entry("b", 500), entry("c", 5)], most_items=10, most_bytes=100)

    assert [part for part, _ in places(tmp_path / "l").values()] == [0, 1, 2]


def test_what_is_no_longer_listed_is_marked_and_comes_back_when_it_is(tmp_path):
    for names, listed in (("ab", "ab"), ("b", "b"), ("ab", "ab")):
        assign(tmp_path / "l", names)
        with opened(tmp_path / "l") as ledger:
            assert "".join(e.key for es in ledger.parts().values() for e in es if e.listed) == listed


def listed(path):
    with opened(path) as ledger:
        return sorted(e.locator for es in ledger.parts().values() for e in es if e.listed)


def test_of_a_source_in_doubt_stays_listed_what_was_and_nothing_that_had_left(tmp_path):
    assign(tmp_path / "l", "abcd")
    assign(tmp_path / "l", "bcd")
    newer = Entry("pmc/path:b@2", "pmc/path", "b", "2", 1)
    other = Entry("elsewhere:a@1", "elsewhere", "a", "1", 1)
    doubt = Entry("pmc/path:@unlisted", "pmc/path", EVERYTHING, "unlisted", 0)
    with opened(tmp_path / "l") as ledger:
        assert ledger.assign([other], most_items=2, most_bytes=100) == 1
        ledger.assign([entry(name) for name in "bcd"] + [other], most_items=2, most_bytes=100)
        assert ledger.assign([newer, entry("e"), doubt], most_items=2, most_bytes=100) == 2
    assert listed(tmp_path / "l") == ["pmc/path:b@2", "pmc/path:c@1", "pmc/path:d@1", "pmc/path:e@1"]
    with opened(tmp_path / "l") as ledger:
        ledger.assign([doubt], most_items=2, most_bytes=100)
    assert listed(tmp_path / "l") == ["pmc/path:b@2", "pmc/path:c@1", "pmc/path:d@1", "pmc/path:e@1"]
    assign(tmp_path / "l", "b")
    assert listed(tmp_path / "l") == ["pmc/path:b@1"]


def test_the_same_item_found_twice_has_one_place(tmp_path):
    assert assign(tmp_path / "l", "aba") == 2


def test_a_search_that_breaks_off_leaves_the_ledger_as_it_was(tmp_path):
    assign(tmp_path / "l", "ab")

    def broken():
        yield entry("c")
        raise RuntimeError

    with pytest.raises(RuntimeError), opened(tmp_path / "l") as ledger:
        ledger.assign(broken(), most_items=2, most_bytes=100)

    assert sorted(places(tmp_path / "l")) == ["a", "b"]
    with opened(tmp_path / "l") as ledger:
        assert all(e.listed for es in ledger.parts().values() for e in es)


def test_a_damaged_ledger_is_set_aside(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is no database" * 100)

    assert assign(path, "a") == 1
    assert (tmp_path / "ledger.sqlite.damaged").exists()


def test_a_restored_ledger_says_what_the_old_one_said(tmp_path):
    assign(tmp_path / "old", "abc")
    with opened(tmp_path / "old") as old, opened(tmp_path / "new") as new:
        old.try_again([1])
        new.restore([e for es in old.parts().values() for e in es], old.attempts())
        assert (new.parts(), new.attempts()) == (old.parts(), old.attempts())


@given(st.lists(st.lists(st.sampled_from("abcdefghij"), unique=True), max_size=5))
def test_no_item_ever_moves(tmp_path_factory, runs):
    path = tmp_path_factory.mktemp("ledger") / "l"
    known = {}
    for names in runs:
        assign(path, names)
        now = places(path)
        assert {key: now[key] for key in known} == known
        assert set(names) <= set(now)
        known = now
