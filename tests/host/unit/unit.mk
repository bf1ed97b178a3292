# Unit tests of the command's readers of foreign data, and their fuzzing.

HOST_UNIT := $(BUILD)/host/unit
HOST_READERS := $(addprefix host/,control.c env.c erofs.c files.c options.c outcome.c parse.c record.c say.c sha256.c strlist.c)
# Images in layers, with the kernel's reader to look at what is written.
PACK_READERS := $(addprefix host/,archive_library.c erofs.c erofs_parts.c erofs_write.c files.c json.c layer.c merge.c note.c \
	reference.c say.c strlist.c) $(addprefix kernel/fs/,erofs.c erofs_dir.c erofs_xattr.c)
TRACE_READERS := $(wildcard host/trace_*.c) $(addprefix host/,files.c help.c json.c json_text.c options.c protobuf.c say.c \
	paths.c strlist.c unfinished.c)
PACK_FLAGS := -Ikernel -DNAMU_HOST_TEST -Wno-unused-parameter
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

$(HOST_UNIT)/test_packs: tests/host/unit/test_packs.c tests/host/unit/pack_parts.h $(PACK_READERS) $(wildcard host/*.h)
	@mkdir -p $(@D)
	$(CC) $(HOST_UNIT_CFLAGS) $(PACK_FLAGS) -o $@ $< $(PACK_READERS) -lcmocka

$(HOST_UNIT)/fuzz_packs: tests/host/unit/fuzz_packs.c tests/host/unit/pack_parts.h $(PACK_READERS) $(wildcard host/*.h)
	@mkdir -p $(@D)
	clang $(HOST_UNIT_CFLAGS) $(PACK_FLAGS) -fsanitize=fuzzer -o $@ $< $(PACK_READERS)

$(HOST_UNIT)/fuzz_traces: tests/host/unit/fuzz_traces.c $(TRACE_READERS) $(wildcard host/*.h kernel/trace/events.h)
	@mkdir -p $(@D)
	clang $(HOST_UNIT_CFLAGS) -Ikernel -DNAMU_VERSION='"fuzz"' -DNAMU_PREFIX='"/usr/local"' -fsanitize=fuzzer -o $@ $< $(TRACE_READERS) -lz -lm

host-unit: $(HOST_UNIT)/test_parsers $(HOST_UNIT)/test_packs ## unit tests of the command's readers of foreign data
	$(HOST_UNIT)/test_parsers
	$(HOST_UNIT)/test_packs

# Archives are found by mutation of good ones, which the first lines make.
host-fuzz: $(HOST_UNIT)/fuzz_parsers $(HOST_UNIT)/fuzz_packs $(HOST_UNIT)/fuzz_traces ## fuzz them (HOST_FUZZ_RUNS inputs)
	$(HOST_UNIT)/fuzz_parsers -runs=$(HOST_FUZZ_RUNS) -max_len=5000 -close_fd_mask=2 -print_final_stats=0
	@rm -rf $(HOST_UNIT)/packs && mkdir -p $(HOST_UNIT)/packs
	python3 -B tests/host/unit/pack_seeds.py $(HOST_UNIT)/packs
	$(HOST_UNIT)/fuzz_packs -runs=$(HOST_FUZZ_RUNS) -max_len=16384 -close_fd_mask=2 -print_final_stats=0 $(HOST_UNIT)/packs
	@rm -rf $(HOST_UNIT)/traces && mkdir -p $(HOST_UNIT)/traces
	python3 -B tests/host/unit/trace_seeds.py $(HOST_UNIT)/traces
	$(HOST_UNIT)/fuzz_traces -runs=$$(($(HOST_FUZZ_RUNS) / 100)) -max_len=8192 -close_fd_mask=2 -print_final_stats=0 $(HOST_UNIT)/traces

host-test: all ## the command's contract, with a played machine and with a real one
	tests/host/run.sh
