/* Capabilities for guest tests: numbers and structures of the calls, which musl has no headers for. */
#ifndef CAPS_H
#define CAPS_H

#include "guest.h"

#define CAP_CHOWN           0
#define CAP_DAC_OVERRIDE    1
#define CAP_DAC_READ_SEARCH 2
#define CAP_FOWNER          3
#define CAP_FSETID          4
#define CAP_KILL            5
#define CAP_SETGID          6
#define CAP_SETUID          7
#define CAP_SETPCAP         8
#define CAP_NET_RAW         13
#define CAP_IPC_LOCK        14
#define CAP_SYS_CHROOT      18
#define CAP_SYS_PTRACE      19
#define CAP_SYS_ADMIN       21
#define CAP_SYS_BOOT        22
#define CAP_SYS_NICE        23
#define CAP_SYS_RESOURCE    24
#define CAP_SYS_TIME        25
#define CAP_MKNOD           27
#define CAP_LEASE           28
#define CAP_SETFCAP         31
#define CAP_SYSLOG          34
#define CAP_BPF             39
#define CAP_LAST_CAP        40

#define BIT(capability) (1ull << (capability))

#define SECBIT_NOROOT               (1 << 0)
#define SECBIT_NOROOT_LOCKED        (1 << 1)
#define SECBIT_NO_SETUID_FIXUP      (1 << 2)
#define SECBIT_KEEP_CAPS            (1 << 4)
#define SECBIT_KEEP_CAPS_LOCKED     (1 << 5)
#define SECBIT_NO_CAP_AMBIENT_RAISE (1 << 6)

#define FILE_CAPS           "security.capability"
#define FILE_CAPS_1         0x01000000u
#define FILE_CAPS_2         0x02000000u
#define FILE_CAPS_3         0x03000000u
#define FILE_CAPS_EFFECTIVE 1u
#define FILE_CAPS_1_BYTES   12
#define FILE_CAPS_2_BYTES   20
#define FILE_CAPS_3_BYTES   24

/* The value of security.capability. */
struct file_caps {
	unsigned magic;
	struct {
		unsigned permitted, inheritable;
	} half[2];
	unsigned root;
};

static inline struct file_caps file_caps_make(unsigned magic, unsigned long long permitted,
					      unsigned long long inheritable)
{
	struct file_caps caps = {.magic = magic};

	for (int i = 0; i < 2; i++) {
		caps.half[i].permitted = (unsigned)(permitted >> 32 * i);
		caps.half[i].inheritable = (unsigned)(inheritable >> 32 * i);
	}
	return caps;
}

#define CAPS_VERSION_1 0x19980330u
#define CAPS_VERSION_2 0x20071026u
#define CAPS_VERSION_3 0x20080522u

struct caps_header {
	unsigned version;
	int pid;
};

struct caps_data {
	unsigned effective, permitted, inheritable;
};

static inline long set_caps(unsigned long long effective, unsigned long long permitted, unsigned long long inheritable)
{
	struct caps_header header = {CAPS_VERSION_3, 0};
	struct caps_data data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (unsigned)(effective >> 32 * i);
		data[i].permitted = (unsigned)(permitted >> 32 * i);
		data[i].inheritable = (unsigned)(inheritable >> 32 * i);
	}
	return raw(SYS_capset, &header, data);
}

/* A set of /proc/self/status, "CapEff" ... */
static inline unsigned long long status_set(const char *name)
{
	char text[4096], key[32];
	const char *line;

	must(read_text("/proc/self/status", text, sizeof(text)) > 0);
	snprintf(key, sizeof(key), "\n%s:", name);
	line = strstr(text, key);
	must(line);
	return strtoull(line + strlen(key), NULL, 16);
}

#endif
