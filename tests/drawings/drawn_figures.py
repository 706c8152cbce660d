"""Figures whose panels are known, drawn for tests."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont


def texture(width, height, seed, low=20, high=235):
    """A picture of soft blobs that reaches its rims."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    soft = np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(2)), float)
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return (low + soft * (high - low)).astype(np.uint8)


def page(width, height, ground=255):
    return Image.new("RGB", (width, height), (ground, ground, ground))


def paste(figure, boxes, seed=0):
    """Put another picture into every box; pictures differ in how bright they are."""
    for at, (left, top, right, bottom) in enumerate(boxes):
        low, high = ((5, 120), (100, 250), (40, 200), (0, 90))[at % 4]
        figure.paste(Image.fromarray(texture(right - left, bottom - top, seed + at, low, high)), (left, top))


def write(figure, word, spot, size=24, fill="black"):
    ImageDraw.Draw(figure).text(spot, word, fill=fill, font=ImageFont.load_default(size))


def grid(across, down, side, gutter, rim=0):
    step = side + gutter
    return [
        (rim + x * step, rim + y * step, rim + x * step + side, rim + y * step + side)
        for y in range(down)
        for x in range(across)
    ]
