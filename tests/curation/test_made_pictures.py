"""What is drawn to learn kinds from is the same for the same seed, and shows something."""

import numpy as np
import pytest
from PIL import Image

from scripts.made_charts import chart
from scripts.made_drawings import drawing
from scripts.made_gels import gel
from scripts.made_photos import shown

LAWN = Image.fromarray(np.random.default_rng(0).integers(0, 255, (160, 220, 3), np.uint8))


@pytest.mark.parametrize(
    "draw",
    [chart, drawing, gel, lambda rng: shown(rng, [LAWN]), lambda rng: shown(rng, [LAWN], is_photo=False)],
    ids=["chart", "drawing", "gel", "photograph", "slice"],
)
def test_a_seed_gives_one_picture(draw):
    for seed in range(24):
        first = draw(np.random.default_rng(seed))
        assert first.mode == "RGB"
        assert min(first.size) > 8
        assert np.asarray(first).std() > 0
        if seed < 6:
            assert first.tobytes() == draw(np.random.default_rng(seed)).tobytes()
