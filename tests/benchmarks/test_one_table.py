"""One table: each benchmark in a process of its own; what fails, takes too long or lacks something costs itself."""

import json

import pytest

from benchmarks.__main__ import main
from benchmarks.measured import BENCHMARKS, DATA, Benchmark, Told

FAST = """import json, sys
assert sys.argv[-1] == "--json"
print(json.dumps({"per_s": 80.0, "others_per_s": 20.0, "words": sys.argv[1:]}))
"""
BROKEN = "raise SystemExit('no such luck')"
SLOW = "import time; time.sleep(60)"


def read(told):
    return Told(f"{told['per_s']:.0f}/s, {' '.join(told['words'][:-1])}", "the plain loop", 4.0)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Returns a benchmark made of a few lines."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def benchmark(name, lines, words=(), **more):
        (tmp_path / f"tiny_{name}.py").write_text(lines)
        return Benchmark(name, f"tiny_{name}", words, ("quick", *words), read, **more)

    return benchmark


def test_one_that_fails_costs_only_itself_and_its_last_words_are_told(made, tmp_path, capsys):
    rows, page = tmp_path / "rows.json", tmp_path / "rows.md"
    known = [made("broken", BROKEN), made("fast", FAST)]
    assert main(["--json", str(rows), "--markdown", str(page)], known) == 1
    broken, fast = json.loads(rows.read_text())
    assert broken["why"] == "failed: no such luck"
    assert (fast["figure"], fast["ratio"], fast["against"]) == ("80/s, ", 4.0, "the plain loop")
    assert fast["peak_mb"] > 1
    assert fast["seconds"] > 0
    assert "no such luck" in capsys.readouterr().out
    assert "| fast | 80/s,  | 4.00 | the plain loop |" in page.read_text()


def test_one_that_takes_too_long_is_stopped(made, capsys):
    assert main(["--limit", "0.3"], [made("slow", SLOW)]) == 1
    assert "stopped after 0 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"words": (DATA,)}, "not run: needs --data DIR"),
        ({"extra": "no_such_module", "package": "bricks[x]"}, "not run: needs bricks[x]"),
    ],
)
def test_what_a_benchmark_lacks_is_told_and_is_no_failure(made, capsys, more, why):
    assert main([], [made("fast", FAST, **more)]) == 0
    assert why in capsys.readouterr().out


def test_a_quick_run_of_one_alone_is_given_its_folder(made, tmp_path, capsys):
    known = [made("fast", FAST, (DATA,)), made("broken", BROKEN)]
    assert main(["--only", "fast", "--quick", "--data", str(tmp_path)], known) == 0
    said = capsys.readouterr().out
    assert f"80/s, quick {tmp_path}" in said
    assert "broken" not in said


def test_those_that_are_listed_are_there():
    from importlib.util import find_spec

    assert all(find_spec(one.module) for one in BENCHMARKS)
    assert len({one.name for one in BENCHMARKS}) == len(BENCHMARKS)
