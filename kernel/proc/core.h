/*
 * Core dumps (core(5)): what a process leaves when a signal ends it whose action says so.
 *
 * The thread that takes the signal is the dumper (process->dumper). It begins the end of the process; all others come
 * to core_park at the beginning of theirs and wait there, with their registers and memory as they were, until the dump
 * is written (core_dump.c). core_name.c says where it goes, core_file.c opens that, core_write.c and core_notes.c
 * write it.
 */
#ifndef NAMU_PROC_CORE_H
#define NAMU_PROC_CORE_H

#include "proc/process.h"

#define CORE_PATTERN_BYTES 128 /* with its zero, as Linux's */

/* Who may look into a process and dump it: vm_space.dumpable and fs.suid_dumpable. */
enum { DUMPABLE_NOT, DUMPABLE_BY_USER, DUMPABLE_BY_ROOT };
/* fs.suid_dumpable: what a process becomes that changes its ids. */
extern _Atomic uint32_t core_suid_dumpable;
/* kernel.core_uses_pid. */
extern _Atomic uint32_t core_uses_pid;

/* The current thread has taken a signal whose action is to dump core: dump, if that may be, and begin the process's
 * end. Its status. */
uint32_t core_dump(const struct signal_info *info);
/* The current thread ends while another of the process may be dumping: wait until that is done. */
void core_park(void);

/* kernel.core_pattern. */
void core_pattern_read(char to[CORE_PATTERN_BYTES]);
void core_pattern_write(const char *text, size_t bytes);

#endif
