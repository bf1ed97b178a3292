# Namu: `make` builds the command, the kernel and the small root; `make help` lists the rest.
#
# Each part has its own make file beside its sources; this one names the parts and the ways in.
# DEBUG=1 builds the checking kernel (assertions, lock order, poisoned memory, UBSan) into build/debug.

.DEFAULT_GOAL := all
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:

BUILD := build
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif

include tools/deps.mk
include kernel/kernel.mk
include host/host.mk
include tests/tests.mk
include bench/bench.mk
include view/view.mk
include doc/doc.mk
include tools/gen.mk

.PHONY: all run test test-full check bench clean help
all: $(KERNEL) $(HOST) $(ROOT)

run: deps-run all ## install what is missing, build, and open a shell in Namu
	$(HOST) run

clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | sort | column -t -s "$$(printf '\t')"
