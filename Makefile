# `make help` lists the targets. Everything is installed into .venv from the pinned, hashed files
# in requirements/; a stamp remembers what was installed, so that a second run starts at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
JOBS ?= $(shell [ $(CORES) -gt 8 ] && echo 8 || echo $(CORES))
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help run demo test soak walls check format openapi bench lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run: $(VENV)/run.stamp ## start the API with a worker on SQLite, with the sample workspace
	@exec $(BIN)/hotseat serve --with-sample

demo: $(VENV)/run.stamp ## drive one group's cycle through the running service
	@exec $(BIN)/hotseat demo

test: $(VENV)/test.stamp ## run every test on SQLite and PostgreSQL; JOBS=n sets the processes
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

soak: $(VENV)/test.stamp ## run the crash, race and simulation tests at full length, and walls
	@HOTSEAT_SOAK=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m soak -rP $(ARGS)
	@$(MAKE) walls

walls: $(VENV)/test.stamp ## run all tests of the API behind PostgreSQL's row-level security
	@HOTSEAT_SOAK=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -k walled tests/api $(ARGS)

check: $(VENV)/test.stamp ## run all static checks
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	@$(BIN)/python -m tests.support.schema_check
	@$(BIN)/hotseat openapi --check openapi/openapi.json
	@echo "all checks passed"

format: $(VENV)/test.stamp ## format the code and repair what can be repaired
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

openapi: $(VENV)/test.stamp ## export the API's document from the code; a release copies it to openapi/released.json
	@$(BIN)/python -m tests.support.refusals > $(VENV)/problem_codes.json
	@mv $(VENV)/problem_codes.json app/api/openapi/problem_codes.json
	@$(BIN)/python -m tests.support.answers > $(VENV)/answers.json
	@mv $(VENV)/answers.json app/api/openapi/answers.json
	@$(BIN)/hotseat openapi > $(VENV)/openapi.json
	@mv $(VENV)/openapi.json openapi/openapi.json

bench: $(VENV)/test.stamp ## measure, and print the ratios
	@for file in bench/bench_*.py; do $(BIN)/python "$$file" || exit 1; done

lock: $(BIN)/uv ## pin the newest allowed versions again
	@$(COMPILE) --upgrade --extra test pyproject.toml -o requirements/test.txt
	@$(COMPILE) --upgrade -c requirements/test.txt pyproject.toml -o requirements/run.txt
	@$(COMPILE) --upgrade -c requirements/test.txt requirements/build.in -o requirements/build.txt
	@$(COMPILE) --upgrade requirements/clients.in -o requirements/clients.txt

clean: ## remove the environment and all caches; data in var/ stays
	@rm -rf $(VENV) .venv-clients .venv-clients-node .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment, with pip, and with what builds an editable install without isolation.
$(VENV)/build.stamp: requirements/build.txt scripts/make-venv
	@sh scripts/make-venv $(VENV)
	@$(PIP_INSTALL) --require-hashes -r requirements/build.txt
	@touch $@

$(VENV)/run.stamp: $(VENV)/build.stamp requirements/run.txt pyproject.toml
	@echo "installing what Hotseat needs into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements/run.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	@echo "installing what the tests need into $(VENV) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(BIN)/uv: $(VENV)/build.stamp
	@$(PIP_INSTALL) uv
	@touch $@
