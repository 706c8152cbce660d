"""Merge: two checkpoints become one, number by number; what can't be mixed is told; whole or absent."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UsageError, WorkspaceError
from training.blending import blended
from training.merge import merge, merged_at

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "BOOL": "?"}


def written(path, tensors, metadata=None):
    """Write a safetensors file of {name: (type, shape, bytes)}, by the format's own description."""
    head, place = {"__metadata__": metadata or {"format": "pt"}}, 0
    for name, (kind, shape, raw) in tensors.items():
        head[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [place, place + len(raw)]}
        place += len(raw)
    said = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(said)) + said + b"".join(raw for _, _, raw in tensors.values()))


def read(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8 : 8 + size])
    found = {}
    for name, told in head.items():
        if name != "__metadata__":
            start, end = (8 + size + offset for offset in told["data_offsets"])
            found[name] = (told["dtype"], tuple(told["shape"]), raw[start:end])
    return found


def numbers(*values, kind="F32"):
    return (kind, (len(values),), np.array(values, KINDS[kind]).tobytes())


def checkpoint(folder, tensors, *, shards=None, **config):
    """Write a folder as transformers does: in one file, or in several with an index."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "x", "architectures": ["X"], **config}))
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"merges": ["a b"]}, "padding": folder.name}))
    if shards is None:
        written(folder / "model.safetensors", tensors)
        return folder
    placed = {}
    for at, names in enumerate(shards, start=1):
        name = f"model-{at:05d}-of-{len(shards):05d}.safetensors"
        written(folder / name, {one: tensors[one] for one in names})
        placed.update(dict.fromkeys(names, name))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": placed}))
    return folder


A = {"a": numbers(1, 2, 3), "b": numbers(0, 8, kind="F16"), "n": numbers(5, kind="I64")}
B = {"b": numbers(4, 0, kind="F16"), "n": numbers(5, kind="I64"), "a": numbers(3, 2, -1)}


def test_a_mixture_is_the_weighted_mean_of_each_number(tmp_path):
    one, other = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", B)
    told = merge(one, other, 0.25, tmp_path / "out")
    assert read(tmp_path / "out" / "model.safetensors") == {
        "a": numbers(1.5, 2, 2),
        "b": numbers(1, 6, kind="F16"),
        "n": numbers(5, kind="I64"),
    }
    assert (told.tensors, told.mixed, told.alpha, told.a, told.b) == (3, 2, 0.25, "A", "B")
    assert json.loads((tmp_path / "out" / "tokenizer.json").read_text())["padding"] == "A"
    assert json.loads((tmp_path / "out" / "merge.json").read_text())["alpha"] == 0.25
    assert str(tmp_path) not in (tmp_path / "out" / "merge.json").read_text()


@pytest.mark.parametrize(("alpha", "like"), [(0.0, A), (1.0, B)])
def test_at_its_ends_a_mixture_is_the_one_or_the_other_to_the_bit(tmp_path, alpha, like):
    odd = np.array([np.nan, np.inf, -0.0], "<f4").tobytes()
    one = checkpoint(tmp_path / "A", {**A, "a": ("F32", (3,), odd if alpha == 0 else A["a"][2])})
    other = checkpoint(tmp_path / "B", {**B, "a": ("F32", (3,), odd if alpha == 1 else B["a"][2])})
    merge(one, other, alpha, tmp_path / "out")
    assert read(tmp_path / "out" / "model.safetensors") == {**like, "a": ("F32", (3,), odd)}


def test_shards_stay_those_of_the_first_whatever_the_second_has(tmp_path):
    one = checkpoint(tmp_path / "A", A, shards=[["a"], ["b", "n"]])
    other = checkpoint(tmp_path / "B", B)
    merge(one, other, 0.5, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.safetensors*"))
    assert names == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]
    assert read(tmp_path / "out" / names[0]) == {"a": numbers(2, 2, 1)}
    merge(other, one, 0.5, tmp_path / "turned")
    assert read(tmp_path / "turned" / "model.safetensors")["a"] == numbers(2, 2, 1)


def test_a_type_that_differs_becomes_that_of_the_first(tmp_path):
    one = checkpoint(tmp_path / "A", {"a": numbers(1, 2, kind="F16")})
    other = checkpoint(tmp_path / "B", {"a": numbers(3, 2)})
    merge(one, other, 0.5, tmp_path / "out")
    assert read(tmp_path / "out" / "model.safetensors") == {"a": numbers(2, 2, kind="F16")}
    merge(one, other, 1.0, tmp_path / "all")
    assert read(tmp_path / "all" / "model.safetensors") == {"a": numbers(3, 2, kind="F16")}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tensors": {"a": A["a"], "b": A["b"]}}, "B lacks n"),
        ({"tensors": {**A, "lm_head.weight": A["a"]}}, r"A lacks lm_head\.weight"),
        ({"tensors": {**A, "a": numbers(1, 2)}}, r"shapes differ: a \(3 in A, 2 in B\)"),
        ({"tensors": {**A, "n": numbers(5)}}, r"types can't be mixed: n \(I64, F32\)"),
        ({"tensors": {**A, "n": numbers(6, kind="I64")}}, "whole numbers have no mixture"),
        ({"model_type": "y"}, "model_type is 'x' in A, 'y' in B"),
        (
            {"tie_word_embeddings": True},
            "B ties its output to its embeddings .*, A doesn't: untie it",
        ),
        ({"quantization_config": {"bits": 4}}, "is quantised"),
        ({"num_attention_heads": 8}, r"configurations differ: num_attention_heads \(None in A, 8 in B\)"),
        (
            {"text_config": {"rope_theta": 5.0, "hidden_act": "relu"}},
            r"text_config\.hidden_act .*text_config\.rope_theta",
        ),
    ],
)
def test_what_cannot_be_mixed_is_told_and_nothing_is_left(tmp_path, change, words):
    one = checkpoint(tmp_path / "A", A, tie_word_embeddings=False)
    other = checkpoint(tmp_path / "B", **{"tensors": A, "tie_word_embeddings": False, **change})
    with pytest.raises(UsageError, match=words):
        merge(one, other, 0.5, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A", "B"]


def test_all_differences_are_told_at_once(tmp_path):
    one = checkpoint(tmp_path / "A", {f"t{at}": A["a"] for at in range(9)})
    other = checkpoint(tmp_path / "B", {"t0": numbers(1), "u": A["a"]}, architectures=["Y"])
    with pytest.raises(UsageError, match=r"architectures is .*; B lacks t1, t2, t3, t4 and 4 more; A lacks u; shapes"):
        merge(one, other, 0.5, tmp_path / "out")


def test_folders_that_hold_no_whole_checkpoint_are_told_with_what_to_do(tmp_path):
    whole = checkpoint(tmp_path / "A", A)
    adapter = tmp_path / "lora"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    with pytest.raises(UsageError, match="merge_and_unload"):
        merge(whole, adapter, 0.5, tmp_path / "out")
    with pytest.raises(UsageError, match="no such folder"):
        merge(tmp_path / "nothing", whole, 0.5, tmp_path / "out")
    pickled = checkpoint(tmp_path / "bin", A)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(UsageError, match=r"no \*\.safetensors\. Save it by `save_pretrained`"):
        merge(whole, pickled, 0.5, tmp_path / "out")
    torn = checkpoint(tmp_path / "torn", A, shards=[["a"], ["b", "n"]])
    (torn / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(UsageError, match="lacks model-00002-of-00002"):
        merge(whole, torn, 0.5, tmp_path / "out")
    cut = checkpoint(tmp_path / "cut", A)
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:-3])
    with pytest.raises(UsageError, match="damaged"):
        merge(whole, cut, 0.5, tmp_path / "out")
    with pytest.raises(UsageError, match="no share"):
        merge(whole, whole, 1.5, tmp_path / "out")


def test_bytes_behind_the_last_tensor_are_damage(tmp_path):
    whole, bad = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", A)
    with (bad / "model.safetensors").open("ab") as more:
        more.write(b"xyz")
    with pytest.raises(UsageError, match="damaged: 3 bytes lie behind its last tensor"):
        merge(whole, bad, 0.5, tmp_path / "out")


@pytest.mark.parametrize(
    "told",
    [
        {"shape": [2]},
        {"shape": [-3]},
        {"shape": [3.0]},
        {"data_offsets": [0, 12.5]},
        {"data_offsets": [0, True]},
        {"data_offsets": [12, 0]},
        {"data_offsets": None},
        {"dtype": "F64"},
    ],
)
def test_a_header_that_contradicts_itself_is_one_clear_error(tmp_path, told):
    whole, bad = checkpoint(tmp_path / "A", {"a": A["a"]}), checkpoint(tmp_path / "B", {"a": A["a"]})
    head = json.dumps({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12], **told}}).encode()
    (bad / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + bytes(12))
    for pair in ((whole, bad), (bad, whole)):
        with pytest.raises(UsageError, match="damaged"):
            merge(*pair, 0.5, tmp_path / "out")


@pytest.mark.parametrize("head", [b"", b"\xff" * 8, struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 4) + b"nono"])
def test_a_file_that_is_none_is_damaged(tmp_path, head):
    whole, bad = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", A)
    (bad / "model.safetensors").write_bytes(head)
    with pytest.raises(UsageError, match="damaged"):
        merge(whole, bad, 0.5, tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    one, other = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", B)
    (tmp_path / "file").write_text("")
    for place in (Path("/proc/x"), tmp_path / "file" / "x"):
        with pytest.raises(WorkspaceError, match=r"can't be written: .*--out"):
            merge(one, other, 0.5, place)


def test_what_is_there_is_not_written_over(tmp_path):
    one, other = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", B)
    merge(one, other, 0.5, tmp_path / "out")
    with pytest.raises(WorkspaceError, match="there already"):
        merge(one, other, 0.25, tmp_path / "out")


def test_what_changes_no_number_may_differ(tmp_path):
    passing = {"use_cache": False, "transformers_version": "9", "dtype": "float16", "attention_dropout": 0.1}
    one = checkpoint(tmp_path / "A", A, text_config={"head_dim": None, "_name_or_path": "x"})
    other = checkpoint(tmp_path / "B", B, text_config={"hidden_dropout_prob": 0.2}, pad_token_id=3, **passing)
    (other / "tokenizer.json").write_text(json.dumps({"model": {"merges": [["a", "b"]]}, "padding": None}))
    assert merge(one, other, 0.5, tmp_path / "out").mixed == 2


def test_tokenizers_that_differ_are_refused(tmp_path):
    one, other = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", B)
    (other / "tokenizer.json").write_text(json.dumps({"model": {"merges": ["a c"]}}))
    with pytest.raises(UsageError, match=r"tokenizers differ \(model in tokenizer\.json\)"):
        merge(one, other, 0.5, tmp_path / "out")


def test_a_configuration_that_says_less_is_read_as_transformers_reads_it(tmp_path):
    pytest.importorskip("transformers")
    says = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32}
    one = checkpoint(tmp_path / "A", A, **says)
    other = checkpoint(tmp_path / "B", B, **says, hidden_act="silu", mlp_bias=False)
    assert merge(one, other, 0.5, tmp_path / "out").mixed == 2
    third = checkpoint(tmp_path / "C", B, **says, hidden_act="relu")
    with pytest.raises(UsageError, match=r"differ: hidden_act \('silu' in A, 'relu' in B\)"):
        merge(one, third, 0.5, tmp_path / "more")


def test_a_mixture_that_is_made_when_it_is_needed_goes_unless_it_is_kept(tmp_path):
    pair = (checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", B))
    with merged_at(pair, 0.5, tmp_path / "one", "k", keep=False):
        assert not (tmp_path / "one").exists()
    with merged_at(pair, 0.5, tmp_path / "one", "k", keep=False) as make:
        assert make() == make() == tmp_path / "one"
        assert (tmp_path / "one" / "model.safetensors").is_file()
    assert not (tmp_path / "one").exists()
    with merged_at(pair, 0.5, tmp_path / "one", "k", keep=True) as make:
        make()
    with merged_at(pair, 0.5, tmp_path / "one", "k", keep=False) as make:
        make()
    assert (tmp_path / "one").is_dir()


def test_a_mixture_of_others_is_never_taken_for_the_one_that_is_asked_for(tmp_path):
    one, other = checkpoint(tmp_path / "A", A), checkpoint(tmp_path / "B", B)
    place = tmp_path / "mix"
    merge(one, other, 0.5, place, of="killed")  # what a killed run leaves
    with merged_at((one, one), 0.5, place, "other", keep=True) as make:
        assert read(make() / "model.safetensors")["a"] == A["a"]
    with merged_at((one, other), 0.5, place, "third", keep=False) as make:
        assert read(make() / "model.safetensors")["a"] == numbers(2, 2, 1)
    assert not place.exists()
    assert read(tmp_path / "mix-other" / "model.safetensors")["a"] == A["a"]  # which was to be kept


LARGE = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from training.merge import merge
merge(Path("A"), Path("B"), 0.5, Path("out"))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def large(tmp_path, megabytes):
    zeros = bytes(megabytes << 20)
    for name in "AB":
        checkpoint(tmp_path / name, {"w": ("BF16", (len(zeros) // 2,), zeros)})
    return [sys.executable, "-c", LARGE.format(root=str(ROOT))]


def test_memory_does_not_grow_with_a_tensor(tmp_path):
    peaks = []
    for megabytes in (8, 160):
        place = tmp_path / str(megabytes)
        told = subprocess.run(large(place, megabytes), cwd=place, capture_output=True, text=True, check=True)
        peaks.append(int(told.stdout) / 1024)
    assert peaks[1] - peaks[0] < 40  # pieces of a million numbers, in float32 a few times


def test_a_kill_leaves_no_mixture_and_the_next_one_is_whole(tmp_path):
    command = large(tmp_path, 150)
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        half = tmp_path / ".out.half" / "model.safetensors"
        while not (half.is_file() and half.stat().st_size > 1 << 20):
            assert process.poll() is None
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "out").exists()
    merge(tmp_path / "A", tmp_path / "B", 0.5, tmp_path / "out")
    assert (tmp_path / "out" / "model.safetensors").stat().st_size > 150 << 20
    assert not (tmp_path / ".out.half").exists()


def bf16(values):
    """Return float32 numbers as bfloat16, to the nearest and ties to even, by searching among neighbours."""
    raw = []
    for value in np.asarray(values, np.float32):
        low = np.uint32(value.view(np.uint32)) & np.uint32(0xFFFF0000)
        near = [low, low + np.uint32(0x10000)]
        apart = [abs(float(np.uint32(one).view(np.float32)) - float(value)) for one in near]
        even = min(near, key=lambda one: (apart[near.index(one)], (int(one) >> 16) & 1))
        raw.append(int(even) >> 16)
    return np.array(raw, "<u2").tobytes()


@given(st.lists(st.floats(-(2.0**90), 2.0**90, width=32), min_size=1, max_size=20), st.floats(0.01, 0.99))
def test_bfloat16_is_mixed_in_float32_and_rounded_to_the_nearest(values, alpha):
    bits = np.array(values, np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    kept = np.array(bits.view(np.float32))
    one, other = bf16(kept), bf16(kept[::-1])
    mixed = kept * np.float32(1 - alpha) + kept[::-1] * np.float32(alpha)
    assert blended(one, other, ("BF16", "BF16"), alpha) == bf16(mixed)


@given(st.lists(st.floats(-1e4, 1e4, width=16), min_size=1, max_size=20), st.floats(0, 1))
def test_a_tensor_mixed_with_itself_stays_itself(values, alpha):
    raw = np.array(values, "<f2").tobytes()
    again = np.frombuffer(blended(raw, raw, ("F16", "F16"), alpha), "<f2")
    assert np.allclose(again, np.array(values, "<f2"), rtol=2e-3, atol=1e-7)
