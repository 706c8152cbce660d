#!/usr/bin/env bash
# Installs bricks' core into an environment of each other Python that is at hand, checks and runs the demo there.
#
#   scripts/other_pythons.sh [VERSION...]      default: 3.12 3.13
#
# An interpreter is looked for on the PATH and in pyenv's folder; one that isn't there is named, and is no failure.
# The environments lie in a folder that goes when this ends.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

interpreter() {
  local found
  for found in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python "$(command -v "python$1" || true)"; do
    # a shim of pyenv is there without the Python that it stands for
    if [ -x "$found" ] && "$found" -c 'import ssl, sqlite3, venv' 2>/dev/null; then
      echo "$found"
      return
    fi
  done
}

tried() {  # a chain, since -e is off in a condition
  local bin=$place/$1/bin
  "$2" -m venv "$place/$1" \
    && PIP_NO_COMPILE=1 "$bin/python" -m pip install --quiet --disable-pip-version-check . \
    && "$bin/python" -m pip check --disable-pip-version-check \
    && cd "$place" \
    && "$bin/bricks" --help \
    && "$bin/bricks" check demo \
    && "$bin/bricks" run demo --workspace "$place/$1/demo" \
    && "$bin/bricks" status "$place/$1/demo"
}

failed=0
for version in "${@:-3.12 3.13}"; do
  for one in $version; do
    python=$(interpreter "$one")
    if [ -z "$python" ]; then
      echo "Python $one isn't here, so nothing was tried with it."
      continue
    fi
    began=$SECONDS
    if (tried "$one" "$python") >"$place/said" 2>&1; then
      echo "Python $one: installed, checked and ran the demo in $((SECONDS - began)) s."
    else
      tail -n 30 "$place/said" >&2
      echo "Python $one: failed after $((SECONDS - began)) s." >&2
      failed=1
    fi
  done
done
exit "$failed"
