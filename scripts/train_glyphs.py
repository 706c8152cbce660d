"""Train glyphs: the network that reads panel letters, from letters rendered in the fonts of this machine.

    python -m scripts.train_glyphs [--fonts /usr/share/fonts] [--rounds 30] [--seed 0]

Writes curation/glyphs.npz. On Debian: apt-get install fonts-dejavu fonts-liberation fonts-freefont-ttf. What is no
letter is drawn too: digits, signs, pairs of letters, dots, strokes, frames and blobs.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from string import ascii_letters

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from curation.glyph_forms import SIDE, Values, forms
from curation.glyph_model import CLASSES, likelihoods

_OUT = Path(__file__).parents[1] / "curation" / "glyphs.npz"
_HIDDEN = 64
_EACH = 12
"""Renderings of each letter in each font."""
_NO_LETTERS = "0123456789()[]+-*/%&.,:;=<>αβγδΔμλσ∆→±"
_INK = 70
"""Grey levels from which a mark is found in a figure (`curation.glyph_marks`)."""
_UNFIT = ("Math", "Mono-", "MonoOblique", "OpenSymbol", "Condensed-")


def faces(folder: Path) -> list[Path | None]:
    """Return the fonts in a folder that figures may be lettered in, and None for the one that Pillow brings."""
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() in {".ttf", ".otf"})
    return [None, *(file for file in found if not any(word in file.name for word in _UNFIT))]


def _font(face: Path | None, size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px) if face is None else ImageFont.truetype(face, size_px)


def written(text: str, face: Path | None, rng: random.Random) -> Values | None:
    """Return text as it may stand in a figure: small or large, soft, squeezed, with noise."""
    drawn, size = 4, rng.randint(8, 40)
    font = _font(face, size * drawn)
    canvas = Image.new("L", (size * drawn * (len(text) + 2), size * drawn * 2))
    ImageDraw.Draw(canvas).text((size * drawn // 2, size * drawn // 3), text, fill=255, font=font)
    return _seen(canvas, drawn * rng.uniform(0.9, 1.15), rng)


def _seen(canvas: Image.Image, reduction: float, rng: random.Random) -> Values | None:
    size = (max(4, round(canvas.width / reduction)), max(4, round(canvas.height / reduction * rng.uniform(0.92, 1.08))))
    shown = canvas.resize(size, Image.Resampling.BOX)
    shown = shown.filter(ImageFilter.GaussianBlur(rng.choice((0, 0, 0.4, 0.7, 1.0))))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.choice((0, 4, 12)), (size[1], size[0]))
    noisy = np.clip(np.asarray(shown, np.float32) + noise.astype(np.float32), 0, 255).astype(np.uint8)
    return _form(Image.fromarray(noisy))


def _form(mark: Image.Image) -> Values | None:
    """Return a light mark's form with a pixel of ground around it, as a reader of figures sees it; None for nothing."""
    left, top, right, bottom = mark.point(lambda grey: 255 * (grey > _INK)).getbbox() or (0, 0, 0, 0)
    if not right:
        return None
    form = forms(mark, np.array([[left - 1, top - 1, right + 1, bottom + 1]]), is_light=True)[0]
    return form if form.any() else None


def scrawl(rng: random.Random) -> Values | None:
    """Return a mark that is no letter: strokes, ellipses, frames."""
    canvas = Image.new("L", (80, 80))
    pen = ImageDraw.Draw(canvas)
    for _ in range(rng.randint(1, 3)):
        x, y = rng.randint(5, 50), rng.randint(5, 50)
        box = (x, y, x + rng.randint(3, 25), y + rng.randint(3, 25))
        kind = rng.choice(("disc", "stroke", "frame", "bent"))
        if kind == "disc":
            pen.ellipse(box, fill=255)
        elif kind == "frame":
            pen.rectangle(box, outline=255, width=rng.randint(1, 4))
        else:
            points = [(rng.randint(5, 75), rng.randint(5, 75)) for _ in range(2 if kind == "stroke" else 4)]
            pen.line(points, fill=255, width=rng.randint(1, 8))
    return _seen(canvas, rng.uniform(1, 5), rng)


def examples(fonts: Sequence[Path | None], rng: random.Random) -> tuple[Values, np.ndarray]:
    """Return forms and the place of each in `CLASSES`."""
    forms, answers = [], []
    none = CLASSES.index("")

    def add(seen: Values | None, answer: int) -> None:
        if seen is not None:
            forms.append(seen)
            answers.append(answer)

    for face in fonts:
        for _ in range(_EACH):
            for answer, letter in enumerate(ascii_letters):
                add(written(letter, face, rng), answer)
            for answer, letter in rng.sample(list(enumerate(ascii_letters)), 13):
                add(written(letter + rng.choice(").") if rng.random() < 0.8 else f"({letter})", face, rng), answer)
            for sign in rng.choices(_NO_LETTERS, k=20):
                add(written(sign, face, rng), none)
            for _ in range(16):
                add(written("".join(rng.choices(ascii_letters + "0123456789", k=rng.randint(2, 4))), face, rng), none)
            for _ in range(20):
                add(scrawl(rng), none)
    return np.stack(forms), np.array(answers)


def train(forms: Values, answers: np.ndarray, rounds: int, rng: np.random.Generator) -> dict[str, Values]:
    """Return the weights after some rounds of Adam over all examples."""
    flat, wide = forms.reshape(len(forms), -1), SIDE * SIDE
    weights: dict[str, Values] = {
        "in": rng.normal(0, (2 / wide) ** 0.5, (wide, _HIDDEN)).astype(np.float32),
        "in_bias": np.zeros(_HIDDEN, np.float32),
        "out": rng.normal(0, (2 / _HIDDEN) ** 0.5, (_HIDDEN, len(CLASSES))).astype(np.float32),
        "out_bias": np.zeros(len(CLASSES), np.float32),
    }
    mean, square, step = {n: 0 * w for n, w in weights.items()}, {n: 0 * w for n, w in weights.items()}, 0
    for at in range(rounds):
        rate = 2e-3 * (1 - at / rounds) + 1e-5
        for chosen in np.array_split(rng.permutation(len(flat)), len(flat) // 256 + 1):
            step += 1
            slopes = _slopes(flat[chosen], answers[chosen], weights)
            for name, slope in slopes.items():
                mean[name] = 0.9 * mean[name] + 0.1 * slope
                square[name] = 0.999 * square[name] + 0.001 * slope * slope
                far = (mean[name] / (1 - 0.9**step)) / (np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)
                weights[name] = weights[name] - rate * (far + 1e-2 * weights[name])
    return weights


def _slopes(seen: Values, answers: np.ndarray, weights: dict[str, Values]) -> dict[str, Values]:
    hidden = np.maximum(seen @ weights["in"] + weights["in_bias"], 0)
    apart = likelihoods(seen, weights)
    apart[np.arange(len(seen)), answers] -= 1
    apart /= len(seen)
    back = (apart @ weights["out"].T) * (hidden > 0)
    return {"in": seen.T @ back, "in_bias": back.sum(0), "out": hidden.T @ apart, "out_bias": apart.sum(0)}


def main() -> None:
    """Train on most fonts, say how well unseen ones are read, then train on all and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    fonts, rng = faces(asked.fonts), random.Random(asked.seed)  # noqa: S311 (drawings, no secrets)
    kept = fonts[::5]
    forms, answers = examples([face for face in fonts if face not in kept], rng)
    unseen, right = examples(kept, rng)
    weights = train(forms, answers, asked.rounds, np.random.default_rng(asked.seed))
    said = likelihoods(unseen, weights).argmax(axis=1)
    folded = np.array([CLASSES[at].lower() for at in range(len(CLASSES))])
    print(f"{len(fonts)} fonts, {len(forms)} examples; in {len(kept)} unseen fonts {np.mean(said == right):.3f} right, "
          f"{np.mean(folded[said] == folded[right]):.3f} but for case")  # fmt: skip
    weights = train(np.concatenate((forms, unseen)), np.concatenate((answers, right)), asked.rounds,
                    np.random.default_rng(asked.seed))  # fmt: skip
    np.savez_compressed(_OUT, allow_pickle=False, **{name: value.astype(np.float16) for name, value in weights.items()})


if __name__ == "__main__":
    main()
