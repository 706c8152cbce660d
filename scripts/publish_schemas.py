"""Publish schemas: write what the models say to `schemas/published/` (python -m scripts.publish_schemas)."""

from schemas.published_schemas import write_published

if __name__ == "__main__":
    for path in write_published():
        print(path)
