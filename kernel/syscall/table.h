/*
 * System calls are data: number, name, level, typed arguments, note. From this one table come the dispatcher, the
 *handlers' declarations, the decoding in the trace, the compatibility page and the fuzzer's grammar.
 *
 *	SYSCALLn(number, name, LEVEL, type, argument, ..., "note")     n arguments
 *
 * LEVEL: FULL as Linux has it; PART: what is missing stands in the note; numbers without a row answer ENOSYS.
 * The types below say how an argument is shown and fuzzed; each is an integer of the size that Linux reads.
 * The rows are in syscall/rows/, a file an area. A handler `name` is int64_t sys_name(type argument, ...).
 */
#ifndef NAMU_SYSCALL_TABLE_H
#define NAMU_SYSCALL_TABLE_H

#include "lib/types.h"

typedef int32_t fd_t;         /* descriptor */
typedef int32_t pid_type_t;   /* process or thread id */
typedef uint64_t user_text_t; /* address of a string */
typedef uint64_t user_in_t;   /* address of what the call reads */
typedef uint64_t user_out_t;  /* address of what the call writes */
typedef uint64_t user_io_t;   /* both */
typedef uint64_t address_t;   /* a plain address */
typedef uint32_t flags_t;
typedef uint64_t flags64_t;
typedef uint32_t mode_bits_t; /* file permissions */
typedef int32_t signal_t;
typedef int32_t clock_id_t;
typedef uint32_t user_id_t;

enum syscall_level { LEVEL_NONE, LEVEL_PART, LEVEL_FULL };

/* How the dispatcher calls a handler, see syscall/dispatch.c. */
typedef int64_t (*syscall_function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

struct syscall_row {
	const char *name;
	syscall_function call;
	uint8_t level;
	uint8_t argument_count;
	const char *types[6];
	const char *arguments[6];
	const char *note;
};

#define SYSCALL_LIMIT 512
/* By number; a row without a call has no name either. Only what is shown of a call stands here (syscall/table.c). */
extern const struct syscall_row syscall_table[SYSCALL_LIMIT];
/* The handlers alone, by number, null where there is none: one page, which every call touches. */
extern const syscall_function syscall_calls[SYSCALL_LIMIT];
/* Linux's name of a number, with or without a row; null when Linux knows none either. */
const char *syscall_name(uint64_t number);

/* The dispatcher; trap_handlers.syscall. */
struct trapframe;
void syscall_dispatch(struct trapframe *frame);

#endif
