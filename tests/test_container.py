"""The container file: who runs it, what it is made from, and what stays out of it."""

import fnmatch
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def steps():
    """The instructions of the container file, as (name, the rest), continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines)]


def told(steps, name):
    return [rest for each, rest in steps if each == name]


def last_stage(steps):
    return steps[max(at for at, (name, _) in enumerate(steps) if name == "FROM") :]


def test_it_is_built_in_stages_from_images_with_an_exact_tag(steps):
    images = [rest.split()[0] for rest in told(steps, "FROM")]
    assert len(images) > 1
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+-[\w-]+", image) for image in images), images
    assert "latest" not in str(steps)


def test_nobody_is_root_when_it_runs(steps):
    (user,) = told(last_stage(steps), "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, so that orchestrators can tell that it isn't root"
    names = [name for name, _ in last_stage(steps)]
    assert "RUN" not in names[names.index("USER") :]


def test_nothing_is_added_from_an_address_and_no_cache_stays(steps):
    assert told(steps, "ADD") == []
    assert not any(re.search(r"https?://|curl|wget", rest) for _, rest in steps)
    pips = [rest for rest in told(steps, "RUN") if "pip " in rest]
    assert pips
    assert all("--no-cache-dir" in rest for rest in pips)
    assert not any("apt-get" in rest and "rm -rf /var/lib/apt/lists" not in rest for rest in told(steps, "RUN"))


def test_no_secret_is_written_into_it(steps):
    assert told(steps, "ARG") == []
    assert not any(re.search(r"(?i)token|secret|password|api_key", rest) for rest in told(steps, "ENV"))


def test_it_begins_as_the_command_in_a_folder_of_its_own(steps):
    last = last_stage(steps)
    assert [json.loads(rest) for rest in told(last, "ENTRYPOINT")] == [["bricks"]]
    assert [json.loads(rest) for rest in told(last, "CMD")] == [["--help"]]
    assert told(last, "WORKDIR") == told(last, "VOLUME") == ["/work"]
    assert [rest for rest in told(last, "COPY") if "--from=build" not in rest] == [], "the checkout stays outside"


def sent(name, rules):
    """Return whether a path goes to the engine: the last rule that fits it, or a folder above it, decides."""
    inside = True
    parts = name.split("/")
    above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    for rule in rules:
        pattern = rule.lstrip("!").removeprefix("**/")
        seen = [part for path in above for part in ([path] if "**/" not in rule else [path.rsplit("/", 1)[-1]])]
        if any(fnmatch.fnmatchcase(one, pattern) and ("/" not in one or "**/" in rule) for one in seen):
            inside = rule.startswith("!")
    return inside


def test_only_what_the_wheel_is_made_of_is_sent_to_the_engine():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert {".venv", ".git", "runs", "dist"} <= set(rules)
    hidden = (
        ".venv/bin/python",
        ".git/config",
        "runs/demo/ledger.sqlite",
        "dist/x.whl",
        "schemas/__pycache__/a.pyc",
        ".env",
    )
    assert [name for name in (*hidden, "tests/conftest.py", "notes.txt") if sent(name, rules)] == []
    needed = ("bricks.py", "plugin_doors.py", "schemas/published/manifest.schema.json", "manifests/demo.yaml")
    assert [name for name in (*needed, "README.md", "LICENSE", "pyproject.toml") if not sent(name, rules)] == []


def test_the_script_is_content_where_there_is_no_engine(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname", "env"):
        (tmp_path / "bin" / name).symlink_to(Path("/usr/bin") / name)
    said = subprocess.run(
        [ROOT / "scripts" / "build_container.sh"],
        env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, "no container engine answers here: bricks:local was not built\n")
