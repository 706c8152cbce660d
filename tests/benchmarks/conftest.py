"""A folder with one small article, of which others are made."""

import numpy as np
import pytest
from PIL import Image

XML = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="pmcid">PMC11</article-id><article-id pub-id-type="doi">10.5555/a</article-id>
<title-group><article-title>Cells</article-title></title-group><contrib-group><contrib contrib-type="author"><name>
<surname>Doe</surname><given-names>A</given-names></name></contrib></contrib-group>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"/></permissions>
<related-article xlink:href="10.1101/preprint"/></article-meta></front><body>
<fig id="f1"><label>1</label><caption><p>Cells.</p></caption><graphic xlink:href="f1"/></fig>
<fig id="f2"><label>2</label><caption><p>More.</p></caption><graphic xlink:href="f2.jpg"/></fig></body></article>"""


@pytest.fixture
def articles(tmp_path):
    """Returns a folder with an article of two figures."""
    folder = tmp_path / "real" / "PMC11"
    folder.mkdir(parents=True)
    (folder / "a.nxml").write_text(XML)
    rng = np.random.default_rng(3)
    for name in ("f1.jpg", "f2.jpg"):
        small = Image.fromarray(rng.integers(0, 256, (9, 11, 3), dtype=np.uint8))
        small.resize((440, 360), Image.Resampling.BICUBIC).save(folder / name)
    return tmp_path / "real"
