/* System V semaphores: who may do what, keys and limits, and what /proc says of them. */
#include "sem.h"

static int change_as(int id, unsigned user, int by)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(change(id, 0, by, IPC_NOWAIT));
	}
	return reap(child) >> 8;
}

static int control_as(int id, unsigned user, int command, void *argument)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(semctl(id, 0, command, argument) < 0 ? errno : 0);
	}
	return reap(child) >> 8;
}

static void access_rules(void)
{
	int id = make(1);
	struct semid_ds status = status_of(id);
	unsigned short values[1] = {1};

	is_int(change_as(id, 1000, 1), EACCES, "another user may not");
	is_int(control_as(id, 1000, GETVAL, NULL), EACCES, "nor look");
	is_int(control_as(id, 1000, SETVAL, NULL), EACCES, "nor set");
	is_int(control_as(id, 1000, IPC_STAT, &status), EACCES, "nor ask");
	is_int(control_as(id, 1000, IPC_SET, &status), EPERM, "nor change it");
	is_int(control_as(id, 1000, IPC_RMID, NULL), EPERM, "nor remove it");
	status.sem_perm.mode = 0604;
	is_int(semctl(id, 0, IPC_SET, (union argument){.buf = &status}), 0, "IPC_SET");
	is_int(control_as(id, 1000, GETVAL, NULL), 0, "to look is granted");
	is_int(control_as(id, 1000, GETALL, values), 0, "at all");
	is_int(change_as(id, 1000, 0), 0, "and to wait for zero");
	is_int(change_as(id, 1000, 1), EACCES, "to change is not");
	is_int(control_as(id, 1000, SETALL, values), EACCES, "nor to set all");
	status.sem_perm.uid = 1000;
	is_int(semctl(id, 0, IPC_SET, (union argument){.buf = &status}), 0, "another owner");
	is_int(change_as(id, 1000, 1), 0, "who may");
	is_int(control_as(id, 1000, IPC_RMID, NULL), 0, "and removes it");
}

static void keys_and_limits(void)
{
	key_t key = 0x53450000 + getpid();
	int id = semget(key, 4, IPC_CREAT | 0600), highest;
	struct seminfo info, used;
	struct semid_ds status;
	struct sembuf many[501];
	char text[100];

	must(id >= 0);
	is_int(semget(key, 0, 0), id, "found by its key");
	is_int(semget(key, 4, IPC_CREAT), id, "with its size");
	fails(semget(key, 5, 0), EINVAL, "not with a larger one");
	fails(semget(key, 4, IPC_CREAT | IPC_EXCL), EEXIST, "IPC_EXCL");
	fails(semget(key + 1, 4, 0), ENOENT, "another key");
	fails(semget(key + 1, 0, IPC_CREAT), EINVAL, "a new set of none");
	fails(semget(key, -1, 0), EINVAL, "a negative size");
	fails(semget(IPC_PRIVATE, 32001, 0600), EINVAL, "more than SEMMSL");
	highest = semctl(0, 0, IPC_INFO, (union argument){.info = &info});
	ok(highest >= 0 && info.semmsl == 32000 && info.semmni == 32000 && info.semmns == 1024000000 &&
		   info.semopm == 500 && info.semvmx == VALUE_MOST && info.semusz == 20,
	   "IPC_INFO tells the limits");
	is_int(semctl(0, 0, SEM_INFO, (union argument){.info = &info}), highest, "SEM_INFO what is in use");
	int other = make(7);
	semctl(0, 0, SEM_INFO, (union argument){.info = &used});
	ok(used.semusz == info.semusz + 1 && used.semaem == info.semaem + 7, "one set of seven more");
	is_int(semctl(id % 32768, 0, SEM_STAT, (union argument){.buf = &status}), id, "SEM_STAT by index");
	is_int(status.sem_nsems, 4, "tells its status");
	is_int(semctl(id % 32768, 0, SEM_STAT_ANY, (union argument){.buf = &status}), id, "SEM_STAT_ANY");
	is_int(control_as(id % 32768, 1000, SEM_STAT, &status), EACCES, "SEM_STAT needs the right to read");
	is_int(control_as(id % 32768, 1000, SEM_STAT_ANY, &status), 0, "SEM_STAT_ANY none");
	memset(many, 0, sizeof(many));
	is_int(semop(id, many, 500), 0, "500 operations");
	fails(semop(id, many, 501), E2BIG, "501");
	fails(semop(id, many, 0), EINVAL, "none");
	fails(semop(-1, many, 1), EINVAL, "a negative id");
	fails(semop(id, NULL, 1), EFAULT, "no operations");
	is_int(change(id, 4, 1, 0), EFBIG, "an operation on the fifth of four");
	must(write_text("/proc/sys/kernel/sem", "10 20 3 4\n") > 0);
	must(read_text("/proc/sys/kernel/sem", text, sizeof(text)) > 0);
	is_str(text, "10\t20\t3\t4\n", "/proc/sys/kernel/sem");
	fails(semget(IPC_PRIVATE, 11, 0600), EINVAL, "a smaller SEMMSL");
	fails(semget(IPC_PRIVATE, 10, 0600), ENOSPC, "a smaller SEMMNS");
	fails(semop(id, many, 4), E2BIG, "a smaller SEMOPM");
	is_int(write_text("/proc/sys/kernel/sem", "1 2 3 32769\n"), -ERANGE, "too many sets");
	snprintf(text, sizeof(text), "32000 1024000000 500 %d", used.semusz);
	must(write_text("/proc/sys/kernel/sem", text) > 0);
	fails(semget(IPC_PRIVATE, 1, 0600), ENOSPC, "a smaller SEMMNI");
	must(write_text("/proc/sys/kernel/sem", "32000 1024000000 500 32000\n") > 0);
	remove_it(other);
	remove_it(id);
}

static void proc_text(void)
{
	static const char heading[] =
		"       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
	char text[8192], want[200];
	key_t key = 0x53460000 + getpid();
	int id = semget(key, 3, IPC_CREAT | 0640);
	struct semid_ds status;

	change(id, 0, 1, 0);
	status = status_of(id);
	must(read_text("/proc/sysvipc/sem", text, sizeof(text)) > 0);
	is_int(strncmp(text, heading, strlen(heading)), 0, "/proc/sysvipc/sem has its heading");
	snprintf(want, sizeof(want), "%10d %10d   640          3     0     0     0     0 %10ld %10ld\n", key, id,
		 status.sem_otime, status.sem_ctime);
	ok(strstr(text, want) != NULL, "and its line");
	remove_it(id);
}

static const struct tap_case cases[] = {
	{"access_rules", access_rules, 0},
	{"limits", keys_and_limits, 0},
	{"proc_text", proc_text, 0},
};

TAP_MAIN(cases)
