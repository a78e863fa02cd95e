# Thin: each target is a line that you could type. Needs python3 (3.11 or later), pip and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml constraints.txt

.PHONY: demo test prove check reference bench plots throughput soak clean

demo: $(VENV)/.runtime
	$(BIN)/okta-scim-setup demo

test: $(VENV)/.development
	$(BIN)/python -m pytest -n auto -q -m "not nightly"

prove: $(VENV)/.development
	$(BIN)/python -m pytest -n auto -q -m nightly -o faulthandler_timeout=3600

check: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

reference: $(VENV)/.development
	UPDATE=1 $(BIN)/python -m pytest -n 0 -q tests/test_reference.py

bench: $(VENV)/.runtime
	$(BIN)/python bench/fleet.py $(BENCH) | tee bench.jsonl
	$(BIN)/python bench/table.py bench.jsonl

plots: $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	$(BIN)/python bench/plots.py docs/pictures bench.jsonl

throughput: $(VENV)/.runtime
	$(BIN)/python bench/throughput.py

soak: $(VENV)/.runtime
	$(BIN)/python bench/soak.py --seconds 600 --clients 32

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(BIN)/python -m compileall -q okta_scim_setup
	touch $@

$(VENV)/.development: $(BIN)/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	$(BIN)/python -m compileall -q okta_scim_setup
	touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
