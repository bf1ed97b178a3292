/*
 * Prototypes of all handlers, from the rows; what the files of handlers include.
 */
#ifndef NAMU_SYSCALL_CALLS_H
#define NAMU_SYSCALL_CALLS_H

#include "syscall/rows.h"

#define ROW(number, name, level, count, parameters, types, type_texts, argument_texts, note) \
	int64_t sys_##name parameters;
#include "syscall/rows/all.def"
#undef ROW

#endif
