# All commands of the project. `make run` and `make test` install everything they need.
SHELL := /bin/bash
PORT ?= 3000
# the demo shows all mail to every visitor, so it listens only on this computer
HOST ?= 127.0.0.1
PYTHON ?= python3
BIN := .venv/bin
# node and npm come from the virtual environment; Reflex must not use others
export PATH := $(CURDIR)/$(BIN):$(PATH)
export REFLEX_USE_NPM := 1
export REFLEX_TELEMETRY_ENABLED := false
export PORT
# lets the examples import the package
export PYTHONPATH := $(CURDIR)
# test processes start faster with compiled modules
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run example dev test slow check format quick bench build tools lock latest clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: .venv/run ## run the demo on http://localhost:3000 (PORT=… for another port)
	@$(serve)

example: .venv/run ## run the example product (team notes) in the same way
	@cd examples/notes && $(serve)

define serve
	if (exec 3<>/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null; then \
	  echo "Port $(PORT) is in use. Stop the program that uses it, or choose another port: make $@ PORT=3001"; exit 1; fi; \
	exec reflex run --env prod --frontend-port $(PORT) --backend-port $(PORT) --backend-host $(HOST)
endef

dev: .venv/run ## run the demo with hot reload, on ports 3000 and 8000
	reflex run --frontend-port $(PORT) --backend-host $(HOST)

# Two processes; each takes the next free test module.
PYTEST := -m pytest -n 2 --dist loadfile --no-loadscope-reorder
RULES := not browser and not server and not postgres and not slow

# Prettier and ESLint, in the versions of the lock file.
JS := .build/javascript
SCRIPTS := 'authapp/**/*.{js,jsx}' 'tests/**/*.{js,mjs}'
PRETTIER := $(JS)/node_modules/.bin/prettier --config tests/javascript/prettier.json --log-level warn

test: .venv/test tools .build/web/built .build/notes/built ## run every test, in a real browser and on real databases
	$(BIN)/python $(PYTEST)

slow: .venv/test tools .build/web/built .build/notes/built ## run only the slow tests, with an import of 100,000 users
	$(BIN)/python $(PYTEST) -m slow --people 100000 --examples 20

check: .venv/test $(JS)/installed ## check format, lint and types, and run the unit tests of the browser code
	ruff format --check .
	ruff check .
	$(PRETTIER) --check $(SCRIPTS)
	$(JS)/node_modules/.bin/eslint --config $(JS)/eslint.config.js $(SCRIPTS)
	node --import ./tests/javascript/hooks.js --test --test-reporter dot 'tests/ui/**/*.test.js'
	mypy

format: .venv/test $(JS)/installed ## write every file in the format that `make check` asks for
	ruff format .
	$(PRETTIER) --write $(SCRIPTS)

quick: check ## run the checks, and test the rules on SQLite
	$(BIN)/python $(PYTEST) -m '$(RULES)'

# Uses a separate environment, so the pinned versions stay unchanged. Every step runs, even after a failure.
latest: export PATH := $(CURDIR)/.build/latest/bin:$(PATH)
latest: .venv/test ## make quick with the newest versions inside the ranges of pyproject.toml
	uv venv --quiet --clear --python $(BIN)/python .build/latest
	uv pip install --quiet --python .build/latest/bin/python --requirement pyproject.toml --all-extras
	@echo 'Newer than the pinned versions:'
	@comm -13 <(sed -nE 's/^([a-z0-9-]+)(\[.*\])?(==[^ ;]+).*/\1\3/p' requirements*.txt | sort -u) \
	  <(uv pip freeze --quiet --python .build/latest/bin/python | sort)
	@broken=; for step in 'ruff format --check .' 'ruff check .' 'mypy --cache-dir .build/latest/mypy' \
	    "python $(PYTEST) -m '$(RULES)'"; do \
	  echo "$$step"; eval "$$step" || broken+=" $${step%% *}"; done; \
	if [ "$$broken" ]; then echo "Broken with the newest versions:$$broken"; exit 1; fi

bench: .venv/test tools .build/web/built ## measure the figures of the README on this machine
	$(BIN)/python -m benchmarks

build: .build/web/built .build/notes/built ## make the production builds for tests and benchmarks

.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --progress-bar on --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: requirements-dev.txt .venv/run
	$(BIN)/pip install --progress-bar on --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Installs missing tools: an OpenID provider from npm; Chromium, PostgreSQL, pgbouncer, nginx, HAProxy, Caddy from Debian.
tools:
	@tests/kit/tools.sh

# `assets/external` holds links to files of the package, of an earlier build perhaps.
SOURCES := $(shell find authapp assets -path assets/external -prune -o \( -name '*.py' -o -name '*.jsx' -o -name '*.js' -o -name '*.css' -o -name '*.svg' \) -print) rxconfig.py reflex.lock/package-lock.json
.build/web/built: .venv/run $(SOURCES)
	REFLEX_WEB_WORKDIR=.build/web REFLEX_API_URL=http://localhost:3999 reflex export --frontend-only --no-zip --env prod
	@touch $@

# Most packages of the example are ours, so they are linked instead of downloaded again.
NOTES := $(shell find examples/notes -name '*.py' -o -name '*.css' -o -name '*.svg') examples/notes/reflex.lock/package-lock.json
.build/notes/built: .build/web/built $(NOTES)
	@mkdir -p .build/notes && { [ -e .build/notes/node_modules ] || cp -al .build/web/node_modules .build/notes/; }
	cd examples/notes && REFLEX_WEB_WORKDIR=$(CURDIR)/.build/notes REFLEX_API_URL=http://localhost:3999 \
	  reflex export --frontend-only --no-zip --env prod
	@touch $@

# Ranges and reasons are in pyproject.toml. Development, CI and demo install these exact versions.
# The demo has every extra of the product; the tests add `dev`.
EXTRAS := --extra postgres --extra twilio --extra providers --extra import --extra avatars --extra node
LOCK := uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command 'make lock'
lock: .venv/test ## write the newest versions inside the ranges into requirements.txt and requirements-dev.txt
	$(LOCK) --upgrade $(EXTRAS) pyproject.toml -o requirements.txt
	$(LOCK) --upgrade --all-extras -c requirements.txt pyproject.toml -o requirements-dev.txt

$(JS)/installed: tests/javascript/package.json tests/javascript/package-lock.json tests/javascript/eslint.config.js .venv/run
	@mkdir -p $(JS) && cp tests/javascript/package.json tests/javascript/package-lock.json tests/javascript/eslint.config.js $(JS)/
	npm ci --prefix $(JS) --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

clean: ## remove builds and the environment
	rm -rf .venv .build .web .states examples/notes/.web
