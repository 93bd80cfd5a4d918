# make demo    install what the demo needs, run it
# make test    install what the tests need, run all of them
# make lint    style, layers, spelling, types (docstrings are checked by make test)
# make clean   remove builds and caches; .venv stays

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --progress-bar off -c constraints.txt

.PHONY: demo test lint clean

demo: $(VENV)/.stamp-demo
	$(BIN)/python examples/demo.py

test: $(VENV)/.stamp-test
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

lint: $(VENV)/.stamp-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/mypy

clean:
	rm -rf build dist *.egg-info .coverage .coverage.* htmlcov \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -prune -exec rm -rf {} +

# pip, not python: it is missing where an attempt without ensurepip stopped half-way.
$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

# The stamps say that .venv holds what pyproject.toml and constraints.txt ask for.
$(VENV)/.stamp-demo: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) -e ".[demo]"
	touch $@

$(VENV)/.stamp-test: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) -e ".[demo,test]"
	touch $@
