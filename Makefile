# make demo   build a sample batch and run the whole line with sample decisions
# make test   run the tests
# make check  what must be clean before a change is proposed
# make bench  print the benchmarks
# make schemas  write hotfolderd/texts/schemas and docs/reference anew, after a change of what people may write
# make soak   break everything in every way, 10,000 kills: hours (docs/FAULTS.md)

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed
JOBS ?= $(shell $(PYTHON) -c 'import os; print(2 + (os.cpu_count() or 1))')

.PHONY: demo test check lint bench schemas soak clean

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("hotfolderd needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(INSTALLED)

demo: $(INSTALLED)
	@rm -rf demo-line
	@$(BIN)/hotfolderd demo demo-line

# Two more tests at once than there are cores, because many wait for files to be still; JOBS=0 runs one after the other.
test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: $(INSTALLED)
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

schemas: $(INSTALLED)
	$(BIN)/python -m hotfolderd.cli.schemas hotfolderd/texts/schemas
	$(BIN)/python -m hotfolderd.cli.reference docs/reference

soak: $(INSTALLED)
	HOTFOLDERD_SOAK=1 HOSTILE_MUTATIONS=10 $(BIN)/python -m pytest tests/faults tests/hostile tests/line/test_storms.py -s $(PYTEST_ARGS)

clean:
	rm -rf $(VENV) demo-line .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
