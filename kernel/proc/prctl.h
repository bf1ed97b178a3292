/* Small settings of threads and processes: prctl(2), arch_prctl(2), personality(2), unshare(2), kcmp(2). */
#ifndef NAMU_PROC_PRCTL_H
#define NAMU_PROC_PRCTL_H

#include "proc/process.h"

int64_t process_control(int option, uint64_t argument2, uint64_t argument3, uint64_t argument4, uint64_t argument5);
int64_t process_arch_control(int option, uint64_t argument);
/* personality(2): the value before; 0xffffffff only asks. */
int64_t process_personality(uint32_t wanted);
int64_t process_compare(int32_t pid1, int32_t pid2, int type, uint64_t index1, uint64_t index2);

/* The capability options: bounding set, ambient set, KEEPCAPS, SECUREBITS, NO_NEW_PRIVS (prctl_cred.c). -EINVAL for
 * another option. */
int64_t process_control_cred(int option, uint64_t argument2, uint64_t argument3, uint64_t argument4,
			     uint64_t argument5);

#endif
