/* Registers proc/'s handlers of exceptions and of the way out to user mode, and fs/'s hooks about signals. Boot, once
 * memory stands. */
#ifndef NAMU_PROC_FAULT_H
#define NAMU_PROC_FAULT_H

void fault_init(void);

#endif
