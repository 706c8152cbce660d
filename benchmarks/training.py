"""Steps of stage 3 against the published loop: python -m benchmarks.training [--steps 5] [--threads 2] [--json].

The network of `tiny-cpu` with its language branch on two pictures of 256 px with eight prompts each (its own crops of
128 px are as large as a window, which then saves nothing), the same synthetic pictures and prompts, in a fresh process
each: ours, and a transcription of the published loop from its description: the image encoder runs once under `no_grad`
for the language model and once more for the mask decoder, masks are decoded for the whole picture and brought to its
full size, and cross-entropy and Dice are taken there over all instances. Two rows between them tell what each change is
worth. Printed are samples (pictures) per second, the peak of the resident memory above what stood before the first
step, and the ratios of this run.

Where there is a GPU, the same for `base-1gpu` (ViT-B at 1024 px, a Qwen2 of 1.5 B parameters, from scratch: weights
change no speed) and the share of the GPU's dense bf16 peak that our step uses (model-FLOPs utilisation: the operations
of forward and backward, those that activation checkpointing repeats not counted twice). Elsewhere that part says that
no GPU is here.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any, Final, Literal, get_args

import numpy as np

Loop = Literal["published", "ViT once", "windows", "ours"]
"""The published loop; with one pass of the encoder; with masks and losses in windows; with both."""

_BF16_PEAK_TFLOPS: Final = {"A100": 312, "H100": 989, "H200": 989, "L40S": 362, "L4": 121, "4090": 165, "A10": 125}
"""Dense, without sparsity, from NVIDIA's data sheets."""
_WARM_UP: Final = 2
_SMALL: Final = {"crop_px": 256, "instances": 8, "batch": 2}
_QWEN_1_5B: Final = {
    "hidden_size": 1536,
    "intermediate_size": 8960,
    "num_hidden_layers": 28,
    "num_attention_heads": 12,
    "num_key_value_heads": 2,
    "vocab_size": 151_936,
    "tie_word_embeddings": True,
}
"""Of Qwen2.5-1.5B's config.json."""


def pictures(count: int, side_px: int, seed: int = 0) -> list[Any]:
    """Return framed pictures of bright ellipses on noise, eleven in each direction."""
    from training.segment_step import framed_sample

    rows, columns = np.mgrid[:side_px, :side_px]
    pitch = side_px / 11
    made = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        y, x = (grid % pitch - pitch / 2 for grid in (rows, columns))
        inside = (y / rng.uniform(0.25, 0.45)) ** 2 + (x / rng.uniform(0.25, 0.45)) ** 2 < pitch**2
        labels = np.where(inside, (rows // pitch * 11 + columns // pitch + 1), 0).astype(np.int32)
        light = np.where(labels > 0, 170, 60) + rng.normal(0, 15, labels.shape)
        made.append(framed_sample(np.repeat(light[..., None], 3, 2).clip(0, 255).astype(np.uint8), labels))
    return made


def joint_of(name: str, loop: Loop) -> tuple[Any, Any, int]:
    """Return network and language model of a shipped recipe, its segment stage, and the side of what it sees."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from training.building import built
    from training.joint import Joint
    from training.language import Speech
    from training.recipe import Segment
    from training.recipe_file import load_recipe

    recipe = load_recipe(name)
    stage = next(one for one in recipe.stages if isinstance(one, Segment))
    side = stage.crop_px or recipe.frame.side_px
    if recipe.network.type == "small":
        stage, side = stage.model_copy(update=_SMALL), _SMALL["crop_px"]
        if loop in {"published", "ViT once"}:  # a window as large as the picture: as many pixels as the whole of it
            wide = recipe.network.model_copy(update={"window_px": side})
            recipe = recipe.model_copy(update={"network": wide})
        return built(recipe, ["a picture of cells"]), stage, side
    assert recipe.llm is not None
    bare = recipe.network.model_copy(update={"weights": None})
    small = recipe.model_copy(update={"network": bare, "llm": recipe.llm.model_copy(update={"model": "tiny"})})
    made = built(small, ["a picture of cells"])
    with torch.device("cuda"):
        model = Qwen2ForCausalLM(Qwen2Config(**_QWEN_1_5B)).to(torch.bfloat16)
    return Joint(made.network, small, Speech(model, made.tokenizer)).cuda(), stage, side


def loss_of(loop: Loop, joint: Any, batch: Any, stage: Any) -> Any:  # noqa: ANN401
    """Return the loss of one batch as a loop has it."""
    import torch
    from torch.nn import functional

    from training.segment_step import segment_loss

    if loop in {"published", "windows"}:
        with torch.no_grad():
            for_language = joint.network.encode(batch.pixels)
        read = joint.network.encode(batch.pixels)
    else:
        for_language = read = joint.network.encode(batch.pixels)
    dense = joint.dense(for_language)
    if loop in {"windows", "ours"}:
        return segment_loss(joint.network, read, batch, dense, bce=stage.bce, dice=stage.dice)
    logits = joint.network.decode(read, batch.which, batch.points, batch.signs, dense).float()
    wanted = batch.targets.float()
    likely = logits.sigmoid()
    overlap = (2 * (likely * wanted).sum((1, 2)) + 1e-7) / (likely.sum((1, 2)) + wanted.sum((1, 2)) + 1e-7)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted)
    return stage.bce * entropy + stage.dice * (1 - overlap).mean()


def one(name: str, loop: Loop, steps: int) -> dict[str, float]:
    """Return samples per second, and megabytes at the peak above what stood before; on a GPU TFLOP of a step too."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from training.network import computes_in_bf16
    from training.segment_step import segment_batch
    from training.stages import drawing_of, segment

    torch.manual_seed(0)
    joint, stage, side = joint_of(name, loop)
    segment(joint, stage, None)  # type: ignore[arg-type]  # it says what is trained; no picture is read
    device = next(joint.network.parameters()).device
    frames = pictures(stage.batch, joint.recipe.frame.side_px)
    batch = segment_batch(frames, drawing_of(joint, stage), np.random.default_rng(0))
    batch = batch._replace(**{name: getattr(batch, name).to(device) for name in batch._fields if name != "fallbacks"})
    trained = [weight for weight in joint.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, 1e-4)

    halved = stage.precision == "bf16" or (stage.precision == "auto" and computes_in_bf16(device))

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=halved):
            loss = loss_of(loop, joint, batch, stage)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()

    before = _peak_mb(device.type)
    for _ in range(_WARM_UP):
        step()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    took = (time.perf_counter() - began) / steps
    told = {"samples_per_s": stage.batch / took, "peak_mb": _peak_mb(device.type) - before, "side_px": float(side)}
    if device.type == "cuda":
        with FlopCounterMode(display=False) as counter:
            step()
        told["tflops"] = counter.get_total_flops() / took / 1e12
    return told


def _peak_mb(kind: str) -> float:
    if kind == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 1e6  # type: ignore[no-any-return]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compared(name: str, steps: int, threads: int) -> dict[str, Any]:
    """Return what each loop does, in a fresh process, and ours over the published one."""
    rows = {}
    for loop in get_args(Loop):
        words = ["--one", loop, "--recipe", name, "--steps", str(steps), "--threads", str(threads)]
        command = [sys.executable, "-m", "benchmarks.training", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        rows[loop] = json.loads(done.stdout.splitlines()[-1])
    ours, published = rows["ours"], rows["published"]
    return {
        "recipe": name,
        "rows": rows,
        "times_as_fast": ours["samples_per_s"] / published["samples_per_s"],
        "times_the_memory": ours["peak_mb"] / published["peak_mb"],
    }


def on_gpu(steps: int) -> dict[str, Any] | str:
    """Return what `base-1gpu` does and its utilisation, or why that can't be told."""
    import torch

    if not torch.cuda.is_available():
        return "no GPU here: base-1gpu and its model-FLOPs utilisation aren't measured"
    told = compared("base-1gpu", steps, 1)
    card = torch.cuda.get_device_name()
    peak = next((tflops for name, tflops in _BF16_PEAK_TFLOPS.items() if name in card), None)
    told |= {"gpu": card, "utilisation": told["rows"]["ours"]["tflops"] / peak if peak else None}
    return told


def _say(told: dict[str, Any]) -> None:
    print(f"{told['recipe']}: samples per second, peak of memory above the start")
    for loop, row in told["rows"].items():
        print(f"  {loop:10} {row['samples_per_s']:7.2f} /s {row['peak_mb']:8.0f} MB")
    print(f"  ours / published: {told['times_as_fast']:.2f} x the speed, {told['times_the_memory']:.2f} x the memory")
    if told.get("utilisation"):
        print(f"  {told['gpu']}: {told['utilisation']:.0%} of the dense bf16 peak (wanted: 35 %)")


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", choices=get_args(Loop), help=argparse.SUPPRESS)
    parser.add_argument("--recipe", default="tiny-cpu", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        import torch

        torch.set_num_threads(asked.threads)
        print(json.dumps(one(asked.recipe, asked.one, asked.steps)))
        return
    cpu, gpu = compared("tiny-cpu", asked.steps, asked.threads), on_gpu(asked.steps)
    if asked.json:
        print(json.dumps({"cpu": cpu, "gpu": gpu}))
        return
    _say(cpu)
    if isinstance(gpu, str):
        print(gpu)
    else:
        _say(gpu)


if __name__ == "__main__":
    main()
