# Every target builds what it needs into .venv/ by itself. Choose the interpreter with PYTHON=python3.12.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Tools that read the settings need some; these are for looking at the code, never for serving.
CHECK_SETTINGS := MUTQ_ENV=production SECRET_KEY=only-for-checks-0123456789-abcdefghij-ABCDEFGHIJ-0123456789 \
	ALLOWED_HOSTS=mutq.example PUBLIC_URL=https://mutq.example EMAIL_HOST=mail.example \
	DATABASE_URL=postgresql://mutq_app@127.0.0.1:1/mutq DATABASE_OWNER_URL=postgresql://mutq_owner@127.0.0.1:1/mutq

.DEFAULT_GOAL := help
.PHONY: help run demo test test-long check lint format types layers deploy-check messages states manage clean-data venv venv-dev

help: ## Show this list
	@sed -n 's/^\([a-z%-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

define bootstrap
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: install Python 3.11 or newer," \
		"or name one with PYTHON=<program>." >&2; exit 1; }
	@$(PYTHON) config/local/bootstrap.py
endef

venv:
	$(bootstrap)

venv-dev:
	$(bootstrap) --dev

run: venv ## Run everything on this machine, with a demo school (PORT, SANDBOX_PORT, MUTQ_DATA)
	@exec $(BIN)/python -m config.local.run

demo: venv ## Walk the journey of one payment and exit 0 only if the course opened by rule
	@exec $(BIN)/python -m config.local.demo

test: venv-dev ## Run the tests that are quick (ARGS="-k words" for some of them)
	@exec $(PYTEST) -n 2 -m "not long" -r s $(ARGS)

test-long: venv-dev ## Run the tests that are slow
	@exec $(PYTEST) -n 2 --dist loadfile -m long -r s $(ARGS)

check: lint types layers deploy-check test ## Everything that must hold before a change goes in

lint: venv-dev ## Check the style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: venv-dev ## Put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: venv-dev ## Check the types
	$(CHECK_SETTINGS) $(BIN)/mypy .

layers: venv-dev ## Check that imports point downwards only
	$(BIN)/lint-imports

deploy-check: venv-dev ## Check migrations and production settings
	$(CHECK_SETTINGS) $(BIN)/python -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run
	$(CHECK_SETTINGS) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench-%: venv-dev ## Measure: make bench-NAME runs bench/NAME.py
	@exec $(BIN)/python bench/$*.py $(ARGS)

messages: venv-dev ## Collect and compile the translations; lists what wants translating
	@exec $(BIN)/python -m config.local.messages

states: venv-dev ## Draw docs/states.md from the code
	@$(CHECK_SETTINGS) $(BIN)/python manage.py draw_states

shots: venv-dev ## Take the pictures of the README from a demo school of their own
	@exec $(BIN)/python -m tests.browser.shots

manage: venv ## Run a Django command inside the running installation: make manage ARGS="shell"
	@exec $(BIN)/python -m config.local.manage $(ARGS)

clean-data: venv ## Delete the data of make run
	@exec $(BIN)/python -m config.local.clean
