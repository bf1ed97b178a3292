/*
 * The settings of interprocess communication in /proc/sys/kernel (proc(5), sysvipc(7)): those of the namespace of who
 * reads or writes them. Written are numbers with white space between; what stands behind the last one is let pass.
 */
#include <linux/capability.h>

#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/procfs_sys_ipc.h"

/* A number with its sign: 0, -EINVAL. `text` is ended by zero. */
static int read_number(const char **text, bool *is_negative, uint64_t *number)
{
	const char *at = *text;
	uint64_t value = 0;

	*is_negative = *at == '-';
	at += *is_negative;
	if (*at < '0' || *at > '9')
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10ul, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -EINVAL;
	}
	if (*at && *at != ' ' && *at != '\t' && *at != '\n')
		return -EINVAL;
	*text = at;
	*number = value;
	return 0;
}

static void skip_blanks(const char **text)
{
	while (**text == ' ' || **text == '\t' || **text == '\n')
		++*text;
}

/* One number from `least` to `most`: 0 or -EINVAL. */
static int read_one(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	bool is_negative;
	int error;

	skip_blanks(&text);
	error = read_number(&text, &is_negative, number);
	return !error && (is_negative || *number < least || *number > most) ? -EINVAL : error;
}

#define NUMBER(name, type, least, most)                                                         \
	int proc_show_##name(struct proc_text *text, const struct proc_target *target)          \
	{                                                                                       \
		proc_print(text, "%lu\n", (uint64_t)current_ipc()->name);                       \
		return 0;                                                                       \
	}                                                                                       \
	int proc_write_##name(const struct proc_target *target, const char *text, size_t bytes) \
	{                                                                                       \
		uint64_t value;                                                                 \
		int error = read_one(text, least, most, &value);                                \
                                                                                                \
		if (!error)                                                                     \
			current_ipc()->name = (type)value;                                      \
		return error;                                                                   \
	}
NUMBER(shmmax, uint64_t, 0, UINT64_MAX)
NUMBER(shmall, uint64_t, 0, UINT64_MAX)
NUMBER(shmmni, uint32_t, 0, IPC_INDEXES)
NUMBER(msgmax, int32_t, 0, INT32_MAX)
NUMBER(msgmnb, int32_t, 0, INT32_MAX)
NUMBER(msgmni, int32_t, 0, IPC_INDEXES)

/* Linux keeps this one for programs that write it; it does nothing there either. */
int proc_show_auto_msgmni(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "0\n");
	return 0;
}

int proc_write_auto_msgmni(const struct proc_target *target, const char *text, size_t bytes)
{
	uint64_t value;

	return read_one(text, 0, 1, &value);
}

int proc_show_shm_rmid_forced(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", current_ipc()->shm_rmid_forced);
	return 0;
}

int proc_write_shm_rmid_forced(const struct proc_target *target, const char *text, size_t bytes)
{
	uint64_t value;
	int error = read_one(text, 0, 1, &value);

	if (error)
		return error;
	current_ipc()->shm_rmid_forced = (uint32_t)value;
	if (value)
		shm_remove_orphans(current_ipc());
	return 0;
}

/* Which id the next object shall get, for who restores a program as it was. */
static int show_next_id(struct proc_text *text, struct ipc_set *set)
{
	spin_lock(&set->lock);
	int32_t next = set->next_id;
	spin_unlock(&set->lock);
	proc_print(text, "%d\n", next);
	return 0;
}

static int write_next_id(struct ipc_set *set, const char *text)
{
	uint64_t value;
	int error = current_has_cap(CAP_CHECKPOINT_RESTORE) || current_has_cap(CAP_SYS_ADMIN) ? 0 : -EPERM;

	if (!error)
		error = read_one(text, 0, INT32_MAX, &value);
	if (error)
		return error;
	spin_lock(&set->lock);
	set->next_id = (int32_t)value;
	spin_unlock(&set->lock);
	return 0;
}

#define NEXT_ID(name, set)                                                                      \
	int proc_show_##name(struct proc_text *text, const struct proc_target *target)          \
	{                                                                                       \
		return show_next_id(text, &current_ipc()->set);                                 \
	}                                                                                       \
	int proc_write_##name(const struct proc_target *target, const char *text, size_t bytes) \
	{                                                                                       \
		return write_next_id(&current_ipc()->set, text);                                \
	}
NEXT_ID(shm_next_id, segments)
NEXT_ID(sem_next_id, semaphores)
NEXT_ID(msg_next_id, queues)

int proc_show_sem(struct proc_text *text, const struct proc_target *target)
{
	const struct ipc_namespace *space = current_ipc();

	proc_print(text, "%d\t%d\t%d\t%d\n", space->semmsl, space->semmns, space->semopm, space->semmni);
	return 0;
}

/* Up to four numbers; those that are not given stay as they are. */
int proc_write_sem(const struct proc_target *target, const char *text, size_t bytes)
{
	struct ipc_namespace *space = current_ipc();
	int32_t values[4] = {space->semmsl, space->semmns, space->semopm, space->semmni};
	bool is_negative;
	uint64_t number;

	skip_blanks(&text);
	for (unsigned i = 0; i < ARRAY_LEN(values) && (*text || i == 0); i++) {
		if (read_number(&text, &is_negative, &number) || number > INT32_MAX)
			return -EINVAL;
		values[i] = is_negative ? -(int32_t)number : (int32_t)number;
		skip_blanks(&text);
	}
	if (values[3] < 0 || values[3] > IPC_INDEXES)
		return -ERANGE;
	space->semmsl = values[0];
	space->semmns = values[1];
	space->semopm = values[2];
	space->semmni = values[3];
	return 0;
}

/* Limits of POSIX queues, with the bounds that Linux sets for them. */
NUMBER(queues_max, uint32_t, 0, INT32_MAX)
NUMBER(msg_max, int32_t, 1, 65536)
NUMBER(msg_default, int32_t, 1, 65536)
NUMBER(msgsize_max, int32_t, 128, 16777216)
NUMBER(msgsize_default, int32_t, 128, 16777216)

#define MQUEUE_ROW(entry_name)                                                               \
	{                                                                                    \
		.name = #entry_name, .mode = S_IFREG | 0644, .show = proc_show_##entry_name, \
		.write = proc_write_##entry_name                                             \
	}

const struct proc_entry proc_sys_mqueue_entries[] = {
	MQUEUE_ROW(msg_default), MQUEUE_ROW(msg_max),    MQUEUE_ROW(msgsize_default),
	MQUEUE_ROW(msgsize_max), MQUEUE_ROW(queues_max), {.name = NULL},
};
