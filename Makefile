# make screen   screen the bundled example and show the hits
# make test     run the tests
# make check    what the continuous integration runs: format, lint, types, layers, tests
# make bench    measure speed and quality
# make clean    remove everything that these targets made
#
# Needs make and Python 3.11 or later; each target creates the environment it needs in .venv.

SHELL := /bin/sh
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for p in $(CANDIDATES); do if $$p -c "$(RECENT)" 2>/dev/null; then echo $$p; break; fi; done)
endif
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
EXAMPLE := screening/_examples/counterparties.csv
BASE := .venv/.base-installed
DEV := .venv/.dev-installed

.PHONY: screen test check bench clean

# Status 3 says that a row could not be screened; the example holds one on purpose and the report names it.
screen: $(BASE)
	@$(BIN)/screening screen $(EXAMPLE) -o screening-report.csv --fail-on never || [ $$? -eq 3 ]
	@echo "The report is in screening-report.csv."

# On all cores, each file of tests in one process and in its order: the blocks of the README build on each other.
test: $(DEV)
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist loadfile

bench: $(DEV)
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.engines

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f screening-report.* bench.json bench-engines.json bench-engines.json
	find screening tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BASE): pyproject.toml
	@$(if $(PYTHON),,echo "Python 3.11 or later is needed; none of $(CANDIDATES) is." >&2; exit 2)
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -c "$(RECENT)" || { echo "$(PYTHON) is older than Python 3.11." >&2; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(PIP) install --editable .
	@touch $@

$(DEV): $(BASE)
	@echo "Installing the development tools (once) ..."
	@$(PIP) install --editable ".[dev]"
	@touch $@
