# The tests: unit tests on the host, guest tests on Linux and in Namu, real programs, the command's contract,
# determinism. Each suite is a script in tests/run that prints its failures and a line of counts.

TESTS := $(BUILD)/tests
TEST_ROOT := $(TESTS)/root
TEST_IMAGE := $(TESTS)/root.erofs
GUEST_CC := musl-gcc
GUEST_CFLAGS := -static -O1 -g0 -Wall -Wextra -Werror -fmax-errors=8 -ftrack-macro-expansion=0 \
	-D_GNU_SOURCE -Itests/guest
GUEST_LISTED := $(shell sed 's/\#.*//' tests/guest/list)
GUEST_HELPERS := $(basename $(notdir $(wildcard tests/guest/help/*.c)))
GUEST_HEADERS := $(wildcard tests/guest/*.h)
GUEST_PROGRAMS := $(GUEST_LISTED:%=$(TEST_ROOT)/tests/%) $(TEST_ROOT)/tests/driver \
	$(GUEST_HELPERS:%=$(TEST_ROOT)/tests/help/%) $(TEST_ROOT)/tests/help/start_pie

$(TEST_ROOT)/tests/%: tests/guest/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -o $@ $<

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
