#!/usr/bin/env bash
# Installs the extra `idr` (idr-py, omero-py, Ice) into an environment that has bricks: `pixels: omero` needs it.
#
#   scripts/install_idr.sh [PYTHON]        default: .venv/bin/python, else the python3 that is found first
#
# Ice is compiled once, in about 3 minutes, and its wheel kept in ${XDG_CACHE_HOME:-~/.cache}/bricks/wheels.
# idr-py and omero-py are under the GPL, version 2 or later: they are installed from PyPI, and no part of bricks.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
own=$here/.venv/bin/python
python=${1:-$([ -x "$own" ] && echo "$own" || echo python3)}
wheels=${XDG_CACHE_HOME:-$HOME/.cache}/bricks/wheels

"$python" -m pip show --quiet bricks 2>/dev/null || {
  echo "$0: $python has no bricks. Run \`make .venv/made\`, or name the Python of its environment." >&2
  exit 1
}
wheel=$("$here/scripts/build_zeroc_ice.sh" "$wheels" "$python")
"$python" -m pip install --quiet --disable-pip-version-check 'bricks[idr]' "$wheel"
"$python" -m pip check
"$python" -c 'from idr import connection'
