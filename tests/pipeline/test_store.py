import pyarrow.parquet as pq
import pytest

from pipeline import store
from pipeline.footer_sums import PLACE
from pipeline.store import Counts, Order, read_rows, read_stamp, write_part
from schemas.records import Dropped, Failed, Held, make_id

STAGE = "2-panels"


def left(kind, name, reason, **more):
    return kind(id=make_id(name), stage=STAGE, reason=reason, detail="", source_id="PMC1", **more)


def write(folder, row, outcomes, base="base", **options):
    return write_part(Order(folder / STAGE, 0, row.model, base), outcomes, **options)


def test_nothing_vanishes(tmp_path, note):
    outcomes = [
        note("a"),
        left(Dropped, "b", "too_small"),
        left(Held, "c", "license_unclear", queue="licenses"),
        left(Failed, "d", "http_503", locator="pmc:PMC1@1"),
        note("e"),
    ]

    counts = write(tmp_path, note, outcomes, found=3)

    assert counts == Counts(
        found=3, created=2, kept=2, dropped={"too_small": 1}, held={"licenses": 1}, failed={"http_503": 1}
    )
    assert [row["id"] for row in read_rows(store.part_path(tmp_path / STAGE, 0))] == ["a", "e"]
    for side, reason in (("dropped", "too_small"), ("held", "license_unclear"), ("failed", "http_503")):
        assert [(part, row["reason"]) for part, row in store.read_side(tmp_path / STAGE, side)] == [(0, reason)]


def test_a_part_knows_what_it_was_made_from(tmp_path, note):
    write(tmp_path, note, [note("a")], note=lambda: (["mark"], {"items": [1]}))

    stamp = read_stamp(tmp_path / STAGE, 0)

    assert stamp is not None
    assert (stamp.stage, stamp.base, stamp.decided, stamp.extra) == (STAGE, "base", ("mark",), {"items": [1]})
    assert stamp.counts.kept == 1


def test_a_part_without_rows_is_still_a_part(tmp_path, note):
    write(tmp_path, note, [])

    assert read_stamp(tmp_path / STAGE, 0).counts == Counts()


def test_work_that_fails_leaves_the_part_that_stood_there(tmp_path, note):
    write(tmp_path, note, [note("old")])

    def broken():
        yield note("new")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(tmp_path, note, broken(), base="other")

    assert [row["id"] for row in read_rows(store.part_path(tmp_path / STAGE, 0))] == ["old"]
    assert [path.name for path in (tmp_path / STAGE).iterdir()] == ["part-00000.parquet"]


def test_what_had_left_an_older_part_does_not_stay_beside_the_new_one(tmp_path, note):
    write(tmp_path, note, [left(Dropped, "b", "too_small")])
    write(tmp_path, note, [note("b")], base="other")

    assert list(store.read_side(tmp_path / STAGE, "dropped")) == []


@pytest.mark.parametrize("damage", [lambda blob: blob[:-10], lambda _: b"", lambda _: b"PAR1" + bytes(100) + b"PAR1"])
def test_a_damaged_part_has_no_stamp(tmp_path, note, damage):
    write(tmp_path, note, [note("a")])
    path = store.part_path(tmp_path / STAGE, 0)
    path.write_bytes(damage(path.read_bytes()))

    assert read_stamp(tmp_path / STAGE, 0) is None


def _turned(path, number, at, bit):
    """Write a part of another number that differs from the one at `path` by a bit."""
    blob = bytearray(path.read_bytes())
    blob[at] ^= bit
    part = store.part_path(path.parent, number)
    part.write_bytes(blob)
    return part


def test_a_part_whose_footer_lost_a_bit_is_no_part(tmp_path, note):
    write(tmp_path, note, [note("a"), note("b")])
    path = store.part_path(tmp_path / STAGE, 0)
    end = path.stat().st_size
    footer = end - 8 - int.from_bytes(path.read_bytes()[-8:-4], "little")
    kept = {at: _turned(path, at, at, 1 << at % 8) for at in range(footer, end)}
    standing = [at for at in kept if read_stamp(tmp_path / STAGE, at) is not None]
    assert set(standing) <= set(_of_the_sums_name(path))  # then it is taken for an older part, and so are its rows
    for at in standing:
        assert list(read_rows(kept[at])) == list(read_rows(path))


def _of_the_sums_name(path):
    name = next(iter(PLACE))
    start = path.read_bytes().rindex(name)
    return range(start, start + len(name))


def test_a_part_of_before_footers_were_summed_stands(tmp_path, note, monkeypatch):
    monkeypatch.setattr(store, "PLACE", {})
    monkeypatch.setattr(store, "sum_footer", lambda _: None)
    write(tmp_path, note, [note("a")])
    assert read_stamp(tmp_path / STAGE, 0) is not None


def test_a_parquet_file_of_others_has_no_stamp(tmp_path, note):
    write(tmp_path, note, [note("a")])
    path = store.part_path(tmp_path / STAGE, 0)
    table = pq.read_table(path).replace_schema_metadata({})
    pq.write_table(table, path)

    assert read_stamp(tmp_path / STAGE, 0) is None


def test_the_same_rows_give_the_same_bytes(tmp_path, note):
    rows = [note(str(at), "x" * at) for at in range(3000)]
    write(tmp_path / "one", note, rows)
    write(tmp_path / "two", note, rows)

    one, two = (store.part_path(tmp_path / name / STAGE, 0).read_bytes() for name in ("one", "two"))
    assert one == two


def test_rows_are_found_by_value_and_by_position(tmp_path, note):
    write(tmp_path, note, [note(f"{at:04d}", "even" if at % 2 == 0 else "odd") for at in range(2500)])
    path = store.part_path(tmp_path / STAGE, 0)

    assert [row["id"] for row in read_rows(path, where=("id", "0007"))] == ["0007"]
    assert [row["id"] for row in store.read_rows_at(path, [2400, 3], ["id"])] == ["0003", "2400"]
    assert list(read_rows(tmp_path / "absent.parquet")) == []


def test_halves_of_killed_processes_are_swept(tmp_path):
    half = tmp_path / STAGE / "dropped" / ".part-00000.parquet.123"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")

    store.sweep(tmp_path / STAGE)

    assert not half.exists()
