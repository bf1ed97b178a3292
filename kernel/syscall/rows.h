/*
 * The macros that read the rows (syscall/rows/all.def), for the two files that make tables of them: what a row's
 * arguments are as a list of types, as prototypes, as texts.
 */
#ifndef NAMU_SYSCALL_ROWS_H
#define NAMU_SYSCALL_ROWS_H

#include "syscall/table.h"

/* A row of n arguments becomes ROW(number, name, level, count, (parameters), (types), (texts of types), (texts of
 * names), note). */
#define SYSCALL0(number, name, level, note)         ROW(number, name, level, 0, (void), (), (), (), note)
#define SYSCALL1(number, name, level, t1, a1, note) ROW(number, name, level, 1, (t1 a1), (t1), (#t1), (#a1), note)
#define SYSCALL2(number, name, level, t1, a1, t2, a2, note) \
	ROW(number, name, level, 2, (t1 a1, t2 a2), (t1, t2), (#t1, #t2), (#a1, #a2), note)
#define SYSCALL3(number, name, level, t1, a1, t2, a2, t3, a3, note) \
	ROW(number, name, level, 3, (t1 a1, t2 a2, t3 a3), (t1, t2, t3), (#t1, #t2, #t3), (#a1, #a2, #a3), note)
#define SYSCALL4(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, note)                               \
	ROW(number, name, level, 4, (t1 a1, t2 a2, t3 a3, t4 a4), (t1, t2, t3, t4), (#t1, #t2, #t3, #t4), \
	    (#a1, #a2, #a3, #a4), note)
#define SYSCALL5(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, note)            \
	ROW(number, name, level, 5, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5), (t1, t2, t3, t4, t5), \
	    (#t1, #t2, #t3, #t4, #t5), (#a1, #a2, #a3, #a4, #a5), note)
#define SYSCALL6(number, name, level, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6, note)               \
	ROW(number, name, level, 6, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6), (t1, t2, t3, t4, t5, t6), \
	    (#t1, #t2, #t3, #t4, #t5, #t6), (#a1, #a2, #a3, #a4, #a5, #a6), note)

#define ROW_UNWRAP(...) __VA_ARGS__

#endif
