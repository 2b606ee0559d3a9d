# The few commands people type. Tools and caches: .ci/env; what a fresh machine lacks: .ci/setup.
SHELL := /bin/bash
.DEFAULT_GOAL := help
WITH := source .ci/env &&
CRATES := --workspace --exclude frontend --features app/ssr

.PHONY: help setup serve dev demo build check test unit web e2e fuzz bench long gallery fmt

help: ## What can be typed
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 10

setup: ## Install what this machine lacks (idempotent)
	@.ci/setup

serve: setup build ## Build the release app, start it with demo data, print address and sign-ins
	@$(WITH) exec "$$CARGO_TARGET_DIR/release/fitout" serve --demo

dev: setup ## Rebuild and reload on every change
	@$(WITH) cargo xtask dev serve --demo

demo: setup build ## Throw the demo organization away and make it anew
	@$(WITH) "$$CARGO_TARGET_DIR/release/fitout" demo --fresh

build: ## Release build of server and browser halves, compressed, with the bundle report
	@.ci/web

check: ## Format, lints (native and wasm), tidy
	@$(WITH) echo "== format" && cargo fmt --all --check
	@$(WITH) echo "== clippy, native" && cargo clippy --quiet $(CRATES) --all-targets -- -D warnings
	@$(WITH) echo "== clippy, browser" && cargo clippy --quiet -p frontend --target wasm32-unknown-unknown -- -D warnings
	@$(WITH) echo "== tidy" && cargo xtask tidy

unit: ## Unit and integration tests, with a real PostgreSQL and a real Blender
	@$(WITH) echo "== unit and integration tests" && cargo nextest run $(CRATES)

web: build ## Same as build

e2e: ## Browser tests against the release build
	@.ci/e2e

test: ## Everything that guards main
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory e2e

long: ## The full counts of what `make test` samples; results go to end2end/results
	@$(WITH) node end2end/bench/long.mjs

fuzz: ## Hours of strange definitions, choices, formulas and uploads (FITOUT_FUZZ_SECONDS for each)
	@$(WITH) FITOUT_FUZZ_SECONDS=$${FITOUT_FUZZ_SECONDS:-3600} cargo test --release -p publish --test fuzz && FITOUT_FUZZ_SECONDS=$${FITOUT_FUZZ_SECONDS:-3600} cargo test --release -p intake --test models whatever

bench: build ## Figures as JSON, beside a peer where there is one
	@.ci/bench

gallery: ## Pictures of the six products, instant, exact and by Cycles (after `make build`)
	@$(WITH) node end2end/gallery.mjs

fmt: ## Format everything
	@$(WITH) cargo fmt --all
