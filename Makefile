# make demo    install what the demo needs, run it
# make test    install what the tests need, run all of them
# make test-oldest         with the oldest supported versions (constraints-oldest.txt), in an environment of its own
# make test-integration   with the packages that skdiffts works with, in an environment of its own
# make benchmarks   each benchmark script in its quick mode, some 15 minutes
# make doc     the pages of doc/, into doc/_build/html; the gallery runs its examples, which takes a quarter of an hour the first
#              time. Without it, in some two minutes: make doc SPHINX_ARGS='-D plot_gallery=0'
# make paper   the experiment of the source paper in full, some 10 minutes: doc/results_paper.md and its figures
# make lint    style, layers, spelling, types (docstrings are checked by make test)
# make clean   remove builds and caches; .venv stays

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INTEGRATION := $(VENV)/integration
OLDEST := $(VENV)/oldest
INSTALL := $(BIN)/python -m pip install --progress-bar off -c constraints.txt

.PHONY: demo test test-oldest test-integration benchmarks doc paper lint clean

demo: $(VENV)/.stamp-demo
	$(BIN)/python examples/demo.py

test: $(VENV)/.stamp-test
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

# Old packages warn of what has gone since, and scikit-learn 1.6 names its checks twice: warnings are no errors here.
test-oldest: $(OLDEST)/.stamp
	$(OLDEST)/bin/python -m pytest -n 2 --dist worksteal -W default -o strict_parametrization_ids=false tests $(PYTEST_ARGS)

test-integration: $(INTEGRATION)/.stamp
	$(INTEGRATION)/bin/python -m pytest -m integration tests/augmentation tests/integrations $(PYTEST_ARGS)

benchmarks: $(VENV)/.stamp-test
	$(BIN)/python -m pytest -m benchmark -n 2 tests/test_benchmarks.py $(PYTEST_ARGS)

doc: $(VENV)/.stamp-doc
	$(BIN)/python -m sphinx -W --keep-going -b html doc doc/_build/html $(SPHINX_ARGS)

# PAPER_ARGS=--quick to see that it works.
paper: $(VENV)/.stamp-test
	$(BIN)/python examples/paper/residual_experiment.py --page doc $(PAPER_ARGS)

lint: $(VENV)/.stamp-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/mypy

clean:
	rm -rf build dist doc/_build doc/auto_examples doc/generated doc/sg_execution_times.rst *.egg-info .coverage .coverage.* htmlcov \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -prune -exec rm -rf {} +

# pip, not python: it is missing where an attempt without ensurepip stopped half-way.
$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

# The stamps say that .venv holds what pyproject.toml and constraints.txt ask for.
$(VENV)/.stamp-demo: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) -e ".[demo]"
	touch $@

# Apart, because aeon and sktime need older versions of NumPy and pandas than constraints.txt has.
$(INTEGRATION)/.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(INTEGRATION)
	grep -vE '^(numpy|pandas|pyarrow)==' constraints.txt > $(INTEGRATION)/constraints.txt
	$(INTEGRATION)/bin/python -m pip install --progress-bar off -c $(INTEGRATION)/constraints.txt -e ".[integration]"
	touch $@

$(OLDEST)/.stamp: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --progress-bar off -c constraints-oldest.txt -e ".[oldest]"
	touch $@

$(VENV)/.stamp-test: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) -e ".[demo,test]"
	touch $@

$(VENV)/.stamp-doc: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) -e ".[doc]"
	touch $@
