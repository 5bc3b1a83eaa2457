# Two commands are enough: `make demo` shows the product, `make test` proves it. Both install what they need first.
# After `source .venv/bin/activate` the tools work by themselves: ape compile, ape test, ape run demo, ape console.

PYTHON ?= python3
BIN := .venv/bin
# Each takes a chain of its own, and half a gigabyte.
WORKERS ?= 2
# The longest first, so that the others run beside it.
FOLDERS := $(sort $(dir $(wildcard tests/*/test_*.py)))
LONGEST := tests/wallet/ verification/symbolic/proofs/
FOLDERS := $(LONGEST) $(filter-out $(LONGEST),$(FOLDERS))

.DEFAULT_GOAL := help
.PHONY: help setup compile demo bundler prover test prove lint static format gas lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the tools into this folder (quick when nothing changed)
	@command -v $(PYTHON) >/dev/null || { echo "setup: there is no $(PYTHON): install CPython 3.11 or 3.12, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) toolchain/install.py

compile: setup ## Compile the contracts, all of them if anything changed
	@$(BIN)/python toolchain/compile.py

demo: compile ## Watch an agent pay, go rogue, and be stopped, on a chain of its own
	@$(BIN)/ape run demo

bundler: setup ## Install the bundler that the tests of user operations start
	@$(BIN)/python toolchain/install_bundler.py

prover: setup ## Install the prover that the symbolic proofs ask
	@$(BIN)/python toolchain/install_prover.py

test: compile bundler prover ## Run all tests, two folders at once (make test WORKERS=8 TESTS=tests/wallet)
	@# A folder has fixtures of its own, some for the whole session: each folder gets a process, and so a chain.
	@printf '%s\n' $(or $(TESTS),$(FOLDERS)) | xargs -P $(WORKERS) -I {} $(BIN)/ape test -q {}

prove: prover ## Prove the contracts for all inputs, and refute each proof's twin with a planted bug
	@$(BIN)/ape run prove

lint: setup ## Check style, types, compiler warnings and documentation
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol'
	@$(BIN)/python -m toolchain.check_solidity
	@$(BIN)/python toolchain/check_docs.py

static: setup ## Search the contracts for known weaknesses (Slither)
	@$(BIN)/python -m toolchain.check_slither

format: setup ## Format the Python files
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

gas: compile ## Measure the gas of the main stories anew
	@$(BIN)/ape run gas

lock: setup ## Write the two requirements.lock anew from pyproject.toml
	@$(BIN)/python toolchain/lock.py

clean: ## Remove everything that was installed or built
	rm -rf .venv .toolchain node_modules contracts/.cache .build .hypothesis .pytest_cache .mypy_cache .ruff_cache
