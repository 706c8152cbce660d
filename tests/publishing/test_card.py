"""The card: every number is a count over the files, strangers' words stay words, and its parts stand in their order."""

import json
import re
from collections import Counter

import pandas as pd
import pytest
import yaml
from markdown_it import MarkdownIt
from review_desks import decide, desk_of, keys

from publishing.card import Told, card
from publishing.contact_sheet import Shown
from publishing.dataset_counts import Counts, Writer, named, subjects

ORDER = [
    "Quick start", "Statistics", "Columns", "Questions", "Licences", "Sources", "Models and prompts", "Contamination",
    "What was left out", "Review", "Limits", "Made again", "Citation",
]  # fmt: skip
SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def words(demo):
    return (demo / "dataset" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def frames(demo):
    """Each view's rows, as pandas reads them; pictures left out."""
    found = {}
    for path in sorted((demo / "dataset").glob("*/*.parquet")):
        rows = pd.read_parquet(path).drop(columns=["image"])
        found.setdefault(path.parent.name, []).append(rows.assign(file_split=path.name.partition("-")[0]))
    return {view: pd.concat(each, ignore_index=True) for view, each in found.items()}


@pytest.fixture(scope="module")
def panels(frames):
    return pd.concat([frames["panels"], frames["panels-noncommercial"]], ignore_index=True)


def section(words, title):
    return words.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def tables(text):
    """Return the tables of a text, each as its lines of cells."""
    blocks = re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.MULTILINE)
    return [[[cell.strip() for cell in line[1:-1].split(" |")] for line in block.splitlines()] for block in blocks]


def body(text, first):
    (table,) = (table for table in tables(text) if table[0][0] == first)
    return table[2:]


def test_its_parts_stand_in_their_order(words):
    assert re.findall(r"^## (.+)$", words, re.MULTILINE) == ORDER


def test_rows_by_view_and_split_are_those_of_the_files(words, frames):
    told = {(view, split): int(rows) for view, split, rows in body(section(words, "Quick start"), "view")}
    assert told == {
        (view, split): count
        for view, rows in frames.items()
        for split, count in rows["file_split"].value_counts().items()
    }


def test_there_is_a_way_to_load_each_view(words, frames):
    loads = re.findall(r'load_dataset\("PATH", "([\w-]+)"\)', section(words, "Quick start"))
    assert sorted(loads) == sorted(frames)


def test_statistics_are_counts_over_the_panels(words, panels):
    said = section(words, "Statistics")
    assert f"{len(panels)} panels of {panels['family'].nunique()} works" in said
    assert f"published from {panels['year'].min():.0f} to {panels['year'].max():.0f}." in said
    each = tables(said)
    assert [table[0][0] for table in each] == [
        "source", "license", "kind", "modality", "submodality", "microns_per_pixel_source",
    ]  # fmt: skip
    for (column, *splits, _), _, *lines in each:
        assert splits == list(SPLITS)
        values = panels[column].fillna("(not told)")
        assert {value: int(all_) for value, *_, all_ in lines} == dict(values.value_counts())
        for value, *shares, _ in lines:
            counts = panels[values == value]["file_split"].value_counts()
            assert [int(n) for n in shares] == [counts.get(split, 0) for split in SPLITS]


def test_the_intro_and_the_splits_are_counts(words, panels, frames):
    shown = Counter(panels["kind"])["microscopy"]
    assert f"\n{len(panels)} panels, of which {shown} are microscopy, with their words" in words
    everything = pd.concat(frames.values())
    clusters = everything["duplicate_cluster"].dropna().nunique()
    said = " ".join(words.split())
    assert f"{everything['family'].nunique()} families, {clusters} clusters" in said
    assert f"{everything['image_sha256'].nunique()} pictures by their bytes" in said
    assert f"{panels['source_id'].nunique()} source ids" in said
    assert f"holds the original bytes ({panels['raw'].notna().sum()} panels)" in said


def test_licences_and_sources_are_counts(words, panels):
    licences = {re.sub(r"\[(.+)\]\(.+\)", r"\1", name): int(rows) for name, rows, *_ in body(words, "licence")}
    assert licences == dict(panels["license"].value_counts())
    pairs = {(source, name): int(rows) for source, name, rows in body(section(words, "Sources"), "source")}
    assert pairs == dict(panels.groupby(["source", "license"]).size())


def test_questions_are_counts(words, frames):
    questions = pd.concat([frames["questions"], frames["questions-noncommercial"]])
    said = section(words, "Questions")
    assert f"{len(questions)} questions in" in said
    lines = body(said, "task")
    assert {task: int(count) for task, count, *_ in lines} == dict(questions["task"].value_counts())
    for task, _, lot, place, longest, shortest, common in lines:
        mine = questions[questions["task"] == task]
        assert lot == f"{(1 / mine['options'].map(len)).mean():.2f}"
        assert place == f"{mine['answer_index'].value_counts(normalize=True).max():.2f}"
        assert longest == f"{mine.apply(by_length, axis=1, wanted=max).mean():.2f}"
        assert shortest == f"{mine.apply(by_length, axis=1, wanted=min).mean():.2f}"
        truths = mine["held_back"].fillna(mine["answer"])  # of "none of the above", what is true
        assert common == f"{truths.value_counts(normalize=True).max():.2f}"


def by_length(row, wanted):
    """Return what is right by taking the longest or shortest option, by lot among equals."""
    lengths = [len(option) for option in row["options"]]
    best = [at for at, length in enumerate(lengths) if length == wanted(lengths)]
    return (row["answer_index"] in best) / len(best)


def test_texts_and_terms_are_counts(words, panels, frames):
    said = section(words, "Models and prompts")
    told = Counter({(text, prompt): int(rows) for text, _, _, prompt, rows in body(said, "texts")})
    talks = pd.concat([frames["conversations"], frames["conversations-noncommercial"]])
    assert told == Counter(
        [("`distilled`", one["prompt"]) for one in panels["distilled"]]
        + [("`conversations`", prompt) for prompt in talks["prompt"]]
    )
    terms = Counter(term["ontology"] for found in panels["annotations"] for term in found)
    assert {name: int(rows) for name, rows in body(said, "ontology")} == terms


def test_limits_are_counts(words, panels):
    said = section(words, "Limits")
    assert f"No scale is known of {panels['microns_per_pixel'].isna().sum()} of {len(panels)} panels." in said
    for column in ("source", "kind", "modality"):
        (most,), (count,) = panels[column].value_counts().head(1).index, panels[column].value_counts().head(1)
        assert f"The most frequent {column} is {most}, of {count} of {len(panels)} panels." in said
    named = (~panels["license"].str.startswith("CC0")).sum()
    assert f"as the licences of {named} rows ask" in said
    for column in ("modality", "organism"):
        assert f"{column} of {panels[column].isna().sum()}" in said


def test_what_left_is_what_status_tells(words, demo, command):
    stages = command("status", demo, "--json").json["stages"]
    told = {line[0]: line[1:] for line in body(words, "stage")}
    for stage in stages:
        found, created, kept, dropped, failed, held = told[stage["name"]]
        assert [int(found), int(created), int(kept)] == [stage["found"], stage["created"], stage["kept"]]
        for shown, side in ((dropped, "dropped"), (failed, "failed"), (held, "held")):
            assert dict(part.split(" ") for part in shown.split(", ") if part) == {
                reason: str(count) for reason, count in stage[side].items()
            }


def test_each_panel_on_the_sheet_is_named_with_whom_to_thank(words, panels, demo):
    assert f"![15 of {len(panels)} panels](contact-sheet.jpg)" in words
    assert (demo / "dataset" / "contact-sheet.jpg").is_file()
    told = dict(re.findall(r"^- `(\w{8})` (.+)$", words, re.MULTILINE))
    open_ = panels[panels["license"] != "CC-BY-NC-4.0"]
    assert told == {row["id"][:8]: row["attribution"] for _, row in open_.iterrows()}


def test_it_says_how_it_is_cited_and_made_again(words):
    assert "NIH NLM NCBI PubMed Central" in section(words, "Citation")
    assert "@misc{demo," in section(words, "Citation")
    assert "`bricks run hub:ORG/NAME@TAG --verify`" in section(words, "Made again")


def test_it_says_that_nobody_looked_where_nobody_did(words):
    assert "No row was looked at by a person." in section(words, "Review")


def test_what_reviewers_said_is_told_with_its_numbers(bench):
    for number in (1, 2, 3):
        bench.article(number)
    bench.manifest(review={"queues": [{"name": "audit", "from": "captions", "require": 0.9}]})
    bench.made()
    desk = desk_of(bench.place)
    for key in keys(desk, "audit"):
        decide(desk, "audit", key, "ana")
    bench.made()
    told = section((bench.place / "dataset" / "README.md").read_text(encoding="utf-8"), "Review")
    assert body(told, "queue") == [
        ["audit", "captions", "3 of 3", "3", "3 (100.0 %)", "0", "0", "0", "-", "90 %"]
    ]  # fmt: skip


HOSTILE = (
    "x | y\n\n# Mine <script>alert(1)</script> [a](https://evil.example) `b` ![c](https://evil.example/p.png)"
    "\n---\nlicense: mit"
)


def hostile():
    """Return a card in which every stranger's word is an attack."""
    shares = {HOSTILE: {"train": 1}, None: {"test": 2}}
    writer = Writer(HOSTILE, HOSTILE, HOSTILE, 1)
    columns = ("source", "kind", "modality", "submodality", "organism", "microns_per_pixel_source", "label")
    counts = Counts(
        panels=3, shares={**dict.fromkeys(columns, shares), "license": {"CC-BY-4.0": {"train": 1, "test": 2}}},
        licensed={(HOSTILE, "CC-BY-4.0"): 3}, families=1, days=None, years=None, writers=(writer,),
        ontologies={HOSTILE: 1}, originals=0, conversed=(writer,), masked=1, objects={HOSTILE: 2},
    )  # fmt: skip
    names = {f"{kind} {HOSTILE}": HOSTILE for kind in ("ontology", "prompt")}
    lock = {"manifest": {"name": "demo"}, "versions": {"bricks": "0.1.0", **names}, "limit": None}
    unshared = {"family": 1, "duplicate_cluster": 0, "image_sha256": 3, "source_id": 1}
    hit = {"benchmark": HOSTILE, "check": "hash", "panels": 1, "alone": 1}
    rows = {"panels": {"train": 1, "test": 2}, "segmentation": {"train": 1}}
    return card(
        Told(
            "demo", rows, dict.fromkeys(rows, "0"), [], lock, unshared, {}, [hit], counts,
            [Shown("0" * 32, "CC-BY-4.0", HOSTILE)], "0",
        )
    )  # fmt: skip


def test_hostile_words_make_no_tag_link_picture_heading_or_cell_of_their_own():
    words = hostile()
    page = MarkdownIt("commonmark").enable("table").render(words.split("---\n", 2)[2])
    assert "<script" not in page
    assert "evil.example/p.png" in page
    assert re.findall(r"<(?:a|img)[^>]+evil[^>]*>", page) == []
    assert "<h1>Mine" not in page
    assert re.findall(r"^## (.+)$", words, re.MULTILINE) == [one if one != "Questions" else "Masks" for one in ORDER]
    for table in tables(words.split("---\n", 2)[2].replace("\\|", "")):
        assert {len(line) for line in (table[0], *table[2:])} == {len(table[0])}


def test_the_front_matter_holds_nothing_of_a_strangers():
    front = yaml.safe_load(hostile().split("---\n", 2)[1])
    assert set(front) == {"pretty_name", "license", "task_categories", "tags", "configs"}
    assert front["license"] == ["cc-by-4.0"]
    assert "evil" not in json.dumps(front)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ({"microscopy": 3}, "3 microscopy panels"),
        ({"microscopy": 2, "plot": 1}, "3 panels, of which 2 are microscopy,"),
        ({"microscopy": 1, None: 2}, "3 panels, of which 1 is microscopy,"),
        ({"plot": 3}, "3 panels, of which none is microscopy,"),
        ({None: 3}, "3 panels"),
    ],
    ids=str,
)
def test_only_what_was_taken_for_microscopy_is_called_so(kinds, words):
    counts = Counts(
        3, shares={"kind": {kind: {"train": rows} for kind, rows in kinds.items()}},
        licensed={}, families=1, days=None, years=None, writers=(), ontologies={}, originals=0, conversed=(),
        masked=0, objects={},
    )  # fmt: skip
    assert named(counts) == words
    assert ("microscopy" in subjects(counts)) == (words != "3 panels, of which none is microscopy,")
