# The tests: unit tests on the host, guest tests on Linux and in Namu, real programs, the command's contract,
# determinism. Each suite is a script in tests/run that prints its failures and a line of counts.

TESTS := $(BUILD)/tests
TEST_ROOT := $(TESTS)/root
TEST_IMAGE := $(TESTS)/root.erofs
GUEST_CC := musl-gcc
GUEST_CFLAGS := -static -O1 -g0 -Wall -Wextra -Werror -fmax-errors=8 -ftrack-macro-expansion=0 \
	-D_GNU_SOURCE -Itests/guest -idirafter $(TESTS)/uapi
GUEST_LISTED := $(shell sed 's/\#.*//' tests/guest/list | awk '{ print $$1 }')
GUEST_HELPERS := $(basename $(notdir $(wildcard tests/guest/help/*.c)))
GUEST_HEADERS := $(wildcard tests/guest/*.h tests/guest/*.table)
GUEST_PROGRAMS := $(GUEST_LISTED:%=$(TEST_ROOT)/tests/%) $(TEST_ROOT)/tests/driver \
	$(GUEST_HELPERS:%=$(TEST_ROOT)/tests/help/%) $(TEST_ROOT)/tests/help/start_pie

# What musl has no headers for stands in the kernel's, without those of the other C library beside them.
$(TESTS)/uapi:
	@mkdir -p $@.new
	@ln -sfn /usr/include/linux $@.new/linux
	@ln -sfn /usr/include/asm-generic $@.new/asm-generic
	@ln -sfn /usr/include/x86_64-linux-gnu/asm $@.new/asm
	@mv $@.new $@

$(TEST_ROOT)/tests/%: tests/guest/%.c $(GUEST_HEADERS) | $(TESTS)/uapi
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -o $@ $<

# The same test with the other C library.
$(TEST_ROOT)/tests/%.glibc: tests/guest/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	gcc $(GUEST_CFLAGS) -o $@ $<

$(TEST_ROOT)/tests/help/%: tests/guest/help/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -o $@ $<

# The same program, position-independent and with the other C library.
$(TEST_ROOT)/tests/help/start_pie: tests/guest/help/start.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	gcc $(filter-out -static,$(GUEST_CFLAGS)) -fPIE -static-pie -o $@ $<

$(TEST_ROOT)/.base: tests/run/root
	tests/run/root $(TEST_ROOT)
	@touch $@

.PHONY: guest-tests
guest-tests: $(TEST_ROOT)/.base $(GUEST_PROGRAMS)

$(TEST_IMAGE): $(TEST_ROOT)/.base $(GUEST_PROGRAMS) $(HOST)
	$(HOST) image $(TEST_ROOT) -o $@

REAL_ROOT := $(TESTS)/real
REAL_SOURCES := $(wildcard tests/real/* tests/real/producer_consumer/*)

$(REAL_ROOT)/.made: tests/run/root tests/run/real-root $(REAL_SOURCES)
	rm -rf $(REAL_ROOT)
	tests/run/real-root $(REAL_ROOT)
	for notes in notes_fork notes_producer notes_consumer; do \
		$(GUEST_CC) -static -O1 -Wall -o $(REAL_ROOT)/real/$$notes tests/real/$$notes.c || exit 1; done
	$(GUEST_CC) -static -O1 -Wall -Wextra -D_GNU_SOURCE -o $(REAL_ROOT)/real/producer_consumer \
		tests/real/producer_consumer/*.c
	@touch $@

$(TESTS)/real.erofs: $(REAL_ROOT)/.made $(HOST)
	$(HOST) image $(REAL_ROOT) -o $@

.PHONY: real-tests
real-tests: $(TESTS)/real.erofs

# The Debian roots: a stamp says of which list of packages a root was made, so it is made again only when that changes.
DEBIAN_ROOT := $(TESTS)/debian
DEBIAN_ROOTS := $(DEBIAN_ROOT) $(TESTS)/large

$(DEBIAN_ROOTS:=.made): $(TESTS)/%.made: FORCE
	@tests/run/debian-root tests/real/$*.packages $(TESTS)/$* $@

$(DEBIAN_ROOTS:=.erofs): $(TESTS)/%.erofs: $(TESTS)/%.made $(HOST)
	$(HOST) image $(TESTS)/$* -o $@

.PHONY: FORCE debian-root large-root
FORCE:
debian-root: deps-test $(TESTS)/debian.erofs ## a Debian root for the tests, build/tests/debian and debian.erofs
large-root: deps-test $(TESTS)/large.erofs ## a Debian root with Python's own tests, gcc and loads, build/tests/large

# A unit test names the kernel sources that it links in a line `/* sources: kernel/lib/rbtree.c ... */`.
UNIT_CFLAGS := -std=gnu17 -O1 -g -Wall -Wextra -Wno-unused-parameter -fno-omit-frame-pointer -fno-builtin-malloc \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined -DNAMU_HOST_TEST -Ikernel -Iinclude -Itests/unit
unit_sources = $(shell sed -n 's/^\/\* sources: \(.*\) \*\/.*/\1/p' $(1))

.SECONDEXPANSION:
$(TESTS)/unit/%: tests/unit/%.c $$(call unit_sources,tests/unit/$$*.c) $$(wildcard tests/unit/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $< $(call unit_sources,$<) -lcmocka

$(TESTS)/unit/test_slab_debug: $(wildcard kernel/mem/*.[ch])

.PHONY: test test-full debug-kernel kasan-kernel
debug-kernel:
	@$(MAKE) --no-print-directory DEBUG=1 $(BUILD)/debug/namu.elf
kasan-kernel:
	@$(MAKE) --no-print-directory KASAN=1 $(BUILD)/kasan/namu.elf

test: deps-test all debug-kernel ## install what is missing, build, and run all tests
	@tests/run/all

test-full: deps-test all debug-kernel kasan-kernel ## the same, longer: repetitions, seeds, fuzzing
	@tests/run/all --full

include tools/check/check.mk

# Hostile processes making random system calls, in the checking kernel, repeatable by seed (tests/fuzz/callfuzz.c).
$(TESTS)/fuzz/callfuzz: $(wildcard tests/fuzz/*.[ch]) $(wildcard kernel/syscall/rows/*.def)
	@mkdir -p $(@D)/tmp $(@D)/proc $(@D)/dev
	$(GUEST_CC) -static -O1 -D_GNU_SOURCE -Itests/fuzz -Ikernel -o $@ $(filter %.c,$^)

.PHONY: fuzz-calls
fuzz-calls: $(HOST) debug-kernel ## random system calls in the checking kernel; FUZZ_SEEDS="1 2 3"
	tests/run/fuzz $(FUZZ_SEEDS)

# Dynamic programs for the Debian root, with glibc and with musl; they travel to it as a tar.
DYNAMIC := $(TESTS)/dynamic

$(DYNAMIC)/.made: $(wildcard tests/dynamic/*)
	tests/run/dynamic-programs gcc $(DYNAMIC)/glibc
	tests/run/dynamic-programs musl-gcc $(DYNAMIC)/musl
	cp tests/dynamic/run.sh $(DYNAMIC)
	@touch $@

.PHONY: dynamic-tests
dynamic-tests: $(DYNAMIC)/.made

# A root around musl's libc alone.
$(TESTS)/musl.erofs: $(DYNAMIC)/.made $(TESTS)/debian.made tests/run/musl-root tests/real/notes_fork.c $(HOST)
	musl-gcc -O1 -Wall -o $(DYNAMIC)/notes_fork tests/real/notes_fork.c
	tests/run/musl-root $(TESTS)/musl $(DEBIAN_ROOT) $(DYNAMIC)/musl
	mv $(DYNAMIC)/notes_fork $(TESTS)/musl/programs
	$(HOST) image $(TESTS)/musl -o $@
