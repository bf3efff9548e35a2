# Every target is a thin call. `make help` lists them.
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE := # what is compiled once is not compiled by each process
VENV := .venv
BIN := $(VENV)/bin
UV := .tools/bin/uv
LOCK := requirements.lock
BYTECODE := --compile-bytecode # at once, for processes that may write none
MEMBERS := sluice metrics migration model stratum
PROJECTS := pyproject.toml $(MEMBERS:%=%/pyproject.toml)
LOCKING := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --no-header --no-emit-package loka-metrics --no-emit-package loka-model
NATIVE := $(wildcard metrics/native/*)
COMPILED := build/compiled
STRATUM := stratum/pyproject.toml stratum/hatch_build.py $(shell find stratum/src -name '*.py')
SLUICE := PATH="$(CURDIR)/.tools/bin:$$PATH" $(BIN)/sluice
SLOW := $(addprefix app/,bench releasing running secrets workflows) audit github rehearsal targets \
  $(addprefix app/deploying/test_,looking.py rehearsing.py rollout.py telling.py) \
  $(addprefix actions/,decisions issues pages publishing pulls releases) \
  $(addprefix actions/test_,artifacts_in_a_run.py builtins_in_a_run.py checkout.py fetched_actions.py scanning.py) \
  cli/test_rerunning.py cli/test_commands.py \
  $(addprefix engine/,output test_called_workflows.py test_parallel_steps.py test_semantics_of_graphs.py test_semantics_of_steps.py \
    test_step_containers_named.py) \
  machine/test_threads.py masking notify/test_addresses.py runners/container/by_steps services/embedded/postgresql/test_server.py workflow/test_conformance.py
WITH_DATABASE = $(shell grep --recursive --files-with-matches --include='test_*.py' needs_postgresql $(MEMBERS:%=%/tests))
IN_MEMORY := TMPDIR="$$(.ci/memory 1000)" # some 7 MB at a time
MUCH_IN_MEMORY := TMPDIR="$$(.ci/memory 4000)" # the slow tests have 1,300
RUN_TESTS := $(IN_MEMORY) $(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST)
RUN_MANY := $(BIN)/python -m pytest -n 6 --dist worksteal $(PYTEST) # they wait a third of their time
NO_COMPOSE := sh -c 'echo "Docker Compose is not here: install its plugin (docker compose), or docker-compose" >&2; exit 2'
COMPOSE = $(or $(shell docker compose version >/dev/null 2>&1 && echo docker compose || { command -v docker-compose >/dev/null && \
  echo docker-compose; }),$(NO_COMPOSE))
BENCH := stratum/run_benchmarks.sh
BASE ?= HEAD~1
IMAGES := loka-stratum:release loka-stratum:debug loka-stratum:slim

.PHONY: $(shell awk -F ':' '/^[a-z0-9-]+:/ { print $$1 }' $(firstword $(MAKEFILE_LIST)))

help: ## list the targets
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(UV):
	@command -v uv >/dev/null 2>&1 && { mkdir -p .tools/bin && ln -sf "$$(command -v uv)" $(UV); } || \
	{ $(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet "uv>=0.5"; }

$(VENV)/.ready: $(LOCK) $(PROJECTS) $(NATIVE) | $(UV)
	@echo "Setting up $(VENV): the locked dependencies, the packages of this workspace"
	@$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV)
	@$(UV) pip sync --quiet --require-hashes $(BYTECODE) --python $(BIN)/python $(LOCK)
	@$(UV) pip install --quiet --no-deps --python $(BIN)/python $(MEMBERS:%=-e ./%)
	@touch $@

$(COMPILED)/.ready: $(STRATUM) | setup
	@rm -rf $(COMPILED)
	@$(UV) pip install --quiet --no-deps --python $(BIN)/python --target $(COMPILED) ./stratum
	@PYTHONPATH=$(COMPILED) $(BIN)/python -c "from loka_stratum.form import FORM; assert FORM == 'compiled', FORM"
	@touch $@

##@ Set up
setup: $(VENV)/.ready ## bring uv, the locked dependencies and the workspace's own packages

compiled: $(COMPILED)/.ready ## the proxy as it ships, a share's path compiled, to build/compiled (half a minute)

lock: | $(UV) ## resolve the dependencies anew, and what the images take of them
	$(UV) $(LOCKING) --group dev --output-file $(LOCK) $(PROJECTS)
	$(UV) $(LOCKING) --group build --output-file build.lock
	$(UV) $(LOCKING) --constraint $(LOCK) --group schemas --output-file stratum/tests/images/schemas.lock
	$(UV) $(LOCKING) --constraint $(LOCK) --output-file stratum/requirements.lock stratum/pyproject.toml
	$(UV) $(LOCKING) --constraint $(LOCK) --output-file migration/requirements.lock migration/pyproject.toml

env-info: setup ## what this machine has, and which jobs can run on it
	@$(BIN)/sluice doctor

##@ Check
quick-test: fmt lint quick ## format, lint, quick tests: before a push

test: setup ## every test but those that take minutes each
	@$(MUCH_IN_MEMORY) $(RUN_MANY) -m "not long"

test-long: setup ## the tests that take minutes each: whole jobs, red by a planted defect and only they
	@.ci/engine compose; .ci/engine buildx
	@$(BIN)/python -m pytest $(PYTEST) -m long

quick: setup ## the quick tests
	@$(IN_MEMORY) $(BIN)/python -m pytest -n 3 --dist worksteal $(PYTEST) -m "not slow" --hypothesis-profile=quick

test-unit: setup ## the quick tests that need no database
	@$(RUN_TESTS) -m "not slow and not needs_postgresql"

test-integration: setup ## the quick tests with a database: DATABASE_URL's, or one that is started
	@$(RUN_TESTS) -m "not slow and needs_postgresql" $(WITH_DATABASE)

test-compiled: compiled ## the proxy's tests on what `make compiled` made, instead of the Python as it stands
	@PYTHONPATH=$(CURDIR)/$(COMPILED) LOKA_FORM=compiled $(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" \
	  -o pythonpath="sluice/src sluice/tests/support stratum/tests/support model/tests/support" $(PYTEST) \
	  stratum/tests/test_form.py stratum/tests/protocol stratum/tests/limits stratum/tests/proxy stratum/tests/faults

test-slow: setup ## the slow tests of runs, audits, releases, rehearsals, deployments and actions that tell GitHub
	@$(MUCH_IN_MEMORY) $(RUN_MANY) -m "slow and not needs_docker" $(SLOW:%=sluice/tests/%)

test-doc: setup ## the examples in the documentation of the code
	@$(BIN)/python -m pytest --doctest-modules --ignore=migration/src/loka_migration/env.py $(PYTEST) $(wildcard $(MEMBERS:%=%/src))

e2e: setup ## proxy, database, pool, miners, Prometheus, Alertmanager: a share's way, an alert's way
	@LOKA_E2E=required $(BIN)/python -m pytest $(PYTEST) stratum/tests/e2e

monitoring-tools: # what `make e2e` needs besides, where it is not there yet
	@command -v prometheus >/dev/null && { command -v prometheus-alertmanager || command -v alertmanager; } >/dev/null || \
	  $$([ "$$(id -u)" = 0 ] || echo sudo -n) apt-get install --quiet --yes --no-install-recommends prometheus prometheus-alertmanager

cluster-tools: # what the tests of the kubernetes target need besides: an hour of compiling, needs Go; then SLUICE_CLUSTER=.tools/cluster
	@.ci/cluster-tools .tools/cluster

fuzz: setup ## random expressions and workflows against GitHub's own (needs node and npm)
	@SLUICE_FUZZ=$${SLUICE_FUZZ:-1000000} SLUICE_FUZZ_SEED=$${SLUICE_FUZZ_SEED:-$$(date +%s)} \
	  $(BIN)/python -m pytest sluice/tests/expressions/test_differential.py
	@SLUICE_FUZZ=$${SLUICE_FUZZ:-100000} SLUICE_FUZZ_SEED=$${SLUICE_FUZZ_SEED:-$$(date +%s)} \
	  $(BIN)/python -m pytest sluice/tests/workflow/test_differential.py

lint: fmt-check types ## format, lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

fmt: setup ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

fmt-check: setup ## say what `make fmt` would change
	@$(BIN)/ruff format --check .

types: setup ## the types
	@$(BIN)/mypy $(wildcard $(MEMBERS:%=%/src) $(MEMBERS:%=%/tests)) benches

audit: setup ## vulnerable dependencies, dangerous code, secrets, workflows, Dockerfiles, licences (AUDIT="--advisories PATH")
	@$(BIN)/sluice audit --skip history --skip age $(AUDIT)

audit-sources: setup
	@$(BIN)/sluice audit code secrets workflows dockerfiles licences --to out/audit-sources

outdated: setup ## dependencies that have been outdated for more than 30 days
	@$(BIN)/sluice audit age

##@ Run the pipeline here
ci: setup ## the main workflow, as GitHub would run it
	@$(SLUICE) run ci-cd.yml $(RUN)

ci-migrate: setup ## the migrations on every PostgreSQL
	@$(SLUICE) run migrate.yml $(RUN)

ci-performance: ci bench-critical validate-performance ## the main workflow, then the limits

release-check: fmt-check lint audit test-integration bench-critical docker-build docker-test ## before a release: audit, integration, limits, images
pre-release: release-check ci ## that, and the main workflow

rehearse-release: setup ## this repository's release and deployments on stand-ins, by event: exactly what each would do
	@SLUICE_REHEARSALS=1 $(BIN)/python -m pytest $(PYTEST) sluice/tests/test_own_rehearsals.py

##@ Measure
bench: setup ## every benchmark
	@$(BENCH) all

bench-critical: setup ## a share's way through the proxy
	@$(BENCH) critical

bench-metrics: setup ## what counting costs
	@$(BENCH) metrics

validate-performance: bench-metrics ## hold what was measured to the limits
	@stratum/validate_performance.sh

perf-test: bench-critical validate-performance ## measure, hold to the limits, compare with the commit before (or BASE=...)
	@BASE=$(BASE) $(BENCH) compare

load-test: setup ## 1,000 miners at a farm's pace beside a bare relay
	@$(BIN)/loka-stratum bench --miners 1000 --pause 5 --seconds 20

##@ Database (DATABASE_URL)
migrate: setup ## bring it up to date
	@$(BIN)/loka-migration up

migrate-status: setup ## which versions are applied
	@$(BIN)/loka-migration status

migrate-down: setup ## take the last version back, with its data
	@$(BIN)/loka-migration down

generate-entities: setup ## models from its tables, compared with the written ones
	@$(BIN)/loka-migration generate-models --output out/models.py
	@$(BIN)/loka-migration generate-models --check

##@ Images
docker-build: ## release, debug, slim, migrations
	@docker build --file stratum/Dockerfile --target release --tag loka-stratum:release $(DOCKER_BUILD) .
	@docker build --file stratum/Dockerfile --target debug --tag loka-stratum:debug $(DOCKER_BUILD) .
	@docker build --file stratum/Dockerfile.slim --tag loka-stratum:slim $(DOCKER_BUILD) .
	@docker build --file migration/Dockerfile --tag loka-migration:release $(DOCKER_BUILD) .

docker-test: setup ## miners through each image that `make docker-build` made
	@LOKA_IMAGES="$(IMAGES)" LOKA_MIGRATION_IMAGE=loka-migration:release $(BIN)/python -m pytest stratum/tests/images -rs

docker-run: ## the release image before a simulated pool on this machine
	@docker run --rm --network host loka-stratum:release start --without-database

docker-push: ## to REGISTRY (such as ghcr.io/OWNER), as TAG
	@: "$${REGISTRY:?name where to push: make docker-push REGISTRY=ghcr.io/OWNER TAG=v1.2.3}" "$${TAG:?give a TAG, such as v1.2.3}"
	@docker tag loka-stratum:release "$$REGISTRY/loka-stratum:$$TAG" && docker push "$$REGISTRY/loka-stratum:$$TAG"
	@docker tag loka-migration:release "$$REGISTRY/loka-migration:$$TAG" && docker push "$$REGISTRY/loka-migration:$$TAG"

##@ Operate
dev: setup ## a simulated pool, ten miners and the proxy, until Ctrl-C
	@trap 'kill 0' EXIT; $(BIN)/loka-stratum simulate pool & $(BIN)/loka-stratum simulate miners & \
	  LOKA_POOLS__0__NAME=simulated LOKA_POOLS__0__ADDRESS=127.0.0.1:3334 $(BIN)/loka-stratum start --without-database

up: ## database and proxy, by compose
	@$(COMPOSE) up --detach postgres migration stratum

up-monitoring: ## Prometheus, Alertmanager and Grafana
	@$(COMPOSE) up --detach prometheus alertmanager grafana

up-full: ## all of it
	@$(COMPOSE) up --detach

down: ## stop it; the data stay
	@$(COMPOSE) down

down-full: ## stop it, and remove the data
	@$(COMPOSE) down --volumes

status: setup ## the runs of the pipeline here, and the proxy that runs
	@$(BIN)/sluice list --limit 5
	@$(BIN)/loka-stratum status || echo "no proxy answers here: make dev, make up"
	@$(BIN)/sluice deploy status || true

deploy-dev: setup ## REF, or what is checked out, to the environment dev on this machine
	@$(BIN)/sluice deploy dev $(REF)

deploy-staging: setup ## the same to staging
	@$(BIN)/sluice deploy staging $(REF)

deploy-prod: setup ## the same to production
	@$(BIN)/sluice deploy production $(REF)

rollback: setup ## ENVIRONMENT=staging: back to its last good version
	@$(BIN)/sluice deploy rollback $(ENVIRONMENT) $(REF)

health: setup ## ask the running proxy
	@$(BIN)/loka-stratum health

logs: setup ## of the last run of the pipeline, and of the services that compose runs
	@$(BIN)/sluice logs latest || true
	@$(BIN)/sluice deploy logs || true
	@if command -v docker >/dev/null && [ -n "$$($(COMPOSE) ps --quiet 2>/dev/null)" ]; then $(COMPOSE) logs --tail 200; fi

##@ Build
build: setup ## the packages, to dist
	@$(UV) build --quiet --all-packages --out-dir dist

build-release: clean-dist build ## the packages and nothing older

docs: setup ## write the pages that are made from the code
	@mkdir -p docs/reference
	@$(BIN)/python -m sluice.actions.reference docs/reference/actions.md
	@$(BIN)/python -m sluice.cli.reference docs/reference

clean-dist:
	@rm -rf dist build

clean: clean-dist ## remove what was built
	@rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache out

clean-all: ## remove what runs of its workflows left in caches, too
	@if [ -x $(BIN)/sluice ]; then $(BIN)/sluice clean --caches; fi
	@$(MAKE) --no-print-directory clean
	@rm -rf .hypothesis .import_linter_cache .sluice-history
