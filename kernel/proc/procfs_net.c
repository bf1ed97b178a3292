/*
 * /proc/PID/net and /proc/sys/net: sockets, and what they may take.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/unix.h"
#include "proc/procfs_private.h"

/* As Linux shows the state of a socket: linux/net.h, and __SO_ACCEPTCON for one that listens. */
#define FLAG_LISTENS        0x10000u
#define STATE_UNCONNECTED   1u
#define STATE_CONNECTING    2u
#define STATE_CONNECTED     3u
#define STATE_DISCONNECTING 4u

static unsigned shown_state(const struct unix_view *view)
{
	if (!view->ino) /* no description: a connection that nobody has accepted */
		return view->state == UNIX_CONNECTED ? STATE_CONNECTING : STATE_DISCONNECTING;
	return view->state == UNIX_CONNECTED ? STATE_CONNECTED : STATE_UNCONNECTED;
}

/* A path as it is; an abstract name with @ for its zeros. */
static void print_name(struct proc_text *text, const struct unix_address *address)
{
	const char *name = (const char *)address->data + UNIX_FAMILY_BYTES;
	size_t bytes = address->bytes - UNIX_FAMILY_BYTES;

	proc_append(text, " ", 1);
	if (name[0]) {
		proc_append(text, name, bytes - 1);
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		proc_append(text, name[i] ? &name[i] : "@", 1);
}

static void print_unix(const struct unix_view *view, void *arg)
{
	struct proc_text *text = arg;

	proc_print(text, "%016lx: %08X %08X %08X %04X %02X %5lu", view->number, view->references, 0u,
		   view->state == UNIX_LISTENING ? FLAG_LISTENS : 0, view->type, shown_state(view), view->ino);
	if (view->address)
		print_name(text, view->address);
	proc_append(text, "\n", 1);
}

static int show_unix(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	unix_for_each(print_unix, text);
	return 0;
}

const struct proc_entry proc_net_entries[] = {
	{.name = "unix", .mode = S_IFREG | 0444, .show = show_unix},
	{.name = NULL},
};

/* -- /proc/sys/net -- */

static const struct {
	const char *name;
	_Atomic uint32_t *value;
	uint32_t least;
} numbers[] = {
	{"max_dgram_qlen", &unix_messages_most, 0},
	{"somaxconn", &socket_limits.backlog_most, 0},
	{"wmem_default", &socket_limits.send_default, SOCKET_SEND_LEAST},
	{"wmem_max", &socket_limits.send_most, SOCKET_SEND_LEAST},
	{"rmem_default", &socket_limits.receive_default, SOCKET_RECEIVE_LEAST},
	{"rmem_max", &socket_limits.receive_most, SOCKET_RECEIVE_LEAST},
	{"optmem_max", &socket_limits.control_most, 0},
};

static unsigned number_of(const struct proc_target *target)
{
	unsigned i = 0;

	while (i < ARRAY_LEN(numbers) - 1 && strcmp(numbers[i].name, target->node->entry->name) != 0)
		i++;
	return i;
}

static int show_number(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", *numbers[number_of(target)].value);
	return 0;
}

static int write_number(const struct proc_target *target, const char *text, size_t bytes)
{
	uint64_t value = 0;

	if (bytes && text[bytes - 1] == '\n')
		bytes--;
	if (!bytes)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9' || value > INT32_MAX)
			return -EINVAL;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value > INT32_MAX || value < numbers[number_of(target)].least)
		return -EINVAL;
	*numbers[number_of(target)].value = (uint32_t)value;
	return 0;
}

#define NUMBER(entry_name)                                                                               \
	{                                                                                                \
		.name = (entry_name), .mode = S_IFREG | 0644, .show = show_number, .write = write_number \
	}

static const struct proc_entry unix_entries[] = {
	NUMBER("max_dgram_qlen"),
	{.name = NULL},
};

static const struct proc_entry core_entries[] = {
	NUMBER("somaxconn"), NUMBER("wmem_default"), NUMBER("wmem_max"), NUMBER("rmem_default"),
	NUMBER("rmem_max"),  NUMBER("optmem_max"),   {.name = NULL},
};

const struct proc_entry proc_sys_net_entries[] = {
	{.name = "core", .mode = S_IFDIR | 0555, .children = core_entries},
	{.name = "unix", .mode = S_IFDIR | 0555, .children = unix_entries},
	{.name = NULL},
};
