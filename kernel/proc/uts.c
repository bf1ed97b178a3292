/* The machine's names (uname(2), sethostname(2)). The host name comes from the start record. */
#include <linux/capability.h>

#include "arch/x86_64/spinlock.h"
#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/start.h"
#include "proc/uts.h"

#define DEFAULT_HOST_NAME "namu"

static struct spinlock uts_lock = SPINLOCK_INIT("uts", LOCK_OBJECT);
static char host_name[UTS_FIELD]; /* uts_lock; empty: as the start record has it */
static bool has_host_name;        /* uts_lock */
static char domain_name[UTS_FIELD] = "(none)";

void uts_host_name(char to[UTS_FIELD])
{
	memset(to, 0, UTS_FIELD);
	spin_lock(&uts_lock);
	if (has_host_name)
		memcpy(to, host_name, UTS_FIELD);
	else if (start_record.hostname.text)
		memcpy(to, start_record.hostname.text, MIN(start_record.hostname.bytes, (uint32_t)UTS_FIELD - 1));
	else
		memcpy(to, DEFAULT_HOST_NAME, sizeof(DEFAULT_HOST_NAME));
	spin_unlock(&uts_lock);
}

void uts_domain_name(char to[UTS_FIELD])
{
	spin_lock(&uts_lock);
	memcpy(to, domain_name, UTS_FIELD);
	spin_unlock(&uts_lock);
}

static int set_name(char *name, const char *from, size_t bytes)
{
	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (bytes >= UTS_FIELD)
		return -EINVAL;
	spin_lock(&uts_lock);
	memset(name, 0, UTS_FIELD);
	memcpy(name, from, bytes);
	has_host_name |= name == host_name;
	spin_unlock(&uts_lock);
	return 0;
}

int uts_set_host_name(const char *name, size_t bytes)
{
	return set_name(host_name, name, bytes);
}

int uts_set_domain_name(const char *name, size_t bytes)
{
	return set_name(domain_name, name, bytes);
}

void uts_fill(char to[6 * UTS_FIELD])
{
	memset(to, 0, 6ul * UTS_FIELD);
	string_copy(to, UTS_SYSNAME, UTS_FIELD);
	uts_host_name(to + UTS_FIELD);
	string_copy(to + 2 * UTS_FIELD, UTS_RELEASE, UTS_FIELD);
	string_copy(to + 3 * UTS_FIELD, UTS_VERSION, UTS_FIELD);
	string_copy(to + 4 * UTS_FIELD, UTS_MACHINE, UTS_FIELD);
	uts_domain_name(to + 5 * UTS_FIELD);
}
