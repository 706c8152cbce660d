"""Curation on small workspaces: what goes on, with its verdicts, and what people decided."""

import shutil
from datetime import UTC, datetime

import pytest

from pipeline import decisions
from pipeline.decisions import Decision, content_hash

NOW = datetime(2026, 11, 20, tzinfo=UTC)
OWN_WORDS = "Members of the society may show these pictures in class."


def decide(bench, record_id, **said):
    told = {"who": "ana", "when": NOW, "queue": "licenses", "stage": "4-curated", "id": record_id, **said}
    decisions.append(bench.place / "decisions.sqlite", [Decision(**told)])


@pytest.fixture
def unclear(bench):
    """One article whose licence only a person can read."""
    place = bench.article(1, license_href=None)
    xml = place / "PMC1.xml"
    words = f"<license><license-p>{OWN_WORDS}</license-p></license></permissions>"
    xml.write_text(xml.read_text().replace("</permissions>", words))
    bench.made()
    return bench


def test_what_goes_on_carries_what_every_gate_said(bench):
    bench.article(1)
    bench.made()
    (row,) = bench.rows("4-curated")
    asked = [verdict["gate"] for verdict in row["verdicts"]]
    assert asked == ["original", "license", "adaptation", "contamination", "size", "words"]
    assert row["license"] == "CC-BY-4.0"


def test_what_may_not_be_adapted_is_published_whole_and_word_for_word(bench):
    bench.article(1, license_href="https://creativecommons.org/licenses/by-nd/4.0/")
    bench.manifest(licenses=["CC-BY-ND-4.0"])
    bench.made()
    (row,) = bench.published()
    assert row["license"] == "CC-BY-ND-4.0"
    assert row["box"] == [0, 0, row["width_px"], row["height_px"]]
    assert row["distilled"]["text"] == row["caption"]
    assert row["distilled"]["prompt"] == "verbatim"


def test_a_licence_in_own_words_waits_for_a_reviewer(unclear):
    (held,) = unclear.rows("4-curated", "held")
    assert (held["queue"], held["reason"], held["label"]) == ("licenses", "license_unclear", "Figure 1")
    assert OWN_WORDS in held["detail"]
    assert unclear.published() == []


def test_a_reviewer_reads_the_licence_and_the_panel_goes_on(unclear):
    (held,) = unclear.rows("4-curated", "held")
    decide(unclear, held["id"], field="license", after="CC-BY-4.0")
    unclear.made()
    (row,) = unclear.published()
    assert row["license"] == "CC-BY-4.0"
    (verdict,) = (one for one in unclear.rows("4-curated")[0]["verdicts"] if one["gate"] == "license")
    assert "read by ana" in verdict["evidence"]
    assert unclear.rows("4-curated", "held") == []


def test_a_licence_that_a_reviewer_reads_must_be_allowed_too(unclear):
    (held,) = unclear.rows("4-curated", "held")
    decide(unclear, held["id"], field="license", after="CC-BY-NC-4.0")
    unclear.made()
    assert [row["reason"] for row in unclear.rows("4-curated", "dropped")] == ["license_not_allowed"]


def test_a_decision_on_other_content_does_not_hold(unclear):
    (held,) = unclear.rows("4-curated", "held")
    decide(unclear, held["id"], field="license", after="CC-BY-4.0", content_hash=content_hash("something else"))
    unclear.made()
    assert len(unclear.rows("4-curated", "held")) == 1


def test_a_decision_on_what_was_seen_holds(unclear):
    (held,) = unclear.rows("4-curated", "held")
    (figure,) = unclear.rows("1-figures")
    seen = content_hash(figure["license"], figure["license_evidence"], figure["third_party"])
    decide(unclear, held["id"], field="license", after="CC0-1.0", content_hash=seen)
    unclear.made()
    assert len(unclear.published()) == 1


@pytest.fixture
def unclear_copy(unclear):
    """The picture stands in a second article, whose licence is plain."""
    place = unclear.article(2)
    shutil.copy(unclear.inputs / "PMC1" / "1-g001.jpg", place / "2-g001.jpg")
    unclear.made()
    return unclear


def test_a_copy_whose_licence_nobody_could_read_makes_the_other_wait(unclear_copy):
    (held,) = unclear_copy.rows("4-curated", "held")
    assert (held["source_id"], held["reason"]) == ("PMC2", "license_unclear")
    assert "no licence that is known in pmc PMC1" in held["detail"]
    assert unclear_copy.published() == []


@pytest.mark.parametrize(("after", "published"), [("CC0-1.0", ["CC-BY-4.0"]), ("CC-BY-NC-4.0", [])])
def test_a_reviewer_reads_the_copys_licence_and_the_stricter_governs(unclear_copy, after, published):
    (held,) = unclear_copy.rows("4-curated", "held")
    decide(unclear_copy, held["id"], field="license", after=after)
    unclear_copy.made()
    assert [row["license"] for row in unclear_copy.published()] == published
    assert unclear_copy.rows("4-curated", "held") == []


def test_a_rejected_panel_is_dropped_with_who_and_why(bench):
    bench.article(1)
    bench.article(2)
    bench.made()
    panel = bench.rows("2-panels")[0]
    decide(bench, panel["id"], field="verdict", after="drop", reason="a cartoon")
    bench.made()
    (row,) = bench.rows("4-curated", "dropped")
    assert (row["reason"], row["detail"]) == ("rejected", "ana: a cartoon")


def test_small_pictures_are_dropped_by_the_manifests_measure(bench):
    bench.article(1)  # 160 x 120 px
    bench.manifest(curation={"min_short_side_px": 121})
    said = bench.made()
    assert said["stages"][3]["dropped"] == {"too_small": 1}
    bench.manifest(curation={"min_short_side_px": 120})
    assert bench.made()["rows"]["panels"] == {"train": 1}


def test_a_picture_that_cannot_be_decoded_is_dropped_with_its_reason(bench):
    """It looks whole at first: the head is right, and the body is not there."""
    place = bench.article(1, figures=2)
    picture = place / "1-g001.jpg"
    picture.write_bytes(picture.read_bytes()[:2000])
    said = bench.made()
    dropped = [row for stage in ("1-figures", "2-panels") for row in bench.rows(stage, "dropped")]
    assert [row["reason"] for row in dropped] == ["image_truncated"]
    assert said["rows"]["panels"] == {"train": 1}


def test_a_panel_is_the_whole_figure_with_the_whole_caption(bench):
    bench.article(1)
    bench.made()
    (panel,), (figure,) = bench.rows("2-panels"), bench.rows("1-figures")
    assert panel["box"] == [0, 0, 160, 120]
    assert panel["panel_key"] == "0,0,160,120"
    assert panel["subcaption"] == figure["caption"]
    assert panel["subcaption_spans"] == [[0, len(figure["caption"])]]
    assert panel["figure_id"] == figure["id"]
    assert len(panel["phash"]) == 16


def _caption_says(bench, words):
    place = bench.article(1)
    xml = place / "PMC1.xml"
    text = xml.read_text(encoding="utf-8")
    head, caption, tail = text.partition("<caption>")
    xml.write_text(f"{head}{caption}<p>{words}</p>{tail}", encoding="utf-8")


def test_words_fill_the_columns_of_a_panel(bench):
    _caption_says(bench, "Confocal image of mouse neurons, DAPI.")
    bench.made()
    (row,) = bench.published()
    assert [row[name] for name in ("modality", "submodality", "stain")] == [
        "fluorescence microscopy",
        "confocal",
        "DAPI",
    ]
    assert (row["organism"], row["ncbitaxon_id"]) == ("Mus musculus", "NCBITaxon:10090")
    found = {one["text"]: row["subcaption"][one["start"] : one["end"]] for one in row["annotations"]}
    assert "neurons" in found
    assert all(said == there for said, there in found.items())


ASKS = {"queues": [{"name": "which", "from": "tags", "sample": 10}]}


def test_words_that_disagree_go_on_unless_the_manifest_asks_a_reviewer(bench):
    _caption_says(bench, "Mouse and rat hearts, mouse and rat livers.")
    bench.made()
    (panel,) = bench.rows("2-panels")
    assert {one["field"] for one in panel["conflicts"]} == {"organism"}
    assert len(bench.published()) == 1
    bench.manifest(review=ASKS)
    bench.made()
    (held,) = bench.rows("4-curated", "held")
    assert (held["queue"], held["reason"]) == ("which", "tags_conflict")
    assert bench.published() == []


def test_a_reviewer_who_saw_the_conflict_lets_the_panel_go_on(bench):
    _caption_says(bench, "Mouse and rat hearts, mouse and rat livers.")
    bench.manifest(review=ASKS)
    bench.made()
    (panel,) = bench.rows("2-panels")
    seen = content_hash(*panel["conflicts"])
    decide(bench, panel["id"], queue="which", field="tags", after="accept", content_hash=seen)
    bench.made()
    assert len(bench.published()) == 1


def test_a_reviewer_sets_a_column_which_settles_its_conflict_for_what_was_seen(bench):
    _caption_says(bench, "Mouse and rat hearts, mouse and rat livers.")
    bench.manifest(review=ASKS)
    bench.made()
    (panel,) = bench.rows("2-panels")
    said = {"stage": "2-panels", "queue": "which", "field": "organism", "after": "Rattus norvegicus"}
    decide(bench, panel["id"], **said, content_hash=content_hash("something else"))
    bench.made()
    assert bench.published() == []
    decide(bench, panel["id"], **said, content_hash=content_hash(*panel["conflicts"]))
    bench.made()
    (row,) = bench.published()
    assert (row["organism"], row["ncbitaxon_id"]) == ("Rattus norvegicus", "NCBITaxon:10116")
    assert bench.rows("2-panels")[0]["conflicts"] == []


def test_a_reviewer_empties_a_column_and_fills_another(bench):
    _caption_says(bench, "Mouse hearts.")
    bench.made()
    (panel,) = bench.rows("2-panels")
    for field, value in (("tissue", ""), ("cell_type", "cardiac muscle cell")):
        decide(bench, panel["id"], stage="2-panels", queue="which", field=field, after=value)
    bench.made()
    (row,) = bench.published()
    assert (row["organism"], row["tissue"], row["cell_type"]) == ("Mus musculus", None, "cardiac muscle cell")


def test_a_caption_made_of_facts_does_not_fill_what_its_facts_contradict(bench):
    from curation.decided_tags import About
    from curation.lexicons import Ontologies
    from curation.panel_columns import columns_of

    wrong = {"name": "organism", "value": "Mus musculus", "unit": None, "id": "NCBITaxon:9606", "origin": "x"}
    figure = {"caption": "Organism: Mus musculus.", "article": None, "mentions": [], "facts": [wrong]}
    columns = columns_of(figure, About("a" * 32, None, figure["caption"]), Ontologies())
    assert "organism" not in columns
    assert columns["ncbitaxon_id"] is None
    assert [one.reason for one in columns["conflicts"]] == ["id_against_words"]
