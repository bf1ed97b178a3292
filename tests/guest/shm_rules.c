/* System V shared memory: keys, who may do what, the limit on what is locked, SHM_INFO and its like. */
#include "shm.h"

#include <limits.h>
#include <sys/resource.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

static void keys(void)
{
	key_t key = 0x4e4d0000 + getpid();
	int id = shmget(key, PAGE, IPC_CREAT | 0640), other;
	struct shmid_ds status;

	must(id >= 0);
	is_int(shmget(key, PAGE, 0), id, "found by its key");
	is_int(shmget(key, 0, 0), id, "whatever the size, if not larger");
	is_int(shmget(key, PAGE, IPC_CREAT), id, "IPC_CREAT finds it");
	fails(shmget(key, PAGE, IPC_CREAT | IPC_EXCL), EEXIST, "IPC_EXCL");
	fails(shmget(key, PAGE + 1, 0), EINVAL, "a larger size");
	fails(shmget(key + 1, PAGE, 0), ENOENT, "another key");
	fails(shmget(key + 1, 0, IPC_CREAT), EINVAL, "no bytes");
	other = shmget(IPC_PRIVATE, PAGE, 0600);
	ok(other >= 0 && other != id, "IPC_PRIVATE is always another");
	status = status_of(id);
	is_int(status.shm_perm.__key, key, "the key is told");
	is_int(status.shm_perm.__seq, id / 32768, "the sequence number is in the id");
	remove_it(other);
	remove_it(id);
	fails(shmget(key, PAGE, 0), ENOENT, "the key is free again");
	other = make(PAGE);
	ok(other != id, "an id is not used again at once");
	remove_it(other);
}

static int attach_as(int id, unsigned user, int flags)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(shmat(id, NULL, flags) == (void *)-1 ? errno : 0);
	}
	return reap(child) >> 8;
}

static int control_as(int id, unsigned user, int command, struct shmid_ds *status)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(shmctl(id, command, status) < 0 ? errno : 0);
	}
	return reap(child) >> 8;
}

static void access_rules(void)
{
	int id = make(PAGE);
	struct shmid_ds status = status_of(id);
	pid_t child;

	is_int(attach_as(id, 1000, 0), EACCES, "another user may not");
	is_int(control_as(id, 1000, IPC_STAT, &status), EACCES, "nor look at it");
	is_int(control_as(id, 1000, IPC_SET, &status), EPERM, "nor change it");
	is_int(control_as(id, 1000, IPC_RMID, NULL), EPERM, "nor remove it");
	status.shm_perm.mode = 0604;
	is_int(shmctl(id, IPC_SET, &status), 0, "IPC_SET");
	is_int(attach_as(id, 1000, 0), EACCES, "reading is not writing");
	is_int(attach_as(id, 1000, SHM_RDONLY), 0, "reading is granted");
	is_int(attach_as(id, 1000, SHM_RDONLY | SHM_EXEC), EACCES, "executing is not");
	status.shm_perm.uid = 1000;
	status.shm_perm.mode = 01777777;
	is_int(shmctl(id, IPC_SET, &status), 0, "another owner");
	is_int(status_of(id).shm_perm.mode, 0777, "only permission bits are set");
	is_int(attach_as(id, 1000, 0), 0, "the owner may");
	is_int(control_as(id, 1000, IPC_SET, &status), 0, "and change it");
	status.shm_perm.uid = (uid_t)-1;
	fails(shmctl(id, IPC_SET, &status), EINVAL, "no owner at all");
	if (in_child(&child)) {
		become_user(1000);
		_exit(shmctl(id, SHM_LOCK, NULL) || !(status_of(id).shm_perm.mode & LOCKED) ||
		      shmctl(id, SHM_UNLOCK, NULL) || (status_of(id).shm_perm.mode & LOCKED));
	}
	is_exited(child, 0, "the owner locks and unlocks it");
	is_int(control_as(id, 1001, SHM_LOCK, NULL), EPERM, "others do not");
	if (in_child(&child)) {
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_MEMLOCK, &none);
		become_user(1000);
		_exit(shmctl(id, SHM_LOCK, NULL) ? errno : 0);
	}
	is_exited(child, EPERM, "nor who may lock nothing");
	is_int(control_as(id, 1000, IPC_RMID, NULL), 0, "the owner removes it");
}

static void lock_limit(void)
{
	int id = make(4 * PAGE), other = make(4 * PAGE);
	struct shmid_ds status = status_of(id);
	struct rlimit limit = {5 * PAGE, 5 * PAGE};
	pid_t child;

	status.shm_perm.uid = 1003;
	must(shmctl(id, IPC_SET, &status) == 0 && shmctl(other, IPC_SET, &status) == 0);
	if (in_child(&child)) {
		setrlimit(RLIMIT_MEMLOCK, &limit);
		become_user(1003);
		must(shmctl(id, SHM_LOCK, NULL) == 0);
		must(shmctl(other, SHM_LOCK, NULL) == -1 && errno == ENOMEM);
		must(shmctl(id, SHM_LOCK, NULL) == 0);
		must(shmctl(id, SHM_UNLOCK, NULL) == 0);
		must(shmctl(other, SHM_LOCK, NULL) == 0);
		_exit(0);
	}
	is_exited(child, 0, "a user's locked segments count together");
	remove_it(id);
	remove_it(other);
}

static void infos(void)
{
	struct shminfo limits;
	struct shm_info before, sums;
	struct shmid_ds status;
	int highest, id, index;
	char *p;

	ok(shmctl(0, SHM_INFO, (void *)&before) >= 0, "SHM_INFO");
	id = make(5 * PAGE);
	p = shmat(id, NULL, 0);
	p[0] = p[PAGE] = 1;
	highest = shmctl(0, IPC_INFO, (void *)&limits);
	ok(highest >= 0 && limits.shmmni == 4096 && limits.shmseg == 4096 && limits.shmmin == 1 &&
		   limits.shmmax == ULONG_MAX - (1ul << 24) && limits.shmall == ULONG_MAX - (1ul << 24),
	   "IPC_INFO tells the limits");
	is_int(shmctl(0, SHM_INFO, (void *)&sums), highest, "SHM_INFO tells the highest index too");
	is_int(sums.used_ids, before.used_ids + 1, "one more is in use");
	is_int(sums.shm_tot, before.shm_tot + 5, "five pages more");
	is_int(sums.shm_rss, before.shm_rss + 2, "two of them are in memory");
	index = id % 32768;
	is_int(shmctl(index, SHM_STAT, &status), id, "SHM_STAT gives the id of an index");
	is_int(status.shm_segsz, 5 * PAGE, "and its status");
	is_int(shmctl(index, SHM_STAT_ANY, &status), id, "SHM_STAT_ANY as well");
	fails(shmctl(highest + 1, SHM_STAT, &status), EINVAL, "an index not in use");
	is_int(control_as(index, 1000, SHM_STAT, &status), EACCES, "SHM_STAT asks for the right to read");
	is_int(control_as(index, 1000, SHM_STAT_ANY, &status), 0, "SHM_STAT_ANY does not");
	fails(shmctl(id, IPC_STAT, NULL), EFAULT, "no place for the answer");
	fails(shmctl(id, 99, &status), EINVAL, "an unknown command");
	fails(shmctl(-1, IPC_INFO, (void *)&limits), EINVAL, "a negative id");
	shmdt(p);
	remove_it(id);
}

static const struct tap_case cases[] = {
	{"keys", keys, 0},
	{"access_rules", access_rules, 0},
	{"lock_limit", lock_limit, 0},
	{"infos", infos, 0},
};

TAP_MAIN(cases)
