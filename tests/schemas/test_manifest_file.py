"""Manifest file: every mistake is told at once, in plain words, at its line and column."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.errors import ManifestError, UsageError
from schemas.manifest_file import MAX_BYTES, MOST_TOLD, LoadedManifest, load_manifest

LEAST = """\
bricks: 1
name: least
licenses: [CC0-1.0]
sources:
  - {type: pmc, path: mirror/}
"""


def _write(folder: Path, text: str, name: str = "m.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _load(folder: Path, text: str, *overrides: str) -> LoadedManifest:
    return load_manifest(_write(folder, text), overrides)


def _told(folder: Path, text: str, *overrides: str) -> list[str]:
    """Return the problems of `text` without the name of its folder."""
    with pytest.raises(ManifestError) as caught:
        _load(folder, text, *overrides)
    assert caught.value.exit_code == 2
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_right_manifest_comes_with_its_folder_and_text(tmp_path: Path) -> None:
    loaded = _load(tmp_path, LEAST)

    assert loaded.manifest.name == "least"
    assert (loaded.folder, loaded.text) == (tmp_path, LEAST)


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
bricks: 1
name: Two Words
licences: [CC0-1.0, CC BY]
max_tokens: 7
sources:
  - {type: pmc, querry: confocal, limit: many, since: 2024-13-01}
  - {type: pcm, path: mirror/}
  - {type: pmc, path: 5, ids: [PMC1]}
captioning:
  max_tokens: 1.5
curation:
"""

    expected = """\
m.yaml:2:7  name  must be lower-case letters and digits, parted by single '-', '_' or '.', not "Two Words"
m.yaml:3:1  licences  is no key here (did you mean "licenses"?)
m.yaml:3:21  licenses.1  "CC BY" is no licence bricks knows; write its SPDX id, such as CC-BY-4.0 \
(did you mean "CC-BY-4.0"?)
m.yaml:4:1  max_tokens  is no key here; it belongs under captioning
m.yaml:6:5  sources.0  asks a server, which needs `contact:` (an e-mail or a web address) at the top of the manifest
m.yaml:6:17  sources.0.querry  is no key here (did you mean "query"?)
m.yaml:6:42  sources.0.limit  must be a whole number, not "many"
m.yaml:6:55  sources.0.since  must be a day such as 2026-01-31, not "2024-13-01"
m.yaml:7:12  sources.1.type  must be pmc, biorxiv, idr, eln, elabftw, rspace, images or masks, \
not "pcm" (did you mean "pmc"?)
m.yaml:8:23  sources.2.path  must be a path or a list of paths, not 5
m.yaml:8:31  sources.2.ids  can't stand beside path: give only one of path, ids, query or since
m.yaml:10:15  captioning.max_tokens  must be a whole number, not 1.5
m.yaml:11:1  curation  is empty: give it keys, or leave it out
"""
    assert _told(tmp_path, text) == expected.splitlines()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("contact: 5", "6:10  contact  must be text, not 5 (put it in quotes)"),
        ("split: {seed: true}", "6:15  split.seed  must be a whole number, not true"),
        ("split: {test: .nan}", "6:15  split.test  must be a finite number, not nan"),
        ("split: {test: 1}", "6:15  split.test  must be less than 1, not 1"),
        ("split: []", "6:8  split  must be a mapping of keys, not a list"),
        ("publish: {repo: org/x, private: yes}", '6:33  publish.private  must be true or false, not "yes"'),
        ("publish: {repo: x}", '6:17  publish.repo  must be a repository such as org/name, not "x"'),
        ("publish: {}", "6:10  publish.repo  is required"),
        ("publish: {repo: org/x, subsets: []}", "6:33  publish.subsets  must not be empty"),
        ("questions: {tasks: [stian]}", '(did you mean "stain"?)'),
        ("questions: {tasks: stain}", '6:20  questions.tasks  must be a list, not "stain"'),
        ("on_error: {max_failure_rate: 2}", "6:30  on_error.max_failure_rate  must be at most 1, not 2"),
        ("review: {queues: [{from: tags}]}", "6:19  review.queues.0.name  is required"),
        ("captioning: {key: hunter2}", '6:19  captioning.key  must be "${env:NAME}"'),
        ("captioning: {key: 12345}", '6:19  captioning.key  must be "${env:NAME}"'),
        ("captioning: {model: '${env:M}'}", "is no place for a secret"),
        ("curation: {ontologies: [{CL: 5}]}", "6:25  curation.ontologies.0  must be a name"),
        ("colour: 5", "6:1  colour  is no key here; the keys are bricks, name"),
        ("threshold: 5", "6:1  threshold  is no key here; it belongs under curation.kinds"),
        ("studies: 5", "6:1  studies  is no key here; it belongs in a source of type idr"),
        ("limit: 5", "6:1  limit  is no key here; it belongs in a source of type pmc"),
        ("licenses: []", "6:1  licenses  is given twice; first in line 3."),
        ("name: twice", "6:1  name  is given twice; first in line 2."),
        ("? [a, b]\n: 5", "6:3  manifest  a key must be a single word."),
        ("contact: !python/name:os.system", "has no meaning here"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(tmp_path: Path, line: str, problem: str) -> None:
    told = _told(tmp_path, f"{LEAST}{line}\n")

    assert any(problem in one for one in told), told
    assert "hunter2" not in "".join(told)
    assert "12345" not in "".join(told)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "m.yaml:1:1  manifest  is empty"),
        ("# nothing\n", "m.yaml:1:1  manifest  is empty"),
        ("- a\n- b\n", "m.yaml:1:1  manifest  must be a mapping of keys, not a list"),
        ("just text", 'm.yaml:1:1  manifest  must be a mapping of keys, not "just text"'),
        ("a: [1, 2\n", "m.yaml:2:1  manifest  is no YAML:"),
        ("a:\n\tb: 1\n", "(indent with spaces, not tabs)"),
        ("a: 1\n---\nb: 2\n", "is no YAML:"),
        ("a: *nowhere\n", "m.yaml:1:4  manifest  is no YAML:"),
        ("a: \x01\n", "m.yaml:1:4  manifest  is no YAML: the character U+0001 can't stand in a text"),
        ("a: b\n# ü\nc: d\x00\n", "m.yaml:3:5  manifest  is no YAML: the character U+0000 can't stand in a text"),
        ("[" * 5000, "is nested too deeply"),
        (f"bricks: 1\nname: &a [*a]\n{LEAST}", "holds too many values"),
    ],
)
def test_what_is_no_manifest_at_all_is_told(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in told for told in _told(tmp_path, text))


def test_what_is_not_utf8_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(b"bricks: 1\nname: caf\xe9\n")

    with pytest.raises(ManifestError, match=r"m\.yaml:2:10  manifest  is not written in UTF-8"):
        load_manifest(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + LEAST.encode())

    assert load_manifest(path).manifest.name == "least"


def test_a_missing_folder_or_huge_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="can't be read"):
        load_manifest(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="is a folder, not a manifest"):
        load_manifest(tmp_path)
    with pytest.raises(ManifestError, match="too large"):
        _load(tmp_path, "#" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("x" * 101, "must have at most 100 characters, not 101"),
        ("nul", 'must not be a name that some systems keep for a device, such as "nul"'),
        ("com1.cells", "must not be a name that some systems keep for a device"),
        ("-x", "must be lower-case letters and digits"),
        ("..", "must be lower-case letters and digits"),
        ("a/b", "must be lower-case letters and digits"),
        ("x.", "must be lower-case letters and digits"),
    ],
)
def test_a_name_that_no_folder_may_have_is_told(tmp_path: Path, name: str, problem: str) -> None:
    (told,) = _told(tmp_path, LEAST.replace("least", f'"{name}"'))
    assert told.startswith(f"m.yaml:2:7  name  {problem}")


@pytest.mark.parametrize("name", ["x" * 100, "console", "nuls", "a-con", "com.1"])
def test_a_name_that_a_folder_may_have_is_right(tmp_path: Path, name: str) -> None:
    assert _load(tmp_path, LEAST.replace("least", name)).manifest.name == name
    (tmp_path / name).mkdir()


@pytest.mark.parametrize(
    "lines",
    [
        [f"key{at}: {at}" for at in range(20_000)],
        [f"  - {{type: pmc, path: x, pth{at}: y}}" for at in range(5_000)],
        [f"  - {{type: pmc, path: {at}}}" for at in range(5_000)],
    ],
)
def test_of_many_mistakes_the_first_are_told_and_the_rest_counted(tmp_path: Path, lines: list[str]) -> None:
    started = time.process_time()
    with pytest.raises(ManifestError) as caught:
        _load(tmp_path, LEAST + "\n".join(lines) + "\n")
    assert time.process_time() - started < 20  # most of it YAML; one look at every key for every mistake took minutes
    problems = caught.value.problems
    assert [problem.line for problem in problems] == list(range(6, 6 + MOST_TOLD))
    assert caught.value.more == len(lines) - MOST_TOLD
    assert str(caught.value).endswith(f"\n... and {len(lines) - MOST_TOLD} more")
    assert "the keys are" in problems[-1].what or "did you mean" in problems[-1].what or "must be" in problems[-1].what


def test_an_alias_may_be_used(tmp_path: Path) -> None:
    text = LEAST.replace("[CC0-1.0]", "&ours [CC0-1.0]") + "curation: {languages: *ours}\n"

    assert _load(tmp_path, text).manifest.curation.languages == ("CC0-1.0",)


def test_an_alias_bomb_is_refused_soon(tmp_path: Path) -> None:
    levels = "\n".join(f"  - &l{at} [{', '.join([f'*l{at - 1}'] * 9)}]" for at in range(1, 12))
    started_s = time.process_time()

    assert any("too many values" in told for told in _told(tmp_path, f"bomb:\n  - &l0 [x]\n{levels}\n"))
    assert time.process_time() - started_s < 5


def test_yaml_12_has_no_norway_problem(tmp_path: Path) -> None:
    loaded = _load(tmp_path, f"{LEAST}curation: {{languages: [no, on]}}\nsplit: {{seed: 010}}\n")

    assert loaded.manifest.curation.languages == ("no", "on")
    assert loaded.manifest.split.seed == 10


# --- extends ---------------------------------------------------------------------------------------------------


def test_mappings_are_merged_deeply_and_lists_replaced(tmp_path: Path) -> None:
    _write(tmp_path, LEAST + "split: {test: 0.2, seed: 3}\ncuration: {dedup: {bits: 64}}\n", "base.yaml")
    text = (
        "extends: base.yaml\nname: over\nlicenses: [CC-BY-4.0]\nsplit: {seed: 4}\ncuration: {dedup: {crops: false}}\n"
    )

    manifest = _load(tmp_path, text).manifest

    assert (manifest.name, manifest.licenses) == ("over", ("CC-BY-4.0",))
    assert (manifest.split.test, manifest.split.seed) == (0.2, 4)
    assert (manifest.curation.dedup.bits, manifest.curation.dedup.crops) == (64, False)


def test_a_mistake_is_told_in_the_file_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    _write(tmp_path, LEAST + "split: {tset: 0.2, seed: x}\n", "sub/base.yaml")

    assert _told(tmp_path, "extends: sub/base.yaml\nsplit: {test: y}\n") == [
        'm.yaml:2:15  split.test  must be a number, not "y"',
        'sub/base.yaml:6:9  split.tset  is no key here (did you mean "test"?)',
        'sub/base.yaml:6:26  split.seed  must be a whole number, not "x"',
    ]


def test_a_base_may_extend_another_beside_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    _write(tmp_path, LEAST, "sub/ground.yaml")
    _write(tmp_path, "extends: ground.yaml\nname: middle\n", "sub/base.yaml")

    assert _load(tmp_path, "extends: sub/base.yaml\n").manifest.name == "middle"


@pytest.mark.parametrize(
    ("base", "named", "problem"),
    [
        ("extends: m.yaml\n", "base.yaml", "base.yaml:1:10  extends  goes in a circle"),
        (LEAST, "m.yaml", "m.yaml:1:10  extends  goes in a circle"),
        (LEAST, "none.yaml", "m.yaml:1:10  extends  there is no file"),
        (LEAST, "[base.yaml]", "m.yaml:1:10  extends  must be the path of a manifest, not a list"),
        ("- a\n", "base.yaml", "m.yaml:1:10  extends  "),
        ("a: [\n", "base.yaml", "base.yaml:2:1  manifest  is no YAML"),
    ],
)
def test_a_base_that_cannot_be_is_told(tmp_path: Path, base: str, named: str, problem: str) -> None:
    _write(tmp_path, base, "base.yaml")

    assert any(problem in told for told in _told(tmp_path, f"extends: {named}\n{LEAST}"))


# --- --set -----------------------------------------------------------------------------------------------------


def test_an_override_sets_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    overrides = ["sources.0.limit=5", "captioning.max_tokens=256", "split={test: 0.1}", "licenses.0=CC-BY-4.0"]

    manifest = _load(tmp_path, LEAST, *overrides).manifest

    assert manifest.sources[0].limit == 5
    assert (manifest.captioning.max_tokens, manifest.split.test) == (256, 0.1)
    assert manifest.licenses == ("CC-BY-4.0",)


def test_a_value_of_an_override_may_hold_an_equals_sign(tmp_path: Path) -> None:
    path = "sources.0.path='a=b'"

    assert _load(tmp_path, LEAST, path).manifest.sources[0].path == ("a=b",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("captioning.max_tokens=many", '--set:1:1  captioning.max_tokens  must be a whole number, not "many"'),
        ("captoning.max_tokens=5", '--set:1:1  captoning  is no key here (did you mean "captioning"?)'),
        ("captioning.max_token=5", '--set:1:1  captioning.max_token  is no key here (did you mean "max_tokens"?)'),
        ("sources.9.limit=5", "--set:1:1  sources.9.limit  sources has 1 entries"),
        ("sources.first.limit=5", "--set:1:1  sources.first.limit  sources has 1 entries"),
        ("name.first=5", '--set:1:1  name.first  name is "least" and has no keys.'),
        ("name", '--set:1:1  manifest  must be key=value, not "name".'),
        ("=5", "--set:1:1  manifest  must be key=value"),
        ("a..b=5", "--set:1:1  manifest  must be key=value"),
        ("split=[", "--set:1:1  split  is no YAML"),
        ("split={test: x}", '--set:1:1  split.test  must be a number, not "x"'),
    ],
)
def test_an_override_that_cannot_be_is_told_at_the_option(tmp_path: Path, override: str, problem: str) -> None:
    assert any(told.startswith(problem) for told in _told(tmp_path, LEAST, override))


def test_the_second_override_is_told_as_the_second(tmp_path: Path) -> None:
    assert _told(tmp_path, LEAST, "split.seed=1", "split.seed=x")[0].startswith("--set:2:1  split.seed")


def test_checking_a_manifest_imports_nothing_heavy(tmp_path: Path) -> None:
    path = _write(tmp_path, LEAST)
    code = (
        "import sys; from pathlib import Path; from schemas.manifest_file import load_manifest;"
        f"load_manifest(Path({str(path)!r}));"
        "print([name for name in ('datasets', 'pyarrow', 'numpy', 'lxml', 'PIL', 'requests') if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
