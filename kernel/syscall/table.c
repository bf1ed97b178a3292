/*
 * The table of system calls as it is shown: names, levels, types of arguments, notes. The hot path does not touch it.
 */
#include "syscall/calls.h"

#define ROW(row_number, row_name, row_level, count, parameters, row_types, type_texts, argument_texts, row_note) \
	[row_number] = {                                                                                         \
		.name = #row_name,                                                                               \
		.call = (syscall_function)(void *)sys_##row_name,                                                \
		.level = LEVEL_##row_level,                                                                      \
		.argument_count = (count),                                                                       \
		.types = {ROW_UNWRAP type_texts},                                                                \
		.arguments = {ROW_UNWRAP argument_texts},                                                        \
		.note = (row_note),                                                                              \
	},

const struct syscall_row syscall_table[SYSCALL_LIMIT] = {
#include "syscall/rows/all.def"
};
