#!/usr/bin/env bash
# Builds the wheel of zeroc-ice 3.6.5, which omero-py needs and PyPI holds as source only, for Python 3.11 and newer.
#
#   scripts/build_zeroc_ice.sh FOLDER [PYTHON]
#
# The wheel lands in FOLDER; its path is the one line on stdout. A wheel that is there is taken as it is.
set -euo pipefail
version=3.6.5
recipe=1  # raised when a fix below changes: wheels of an older one are not taken
wheels=${1:?"which folder shall the wheel go to?"}
python=${2:-python3}

mkdir -p "$wheels"
wheels=$(cd "$wheels" && pwd)
tag=$("$python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')
built() { find "$wheels" -maxdepth 1 -name "zeroc_ice-$version-$recipe-$tag-*.whl" | head -n 1; }
if [ -n "$(built)" ]; then built; exit; fi

# Ice is C++ and reads OpenSSL and bzip2; extension modules include Python.h. One program that does all asks for all.
if ! printf '#include <Python.h>\n#include <openssl/ssl.h>\n#include <bzlib.h>\nint main() { SSL_CTX_free(0); BZ2_bzlibVersion(); }\n' |
  c++ -x c++ "-I$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')" - -fsyntax-only; then
  echo "$0: no C++ compiler, or no headers of Python, OpenSSL and bzip2. Run: apt-get install g++ python3-dev libssl-dev libbz2-dev" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# setup.py is older than isolated builds, and setuptools 82 has dropped what it imports.
"$python" -m venv "$work/venv"
python=$work/venv/bin/python
"$python" -m pip install --quiet --disable-pip-version-check 'setuptools>=68,<82' wheel >&2
echo "zeroc-ice==$version --hash=sha256:4235ffeb605bcd4e22e716577f7d61e4aa1bc82f65276bb542701a81b7933356" >"$work/pinned"
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-binary :all: \
  --dest "$work" --requirement "$work/pinned" >&2
tar -xzf "$work/zeroc-ice-$version.tar.gz" -C "$work"
cd "$work/zeroc-ice-$version"

# What Python 3.11 took away: the frame as a public member, and a header of which nothing is used; 3.12: `imp`.
sed -i 's/PyThreadState_GET()->frame/PyEval_GetFrame()/' src/Util.cpp
sed -i '/#include <eval.h>/d' src/Slice.cpp
sed -i -e 's/^import sys, string, imp,/import sys, string, types,/' -e 's/imp\.new_module(/types.ModuleType(/' lib/Ice.py
# 3.13: three functions, given here in terms of those that stayed.
cat >>src/Config.h <<'C'
#if PY_VERSION_HEX >= 0x030D0000 && !defined(PyEval_CallObject)
#define PyEval_InitThreads()
#define PyEval_CallObject PyObject_CallObject
static inline int PyObject_AsReadBuffer(PyObject* bytes, const void** start, Py_ssize_t* size)
{
    Py_buffer view;
    if(PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE) != 0)
    {
        return -1;
    }
    *start = view.buf;
    *size = view.len;
    PyBuffer_Release(&view);
    return 0;
}
#endif
C

# -O1 without debugging symbols: the time goes to the network, not to Ice (as shipped: one file at a time, -O3).
echo "building zeroc-ice $version for $tag: about 3 minutes on 2 cores" >&2
CFLAGS='-O1 -g0 -w' CXXFLAGS='-O1 -g0 -w' nice "$python" - bdist_wheel --build-number "$recipe" --dist-dir "$work/dist" >"$work/log" 2>&1 <<'P' ||
import os, runpy, sys
from concurrent.futures import ThreadPoolExecutor
import setuptools  # before distutils: it brings its own
from distutils.ccompiler import CCompiler

one_by_one = CCompiler.compile

def at_once(compiler, sources, *given, **known):
    """Compile the files side by side; distutils takes one after the other."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        objects = list(pool.map(lambda source: one_by_one(compiler, [source], *given, **known), sources))
    return [path for several in objects for path in several]

CCompiler.compile = at_once
sys.argv[0] = "setup.py"
sys.path.insert(0, "")
runpy.run_path("setup.py", run_name="__main__")
P
{
  tail -n 40 "$work/log" >&2
  echo "$0: zeroc-ice $version did not build for $tag; its last lines stand above" >&2
  exit 1
}
# Whole or not at all: a wheel that is half written would be taken the next time.
name=$(basename "$work"/dist/*.whl)
mv "$work/dist/$name" "$wheels/.$name.$$" && mv "$wheels/.$name.$$" "$wheels/$name"
built
