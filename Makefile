# Two commands do everything: `make sweep` (set-up and the main job), `make test`
# (set-up and the tests). All set-up happens in .venv.
.PHONY: sweep test check clean

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin

sweep: $(VENV)/installed
	$(RUN)/kvariant sweep

# A worker more than cores: a tenth of their time they wait for programs that they have started.
test: $(VENV)/installed
	$(RUN)/pytest -n $$(($$($(RUN)/python -c 'import os; print(os.cpu_count() or 1)') + 1)) --dist worksteal

check: $(VENV)/checkers
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/kvariant check
	PYTHONPATH=tests $(RUN)/python -m mutants --sample 12

clean:
	rm -rf $(VENV) .kvariant .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(RUN)/python -m pip install --quiet --prefer-binary --disable-pip-version-check -e '.[test,exact]'
	touch $@

$(VENV)/checkers: $(VENV)/installed
	$(RUN)/python -m pip install --quiet --prefer-binary --disable-pip-version-check -e '.[check]'
	touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'error: Python 3.11 or newer is needed; name one with PYTHON=python3.11' >&2; exit 3; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo 'error: this Python has no venv (Debian: apt install python3-venv)' >&2; exit 3; }
	$(PYTHON) -m venv $(VENV)
