# Everything starts here: `make help`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?=
PORT ?=
# What is given on the command line or in the environment wins over the defaults of the settings.
RUN_ENV := $(if $(PORT),PORT=$(PORT)) $(if $(DATA),IAMCONSOLE_DATA=$(DATA))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-emit-options

# pytest and the console's processes keep what Python has compiled: 5 s less at each start of a test worker.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: run
run: $(VENV)/run.stamp ## Start the console (PORT=8123 DATA=folder choose where)
	@exec env $(RUN_ENV) $(BIN)/python manage.py up

.PHONY: release
release: $(VENV)/run.stamp ## Make this folder ready for the roles of a service (docs/production.md)
	@IAMCONSOLE_STATIC_ROOT=published $(BIN)/python manage.py publish_static
	@$(BIN)/python -m compileall -q iamconsole users credentials reports

.PHONY: demo
demo: $(VENV)/dev.stamp ## Start a demo with an invented company (DATA=folder, default demo-data)
	@exec env PORT=$(or $(PORT),8000) IAMCONSOLE_DATA=$(or $(DATA),demo-data) $(BIN)/python manage.py up --demo

.PHONY: screenshots
screenshots: $(VENV)/dev.stamp ## Take the pictures of docs/screenshots from a running demo
	@exec env PORT=$(or $(PORT),8000) IAMCONSOLE_DATA=$(or $(DATA),demo-data) $(BIN)/python docs/screenshots/take.py

.PHONY: test
test: $(VENV)/dev.stamp ## Run the quick tests
	@$(BIN)/python -m pytest -q -m "not (long or clients or browser or processes or faults or image)"

.PHONY: test-long
test-long: $(VENV)/dev.stamp ## Run the others: in a browser, with real processes, growth, AWS on bad days, the demo
	@$(BIN)/python -m pytest -q -m "(long or browser or processes) and not (clients or faults or image)"

.PHONY: test-faults
test-faults: $(VENV)/dev.stamp ## Run real processes while databases, brokers, disks, clocks and AWS fail under them
	@$(BIN)/python -m pytest -q -n 2 -m faults tests/faults

.PHONY: test-image
test-image: $(VENV)/dev.stamp ## Build the container's image on a Debian tree and run its roles (needs root, debootstrap)
	@$(BIN)/python -m pytest -q -n 0 -m image tests/deploy

.PHONY: test-clients
test-clients: $(VENV)/dev.stamp ## Run AWS clients against a console (CLIENTS="aws_cli custodian", default all)
	@$(BIN)/python -m tests.clients.installed $(if $(REQUIRE_CLIENTS),--required) $(CLIENTS)
	@$(BIN)/python -m pytest -q -n 0 -m clients $(or $(CLIENTS:%=tests/clients/test_%.py),tests/clients)

.PHONY: lint
lint: $(VENV)/dev.stamp ## Check format, style and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --quiet --lint templates

.PHONY: lint-migrations
lint-migrations: $(VENV)/dev.stamp ## Check what the migrations since the previous release lock and break (DATABASE_URL)
	@DJANGO_SETTINGS_MODULE=tests.upgrade.linting $(BIN)/python manage.py lintmigrations \
		--project-root-path . --git-commit-id "$$($(BIN)/python -c 'from tests.upgrade import PREVIOUS; print(PREVIOUS)')"

.PHONY: types
types: $(VENV)/dev.stamp ## Check types
	@SECRET_KEY=types-only-0123456789abcdef0123456789abcdef0123456789 $(BIN)/mypy iamconsole users credentials reports

.PHONY: check
check: lint types test ## Check a change: format, style, types, quick tests

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measure
	@for name in growth credential_report users_list search sign_in policy_decisions who_can permission_impact query_api sync; do $(BIN)/python -m benchmarks.$$name || exit 1; done

.PHONY: load
load: $(VENV)/dev.stamp ## See what a running console carries (LOAD="--minutes 10 --kills")
	@$(BIN)/python -m benchmarks.load $(LOAD)

.PHONY: catalogue
catalogue: $(VENV)/dev.stamp ## Make the catalogue of AWS managed policies anew from moto's data
	@$(BIN)/python users/data/make_catalogue.py

.PHONY: census
census: $(VENV)/dev.stamp ## Write tests/census.txt anew: what others know by name
	@$(BIN)/python -m tests.census

.PHONY: settings-page
settings-page: $(VENV)/dev.stamp ## Write docs/settings.md anew from the table of settings
	@$(BIN)/python manage.py settings --page > docs/settings.md

.PHONY: findings-page
findings-page: $(VENV)/dev.stamp ## Write docs/findings.md anew from the rules of findings
	@$(BIN)/python manage.py rules --page > docs/findings.md

.PHONY: snapshots
snapshots: $(VENV)/dev.stamp ## Write all pages and syncs as text, to compare two commits (OUT=folder)
	@$(BIN)/python -m tests.snapshots $(or $(OUT),$(error OUT=folder says where))

.PHONY: lock
lock: $(VENV)/dev.stamp ## Pin the requirements anew
	@$(LOCK) requirements.in
	@$(LOCK) requirements-telemetry.in
	@$(LOCK) requirements-dev.in

.PHONY: clean
clean: ## Remove what was made, except the data folder
	@rm -rf $(VENV) .clients .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; PYTHON=python3.12 make ... chooses another." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python cannot make virtual environments yet. Install them: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	@echo "Installing the requirements into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
