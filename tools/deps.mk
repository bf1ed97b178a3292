# What has to be installed, by Debian 12's names. Each target looks first and installs only what is missing.
#
# `make deps-view` and `deps-test-view` are for the page of `namu view` and its test; `make deps` leaves them out.
# `make deps-run` is what building and running need, `deps-test` adds what the tests need, `deps-bench` what the
# benchmark needs; `make deps` is all of it.

DEPS_RUN := gcc libc6-dev linux-libc-dev make qemu-system-x86 erofs-utils busybox-static \
	libarchive-dev zlib1g-dev xz-utils
DEPS_TEST := $(DEPS_RUN) bash python3 musl-tools libcmocka-dev clang libclang-rt-14-dev clang-format clang-tidy \
	cppcheck scdoc mmdebstrap skopeo zstd protobuf-compiler curl
DEPS_VIEW := npm
DEPS_TEST_VIEW := $(DEPS_RUN) $(DEPS_VIEW) musl-tools chromium fonts-noto-cjk
DEPS_BENCH := $(DEPS_RUN) python3 musl-tools apt dpkg e2fsprogs mmdebstrap autoconf

.PHONY: deps deps-run deps-test deps-bench deps-view deps-test-view

deps: ## install everything that building, testing and measuring need
	@tools/install-missing $(sort $(DEPS_TEST) $(DEPS_BENCH))

deps-run: ## install what `make run` needs
	@tools/install-missing $(DEPS_RUN)

deps-test: ## install what `make test` needs
	@tools/install-missing $(DEPS_TEST)

deps-view: ## install what `make view` needs
	@command -v npm > /dev/null || tools/install-missing $(DEPS_VIEW)

deps-test-view: deps-view ## install what `make test-view` needs
	@tools/install-missing $(filter-out $(DEPS_VIEW),$(DEPS_TEST_VIEW))

deps-bench: ## install what `make bench` needs
	@tools/install-missing $(DEPS_BENCH)
