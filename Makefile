# SPDX-License-Identifier: BSD-2-Clause
# The front door. What is built and how stands in CMakeLists.txt and CMakePresets.json.

SECONDS = 60
PREFIX = /usr/local
RELEASE = build/release

build: build-packages $(RELEASE)/build.ninja ## the library, sipward and sipwardd, in build/release, quickly
	@cmake --build --preset release -- --quiet

optimised: trained $(RELEASE)/build.ninja ## the same, as fast as the programs can be
	@cmake --preset release >/dev/null
	@cmake --build --preset release -- --quiet

test: test-packages ## everything that can be tested in under ten minutes
	@tools/run-tests release

demo: build ## the call of RFC 3263's worked example, and what happens when servers die
	@cmake --build --preset release --target demo -- --quiet

bench: bench-packages trained ## speed, with the machine's floor and another proxy beside it; a quarter of an hour
	@cmake --preset release -DBUILD_TESTING=ON >/dev/null
	@cmake --build --preset release --target bench -- --quiet

bench-quick: bench-packages trained ## the same on the network only, two short rounds
	@cmake --preset release -DBUILD_TESTING=ON >/dev/null
	@cmake --build --preset release --target bench_quick -- --quiet

sim: test-packages ## hours of simulated faults in virtual time
	@cmake --preset release -DBUILD_TESTING=ON >/dev/null
	@cmake --build --preset release --target sim -- --quiet

fuzz: test-packages ## each fuzz target for SECONDS=60
	@tools/run-fuzz $(SECONDS)

lint: test-packages ## clang-tidy, cppcheck, clang-format, shellcheck
	@tools/lint

sanitize: test-packages ## the tests under ASan and UBSan, and under TSan
	@tools/run-tests asan
	@tools/run-tests tsan

coverage: test-packages ## lines reached in the pure layers; at least 90 %
	@tools/run-coverage

install: optimised ## under PREFIX=/usr/local and DESTDIR
	@cmake --install $(RELEASE) --prefix $(PREFIX)

clean: ## remove everything that was built
	@rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 14

build-packages:
	@tools/install-packages tools/packages-build

test-packages:
	@tools/install-packages tools/packages-build tools/packages-test

bench-packages:
	@tools/install-packages tools/packages-build tools/packages-test tools/packages-bench

trained: build-packages
	@tools/train

# Until it succeeds: others turn the tests on in the same folder, and what makes programs fast and
# takes longest to build; that stays on.
$(RELEASE)/build.ninja:
	@cmake --preset release -DBUILD_TESTING=OFF -DSW_LTO=OFF -DSW_PROFILE= >/dev/null

.PHONY: build optimised test demo bench bench-quick sim fuzz lint sanitize coverage install clean help
.PHONY: build-packages test-packages bench-packages trained
