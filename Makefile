# The test tiers. `make test` is what every change runs; it sets up what it needs.

CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/flashinfra
export FLASHINFRA_VENV ?= $(CACHE)/venv
PYTHON ?= python3
# What the tests' servers and oracles are: pinned, so that a failure is ours.
REQUIREMENTS := tests/requirements.txt
VENV_STAMP := $(FLASHINFRA_VENV)/.$(shell cksum < $(REQUIREMENTS) | tr -d ' ')

.PHONY: test setup fmt clippy docs unit help

help: ## Say what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

test: setup fmt clippy docs unit ## Set up, then all that a change should run

setup: $(VENV_STAMP) ## Install the servers that the tests talk to, into a virtual environment

$(VENV_STAMP):
	rm -rf $(FLASHINFRA_VENV)
	$(PYTHON) -m venv $(FLASHINFRA_VENV)
	$(FLASHINFRA_VENV)/bin/pip install --quiet --requirement $(REQUIREMENTS)
	touch $@

fmt: ## Check the formatting
	cargo fmt --all --check

clippy: ## Lint everything, warnings denied
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

docs: ## Build the documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked

unit: ## Run all tests: unit, scenarios, compile-fail, doc tests, and the real SDK against moto
	cargo test --workspace --all-features --locked
