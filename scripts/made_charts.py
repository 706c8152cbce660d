"""Made charts: graphs by matplotlib in many styles, drawn from a seed; beside `made_plots`, which draws its own."""

import numpy as np
from PIL import Image, ImageChops

from scripts.made_chart_kinds import GRAPHS, Graph, Pen, cloud, radar, said

_STYLES = ("default", "classic", "ggplot", "seaborn-v0_8-white", "seaborn-v0_8-ticks", "bmh", "fast", "grayscale")


def chart(rng: np.random.Generator) -> Image.Image:
    """Return one graph, or a few in a row or column."""
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    wide, tall = rng.uniform(1.6, 4.6), rng.uniform(1.6, 3.8)
    count = int(rng.choice([1, 1, 1, 1, 2, 3]))
    draw = GRAPHS[rng.integers(len(GRAPHS))]
    look = str(rng.choice(_STYLES))
    settings = {
        "font.size": rng.uniform(6, 11),
        "axes.linewidth": rng.uniform(0.5, 2),
        "lines.linewidth": rng.uniform(0.6, 2.5),
    }
    with style.context([look, settings]):
        figure = Figure((wide * (1 + 0.6 * (count - 1)), tall), rng.uniform(60, 150), facecolor="white")
        canvas = FigureCanvasAgg(figure)
        axes = np.atleast_1d(figure.subplots(1, count, subplot_kw=_projection(draw)))
        seed = int(rng.integers(2**32))
        for n, pen in enumerate(axes):
            draw(np.random.default_rng([seed, n]), pen)
            _dressed(np.random.default_rng(seed), rng, pen)
        figure.subplots_adjust(
            left=rng.uniform(0.12, 0.25), bottom=rng.uniform(0.12, 0.3), wspace=rng.uniform(0.15, 0.5)
        )
        canvas.draw()  # type: ignore[no-untyped-call]
    return _trimmed(rng, Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]))  # type: ignore[no-untyped-call]


def _trimmed(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Return an image without its white margins but for a few pixels, as a panel is cut."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox() or (0, 0, *image.size)
    edge = int(rng.integers(0, 9))
    right, foot = (min(side, at + edge) for side, at in zip(image.size, box[2:], strict=True))
    return image.crop((max(0, box[0] - edge), max(0, box[1] - edge), right, foot))


def _projection(draw: Graph) -> dict[str, str]:
    return {"projection": "polar"} if draw is radar else {"projection": "3d"} if draw is cloud else {}


def _dressed(look: np.random.Generator, rng: np.random.Generator, pen: Pen) -> None:
    """Add names, stars, spines and a legend; the same `look` for all graphs of a figure."""
    if pen.name == "rectilinear":
        bare = look.choice(["box", "two", "none"], p=[0.35, 0.5, 0.15])
        for side in ("top", "right", *(("left", "bottom") if bare == "none" else ())):
            pen.spines[side].set_visible(bare == "box")
        if bare == "none" and look.random() < 0.6:
            pen.set_xticks([])
            pen.set_yticks([])
        if look.random() < 0.85:
            pen.set_ylabel(said(rng, 2))
        if look.random() < 0.7:
            pen.set_xlabel(said(rng, 2))
        if look.random() < 0.2:
            pen.grid(visible=True)
        if look.random() < 0.3:
            left, right = pen.get_xlim()
            top = pen.get_ylim()[1]
            pen.plot(
                [left + 0.2 * (right - left), right - 0.2 * (right - left)], [top, top], color="black", clip_on=False
            )
            pen.text((left + right) / 2, top, str(rng.choice(["*", "**", "n.s.", "p<0.05"])), ha="center", va="bottom")
    if look.random() < 0.4:
        pen.set_title(said(rng, 2))
    if pen.get_legend_handles_labels()[1] and look.random() < 0.6:
        pen.legend(frameon=bool(look.random() < 0.5), fontsize="small")
