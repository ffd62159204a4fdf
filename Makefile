# Everything a contributor types. `make` alone is what to run before a commit.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard pages/locale/*/LC_MESSAGES/*.po))

.PHONY: all demo rehearsal test lint format bench docs lock clean

all: lint test

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tenfold needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

%.mo: %.po $(READY)
	@$(BIN)/pybabel --quiet compile -i $< -o $@

demo: $(READY) $(CATALOGUES)
	$(BIN)/tenfold demo

rehearsal: $(READY) $(CATALOGUES)
	$(BIN)/tenfold demo --rehearse

test: $(READY) $(CATALOGUES)
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

lint: $(READY) $(CATALOGUES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pages.catalogue check

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) $(CATALOGUES)
	$(BIN)/python -m benchmarks

docs: $(READY) $(CATALOGUES)
	$(BIN)/python -m tenfold.documentation docs

# Pins and hashes of everything; run it after changing dependencies in pyproject.toml.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra all --group dev pyproject.toml -o requirements.txt
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
