/* Where things are: programs, the kernel, the built-in root, the cache. The caller frees what it gets. */
#ifndef HOST_PATHS_H
#define HOST_PATHS_H

#include <stdbool.h>

/* A program by its name in PATH, then in the places of system programs; NULL when there is none. */
char *find_program(const char *name);

/* QEMU: $NAMU_QEMU, or qemu-system-x86_64; NULL when there is none. */
char *find_qemu(void);

/*
 * A file of the installation: in $NAMU_DATA when that is set, else beside the command, in ../share/namu beside the
 * command's directory, or in the share/namu of the prefix it was built for. NULL when it is in none of them.
 */
char *find_data(const char *name);

/* The directory of cached images, made if missing; NULL when there is no place for one. */
char *cache_directory(void);

/* Whether KVM can be used here; when not, *why says it in a few words. */
bool kvm_is_usable(const char **why);

#endif
