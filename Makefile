# ortaq: every target explains itself; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
STAMP := $(VENV)/.ready
ENGINES ?= $(HOME)/.cache/ortaq/engines
CONTAINERS ?= $(shell command -v podman || command -v docker)

.PHONY: help setup demo test faults tools check lint types imports deps contracts proto brownie browser engines engine-kubo engine-geth engine-cometbft image verifier receipt-page lock clean

# Under CI a missing tool is a failure, not a skipped test.
export ORTAQ_REQUIRE_BROWNIE ?= $(CI)

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with the locked packages and the ortaq command

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ortaq needs Python 3.11 or later; found $$($(PYTHON) --version). Name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "installing the locked packages"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

demo: setup ## replay a small real vote end to end, then serve the explorer (DEMO_SERVE=0: no serving)
	@$(BIN)/ortaq demo $(if $(filter 0,$(DEMO_SERVE)),--no-serve)

test: setup tools ## run all tests; PYTEST="-k roll -n 0" passes options on
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST)

faults: setup ## try every fault on networks of validators (needs CometBFT; geth for its own); half an hour
	@ORTAQ_FAULTS=1 $(BIN)/python -m pytest -n 0 tests/faults $(PYTEST)

tools: setup ## what tests need besides Python, where it can be had: Chromium, engines, Brownie, the second verifier
	@$(MAKE) --no-print-directory browser || echo "tests: without Chromium, tests in a browser are skipped"
	@$(MAKE) --no-print-directory engine-kubo || echo "tests: without Kubo, tests against a real IPFS daemon are skipped"
	@$(MAKE) --no-print-directory engine-geth || echo "tests: without geth, blocks are compared with stock py-evm alone"
	@$(MAKE) --no-print-directory engine-cometbft || echo "tests: without CometBFT, tests of networks are skipped"
	@$(BIN)/python -c 'from scripts.brownie.environment import *; make_environment(environment_dir())' || echo "tests: without Brownie, its bytecode is not compared"
	@$(MAKE) --no-print-directory verifier || echo "tests: without Node and its packages, tests of the second verifier are skipped"

check: lint types imports deps test ## everything: style, types, layers, dependencies, tests

lint: setup ## ruff: style and common mistakes
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	@$(BIN)/mypy

imports: setup ## import-linter: imports point down
	@$(BIN)/lint-imports

deps: setup ## deptry: declared packages are the used ones
	@$(BIN)/deptry .

contracts: setup ## compile the contracts into ledger/artifacts
	@$(BIN)/python -m scripts.contracts.build

proto: setup ## generate the module of ABCI's messages from node/consensus/comet/abci.proto
	@$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. node/consensus/comet/abci.proto

browser: ## install Chromium for the tests in a browser (Debian, as root; elsewhere install it by hand)
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "chromium is not installed"; exit 2; }; \
	  echo "installing Chromium"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; }

engines: engine-kubo engine-geth engine-cometbft ## build the optional engines from source (needs Go) into ~/.cache/ortaq/engines

engine-kubo: ## build Kubo, the IPFS daemon
	@engines/build.sh kubo github.com/ipfs/kubo/cmd/ipfs ipfs $(ENGINES)

engine-geth: ## build geth, the second execution engine
	@engines/build.sh geth github.com/ethereum/go-ethereum/cmd/geth geth $(ENGINES)

engine-cometbft: ## build CometBFT, the consensus of a network
	@engines/build.sh cometbft github.com/cometbft/cometbft/cmd/cometbft cometbft $(ENGINES)

image: ## build the container image, with podman or docker; CONTAINERS="podman --root ..." names another way to call it
	@test -n "$(CONTAINERS)" || { echo "no podman and no docker here; the image is built where one of them is"; exit 2; }
	$(CONTAINERS) build $(IMAGE_FLAGS) -t ortaq -f deploy/Containerfile .

brownie: setup ## compile the contracts with Brownie too and compare the bytecode
	@$(BIN)/python -m scripts.brownie

verifier: ## install and build the second verifier (needs Node 20.19 or later): verifier/cli.js, verifier/receipt.html
	@command -v npm >/dev/null || { echo "npm is not installed; the second verifier needs Node 20.19 or later"; exit 2; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || { echo "Node $$(node --version) is too old; the second verifier needs 20.19 or later"; exit 2; }
	@cd verifier && { cmp -s package-lock.json node_modules/.installed || { \
	  said=$$(npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 --loglevel error 2>&1) && cp package-lock.json node_modules/.installed || { \
	  grep -m 2 -E '^npm error (code|[A-Za-z]*Error)' <<< "$$said"; \
	  echo "the second verifier's packages were not installed: npm has to reach its registry for them once; then no network is needed"; exit 2; }; }; }
	@cd verifier && node page/build.js

receipt-page: verifier ## take the built receipt page over into the package, which gives it out without Node
	@cp verifier/receipt.html ledger/proofs/receipt.html

lock: setup ## resolve requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock

clean: ## remove the environment and caches
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
