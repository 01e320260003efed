# The two commands: `make demo` and `make test`. Everything else is for people who work on Postern.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
SHELL  := /bin/bash
.SHELLFLAGS := -o pipefail -c

# pip, with a line that counts what it has got instead of a screenful.
PIP    := $(BIN)/pip install --disable-pip-version-check --no-input
COUNT  := awk '/^ *(Collecting|Downloading|Using cached|Installing)/ \
	{ n++; printf "\r\033[K  %d  %.70s", n, $$0; fflush() } END { printf "\r\033[K" }'

.PHONY: demo test bench bench-ambiguity bench-attachments bench-bombs bench-detection fuzz lint types format lock clean

demo: $(VENV)/runtime
	@$(BIN)/postern demo $(ARGS)

test: $(VENV)/dev
	@$(BIN)/pytest -n logical --maxprocesses 4 $(ARGS)

bench: $(VENV)/dev
	@$(BIN)/python -m benchmarks.throughput $(ARGS)

bench-ambiguity: $(VENV)/dev
	@$(BIN)/python -m benchmarks.ambiguity $(ARGS)

bench-attachments: $(VENV)/dev
	@$(BIN)/python -m benchmarks.attachments $(ARGS)

bench-bombs: $(VENV)/dev
	@$(BIN)/python -m benchmarks.bombs $(ARGS)

bench-detection: $(VENV)/dev
	@$(BIN)/python -m benchmarks.detection $(ARGS)

fuzz: $(VENV)/dev
	@$(BIN)/python -m benchmarks.fuzz $(ARGS)

lint: $(VENV)/dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/dev
	@$(BIN)/mypy

format: $(VENV)/dev
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

# Locks for every supported Python; hashes, and no word about where packages come from.
lock: $(VENV)/dev
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --quiet --upgrade --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --quiet --constraint requirements.lock --output-file requirements-dev.lock

$(BIN)/python:
	@echo "Creating $(VENV) ..."
	@deploy/make-venv $(PYTHON) $(VENV)

$(VENV)/runtime: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing Postern and what it stands on (a minute or two the first time) ..."
	@$(PIP) --require-hashes -r requirements.lock | $(COUNT)
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	@deploy/install-debian-packages
	@echo "Installing the tools for tests ..."
	@$(PIP) --require-hashes -r requirements-dev.lock | $(COUNT)
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
