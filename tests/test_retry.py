"""Trying again: what has failed, or what has left for a reason that may have passed."""


def test_a_picture_that_is_there_later_is_rescued(bench, command):
    bench.items_per_part(1)
    for number in (1, 2, 3):
        bench.article(number)
    picture = bench.inputs / "PMC2" / "2-g001.jpg"
    blob = picture.read_bytes()
    picture.unlink()
    bench.made()
    assert [row["reason"] for row in bench.rows("1-figures", "dropped")] == ["image_missing"]
    before = bench.parts()
    picture.write_bytes(blob)
    said = command("retry", bench.place, "--reason", "image_missing", "--json")
    assert said.code == 0
    assert "1 parts are made again" in said.err
    assert said.json["stages"][0]["dropped"] == {}
    assert len(bench.published()) == 3
    after = bench.parts()
    kept = [name for name in before if name.endswith(("00000.parquet", "00002.parquet")) and name[0] in "125"]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    bench.made()
    fresh = bench.root / "fresh"
    bench.made(place=fresh)
    assert bench.dataset().keys() == bench.dataset(fresh).keys()


def test_nothing_to_retry_makes_nothing_again(bench, command):
    bench.article(1)
    bench.made()
    before = bench.parts()
    said = command("retry", bench.place)
    assert said.code == 0
    assert "0 parts are made again" in said.err
    assert bench.parts() == before


def test_what_fails_again_fails_again_and_is_counted_once(bench, command):
    bench.article(1)
    (bench.inputs / "broken.xml").write_text("<article><front></front><body><fig>")
    bench.run("--set", "on_error.max_failure_rate=1")
    for _ in range(2):
        said = command("retry", bench.place, "--json")
        assert said.code == 0
        assert sum(said.json["stages"][0]["failed"].values()) == 1
    assert len(bench.published()) == 1


def test_an_article_that_became_whole_is_rescued_by_the_same_command(bench, command):
    bench.article(1)
    broken = bench.inputs / "PMC2.xml"
    broken.write_text("<article><front></front><body><fig>")
    bench.run("--set", "on_error.max_failure_rate=1")
    broken.unlink()
    bench.article(2)
    said = bench.run("--json")
    assert said.code == 0, said.err
    assert len(bench.published()) == 2


def test_an_attempt_survives_the_loss_of_the_ledger(bench, command):
    bench.article(1)
    (bench.inputs / "PMC1" / "1-g001.jpg").rename(bench.root / "aside.jpg")
    bench.made()
    command("retry", bench.place, "--reason", "image_missing")
    before = bench.parts()
    (bench.place / "ledger.sqlite").unlink()
    bench.made()
    assert bench.parts() == before


def test_an_item_whose_source_left_the_manifest_is_told_when_its_part_is_made_again(bench, command):
    bench.article(1)
    bench.article(2, folder="other/PMC2")
    (bench.inputs / "PMC1" / "1-g001.jpg").unlink()
    both = [{"type": "pmc", "path": "inputs/PMC1"}, {"type": "biorxiv", "path": "inputs/other"}]
    bench.manifest(sources=both)
    bench.made()
    bench.manifest(sources=both[:1], on_error={"max_failure_rate": 1.0})
    bench.made()
    said = command("retry", bench.place, "--reason", "image_missing")
    assert said.code == 0, said.err
    assert [row["reason"] for row in bench.rows("1-figures", "failed")] == ["source_removed"]
