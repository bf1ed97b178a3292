/*
 * Character devices by number. A driver registers a range of minors of one major; opening a device node
 * (chardev_file_ops, the file_ops of every S_IFCHR inode) finds the driver by inode->device and puts its operations in
 * place.
 */
#ifndef NAMU_FS_CHARDEV_H
#define NAMU_FS_CHARDEV_H

#include "fs/file.h"

/* Device numbers as Linux encodes them in st_rdev: 12 bits of major, 20 of minor. */
static inline uint32_t device_major(uint64_t device)
{
	return (uint32_t)((device >> 8) & 0xfff);
}
static inline uint32_t device_minor(uint64_t device)
{
	return (uint32_t)((device & 0xff) | ((device >> 12) & 0xfff00));
}
static inline uint64_t device_number(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | ((uint64_t)major << 8) | ((uint64_t)(minor & ~0xffu) << 12);
}

#define MAJOR_MEMORY 1 /* null, zero, full, random ... */

/* Claim minors [minor, minor + minor_count) of `major`. 0, -EBUSY when some are taken, -ENOMEM. */
int chardev_register(uint32_t major, uint32_t minor, uint32_t minor_count, const struct file_ops *ops,
		     const char *name);
/* Calls visit for every range, in order of registration; for /proc/devices. */
void chardev_for_each(void (*visit)(uint32_t major, const char *name, void *arg), void *arg);

extern const struct file_ops chardev_file_ops;

/* Registers the memory devices: null, zero, full, random, urandom, kmsg. Called once at boot. */
void chardev_memory_init(void);

#endif
