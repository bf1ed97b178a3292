/* What uname(2) says, and the two names that can be set. */
#ifndef NAMU_PROC_UTS_H
#define NAMU_PROC_UTS_H

#include "lib/types.h"

#define UTS_SYSNAME "Linux"
#define UTS_RELEASE "6.1.0-namu"
#define UTS_VERSION "#1 SMP NAMU"
#define UTS_MACHINE "x86_64"
#define UTS_FIELD   65 /* bytes of a field of struct utsname, with its zero */

/* Copies of the names as they are now, ended by zero. */
void uts_host_name(char to[UTS_FIELD]);
void uts_domain_name(char to[UTS_FIELD]);
/* 0, -EPERM, -EINVAL (too long). */
int uts_set_host_name(const char *name, size_t bytes);
int uts_set_domain_name(const char *name, size_t bytes);
/* uname(2)'s struct, 6 fields of UTS_FIELD bytes. */
void uts_fill(char to[6 * UTS_FIELD]);

#endif
