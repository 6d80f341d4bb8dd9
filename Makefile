# Stadtwin's front door: every command below sets up what it needs first.
.PHONY: help setup build demo test check view bench release clean

CARGO ?= cargo
BIN := $(or $(CARGO_TARGET_DIR),target)/debug

help:  ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' Makefile

setup:  ## install what is missing (Debian, Ubuntu) or say what to install
	@sh crates/xtask/setup.sh

build: setup  ## the command line and the viewer
	$(CARGO) build --workspace --locked

demo: build  ## Musterstadt with a half-closed street: table, demo/report, demo/musterstadt.png
	$(BIN)/stadtwin demo -o demo

test: setup  ## the whole test suite, viewer's offscreen test included
	$(CARGO) test --workspace --locked --no-fail-fast

check: setup  ## format, lints and the rules of ARCHITECTURE.md
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) run --locked -q -p xtask -- tidy

view: build  ## Musterstadt in the interactive viewer
	test -f demo/musterstadt.gpkg || $(BIN)/stadtwin demo -o demo
	$(BIN)/stadtwin view demo/musterstadt.gpkg

bench: setup  ## benchmarks of every engine (optimized build)
	$(CARGO) bench --locked --workspace --bench pipeline --bench assignment --bench water --bench gas_heat --bench power

release: setup  ## optimized programs in target/release
	$(CARGO) build --release --locked -p stadtwin -p twin-view

clean:  ## delete what was built
	$(CARGO) clean
	rm -rf demo
