# The benchmark: the same static programs on Linux and on Namu, under the same QEMU. See bench/README.md.
#
# Debian's Linux is fetched for this alone, unpacked under build/ and never installed.

BENCH := $(BUILD)/bench
BENCH_CFLAGS := -std=gnu17 -O2 -Wall -Wextra -Werror -static -fno-tree-vectorize -fno-tree-slp-vectorize
BENCH_NBENCH_SOURCES := bench/guest/nbench.c bench/guest/talk.c $(wildcard bench/guest/rows_*.c)
BENCH_SMALL := $(addprefix $(BENCH)/,tiny init init_disk memprobe stopwatch)
BENCH_HOST := $(BENCH)/tsckhz $(BENCH)/qemu_stamp
BENCH_BUSYBOX := $(firstword $(wildcard /bin/busybox /usr/bin/busybox))
BENCH_TREE := $(BENCH)/root
BENCH_ARGS ?=

.PHONY: bench bench-trace bench-quick bench-parts bench-programs bench-servers bench-linux

bench: deps-bench all bench-parts bench-programs bench-servers bench-linux ## compare Namu with Linux row by row (a few minutes); BENCH_ARGS="--help" lists options
	nice python3 -B bench/run.py --build $(BUILD) $(BENCH_ARGS)

bench-quick: deps-bench all bench-parts bench-linux ## the same in one round: a look, not a verdict
	nice python3 -B bench/run.py --build $(BUILD) --quick --parts wall,icount,whole $(BENCH_ARGS)

bench-trace: all $(BENCH)/nbench ## what the trace costs, by instruction count; BENCH_ROOT=debian.erofs for a compilation too
	$(MAKE) --no-print-directory BUILD=$(BUILD)/notrace NO_TRACE=1 $(BUILD)/notrace/namu.elf
	bench/trace.sh $(BUILD) $(BENCH_ROOT)

bench-linux: $(BENCH)/linux/vmlinuz ## fetch Debian's Linux for the bench

bench-parts: $(BENCH)/root.erofs $(BENCH)/small.erofs $(BENCH)/init $(BENCH)/init_disk $(BENCH_HOST)

bench-programs: $(BENCH)/debian.erofs $(BENCH)/large/.made

bench-servers: $(BENCH)/servers.erofs

$(BENCH)/linux/vmlinuz: bench/fetch-linux.sh
	bench/fetch-linux.sh $(@D)
	touch $@

$(BENCH)/nbench: $(BENCH_NBENCH_SOURCES) bench/guest/nbench.h bench/guest/talk.h
	@mkdir -p $(@D)
	musl-gcc $(BENCH_CFLAGS) $(BENCH_NBENCH_SOURCES) -o $@

$(BENCH_SMALL): $(BENCH)/%: bench/guest/%.c
	@mkdir -p $(@D)
	musl-gcc $(BENCH_CFLAGS) -s $< -o $@

$(BENCH)/first: bench/guest/first.c
	@mkdir -p $(@D)
	musl-gcc $(BENCH_CFLAGS) -s -nostdlib -ffreestanding -fno-stack-protector $< -o $@

$(BENCH_HOST): $(BENCH)/%: bench/host/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -O2 -Wall -Wextra -Werror $< -o $@

$(BENCH)/root.erofs: $(BENCH)/nbench $(BENCH)/tiny $(BENCH)/memprobe $(BENCH)/first $(BENCH_BUSYBOX) bench/bench.mk
	rm -rf $(BENCH_TREE) $@
	mkdir -p $(addprefix $(BENCH_TREE)/,bench bin dev etc proc root tmp)
	chmod 1777 $(BENCH_TREE)/tmp
	cp $(BENCH)/nbench $(BENCH)/tiny $(BENCH)/memprobe $(BENCH)/first $(BENCH_TREE)/bench
	cp $(BENCH_BUSYBOX) $(BENCH_TREE)/bin/busybox
	ln -s busybox $(BENCH_TREE)/bin/sh
	echo 'root:x:0:0:root:/root:/bin/sh' >$(BENCH_TREE)/etc/passwd
	echo 'echo shell-works' >$(BENCH_TREE)/bench/hello.sh
	head -c 4194304 /dev/zero | tr '\0' n >$(BENCH_TREE)/bench/data
	mkfs.erofs -T0 --all-root $@ $(BENCH_TREE) >/dev/null

# What the measures of the whole machine need: a root of two small programs, so that its size counts for nothing.
$(BENCH)/small.erofs: $(BENCH)/first $(BENCH)/memprobe bench/bench.mk
	rm -rf $(BENCH)/small $@
	mkdir -p $(addprefix $(BENCH)/small/,bench dev proc tmp)
	cp $(BENCH)/first $(BENCH)/memprobe $(BENCH)/small/bench
	mkfs.erofs -T0 --all-root $@ $(BENCH)/small >/dev/null

# A Debian root for the rows of whole programs, and one of 1 GB for the row of its start.
$(BENCH)/debian.erofs: $(BENCH)/stopwatch $(wildcard bench/programs/*) $(HOST)
	bench/programs/make-root $(BENCH)/debian $(BENCH)/stopwatch
	$(HOST) image $(BENCH)/debian -o $@

# And one with servers, for the rows of these.
$(BENCH)/servers.erofs: $(wildcard bench/servers/*) $(HOST)
	bench/servers/make-root $(BENCH)/servers
	$(HOST) image $(BENCH)/servers -o $@

$(BENCH)/large/.made: $(BENCH)/debian.erofs
	rm -rf $(@D)
	cp -a $(BENCH)/debian $(@D)
	head -c 734003200 /dev/urandom | split -b 1048576 - $(@D)/bench/filler.
	touch $@
