# The one definition of "checked": CI, the commit hook and a person run these same targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO ?= demo

.DEFAULT_GOAL := help
.PHONY: help install demo test slow format lint types docs bench all clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(STAMP) ## a virtual environment with everything

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable '.[cpu,train,dev]'
	@touch $(STAMP)

demo: install ## a faded shot made from nothing, and the whole workflow on it
	$(BIN)/chromaresolve demo $(DEMO)

test: install ## the tests, under three minutes
	$(BIN)/pytest

slow: install ## the longer checks: kill and resume, the demo, a big frame
	$(BIN)/pytest -m slow

format: install ## put the code in its one shape
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix --quiet src tests benchmarks

lint: install ## style, spelling, and which room may import which
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/lint-imports --no-cache
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/codespell src tests docs benchmarks README.md CHANGELOG.md CONTRIBUTING.md Makefile

types: install ## mypy, strict
	$(BIN)/mypy

docs: install ## the docs say what the code does
	$(BIN)/pytest tests/test_docs.py

bench: install ## the benchmarks that need no picture of yours
	$(BIN)/python benchmarks/frame_times.py

all: lint types docs test ## everything a commit must pass

clean: ## remove what the tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis $(DEMO)
