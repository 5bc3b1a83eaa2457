# `make demo` shows the product, `make test` proves a change. Both install and compile what they need first.
# After `source .venv/bin/activate` the tools work without make: ape test, ape run demo, pytest, mypy.

PYTHON ?= python3
# Tools start each other by name: ape starts anvil, and solhint starts node.
IN_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH"
UV := uv==0.13.9
UV_COMPILE := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup compile demo bundler prover test check prove lint wheel static format gas abi layout lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the tools into this folder (nothing to do unless a lock file changed)
	@command -v $(PYTHON) >/dev/null || { echo "setup: There is no $(PYTHON): install CPython 3.11 or 3.12, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 7))' || { echo "setup: $(PYTHON) is too old: install CPython 3.11 or 3.12, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) toolchain/install.py

compile: setup ## Compile the contracts, all of them if one changed
	@.venv/bin/python -m toolchain.compile

demo: compile ## Watch an agent pay, go rogue and be stopped, on a local chain
	@$(IN_VENV) ape run demo

bundler: setup ## Install the bundler that some checks start
	@$(PYTHON) toolchain/install.py bundler

prover: setup ## Install the prover of the symbolic properties
	@$(PYTHON) toolchain/install.py prover

# Each worker has a chain of its own. Four keep two cores busy: a worker and its chain wait for each other.
WORKERS ?= 4
PYTEST = pytest -p no:ape_test -n $(WORKERS) --dist worksteal -q
test: compile ## Run the tests of a change (make test TESTS=tests/wallet/test_pay.py WORKERS=0)
	@$(IN_VENV) $(PYTEST) -m "not slow" $(TESTS)

check: compile bundler prover ## Run everything else: slow tests, more examples, weakened contracts
	@$(IN_VENV) $(PYTEST) --dist loadfile -m "slow or hypothesis" --hypothesis-profile=thorough
	@$(IN_VENV) ape run attacks --weakened

prove: compile prover ## Verify the symbolic properties, each of which must fail on its seeded bug
	@$(IN_VENV) ape run prove

lint: compile ## Check style, types, imports, words, compiler warnings, ABI, bytecode and storage layout
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@$(IN_VENV) node_modules/.bin/solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol'
	@.venv/bin/python -m toolchain.check_solidity
	@.venv/bin/python -m toolchain.check_docs
	@.venv/bin/python -m toolchain.abi
	@.venv/bin/python -m toolchain.sources
	@.venv/bin/python -m toolchain.clear_signing
	@.venv/bin/python -m toolchain.aio
	@.venv/bin/python -m toolchain.api_reference
	@.venv/bin/python -m toolchain.commands
	@.venv/bin/python -m toolchain.storage_layout

wheel: setup ## Build the wheel and use it in a clean environment with the newest dependencies
	@.venv/bin/python -m toolchain.check_wheel

static: setup ## Search the contracts for known weaknesses (Slither)
	@.venv/bin/python -m toolchain.check_slither

format: setup ## Format the Python files
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

gas: compile ## Measure gas and compare it with the committed figures
	@$(IN_VENV) ape run gas

abi: compile ## Rewrite ABIs, bytecode and addresses in the Python package from the compiled contracts
	@.venv/bin/python -m toolchain.abi --update

layout: compile ## Rewrite the committed storage layout; read the diff before you commit it
	@.venv/bin/python -m toolchain.storage_layout --update

lock: ## Resolve the Python dependencies again and write both requirements.lock
	@$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet $(UV)
	@$(UV_COMPILE) --extra cli --extra dev --extra ledger --group tools pyproject.toml --output-file requirements.lock
	@$(UV_COMPILE) verification/symbolic/requirements.in --output-file verification/symbolic/requirements.lock

clean: ## Remove everything that was installed or built
	rm -rf .venv .venv-prover .venv-lock node_modules verification/bundler/node_modules contracts/.cache .build
	rm -rf .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache peculium.egg-info
