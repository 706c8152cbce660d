"""Subsets: the manifest says which halves are published; what is left out is counted and told."""

import csv
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

MANIFEST = Path(__file__).resolve().parent.parent.parent / "manifests" / "demo.yaml"


@pytest.fixture
def workspace(demo, tmp_path):
    return shutil.copytree(demo, tmp_path / "ws")


def made(command, workspace, *subsets):
    words = ["--set", "publish.repo=lab/demo", "--set", f"publish.subsets=[{', '.join(subsets)}]"]
    said = command("run", MANIFEST, "--workspace", workspace, "--workers", 1, *words)
    assert said.code == 0, said.err
    return said


def rows(dataset):
    views = sorted({path.parent.name for path in dataset.glob("*/*.parquet")})
    return {view: sum(pq.read_metadata(path).num_rows for path in dataset.glob(f"{view}/*.parquet")) for view in views}


@pytest.mark.parametrize(
    ("subset", "other"), [("commercial", "noncommercial"), ("noncommercial", "commercial")]
)  # fmt: skip
def test_one_half_alone_is_made_and_the_other_told(command, workspace, subset, other):
    whole = rows(workspace / "dataset")
    said = made(command, workspace, subset)
    kept = rows(workspace / "dataset")
    assert kept == {
        view: count for view, count in whole.items() if view.endswith("-noncommercial") == (other == "commercial")
    }
    left = {view: count for view, count in whole.items() if view not in kept}
    card = (workspace / "dataset" / "README.md").read_text()
    for view, count in left.items():
        assert f"{count} rows of `{view}`" in card
        assert f"{view}: {count} rows are not in the dataset" in said.err
        assert f"config_name: {view}\n" not in card
        assert f"  {view}/" not in (workspace / "dataset" / "SHA256SUMS").read_text()
    with (workspace / "dataset" / "ATTRIBUTION.csv").open(newline="") as handle:
        assert len(list(csv.DictReader(handle))) == sum(
            count for view, count in kept.items() if view.startswith("panels")
        )
    judged = command("publish", workspace, "--dry-run", "--json")
    assert judged.code == 0, judged.err
    assert judged.json["halves_left_out"] == left


def test_both_halves_are_made_where_nothing_is_said_and_another_choice_makes_the_dataset_anew(command, workspace):
    whole = rows(workspace / "dataset")
    assert any(view.endswith("-noncommercial") for view in whole)
    made(command, workspace, "commercial")
    assert not any(view.endswith("-noncommercial") for view in rows(workspace / "dataset"))
    made(command, workspace, "commercial", "noncommercial")
    assert rows(workspace / "dataset") == whole
    assert json.loads((workspace / "cache" / "dataset.json").read_text())["halves_left_out"] == {}
