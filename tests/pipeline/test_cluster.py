"""Tasks on a real Ray: each is done, once lost it is done again, and one that is always lost is told in a line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

pytest.importorskip("ray")

SCRIPT = """
import os
from pipeline import cluster
from pipeline.cluster import Cluster, clustered
from schemas.errors import BricksError

said = []
once = "import os, pathlib; p = pathlib.Path('died'); p.exists() or (p.touch(), os.kill(os.getpid(), 9))"
dies = "import os; os.kill(os.getpid(), 9)"
refuses = "from schemas.errors import PixelError as P; raise P('bad', 'x')"
with clustered(Cluster(), 2) as make:
    said.append(f"all done: {sorted(make(abs, [-3, 1, -2]))}")
    said.append(f"done again: {list(make(exec, [once, '1']))}")
    said.append(f"where it was started: {list(make(os.path.abspath, ['here'])) == [os.path.abspath('here')]}")
    for job in (dies, refuses, "1 / 0"):
        try:
            list(make(exec, [job]))
        except (BricksError, ZeroDivisionError) as error:
            said.append(f"{type(error).__name__.partition('(')[2] or 'told'}: {str(error).splitlines()[-1]}")
    cluster.code_digest = lambda: "another"
    try:
        list(make(abs, [1]))
    except BricksError as error:
        said.append(f"told: {str(error).partition(': ')[2]}")
print(*said, sep="\\n")
"""
SAID = """all done: [1, 2, 3]
done again: [None, None]
where it was started: True
told: a task was lost 4 times with its worker, perhaps for want of memory: WorkerCrashedError. What is done is safe: \
run the same command again, with fewer --workers if it lasts.
told: bad: x
ZeroDivisionError): ZeroDivisionError: division by zero
told: this machine has another bricks than the one that asks. Install the same bricks on every machine of the cluster: \
another one may write other bytes.
"""


def test_tasks_are_done_and_what_can_not_be_done_is_told(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, "-c", SCRIPT]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert answer.stdout == SAID, answer.stderr
    assert answer.returncode == 0
