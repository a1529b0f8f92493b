# Everything runs in .venv, which each target makes and keeps up to date by itself. A fresh machine needs Python 3.10 or
# newer, make, and a package index that pip can reach.

# The first of these that is new enough; `make PYTHON=/path/to/python` overrides it.
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.10 python
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 10))
PYTHON ?= $(shell for each in $(CANDIDATES); do \
	$$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done)

VENV := .venv
RUN := $(VENV)/bin/python
# -qq hides what is merely progress; errors are still printed.
INSTALL := $(RUN) -m pip --disable-pip-version-check install -qq -c constraints.txt
MADE_FROM := pyproject.toml constraints.txt

# An environment whose interpreter went away, or that was made in another folder (its scripts name that folder), is
# made anew.
ifneq ($(wildcard $(VENV)/.created),)
ifneq ($(shell cat $(VENV)/.created; $(RUN) -c '$(NEW_ENOUGH)' || echo gone),$(CURDIR))
$(shell rm -f $(VENV)/.created)
endif
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two installs into one environment must not run beside each other.
.NOTPARALLEL:
.PHONY: help demo test lint format bench clean

help:  ## print this list
	@echo "Usage: make TARGET"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/.installed-local  ## explain and complete the example script in the terminal, with the embedded model
	$(VENV)/bin/glossator demo

test: $(VENV)/.installed-test  ## run every check there is: tests, types, lints, import contracts (ARGS="-k name")
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.installed-test  ## run the quick checks alone
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-cache

format: $(VENV)/.installed-test  ## format the code and refresh what is generated
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	$(RUN) -m pytest -q tests/house --regenerate

bench: $(VENV)/.installed-bench  ## measure against other servers and plain transformers, side by side
	$(RUN) -m tests.bench.lsp $(ARGS)
	$(RUN) -m tests.bench.engine
	$(RUN) -m tests.bench.cache

clean:  ## remove the environment and every cache in this folder; models that were pulled stay
	rm -rf $(VENV) dist build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find server cache tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps are written last: an install that failed or was interrupted leaves none, and the next run starts it again.
$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "Glossator needs Python 3.10 or newer, and there is none on the PATH." \
		"Install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is no Python 3.10 or newer." \
		"Name another one: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$(PYTHON) cannot make virtual environments: its modules venv and ensurepip are missing." >&2; \
		echo "On Debian and Ubuntu: sudo apt-get install python$$version-venv (or python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@echo "$(CURDIR)" > $@

$(VENV)/.installed-local: $(VENV)/.created $(MADE_FROM)
	@echo "Installing Glossator and what runs its model into $(VENV): some minutes the first time …"
	@$(INSTALL) -e '.[local]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.created $(MADE_FROM)
	@echo "Installing Glossator, what runs its model, and its tests into $(VENV): some minutes the first time …"
	@$(INSTALL) -e '.[local,test]'
	@touch $(VENV)/.installed-local $@

$(VENV)/.installed-bench: $(VENV)/.created $(MADE_FROM)
	@echo "Installing Glossator and what it is compared with into $(VENV): some minutes the first time …"
	@$(INSTALL) -e '.[local,test,bench]'
	@touch $(VENV)/.installed-local $(VENV)/.installed-test $@
