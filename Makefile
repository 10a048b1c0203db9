# Two commands matter: `make demo` and `make test`. All paths are relative, so that a clone's
# path may hold spaces.
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
PACKAGES := channels ingest notifier pipeline reports store tanggap simulator
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup servers demo test lint types bench soak lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'

setup: $(VENV)/.ready ## .venv with everything and the `tanggap` command in it

# Compiled at once: where PYTHONDONTWRITEBYTECODE is set every start would compile everything
# anew, three times as slow and 30 MB larger.
$(VENV)/.ready: requirements/dev.lock requirements/uv.lock pyproject.toml
	@sh scripts/ensure-venv.sh $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements/dev.lock
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

servers: ## the servers the suite talks to (Dovecot, PostgreSQL, Redis, gammu-smsd), through the distribution's packages
	@sh scripts/ensure-servers.sh

demo: setup ## the whole job against loopback gateways; ends by itself
	$(PY) -m tanggap demo

test: setup servers ## the whole suite, on SQLite and then on PostgreSQL
	$(PY) -m tests.both

lint: setup ## style, types, import direction
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

types: setup ## mypy alone
	$(PY) -m mypy

soak: setup servers ## the long fault run; SOAK="--seed 7 --world sqlite --minutes 2" for others
	$(PY) -m tests.soak $(SOAK)

bench: setup servers ## measure; writes build/bench.json, exit status 1 below target
	$(PY) -m compileall -q $(PACKAGES)
	$(PY) -m tanggap bench --json build/bench.json

lock: ## compile the lock files anew from requirements/*.in
	$(COMPILE) --upgrade requirements/dev.in -o requirements/dev.lock
	$(COMPILE) -c requirements/dev.lock requirements/app.in -o requirements/app.lock
	echo uv | $(COMPILE) -c requirements/dev.lock - -o requirements/uv.lock

clean: ## remove what was built
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
