# Every target is a thin call. `make help` lists them.
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE := # what is compiled once is not compiled by each process
VENV := .venv
BIN := $(VENV)/bin
UV := .tools/bin/uv
LOCK := requirements.lock
MEMBERS := sluice metrics migration model stratum
PROJECTS := pyproject.toml $(MEMBERS:%=%/pyproject.toml)
LOCKING := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --no-header --no-emit-package loka-metrics --no-emit-package loka-model
NATIVE := $(wildcard metrics/native/*)

.PHONY: help setup lock test quick fuzz lint fmt docs ci docker-build docker-test clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV):
	@command -v uv >/dev/null 2>&1 && { mkdir -p .tools/bin && ln -sf "$$(command -v uv)" $(UV); } || \
	{ $(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet "uv>=0.5"; }

$(VENV)/.ready: $(LOCK) $(PROJECTS) $(NATIVE) | $(UV)
	@$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV)
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python $(LOCK)
	@$(UV) pip install --quiet --no-deps --python $(BIN)/python $(MEMBERS:%=-e ./%)
	@touch $@

setup: $(VENV)/.ready ## bring uv, the locked dependencies and the workspace's own packages

lock: | $(UV) ## resolve the dependencies anew, and what the images take of them
	$(UV) $(LOCKING) --group dev --output-file $(LOCK) $(PROJECTS)
	$(UV) $(LOCKING) --group build --output-file build.lock
	$(UV) $(LOCKING) --constraint $(LOCK) --output-file stratum/requirements.lock stratum/pyproject.toml
	$(UV) $(LOCKING) --constraint $(LOCK) --output-file migration/requirements.lock migration/pyproject.toml

test: setup ## every test
	@$(BIN)/python -m pytest -n 2

quick: setup ## the quick tests
	@$(BIN)/python -m pytest -n 2 -m "not slow" --hypothesis-profile=quick

fuzz: setup ## random expressions and workflows against GitHub's own (needs node and npm)
	@SLUICE_FUZZ=$${SLUICE_FUZZ:-1000000} SLUICE_FUZZ_SEED=$${SLUICE_FUZZ_SEED:-$$(date +%s)} \
	  $(BIN)/python -m pytest sluice/tests/expressions/test_differential.py
	@SLUICE_FUZZ=$${SLUICE_FUZZ:-100000} SLUICE_FUZZ_SEED=$${SLUICE_FUZZ_SEED:-$$(date +%s)} \
	  $(BIN)/python -m pytest sluice/tests/workflow/test_differential.py

lint: setup ## format, lint, types, layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(wildcard $(MEMBERS:%=%/src) $(MEMBERS:%=%/tests))
	@$(BIN)/lint-imports

fmt: setup ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: setup ## write the pages that are made from the code
	@mkdir -p docs/reference
	@$(BIN)/python -m sluice.actions.reference docs/reference/actions.md
	@$(BIN)/python -m sluice.cli.reference docs/reference

ci: setup ## run the main workflow here, as GitHub would
	@PATH="$(CURDIR)/.tools/bin:$$PATH" $(BIN)/sluice run .github/workflows/ci-cd.yml

docker-build: ## the images: release, debug, slim, migrations
	@docker build --file stratum/Dockerfile --target release --tag loka-stratum:release $(DOCKER_BUILD) .
	@docker build --file stratum/Dockerfile --target debug --tag loka-stratum:debug $(DOCKER_BUILD) .
	@docker build --file stratum/Dockerfile.slim --tag loka-stratum:slim $(DOCKER_BUILD) .
	@docker build --file migration/Dockerfile --tag loka-migration:release $(DOCKER_BUILD) .

docker-test: setup ## miners through each image that `make docker-build` made
	@LOKA_IMAGES="loka-stratum:release loka-stratum:debug loka-stratum:slim" LOKA_MIGRATION_IMAGE=loka-migration:release \
	  $(BIN)/python -m pytest stratum/tests/images

clean: ## remove what was built
	@rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache dist build
