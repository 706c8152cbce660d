"""What a newcomer gets wrong: each mistake is told in one line, with what, where and what to do, and its exit code.

What only some commands can meet is tried beside them: damaged and unwritable workspaces, full disks and runs that are
interrupted in test_faults.py, tokens in publishing/test_hub.py, servers of models in captioning/test_diagnosis.py.
"""

import ast
import io
import json
import re
import resource
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ingest.pmc_plan import manners_of

ROOT = Path(__file__).resolve().parent.parent
LEAST = "bricks: 1\nname: least\nlicenses: [CC0-1.0]\nsources: [{type: pmc, path: articles}]\n"
LIVE = "bricks: 1\nname: live\ncontact: lab@example.org\nlicenses: [CC0-1.0]\nsources: [{type: pmc, query: confocal}]\n"


@pytest.fixture
def lying(tmp_path, monkeypatch):
    """A working folder with what is given by mistake."""
    Image.new("RGB", (40, 30), "red").save(tmp_path / "picture.jpg")
    (tmp_path / "jpeg.xml").write_bytes((tmp_path / "picture.jpg").read_bytes())
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\n")
    with zipfile.ZipFile(tmp_path / "words.zip", "w") as packed:
        packed.writestr("readme.txt", "hello")
    for name in ("empty", "empty.xml", "empty.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "mine.yaml").write_text(LEAST)
    (tmp_path / "number.jsonl").write_text("5\n")
    (tmp_path / "nameless.jsonl").write_text('{"id": 1}\n')
    (tmp_path / "words.txt").write_text("just words\n")
    (tmp_path / "utf16.jsonl").write_text('{"id": 1, "text": "x"}\n', encoding="utf-16")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(said):
    """Return all that was said, which holds no traceback."""
    assert "Traceback" not in said.err
    return said.out + said.err


# --- a wrong file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "answer"),
    [
        ("extract paper.pdf", 1, "not_jats: is a PDF, and must be an article's XML or package"),
        ("extract jpeg.xml", 1, "not_jats: is a JPEG, and must be"),
        ("extract words.zip", 1, "no_article: no XML in the package is an article"),
        ("extract empty.xml", 1, "xml_empty: the file holds no character"),
        ("extract empty.png", 1, "image_empty: 0 bytes"),
        ("extract words.txt", 1, "not_jats: begins with"),
        ("extract absent", 2, "absent: there is nothing here. Give a file or a folder."),
        ("split paper.pdf", 1, "not_an_image: starts with b'%PDF"),
        ("split empty.png", 1, "image_empty: 0 bytes"),
        ("split folder", 1, "can't be read: Is a directory"),
        ("split absent.png", 1, "can't be read: No such file or directory"),
        ("split --captions paper.pdf", 2, "paper.pdf: is a PDF. Give a file of lines {"),
        ("tag picture.jpg", 2, 'picture.jpg: is a JPEG. Give a file of lines {"id", "text"}.'),
        ("tag words.zip", 2, "words.zip: is a zip, as Word's and Excel's files are too. Give a file of lines"),
        ("tag utf16.jsonl", 2, "utf16.jsonl: is a text in UTF-16, not UTF-8. Give a file of lines"),
        ("tag folder", 2, "folder: is no file. Give a file of lines"),
        ("tag absent", 2, "absent: no such file. Give a file of lines"),
        ("tag words.txt", 1, '"error": "no JSON"'),
        ("tag words.txt --ontology paper.pdf", 1, "is it an OBO file?"),
        (
            "tag words.txt --ontology CL --folder folder",
            2,
            "`bricks ontologies pull CL`, then `bricks ontologies build`",
        ),
        ("faithful paper.pdf", 2, "paper.pdf: is a PDF. Give a file of lines"),
        ("faithful words.txt", 3, '"error": "no JSON"'),
        ("dedup paper.pdf", 2, "paper.pdf is no folder. Name a folder of pictures."),
        ("dedup absent", 2, "absent is no folder. Name a folder of pictures."),
        ("hashes paper.pdf --out list.parquet", 2, "paper.pdf is no folder. Name the folder of a benchmark."),
        ("hashes folder --out list.parquet", 2, "Look into the folder."),
        ("hashes folder --out folder/list.parquet", 2, "Write it beside the benchmark."),
        (
            "license words.txt",
            2,
            "words.txt: is a file, and its name states no licence. Give its words: bricks license",
        ),
        ("tag number.jsonl", 1, '"error": "line: must be an object in braces, not 5"'),
        ("tag nameless.jsonl", 1, '"error": "text: is required"'),
        ("merge paper.pdf folder --out m", 2, "paper.pdf: is a file, not a folder. Give a folder that transformers wr"),
        ("merge absent folder --out m", 2, "absent: there is no such folder. Give a folder that transformers wrote."),
        ("check folder", 2, "folder: is a folder, not a manifest. Give a YAML file.\n"),
        ("run ./runs", 2, "runs: is a folder, not a manifest. Give a YAML file, such as runs/mine.yaml."),
        ("questions absent", 2, "absent: there is no such folder. Give a run's folder, such as runs/NAME, or a datas"),
        ("questions paper.pdf", 2, "paper.pdf: is a file, not a folder. Give a run's folder"),
        (
            "init --name a --source images --path p --own-license CC-BY-4.0 --out words.txt/a.yaml",
            2,
            "words.txt/a.yaml: can't be written: File exists. Give another place as --out.",
        ),
        (
            "init --name a --source images --path p --own-license CC-BY-4.0 --out /proc/a.yaml",
            2,
            "/proc/a.yaml: can't be written: No such file or directory. Give another place as --out.",
        ),
        (
            "init --name a --source masks --path p --preset livecell --license open",
            2,
            "--license: must let in CC-BY-NC-4.0, which livecell is under: `noncommercial` does, or name it beside",
        ),
        ("--install-completion tcsh", 2, "--install-completion: no completion is there for 'tcsh'. Name one of bash, "),
        ("segment paper.pdf --checkpoint folder --point 1,1 --out m.png", 2, "paper.pdf: can't be read as a picture"),
        ("evaluate vqa --data paper.pdf --endpoint http://127.0.0.1:9/v1 --model m", 2, "paper.pdf: is no table"),
        ("evaluate vqa --data absent --endpoint http://127.0.0.1:9/v1 --model m", 2, "absent: there is nothing. Give"),
        ("train tiny --data folder --out out", 2, 'no such recipe (did you mean "tiny-cpu"?)'),
        ("train paper.pdf --data folder --out out", 2, "paper.pdf:1:1  recipe  is a PDF, and must be a text in UTF-8."),
        ("diff paper.pdf folder", 2, "paper.pdf: is no dataset"),
        ("questions folder", 2, "folder: there is no dataset with questions. Ask for `questions:` in the manifest"),
        ("status paper.pdf", 1, "paper.pdf: is no workspace: it has no manifest.lock.json. Give the folder"),
        ("show folder", 1, "folder: is no workspace: it has no manifest.lock.json. Give the folder"),
        ("review absent --list", 1, "absent: is no workspace: it has no manifest.lock.json. Give the folder"),
        ("publish folder --dry-run", 1, "folder: is no workspace: it has no manifest.lock.json. Give the folder"),
        ("schema figurs", 2, "The names are manifest, figures, panels"),
        ("ontologies build --folder folder", 2, "no ontology is here. `bricks ontologies pull` fetches them."),
        ("ontologies pull CL", 2, "ontologies pull: a server is asked, and is told by whom. Give --contact, an e-mail"),
        ("ontologies pull cell", 2, "no ontology has this name. Use one of FBbi"),
        ("run demo --engine spark", 2, "--engine: engine 'spark' isn't there. Use local or ray."),
        ("run demo --until panels", 2, "--until: no stage is called 'panels'. Use one of 1-figures, 2-panels"),
        ("run dem", 2, 'there is no such manifest (did you mean "demo"?)'),
    ],
)
def test_a_wrong_file_or_word_is_told_with_what_to_do(command, lying, words, code, answer):
    said = command(*words.split())
    assert answer in told(said)
    assert said.code == code


def test_a_licence_that_comes_as_no_text_is_a_line(command, lying, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"%PDF\xe2\xe3"), encoding="utf-8"))
    said = command("license", "-")
    assert (said.code, told(said)) == (2, "bricks license -: stdin holds no text. Give a licence's words.\n")


# --- a manifest ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (LEAST.encode("utf-16"), "m.yaml:1:1  manifest  is a text in UTF-16, not UTF-8, and must be a text in UTF-8."),
        (b"%PDF-1.7\n\xe2\n", "m.yaml:1:1  manifest  is a PDF, and must be a text in UTF-8."),
        (LEAST.encode().replace(b" [{type: pmc", b"\n\t- {type: pmc"), "(indent with spaces, not tabs)"),
        (b"", "m.yaml:1:1  manifest  is empty"),
        (b"just words\n", 'm.yaml:1:1  manifest  must be a mapping of keys, not "just words"'),
        (LEAST.encode().replace(b"bricks: 1", b"bricks: 2"), "m.yaml:1:9  bricks  must be 1, not 2"),
        (LEAST.encode() + b"curation: {ontologies: [cl]}\n", 'not "cl" (did you mean "CL"?)'),
    ],
)
def test_a_manifest_that_is_none_is_told_at_its_place(command, lying, content, answer):
    (lying / "m.yaml").write_bytes(content)
    said = command("check", "m.yaml")
    assert answer in told(said)
    assert said.code == 2


def test_a_manifest_with_windows_ends_of_lines_is_right(command, lying):
    (lying / "m.yaml").write_bytes(LEAST.replace("\n", "\r\n").encode())
    assert command("check", "m.yaml").code == 0


@pytest.mark.parametrize("name", ["plan", "run"])
def test_files_that_a_manifest_names_and_are_not_there_are_told(command, lying, name):
    (lying / "m.yaml").write_text(LEAST)
    said = command(name, "m.yaml", "--workspace", "ws")
    assert "articles: names no file or folder. It is relative to the manifest's folder" in told(said)
    assert said.code == 2


# --- a wrong workspace -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan", "run"])
def test_another_datasets_workspace_is_refused_and_stays_as_it_is(command, bench, name):
    bench.article(1)
    bench.made()
    before = {**bench.dataset(), **bench.parts()}
    bench.manifest(name="other")
    said = command(name, bench.manifest_file, "--workspace", bench.place)
    assert said.code == 2
    assert f"{bench.place}: is the workspace of bench, not of other. Give another --workspace" in told(said)
    assert {**bench.dataset(), **bench.parts()} == before


def test_a_manifest_that_changed_goes_on_in_its_workspace(bench):
    bench.article(1)
    bench.made()
    bench.manifest(curation={"min_short_side_px": 64})
    assert bench.run().code == 0


def test_a_dataset_that_was_renamed_goes_on_as_its_refusal_says(bench):
    bench.article(1)
    bench.made()
    bench.manifest(name="other")
    assert "if bench is now called other, remove manifest.lock.json there first" in bench.run().err
    (bench.place / "manifest.lock.json").unlink()
    assert "0 new items" in bench.run().err


@pytest.mark.parametrize("name", ["status", "show", "retry", "report", "publish", "run"])
def test_a_datasets_folder_is_no_workspace_and_its_own_is_named(command, bench, name):
    bench.article(1)
    bench.made()
    dataset = bench.place / "dataset"
    words = [bench.manifest_file, "--workspace", dataset] if name == "run" else [dataset]
    said = command(name, *words)
    assert said.code == 1
    assert f"{dataset}: is a dataset, not a workspace. Give its workspace: {bench.place}." in told(said)


def test_a_dataset_that_was_loaded_from_elsewhere_is_no_workspace(command, bench):
    bench.article(1)
    bench.made()
    (bench.place / "dataset").rename(bench.root / "alone")
    assert "alone: is a dataset, not a workspace. Give its workspace: the folder that `bricks run` printed." in told(
        command("status", bench.root / "alone")
    )


def test_a_ledger_that_is_set_aside_is_told(bench):
    bench.article(1)
    bench.made()
    (bench.place / "ledger.sqlite").write_bytes(b"not a ledger" * 100)
    said = bench.run()
    (line,) = [line for line in said.err.splitlines() if "ledger" in line]
    assert line.startswith(f"{bench.place / 'ledger.sqlite'} was damaged: it is made again from the parts")
    assert (bench.place / "ledger.sqlite.damaged").is_file()
    assert said.code == 0


# --- the machine -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lacking", "words", "answer"),
    [
        ("starlette", "review ws", "the page needs starlette. Install them: pip install 'bricks[review]'."),
        ("uvicorn", "review ws", "the page needs uvicorn. Install them: pip install 'bricks[review]'."),
        ("torch", "segment picture.jpg --checkpoint folder --point 1,1 --out m.png", "pip install 'bricks[train]'"),
        ("torch", "evaluate segmentation --checkpoint folder --data folder", "pip install 'bricks[train]'"),
        ("torch", "train tiny-cpu --data folder --out out", "needs torch. Install what trains: pip install 'bricks[tr"),
        ("mlcroissant", "publish ws --to out", "needs mlcroissant. Install it: pip install 'bricks[publish]'."),
        ("gcsfs", "publish ws --to gs://bucket/folder", "needs a package that isn't installed. Please install gcsfs"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(  # noqa: PLR0917  (fixtures and a row)
    command, bench, lying, monkeypatch, lacking, words, answer
):
    if "ws" in words.split():
        bench.article(1)
        bench.made(place=lying / "ws")
    for name in [name for name in sys.modules if name.partition(".")[0] == lacking]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, lacking, None)
    said = command(*words.split())
    assert answer in told(said)
    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1


def test_a_server_of_vllm_that_is_not_installed_is_told(command, lying):
    said = command("serve", "some/model", "--vllm", "absent")
    assert "absent: vLLM isn't installed. pip install 'bricks[serve]'" in told(said)
    assert said.code == 2


def test_a_python_that_is_too_old_is_told_by_make_and_by_pip():
    assert "bricks needs Python 3.11 or newer; make PYTHON=/path/to/python3.11" in (ROOT / "Makefile").read_text()
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()


def test_a_python_that_is_too_old_is_told_by_a_checkout():
    asked = "import sys; sys.version_info = (3, 10, 4); import bricks"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False)
    needs = "bricks needs Python 3.11 or newer, and this is 3.10.4. Run it with another, such as python3.11.\n"
    assert (said.returncode, said.stderr) == (1, needs)
    for name in ("bricks.py", "schemas/__init__.py", "schemas/python_needed.py"):
        ast.parse((ROOT / name).read_text(), feature_version=(3, 9))


ASKS_A_MODEL = (
    "captioning: {backend: openai, endpoints: ['http://127.0.0.1:9/v1'], model: m}\npublish: {repo: org/name}\n"
)


def test_an_extra_that_the_manifest_will_need_is_told_before_anything_is_fetched(command, lying, monkeypatch):
    for name in ("openai", "mlcroissant"):
        monkeypatch.setitem(sys.modules, name, None)
    source = "{type: images, path: picture.jpg, license: CC0-1.0}"
    (lying / "m.yaml").write_text(LEAST.replace("{type: pmc, path: articles}", source) + ASKS_A_MODEL)
    lacking = "captioning.backend: needs openai, which isn't installed. Install it: pip install 'bricks[caption]'.\n"
    publishing = "publish: needs mlcroissant, which isn't installed. Install it: pip install 'bricks[publish]'.\n"
    assert lacking + publishing in command("check", "m.yaml").out
    assert lacking + publishing in command("plan", "m.yaml", "--workspace", "ws").err
    said = command("run", "m.yaml", "--workspace", "ws")
    assert (said.code, said.err) == (2, lacking)
    assert not (lying / "ws").exists()


def test_a_network_behind_a_proxy_that_refuses_is_told(command, lying, monkeypatch):
    with socket.socket() as taken:  # bound and not listening: it refuses
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{taken.getsockname()[1]}")
        for name in ("https_proxy", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("ingest.pmc.manners_of", lambda asked: manners_of(asked).model_copy(update={"tries": 1}))
        (lying / "m.yaml").write_text(LIVE)
        said = command("plan", "m.yaml", "--workspace", "ws")
    assert "the server can't be reached; look at the network, and at HTTPS_PROXY" in told(said)
    assert said.code == 1


def test_a_port_that_is_taken_is_told(command, bench):
    bench.article(1)
    bench.made()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = command("review", bench.place, "--port", port)
    assert f"127.0.0.1:{port} can't be listened to: Address already in use. Leave --port out" in told(said)
    assert said.code == 2


def test_a_disk_without_room_is_a_line_and_the_run_goes_on_later(bench):
    bench.article(1, figures=4)
    words = [sys.executable, "-m", "bricks", "run", bench.manifest_file, "--workspace", bench.place, "--workers", "1"]
    small = 16_000  # bytes a file may have: less than a part has
    said = subprocess.run(
        [*map(str, words)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small)),
    )  # fmt: skip
    assert said.returncode == 1, said.stderr
    assert "Traceback" not in said.stderr
    assert re.search(r"File too large|disk is full|disk I/O error", said.stderr)
    bench.made()


# --- a workspace of another version ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["report", "retry", "refresh", "review", "publish"])
def test_a_workspace_of_a_newer_version_names_that_version(command, bench, name):
    bench.place.mkdir()
    lock = {"manifest": {"bricks": 2, "name": "new"}, "folder": ".", "limit": None, "versions": {"bricks": "9.1.0"}}
    (bench.place / "manifest.lock.json").write_text(json.dumps(lock))
    said = command(name, bench.place)
    assert "was made by bricks 9.1.0, in a way that this version can't read. Use that version, or run" in told(said)
    assert (said.code, said.err.count("\n")) == (1, 1)


# --- Ctrl-C ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "in_the_midst"),
    [
        ("extract words.txt", "ingest.extract.find_articles"),
        ("split picture.jpg", "curation.split_lines.inspect"),
        ("tag words.txt", "curation.tag_lines.lines_of"),
        ("faithful words.txt", "captioning.faithful_lines.lines_of"),
        ("dedup folder", "curation.dedup_lines.edges_between"),
        ("hashes folder --out list.parquet", "curation.hash_lines.write_hashes"),
        ("run demo --workspace ws", "ingest.harvest.take_stock"),
    ],
)
def test_ctrl_c_ends_every_long_command_in_a_line(command, lying, monkeypatch, words, in_the_midst):
    monkeypatch.setattr(in_the_midst, lambda *_, **__: signal.raise_signal(signal.SIGINT))
    said = command(*words.split())
    assert (said.code, told(said)) == (130, "Interrupted. What is done is safe, and the same command goes on.\n")
