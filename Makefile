# Every target sets up what it needs by itself (deploy/setup); `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
BIN := .venv/bin
RUN_PYTEST := $(BIN)/python -m pytest
LOCK := --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11

.PHONY: help demo up test check lint test-known-wrong test-compose bench bench-pages load attacks faults fuzz lock docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 26

.venv/ready-runtime: requirements/runtime.txt pyproject.toml deploy/setup
	@deploy/setup runtime

.venv/ready-dev: requirements/dev.txt pyproject.toml deploy/setup
	@deploy/setup dev

demo: .venv/ready-runtime ## start everything with a demo course and three hand-ins, until Ctrl-C
	@exec $(BIN)/handin demo

up: .venv/ready-runtime ## start everything on this machine, until Ctrl-C
	@exec $(BIN)/handin up

lint: .venv/ready-dev ## lint, formatting and types alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint ## the quick checks, before each commit
	$(RUN_PYTEST) -q -m "not slow and not sandbox and not services and not browser"

# Whole files go to one process, since fixtures that start servers belong to a file or wider; in our order, the long ones
# first. Three, on two cores: much of the time a test waits for a process to start.
test: lint ## every check; what could not run is listed, and fails the run when CI is set
	$(RUN_PYTEST) -n 3 --dist loadfile --no-loadscope-reorder
	$(MAKE) fuzz SECONDS=10

test-known-wrong: .venv/ready-dev ## every known-wrong solution: what the server says, and what students' own run says
	HANDIN_EVERY_ROW=1 $(RUN_PYTEST) -n 2 --dist load tests/test_assignments.py tests/handout/test_bundled_handouts.py

test-compose: .venv/ready-dev ## the container service, for real, with a Docker engine (as root; minutes)
	$(RUN_PYTEST) -n 0 tests/compose/service.py

SETUP := host
attacks: .venv/ready-dev ## try every attack, one by one, and write bench/ATTACKS.md; SETUP="host container" (minutes)
	$(BIN)/python -m tests.attacks $(SETUP)

# Root may mount a small disk to fill; without, that trouble is left out, and the report says so.
SEED := 1
HANDINS := 500
faults: MINUTES := 60
faults: .venv/ready-dev ## kill everything while students hand in, and write bench/FAULTS.md; SEED=1 HANDINS=500 MINUTES=60
	$(BIN)/python -m tests.faults --seed $(SEED) --handins $(HANDINS) --minutes $(MINUTES) --report bench/FAULTS.md

SECONDS := 60
fuzz: .venv/ready-dev ## feed the wire and the readers of hand-ins random and damaged bytes, for SECONDS=60
	@end=$$(($$(date +%s) + $(SECONDS))); while [ $$(date +%s) -lt $$end ]; do \
	  $(RUN_PYTEST) -q -o timeout=0 --hypothesis-profile=fuzz \
	    tests/grader/test_wire.py tests/grader/test_conversation_machine.py tests/grader/test_archive_properties.py \
	    tests/grader/test_notebook.py tests/grader/test_answers.py || exit 1; \
	done

STUDENTS := 50 100 200 300
MINUTES := 5
PAGES := 100
DATABASE := sqlite
load: .venv/ready-dev ## hold a deadline: STUDENTS="50 100 200 300" within MINUTES=5, and write bench/LOAD.md
	$(BIN)/python -m bench.load $(STUDENTS) --minutes $(MINUTES) --pages $(PAGES) --database $(DATABASE)

bench-pages: .venv/ready-dev ## what pages cost in a course of 1,500 students and 60,000 gradings, and write bench/PAGES.md
	$(BIN)/python -m bench.pages --database sqlite --database postgresql

bench: .venv/ready-dev ## measure, side by side, and write bench/RESULTS.md
	$(BIN)/python -m bench

lock: ## pin and hash the requirements again (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv:  pipx install uv" >&2; exit 1; }
	uv pip compile $(LOCK) -o requirements/runtime.txt requirements/runtime.in
	uv pip compile $(LOCK) -c requirements/runtime.txt -o requirements/dev.txt requirements/dev.in
	uv pip compile $(LOCK) -o requirements/against.txt requirements/against.in

docs: .venv/ready-runtime ## write docs/settings.md from the settings table
	$(BIN)/handin settings --markdown > docs/settings.md

clean: ## remove the environment and caches; the data folder var/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
