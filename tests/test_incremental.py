"""Running again: only what is missing or changed is made, and the outcome is that of a fresh workspace."""

import random
import shutil
import tarfile
from datetime import UTC, datetime

import pytest

from pipeline import decisions
from pipeline.decisions import Decision


@pytest.fixture
def parts(bench):
    """Five articles in three parts, made once."""
    bench.items_per_part(2)
    for number in range(1, 6):
        bench.article(number)
    bench.made()
    return bench


def changed(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def stages_of(names):
    return sorted(name.replace("/part-", " ").removesuffix(".parquet") for name in names)


def decide(bench, record_id, stage="4-curated", **said):
    now = datetime(2026, 11, 20, tzinfo=UTC)
    told = {"who": "ana", "when": now, "queue": "kinds", "stage": stage, "id": record_id, **said}
    decisions.append(bench.place / "decisions.sqlite", [Decision(**told)])


def panel_of(bench, source_id):
    return next(row["id"] for row in bench.rows("2-panels") if row["source_id"] == source_id)


def test_running_again_touches_nothing_and_says_so(parts):
    before, dataset = parts.parts(), parts.dataset()
    again = parts.run()
    assert again.code == 0
    assert "0 new items" in again.err
    assert "parts" not in again.err
    assert parts.parts() == before
    assert parts.dataset() == dataset


def test_a_verdict_redoes_its_part_in_its_stage_and_after(parts):
    before = parts.parts()
    decide(parts, panel_of(parts, "PMC3"), field="verdict", after="drop", reason="blurred")
    said = parts.made()
    assert stages_of(changed(before, parts.parts())) == [
        "4-curated 00001",
        "4-curated/dropped 00001",
        "5-captioned 00001",
    ]
    assert said["stages"][3]["dropped"] == {"rejected": 1}
    assert "PMC3" not in {row["source_id"] for row in parts.published()}


def test_a_verdict_is_replayed_once(parts):
    decide(parts, panel_of(parts, "PMC3"), field="verdict", after="drop")
    parts.made()
    before = parts.parts()
    parts.made()
    assert parts.parts() == before


def test_a_later_verdict_takes_the_earlier_back(parts):
    dataset, panel = parts.dataset(), panel_of(parts, "PMC3")
    decide(parts, panel, field="verdict", after="drop")
    parts.made()
    decide(parts, panel, field="verdict", after="keep")
    parts.made()
    assert parts.dataset() == dataset


def test_a_takedown_redoes_its_part_everywhere_and_the_reduce(parts):
    before = parts.parts()
    figure = next(row["id"] for row in parts.rows("1-figures") if row["source_id"] == "PMC3")
    decide(parts, figure, stage="1-figures", queue="takedown", field="id", after=decisions.REMOVED, reason="request")
    parts.made()
    assert stages_of(changed(before, parts.parts())) == [
        "1-figures 00001",
        "1-figures/dropped 00001",
        "2-panels 00001",
        "3-groups 00000",
        "4-curated 00001",
        "5-captioned 00001",
    ]


def test_new_input_adds_parts_and_moves_none(parts):
    before = parts.parts()
    parts.article(0)  # first in the order of names
    parts.article(9)
    said = parts.run()
    assert "2 new items" in said.err
    assert stages_of(changed(before, parts.parts())) == [
        "1-figures 00003",
        "2-panels 00003",
        "3-groups 00000",
        "4-curated 00003",
        "5-captioned 00003",
    ]


def test_what_arrives_bit_by_bit_gives_the_dataset_of_what_came_at_once(parts):
    for number in (0, 9, 7):
        parts.article(number)
        parts.made()
    fresh = parts.root / "fresh"
    parts.items_per_part(32)
    parts.made(place=fresh)
    assert parts.dataset() == parts.dataset(fresh)


def same_as_fresh(bench):
    """Return the files of the dataset that are not those of a fresh workspace."""
    fresh = bench.root / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    bench.made(place=fresh)
    return changed(bench.dataset(), bench.dataset(fresh))


def test_a_new_version_of_an_article_takes_the_place_of_the_old(parts):
    parts.article(3, version=2, title="Told anew")
    before = parts.parts()
    said = parts.made()
    assert [(stage["found"], stage["kept"], stage["dropped"]) for stage in said["stages"]] == [(5, 5, {})] * 5
    assert [row["reason"] for row in parts.rows("2-panels", "dropped")] == ["not_listed"]
    assert [name for name in changed(before, parts.parts()) if name.startswith("1-figures")] == [
        "1-figures/part-00003.parquet"
    ]
    assert {row["title"] for row in parts.published() if row["source_id"] == "PMC3"} == {"Told anew"}
    assert same_as_fresh(parts) == set()


def test_an_article_that_is_gone_leaves_the_dataset_and_comes_back(parts):
    dataset, figures = parts.dataset(), parts.parts()
    (parts.inputs / "PMC3").rename(parts.root / "aside")
    said = parts.made()
    assert [(stage["found"], stage["kept"], stage["dropped"]) for stage in said["stages"]] == [(4, 4, {})] * 5
    assert [row["reason"] for row in parts.rows("2-panels", "dropped")] == ["not_listed"]
    assert same_as_fresh(parts) == set()
    (parts.root / "aside").rename(parts.inputs / "PMC3")
    parts.made()
    assert parts.dataset() == dataset
    assert not [name for name in changed(figures, parts.parts()) if name.startswith("1-figures")]


def test_a_renamed_article_is_the_same_article(parts):
    (parts.inputs / "PMC3").rename(parts.inputs / "another")
    parts.made()
    assert same_as_fresh(parts) == set()


def test_a_package_that_is_replaced_is_read_again(bench):
    def pack(title):
        folder = bench.article(1, folder="../unpacked", title=title)
        bench.inputs.mkdir(exist_ok=True)
        with tarfile.open(bench.inputs / "PMC1.tar.gz", "w:gz") as archive:
            archive.add(folder, "PMC1")

    pack("Old")
    bench.article(2)
    bench.made()
    pack("New and longer")
    bench.made()
    assert {row["title"] for row in bench.published() if row["source_id"] == "PMC1"} == {"New and longer"}
    assert same_as_fresh(bench) == set()


def test_the_card_too_is_that_of_a_fresh_workspace(parts):
    parts.article(3, version=2)
    parts.made()
    fresh = parts.root / "fresh"
    parts.made(place=fresh)
    assert parts.dataset() == parts.dataset(fresh)


@pytest.mark.parametrize("licenses", [["CC0-1.0"], ["CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0"]])
def test_other_licences_judge_again_without_a_harvest(parts, licenses):
    parts.article(6, license_code="CC0")
    parts.article(7, license_code="CC BY-NC")
    parts.made()
    before = parts.parts()
    parts.manifest(licenses=licenses)
    parts.made()
    touched = {name.partition("/")[0] for name in changed(before, parts.parts())}
    assert touched == {"4-curated", "5-captioned"}
    assert {row["license"] for row in parts.published()} == set(licenses) - ({"CC-BY-4.0"} - set(licenses))
    assert same_as_fresh(parts) == set()


def test_a_source_that_is_taken_out_takes_its_rows_with_it(bench):
    bench.article(1)
    bench.article(2, folder="../more/PMC2")
    both = [{"type": "pmc", "path": "inputs"}, {"type": "biorxiv", "path": "more"}]
    bench.manifest(sources=both)
    bench.made()
    dataset = bench.dataset()
    assert {row["source"] for row in bench.published()} == {"pmc", "biorxiv"}
    bench.manifest(sources=both[:1])
    bench.made()
    assert {row["source"] for row in bench.published()} == {"pmc"}
    assert same_as_fresh(bench) == set()
    bench.manifest(sources=both)
    bench.made()
    assert bench.dataset() == dataset


def test_a_limit_bounds_each_source_and_can_be_lifted(parts):
    place = parts.root / "limited"
    assert parts.made("--limit", 2, place=place)["stages"][0]["found"] == 2
    assert parts.made(place=place)["stages"][0]["found"] == 5
    assert parts.dataset(place) == parts.dataset()


def test_stopping_at_a_stage_and_going_on_is_the_same_as_going_through(parts):
    place = parts.root / "halting"
    for stage in ("1-figures", "2-panels", "3-groups", "4-curated", "5-captioned"):
        said = parts.made("--until", stage, place=place)
        assert said["stages"][-1]["name"] == stage
        assert said["dataset"] is None
    parts.made(place=place)
    assert parts.dataset(place) == parts.dataset()


def test_a_copy_that_comes_later_gives_the_dataset_of_copies_that_came_together(bench):
    """The same work in two packages: which one is kept must not depend on when it came."""
    bench.article(1, folder="a", title="Short")
    bench.made()
    bench.article(1, folder="b", title="Another title of the same length of work")
    bench.made()
    assert same_as_fresh(bench) == set()


def test_of_the_same_work_twice_the_freer_copy_stays_however_they_came(bench):
    bench.manifest(licenses=["CC0-1.0", "CC-BY-4.0"])
    bench.article(1, folder="a", license_code="CC BY")
    bench.made()
    bench.article(1, folder="b", license_code="CC0")
    bench.made()
    assert same_as_fresh(bench) == set()


def _add(bench, random):
    bench.article(random.randint(1, 9), version=random.randint(1, 2), license_code=random.choice(["CC BY", "CC0"]))


def _lose(bench, random):
    for place in random.sample(sorted(bench.inputs.iterdir()), 1) if any(bench.inputs.iterdir()) else []:
        shutil.rmtree(place)


def _copy(bench, random):
    pictures = sorted(bench.inputs.glob("*/*.jpg"))
    if len(pictures) > 1:
        one, other = random.sample(pictures, 2)
        shutil.copy(one, other)


def _reject(bench, random):
    panels = [row["id"] for row in bench.rows("2-panels")]
    if panels:
        decide(bench, random.choice(sorted(panels)), field="verdict", after=random.choice(["drop", "keep"]))


def _take_down(bench, random):
    now = datetime(2026, 11, 20, tzinfo=UTC)
    said = {"who": "ana", "when": now, "queue": "takedown", "stage": "1-figures", "after": decisions.REMOVED}
    name = f"PMC{random.randint(1, 9)}"
    decisions.append(bench.place / "decisions.sqlite", [Decision(**said, field="source_id", id=name, reason="request")])


def _spoil(bench, random):
    parts = sorted(bench.place.glob("[1-5]-*/part-*.parquet"))
    if parts:
        random.choice(parts).unlink()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_the_dataset_is_that_of_a_fresh_workspace(bench, seed):
    """Articles come, change and go, copies appear, people decide, parts are lost: only what stands now counts."""
    chance = random.Random(seed)
    bench.items_per_part(2)
    for number in range(1, 4):
        bench.article(number)
    bench.made()
    for _ in range(8):
        for action in chance.sample([_add, _add, _lose, _copy, _reject, _take_down, _spoil], 2):
            action(bench, chance)
        bench.article(10)  # one is always there
        said = bench.run("--set", "on_error.max_failure_rate=1")
        assert said.code == 0, said.err
    fresh = bench.root / "fresh"
    fresh.mkdir()
    if (bench.place / "decisions.sqlite").exists():
        shutil.copy(bench.place / "decisions.sqlite", fresh)
    bench.made("--set", "on_error.max_failure_rate=1")
    bench.made("--set", "on_error.max_failure_rate=1", place=fresh)
    assert changed(bench.dataset(), bench.dataset(fresh)) == set()
