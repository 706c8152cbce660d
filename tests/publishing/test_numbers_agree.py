"""Numbers agree: report, `bricks status` and the dataset's own files tell the same of one run.

The card's numbers are compared with the files and with `bricks status` in test_card.py.
"""

import re
from collections import Counter

import pyarrow.parquet as pq
import pytest

from pipeline.gather import gather
from pipeline.workspace import Workspace


@pytest.fixture(scope="module")
def rows(demo):
    """Rows by view and split, as the files hold them."""
    counts = Counter()
    for path in (demo / "dataset").glob("*/*.parquet"):
        counts[path.parent.name, path.name.partition("-")[0]] += pq.read_metadata(path).num_rows
    return dict(counts)


@pytest.fixture(scope="module")
def report(demo):
    return gather(Workspace(demo), "demo", str(demo))


@pytest.fixture
def stages(command, demo):
    return command("status", demo, "--json").json["stages"]


def words_of(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_what_was_kept_last_is_what_the_dataset_holds(rows, stages):
    assert stages[-1]["kept"] == sum(count for (view, _), count in rows.items() if view.startswith("panels"))


def test_the_report_counts_the_views_as_their_files_do(report, rows):
    told = {(view.view, split): count for view in report.views for split, count in view.splits.items() if count}
    assert told == rows


def test_the_report_counts_the_stages_as_status_does(report, stages):
    for told, stage in zip(report.stages, stages, strict=True):
        assert (told.name, told.found, told.created, told.kept) == tuple(
            stage[key] for key in ("name", "found", "created", "kept")
        )
        for side in ("dropped", "failed", "held"):
            assert dict(getattr(told, side)) == stage[side]


def test_the_page_says_in_words_what_its_records_hold(demo, report, stages):
    page = words_of((demo / "report" / "index.html").read_text(encoding="utf-8"))
    kept = stages[-1]["kept"]
    gone = {side: sum(sum(stage[side].values()) for stage in stages) for side in ("dropped", "held", "failed")}
    assert f"{kept} of {kept + sum(gone.values())} records are in the dataset" in page
    for side, count in {"kept": kept, **gone}.items():
        assert f" {side} {count} " in page


def test_a_figure_of_two_sources_is_counted_where_it_is_kept(bench, command):
    for number in (1, 2, 3):
        bench.article(number, figures=2)
    for number in (1, 2):
        bench.article(number, f"../others/PMC{number}", figures=2, license_code="CC BY-NC" if number == 1 else "CC BY")
    bench.manifest(
        licenses=["CC-BY-4.0", "CC-BY-NC-4.0"],
        sources=[{"type": "pmc", "path": "inputs"}, {"type": "pmc", "path": "others"}],
    )
    bench.made()
    held = bench.published()
    told = gather(Workspace(bench.place), "bench", "ws")
    assert told.stages[0].kept > len(held)
    assert sum(source.kept for source in told.sources) == told.stages[-1].kept == len(held)
    assert {one.license: one.kept for one in told.licenses if one.kept} == Counter(row["license"] for row in held)
    assert {card.license for card in told.kept} <= {row["license"] for row in held}
    card = (bench.place / "dataset" / "README.md").read_text(encoding="utf-8")
    for name, count in Counter(row["license"] for row in held).items():
        assert f"| [{name}](" in card
        assert f") | {count} |" in card
