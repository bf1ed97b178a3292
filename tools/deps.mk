# What has to be installed, by Debian 12's names. Each target looks first and installs only what is missing.
#
# `make deps-run` is what building and running need, `deps-test` adds what the tests need, `deps-bench` what the
# benchmark needs; `make deps` is all of it.

DEPS_RUN := gcc libc6-dev linux-libc-dev make qemu-system-x86 erofs-utils busybox-static \
	libarchive-dev zlib1g-dev
DEPS_TEST := $(DEPS_RUN) bash python3 musl-tools libcmocka-dev clang libclang-rt-14-dev clang-format clang-tidy \
	cppcheck scdoc mmdebstrap skopeo zstd protobuf-compiler
DEPS_BENCH := $(DEPS_RUN) python3 musl-tools apt dpkg e2fsprogs mmdebstrap autoconf

.PHONY: deps deps-run deps-test deps-bench

deps: ## install everything that building, testing and measuring need
	@tools/install-missing $(sort $(DEPS_TEST) $(DEPS_BENCH))

deps-run: ## install what `make run` needs
	@tools/install-missing $(DEPS_RUN)

deps-test: ## install what `make test` needs
	@tools/install-missing $(DEPS_TEST)

deps-bench: ## install what `make bench` needs
	@tools/install-missing $(DEPS_BENCH)
