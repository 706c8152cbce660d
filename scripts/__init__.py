"""Scripts: what makers of bricks run by hand, as `python -m scripts.NAME`; not part of the package."""
