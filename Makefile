# The one definition of "checked": CI, the commit hook and a person run these same targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO ?= demo
# Two test files at a time; the files of one share what they made, so a file stays with one worker.
WORKERS ?= -n 2 --dist loadfile
# Descriptions of Resolve's scripting API that somebody else wrote: what ours is compared with.
STUBS := 19.1 20.2.2 21.0.0

# What Python compiles is kept: two workers and many short programs would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install interpreters demo test slow format lint types docs bench all clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(STAMP) ## a virtual environment with everything

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable '.[cpu,train,timeline,movie,farm,archive,dev]'
	for version in $(STUBS); do \
	  $(BIN)/python -m pip install --quiet --no-deps --upgrade \
	    --target $(VENV)/stubs/$$version fusionscript-stubs==$$version || exit 1; \
	done
	@touch $(STAMP)

interpreters: install ## Pythons that Resolve may run, older and newer, for the tests (optional)
	npm install --silent --no-audit --no-fund --prefix $(VENV)/pyodide pyodide@314
	@command -v pypy3 >/dev/null || echo "an older one: install your system's pypy3"

demo: install ## a faded shot made from nothing, and the whole workflow on it
	$(BIN)/chromaresolve demo $(DEMO)

test: install ## the tests, under three minutes
	$(BIN)/pytest $(WORKERS)

slow: install ## the longer checks: kill and resume, a big frame, then the demo, alone: it is timed
	$(BIN)/pytest -m slow $(WORKERS) --ignore tests/test_demo.py
	$(BIN)/pytest -m slow tests/test_demo.py

format: install ## put the code in its one shape
	$(BIN)/ruff format src tests benchmarks resolve_scripts
	$(BIN)/ruff check --fix --quiet src tests benchmarks resolve_scripts

lint: install ## style, spelling, and which room may import which
	$(BIN)/ruff format --check src tests benchmarks resolve_scripts
	$(BIN)/ruff check src tests benchmarks resolve_scripts
	$(BIN)/lint-imports --no-cache
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/codespell src tests docs benchmarks resolve_scripts README.md CHANGELOG.md CONTRIBUTING.md Makefile

types: install ## mypy, strict
	$(BIN)/mypy

docs: install ## the docs say what the code does
	$(BIN)/pytest tests/test_docs.py

bench: install ## the benchmarks that need no picture of yours
	$(BIN)/python benchmarks/frame_times.py

all: lint types docs test ## everything a commit must pass

clean: ## remove what the tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis $(DEMO)
