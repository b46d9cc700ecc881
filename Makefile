# The only commands anyone needs. `make run` and `make test` set everything up by themselves.
SHELL := /bin/bash
PORT ?= 3000
# the demo shows every mail to whoever reaches it, so only this computer does
HOST ?= 127.0.0.1
PYTHON ?= python3
BIN := .venv/bin
# node and npm come from the virtual environment; Reflex shall not look for others
export PATH := $(CURDIR)/$(BIN):$(PATH)
export REFLEX_USE_NPM := 1
export REFLEX_TELEMETRY_ENABLED := false
export PORT
# examples find the package here
export PYTHONPATH := $(CURDIR)
# every process of the tests starts faster with modules that are compiled already
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run example dev test slow check quick bench build tools lock latest clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: .venv/run ## the demo on http://localhost:3000 (PORT=… for another port)
	@$(serve)

example: .venv/run ## the example product, team notes, in the same way
	@cd examples/notes && $(serve)

define serve
	if (exec 3<>/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null; then \
	  echo "Port $(PORT) is taken. Stop what listens there, or choose another: make $@ PORT=3001"; exit 1; fi; \
	exec reflex run --env prod --frontend-port $(PORT) --backend-port $(PORT) --backend-host $(HOST)
endef

dev: .venv/run ## the demo with hot reload, on the ports 3000 and 8000
	reflex run --frontend-port $(PORT) --backend-host $(HOST)

# Two processes; each takes the next module that is not taken yet.
PYTEST := -m pytest -n 2 --dist loadfile --no-loadscope-reorder
RULES := not browser and not server and not postgres and not slow

test: .venv/test tools .build/web/built .build/notes/built ## every test, in a real browser and on real databases
	$(BIN)/python $(PYTEST)

slow: .venv/test tools .build/web/built .build/notes/built ## the slow tests alone, with an import of 100,000 people
	$(BIN)/python $(PYTEST) -m slow --people 100000 --examples 20

check: .venv/test ## format, lint, types
	ruff format --check .
	ruff check .
	mypy

quick: check ## format, lint, types, and the rules on SQLite
	$(BIN)/python $(PYTEST) -m '$(RULES)'

# The pinned versions stay as they are: this has an environment of its own. Every step runs, whatever broke before.
latest: export PATH := $(CURDIR)/.build/latest/bin:$(PATH)
latest: .venv/test ## the quick lane on the newest versions inside the ranges of pyproject.toml
	uv venv --quiet --clear --python $(BIN)/python .build/latest
	uv pip install --quiet --python .build/latest/bin/python --requirement pyproject.toml --extra dev
	@echo 'Newer than the pinned versions:'
	@comm -13 <(sed -nE 's/^([a-z0-9-]+)(\[.*\])?(==[^ ;]+).*/\1\3/p' requirements*.txt | sort -u) \
	  <(uv pip freeze --quiet --python .build/latest/bin/python | sort)
	@broken=; for step in 'ruff format --check .' 'ruff check .' 'mypy --cache-dir .build/latest/mypy' \
	    "python $(PYTEST) -m '$(RULES)'"; do \
	  echo "$$step"; eval "$$step" || broken+=" $${step%% *}"; done; \
	if [ "$$broken" ]; then echo "Broken with the newest versions:$$broken"; exit 1; fi

bench: .venv/test tools .build/web/built ## the figures of the README, measured here
	$(BIN)/python -m benchmarks

build: .build/web/built .build/notes/built ## the production builds that tests and benchmarks use

.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --progress-bar on --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: requirements-dev.txt .venv/run
	$(BIN)/pip install --progress-bar on --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# An OpenID provider from npm; Chromium, PostgreSQL, pgbouncer, nginx, HAProxy, Caddy from Debian: installed when missing.
tools:
	@tests/kit/tools.sh

SOURCES := $(shell find authapp assets -name '*.py' -o -name '*.jsx' -o -name '*.js' -o -name '*.css') rxconfig.py reflex.lock/package-lock.json
.build/web/built: .venv/run $(SOURCES)
	REFLEX_WEB_WORKDIR=.build/web REFLEX_API_URL=http://localhost:3999 reflex export --frontend-only --no-zip --env prod
	@touch $@

# Most packages of the example are ours: those are not fetched again, nor copied.
NOTES := $(shell find examples/notes -name '*.py' -o -name '*.css' -o -name '*.svg') examples/notes/reflex.lock/package-lock.json
.build/notes/built: .build/web/built $(NOTES)
	@mkdir -p .build/notes && { [ -e .build/notes/node_modules ] || cp -al .build/web/node_modules .build/notes/; }
	cd examples/notes && REFLEX_WEB_WORKDIR=$(CURDIR)/.build/notes REFLEX_API_URL=http://localhost:3999 \
	  reflex export --frontend-only --no-zip --env prod
	@touch $@

# Ranges and reasons are in pyproject.toml; what is installed here, in CI and in a demo are these exact versions.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command 'make lock'
lock: .venv/test ## write the newest versions inside the ranges into requirements.txt and requirements-dev.txt
	$(LOCK) --upgrade pyproject.toml -o requirements.txt
	$(LOCK) --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove what was built and installed here
	rm -rf .venv .build .web .states examples/notes/.web
