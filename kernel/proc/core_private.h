/* Among the files of core dumps. */
#ifndef NAMU_PROC_CORE_PRIVATE_H
#define NAMU_PROC_CORE_PRIVATE_H

#include "proc/core.h"

#define CORE_NAME_BYTES 512

/* The name that core_pattern makes for the current process. True: it is a program's, in `name` with its arguments, each
 * ended by a zero, the last by two. */
bool core_name(char name[CORE_NAME_BYTES], int signal);

/* Where a dump goes. */
struct core_target {
	struct file *file;
	bool is_pipe;
	char name[CORE_NAME_BYTES];
};
/* 0, or an errno and nothing is open. */
int core_open(struct core_target *target, int signal);
/* The dump is written, or failed: a file that is not whole is taken away. */
void core_close(struct core_target *target, bool is_good);

/* Bytes that grow. Once memory was short, they stay as they are. */
struct core_bytes {
	uint8_t *data;
	size_t count, room;
	bool is_short;
};
void core_append(struct core_bytes *bytes, const void *from, size_t count);

/* One mapping. */
struct core_region {
	uint64_t start, end;
	uint64_t dumped; /* bytes of it that the dump holds */
	uint32_t prot;
	bool has_object;
};
struct core_regions {
	struct core_region *of;
	size_t count;
};
/* The mappings of the current space, and the bodies of NT_FILE. 0 or -ENOMEM. `of` is kfree's. */
int core_regions_read(struct core_regions *regions, struct core_bytes *files);
/* All notes. bytes->is_short: memory was short. */
void core_notes(struct core_bytes *bytes, const struct signal_info *info, const struct core_bytes *files);
/* 0: all there is was written (or what RLIMIT_CORE allows), or -errno. */
int core_write(struct core_target *target, const struct signal_info *info);

/* -- ptrace_registers.c -- */
#define CORE_REGISTER_WORDS 27
/* The general registers of a thread that stands, or the current one, as struct user_regs_struct has them. */
void thread_registers(const struct thread *thread, uint64_t words[CORE_REGISTER_WORDS]);

#endif
