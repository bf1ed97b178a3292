/* System V shared memory: attaching, counting, ends, sizes, and what /proc says of it. */
#include "shm.h"

#include <limits.h>
#include <sys/resource.h>

static void attach(void)
{
	int id = make(3 * PAGE - 5);
	struct shmid_ds status = status_of(id);
	char *p, *q;

	is_int(status.shm_segsz, 3 * PAGE - 5, "the size is as asked for");
	is_int(status.shm_nattch, 0, "nobody has it attached");
	is_int(status.shm_cpid, getpid(), "its maker is known");
	is_int(status.shm_lpid, 0, "nobody has attached it");
	is_int(status.shm_atime, 0, "it was never attached");
	ok(status.shm_ctime != 0, "it has a time of change");
	is_int(status.shm_perm.mode, 0600, "its mode is as asked for");
	p = shmat(id, NULL, 0);
	must(p != (void *)-1);
	ok(p[0] == 0 && p[3 * PAGE - 1] == 0, "it is filled with zeros, to the end of its last page");
	strcpy(p + PAGE, "hello");
	q = shmat(id, NULL, SHM_RDONLY);
	must(q != (void *)-1);
	is_str(q + PAGE, "hello", "two attachments show the same");
	status = status_of(id);
	is_int(status.shm_nattch, 2, "both count");
	is_int(status.shm_lpid, getpid(), "who attached last");
	ok(status.shm_atime != 0 && status.shm_dtime == 0, "times of attaching and detaching");
	fails(mprotect(q, PAGE, PROT_READ | PROT_WRITE), EACCES, "SHM_RDONLY cannot become writable");
	is_int(shmdt(p), 0, "shmdt");
	is_int(attached_of(id), 1, "one is left");
	fails(shmdt(p), EINVAL, "it is not attached there any more");
	ok(status_of(id).shm_dtime != 0, "detaching is noted");
	is_int(shmdt(q), 0, "shmdt of the other");
	p = shmat(id, NULL, 0);
	is_str(p + PAGE, "hello", "the contents stay while nobody has it attached");
	shmdt(p);
	remove_it(id);
	fails(shmctl(id, IPC_STAT, &status), EINVAL, "the id is gone");
	fails(shmat(id, NULL, 0) == (void *)-1 ? -1 : 0, EINVAL, "a removed one cannot be attached");
}

static void places(void)
{
	int id = make(2 * PAGE);
	char *room = map_pages(8);
	char *at = room + 2 * PAGE;

	fails((long)shmat(id, at, 0), EINVAL, "what is mapped there is in the way");
	fails((long)shmat(id, at + 8, 0), EINVAL, "an odd address");
	fails((long)shmat(id, at + 8, SHM_REMAP), EINVAL, "an odd address with SHM_REMAP");
	fails((long)shmat(id, NULL, SHM_REMAP), EINVAL, "SHM_REMAP without an address");
	fails((long)shmat(id, (void *)8, SHM_REMAP | SHM_RND), EINVAL, "SHM_REMAP with an address rounded to nothing");
	at[0] = 'x';
	ok(shmat(id, at, SHM_REMAP) == at && at[0] == 0, "SHM_REMAP takes its place");
	is_int(shmdt(at), 0, "shmdt");
	ok(shmat(id, at + 77, SHM_RND) == at, "SHM_RND rounds down");
	fails(shmdt(at + 77), EINVAL, "shmdt of an odd address");
	fails(shmdt(at + PAGE), EINVAL, "shmdt of its middle");
	at[PAGE] = 7;
	is_int(munmap(at, PAGE), 0, "its first page is unmapped");
	is_int(attached_of(id), 1, "the rest counts");
	is_int(shmdt(at), 0, "shmdt takes the rest, by the address where it began");
	is_int(attached_of(id), 0, "nothing counts");
	ok(shmat(id, at, 0) == at, "again");
	is_int(mprotect(at, PAGE, PROT_READ), 0, "a part of it is protected");
	is_int(attached_of(id), 2, "and the parts count, as on Linux");
	is_int(mprotect(at, PAGE, PROT_READ | PROT_WRITE), 0, "and is as before");
	is_int(attached_of(id), 2, "they are never merged");
	is_int(shmdt(at), 0, "shmdt takes all parts");
	is_int(attached_of(id), 0, "nothing counts now");
	fails((long)shmat(id, (void *)(-4 * PAGE), 0), ENOMEM, "behind the end of all addresses");
	fails((long)shmat(id, (void *)(-PAGE), 0), EINVAL, "around the end of all addresses");
	munmap(room, 8 * PAGE);
	remove_it(id);
}

static void moves(void)
{
	int id = make(4 * PAGE);
	char *p = shmat(id, NULL, 0), *q;

	must(p != (void *)-1);
	p[0] = 'a';
	q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map_pages(4));
	ok(q != MAP_FAILED && q[0] == 'a', "mremap moves it");
	is_int(attached_of(id), 1, "it still counts once");
	fails(shmdt(p), EINVAL, "shmdt of the old place");
	is_int(shmdt(q), 0, "shmdt of the new place");
	p = shmat(id, NULL, 0);
	q = mremap(p, 0, 4 * PAGE, MREMAP_MAYMOVE);
	ok(q != MAP_FAILED && q[0] == 'a', "mremap of no bytes makes a second one");
	is_int(attached_of(id), 2, "which counts");
	munmap(q, 4 * PAGE);
	is_int(attached_of(id), 1, "munmap ends it");
	is_int(madvise(p, 4 * PAGE, MADV_DONTFORK), 0, "MADV_DONTFORK");
	pid_t child;
	if (in_child(&child))
		_exit((int)attached_of(id));
	is_exited(child, 1, "a child without it does not count");
	shmdt(p);
	remove_it(id);
}

static void lives(void)
{
	int id = make(PAGE);
	char *p = shmat(id, NULL, 0);
	struct gate go = gate_make(), done = gate_make();
	struct shmid_ds status;
	pid_t child;

	must(p != (void *)-1);
	if (in_child(&child)) {
		p[0] = 'c';
		gate_open(&done);
		gate_wait(&go);
		_exit(0);
	}
	gate_wait(&done);
	is_int(attached_of(id), 2, "fork attaches it for the child");
	is_int(p[0], 'c', "what the child writes is seen");
	gate_open(&go);
	is_exited(child, 0, "the child ends");
	status = status_of(id);
	is_int(status.shm_nattch, 1, "its end detaches");
	is_int(status.shm_lpid, child, "and it was the last to do something");
	if (in_child(&child)) {
		execl("/tests/help/exit_with", "exit_with", "3", NULL);
		_exit(77);
	}
	reap(child);
	is_int(attached_of(id), 1, "exec detaches");
	if (in_child(&child)) {
		raise(SIGKILL);
		_exit(0);
	}
	is_killed(child, SIGKILL, "a killed child");
	is_int(attached_of(id), 1, "its death detaches");
	remove_it(id);
	status = status_of(id);
	is_int(status.shm_perm.mode, 0600 | DEST, "IPC_RMID while attached marks it");
	is_int(status.shm_perm.__key, 0, "it has no key any more");
	char *q = shmat(id, NULL, 0);
	ok(q != (void *)-1 && q[0] == 'c', "it can still be attached by its id");
	shmdt(q);
	is_int(attached_of(id), 1, "one left");
	shmdt(p);
	fails(shmctl(id, IPC_STAT, &status), EINVAL, "the last detaching ends it");
}

static void sizes(void)
{
	struct shm_info sums;
	char text[100];

	fails(shmget(IPC_PRIVATE, 0, 0600), EINVAL, "no bytes");
	fails(shmget(IPC_PRIVATE, ULONG_MAX, 0600), EINVAL, "more than shmmax");
	fails(shmget(IPC_PRIVATE, 1ul << 60, 0600), ENOMEM, "more than memory");
	must(write_text("/proc/sys/kernel/shmmax", "8192\n") == 5);
	fails(shmget(IPC_PRIVATE, 8193, 0600), EINVAL, "more than a smaller shmmax");
	remove_it(make(8192));
	must(write_text("/proc/sys/kernel/shmmax", "18446744073692774399\n") == 21);
	must(shmctl(0, SHM_INFO, (void *)&sums) >= 0);
	snprintf(text, sizeof(text), "%lu", sums.shm_tot + 2);
	must(write_text("/proc/sys/kernel/shmall", text) > 0);
	fails(shmget(IPC_PRIVATE, 3 * PAGE, 0600), ENOSPC, "more than shmall");
	remove_it(make(2 * PAGE));
	must(write_text("/proc/sys/kernel/shmall", "18446744073692774399\n") == 21);
	snprintf(text, sizeof(text), "%d", sums.used_ids + 1);
	must(write_text("/proc/sys/kernel/shmmni", text) > 0);
	int id = make(1);
	fails(shmget(IPC_PRIVATE, 1, 0600), ENOSPC, "more than shmmni");
	must(write_text("/proc/sys/kernel/shmmni", "4096\n") == 5);
	remove_it(id);
	is_int(write_text("/proc/sys/kernel/shmmni", "-1\n"), -EINVAL, "a limit is not negative");
	is_int(write_text("/proc/sys/kernel/shmmni", "32769\n"), -EINVAL, "nor above what ids can tell apart");
	is_int(write_text("/proc/sys/kernel/shmmax", "12x\n"), -EINVAL, "nor a word");
}

static void rmid_forced(void)
{
	int orphan, mine = make(PAGE), kept, told[2];
	char *p;
	pid_t child;

	must(pipe(told) == 0);
	if (in_child(&child)) {
		int ids[2] = {make(PAGE), make(PAGE)};
		must(write(told[1], ids, sizeof(ids)) == sizeof(ids));
		_exit(0);
	}
	is_exited(child, 0, "a maker ends");
	must(read(told[0], &orphan, sizeof(int)) == sizeof(int) && read(told[0], &kept, sizeof(int)) == sizeof(int));
	p = shmat(kept, NULL, 0);
	must(write_text("/proc/sys/kernel/shm_rmid_forced", "1\n") == 2);
	fails(shmctl(orphan, IPC_STAT, &(struct shmid_ds){0}), EINVAL, "shm_rmid_forced ends what nobody has attached");
	is_int(attached_of(kept), 1, "but not what somebody has");
	is_int(attached_of(mine), 0, "nor that of a living maker");
	shmdt(p);
	fails(shmctl(kept, IPC_STAT, &(struct shmid_ds){0}), EINVAL, "which goes when it is detached");
	if (in_child(&child)) {
		int id = make(PAGE);
		must(write(told[1], &id, sizeof(id)) == sizeof(id));
		_exit(0);
	}
	is_exited(child, 0, "another maker ends");
	must(read(told[0], &orphan, sizeof(int)) == sizeof(int));
	fails(shmctl(orphan, IPC_STAT, &(struct shmid_ds){0}), EINVAL, "its segment ends with it");
	must(write_text("/proc/sys/kernel/shm_rmid_forced", "0\n") == 2);
	remove_it(mine);
}

static void next_id(void)
{
	char text[40];
	int id = make(1), wanted = id % 32768 + 5 + 32768 * 77;

	remove_it(id);
	snprintf(text, sizeof(text), "%d", wanted);
	must(write_text("/proc/sys/kernel/shm_next_id", text) > 0);
	id = make(1);
	is_int(id, wanted, "shm_next_id is the next id");
	must(read_text("/proc/sys/kernel/shm_next_id", text, sizeof(text)) > 0);
	is_str(text, "-1\n", "once");
	remove_it(id);
}

static void proc_texts(void)
{
	key_t key = 0x53000000 + getpid();
	int id = shmget(key, 3 * PAGE - 1, IPC_CREAT | 0640), found = 0;
	char *p = shmat(id, NULL, SHM_RDONLY);
	static const char heading[] = "       key      shmid perms                  size  cpid  lpid nattch   uid   "
				      "gid  cuid  cgid      atime"
				      "      dtime      ctime                   rss                  swap\n";
	char text[16384], want[200];
	struct shmid_ds status = status_of(id);

	must(p != (void *)-1);
	ok(p[PAGE] == 0, "a look at one page");
	must(read_text("/proc/sysvipc/shm", text, sizeof(text)) > 0);
	is_int(strncmp(text, heading, strlen(heading)), 0, "/proc/sysvipc/shm has its heading");
	snprintf(want, sizeof(want),
		 "%10d %10d   640                 %5ld %5d %5d      1     0     0     0     0 %10ld %10ld %10ld ", key,
		 id, 3 * PAGE - 1, getpid(), getpid(), status.shm_atime, status.shm_dtime, status.shm_ctime);
	ok(strstr(text, want) != NULL, "and a line for it: %s", want);
	must(read_text("/proc/self/maps", text, sizeof(text)) > 0);
	snprintf(want, sizeof(want), "/SYSV%08x (deleted)", key);
	for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
		unsigned long start, end, inode;
		char access[8];
		if (sscanf(line, "%lx-%lx %7s %*x %*x:%*x %lu", &start, &end, access, &inode) == 4 &&
		    start == (unsigned long)p) {
			found = 1;
			is_str(access, "r--s", "maps says how");
			is_int(end - start, 3 * PAGE, "how much");
			is_int(inode, id, "which");
			line[strcspn(line, "\n")] = 0;
			ok(strstr(line, want) != NULL, "and its name: %s", line);
			break;
		}
	}
	ok(found, "maps shows it");
	shmdt(p);
	remove_it(id);
}

/* Processes that attach, write, detach and remove at the same time leave nothing and see nothing of others' memory. */
static void storm(void)
{
	int shared = make(16 * PAGE);
	unsigned *counter = shmat(shared, NULL, 0);
	pid_t children[6];

	must(counter != (void *)-1);
	for (int i = 0; i < 6; i++) {
		if (in_child(&children[i])) {
			for (int round = 0; round < 150; round++) {
				int id = make((round % 5 + 1) * PAGE);
				unsigned *p = shmat(id, NULL, 0), *q = shmat(shared, NULL, 0);
				must(p != (void *)-1 && q != (void *)-1 && *p == 0);
				*p = (unsigned)getpid();
				remove_it(id);
				__atomic_fetch_add(q, 1, __ATOMIC_SEQ_CST);
				pid_t grandchild = round % 10 == 0 ? fork() : -1;
				if (grandchild == 0)
					_exit(*p != (unsigned)getppid());
				if (grandchild > 0)
					must(reap(grandchild) == 0);
				must(*p == (unsigned)getpid());
				must(shmdt(p) == 0 && shmdt(q) == 0);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 6; i++)
		is_exited(children[i], 0, "child %d has seen only its own", i);
	is_int(*counter, 900, "every addition to the shared one is there");
	is_int(attached_of(shared), 1, "and one attachment is left");
	remove_it(shared);
}

static const struct tap_case cases[] = {
	{"attach", attach, 0},   {"places", places, 0},         {"moves", moves, 0},
	{"lives", lives, 0},     {"sizes", sizes, 0},           {"rmid_forced", rmid_forced, 0},
	{"next_id", next_id, 0}, {"proc_texts", proc_texts, 0}, {"storm", storm, 0},
};

TAP_MAIN(cases)
