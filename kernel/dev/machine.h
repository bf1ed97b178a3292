/* The machine around the kernel: start record, devices, trace port, its end. */
#ifndef NAMU_DEV_MACHINE_H
#define NAMU_DEV_MACHINE_H

/* Read the start record and begin to choose by it (choice_init). Needs only memory. Panics when the record is wrong. */
void machine_read_start(void);
/* Bring up the devices, the trace and the hooks by which processes reach the host. After the file systems, before the
 * first process. */
void machine_init(void);

#endif
