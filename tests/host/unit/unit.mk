# Unit tests of the command's readers of foreign data, and their fuzzing.

HOST_UNIT := $(BUILD)/host/unit
HOST_READERS := $(addprefix host/,control.c env.c erofs.c files.c options.c outcome.c parse.c record.c say.c sha256.c strlist.c)
HOST_UNIT_CFLAGS := -std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Iinclude -Ihost -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
HOST_FUZZ_RUNS ?= 300000

.PHONY: host-unit host-fuzz host-test

$(HOST_UNIT)/test_parsers: tests/host/unit/test_parsers.c $(HOST_READERS) $(wildcard host/*.h)
	@mkdir -p $(@D)
	$(CC) $(HOST_UNIT_CFLAGS) -o $@ $< $(HOST_READERS) -lcmocka

$(HOST_UNIT)/fuzz_parsers: tests/host/unit/fuzz_parsers.c $(HOST_READERS) $(wildcard host/*.h)
	@mkdir -p $(@D)
	clang $(HOST_UNIT_CFLAGS) -fsanitize=fuzzer -o $@ $< $(HOST_READERS)

host-unit: $(HOST_UNIT)/test_parsers ## unit tests of the command's readers of foreign data
	$<

host-fuzz: $(HOST_UNIT)/fuzz_parsers ## fuzz them (HOST_FUZZ_RUNS inputs)
	$< -runs=$(HOST_FUZZ_RUNS) -max_len=5000 -close_fd_mask=2 -print_final_stats=0

host-test: all ## the command's contract, with a played machine and with a real one
	tests/host/run.sh
