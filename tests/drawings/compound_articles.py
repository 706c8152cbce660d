"""Compound articles: an article whose figure is four micrographs with letters, and a caption that names them."""

import io

from PIL import Image, ImageDraw, ImageFont

CAPTION = "Cells of a frog. (A) Nuclei, DAPI. (B) Actin, phalloidin. (C) Merge. (D) Tubulin in mouse cells."
WIDTH, HEIGHT, GUTTER = 420, 320, 14
BOXES = [
    (
        left * (WIDTH + GUTTER),
        top * (HEIGHT + GUTTER),
        left * (WIDTH + GUTTER) + WIDTH,
        top * (HEIGHT + GUTTER) + HEIGHT,
    )
    for top in range(2)
    for left in range(2)
]


def compound_article(bench, caption=CAPTION, letters="ABCD", **known):
    """Give article 1 such a figure, and return its file."""
    place = bench.article(1, **known)
    xml = place / "PMC1.xml"
    head, opening, tail = xml.read_text(encoding="utf-8").partition("<caption>")
    _, closing, rest = tail.partition("</caption>")
    xml.write_text(f"{head}{opening}<p>{caption}</p>{closing}{rest}", encoding="utf-8")
    page = Image.new("RGB", (2 * WIDTH + GUTTER, 2 * HEIGHT + GUTTER), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=26)
    for seed, (box, letter) in enumerate(zip(BOXES, letters, strict=True), start=31):
        blob = bench.articles.picture(seed, width_px=WIDTH, height_px=HEIGHT)
        page.paste(Image.open(io.BytesIO(blob)), box[:2])
        pen.text((box[0] + 10, box[1] + 6), letter, fill="white", font=font)
    page.save(place / "1-g001.jpg", quality=95)
    return place / "1-g001.jpg"
