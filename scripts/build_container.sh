#!/usr/bin/env bash
# Builds the container and asks it for its version, where an engine is there to build it; elsewhere says so and is content.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-bricks:local}
for engine in podman docker; do
  if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
    base=$(sed -n 's/^FROM \([^ ]*\).*/\1/p' Containerfile | head -n 1)
    if ! "$engine" image inspect "$base" >/dev/null 2>&1 && ! "$engine" pull --quiet "$base" >/dev/null 2>&1; then
      echo "$base can't be fetched here: $tag was not built" >&2
      exit 0
    fi
    "$engine" build --file Containerfile --tag "$tag" .
    "$engine" run --rm --network none --read-only --tmpfs /tmp "$tag" --version
    "$engine" run --rm --network none "$tag" schema manifest >/dev/null
    exit 0
  fi
done
echo "no container engine answers here: $tag was not built" >&2
