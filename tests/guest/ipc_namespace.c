/* Namespaces of interprocess communication: each has its own objects, queues and limits, and ends with its last user.
 */
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "guest.h"

static void link_of(const char *path, char *to, size_t room)
{
	ssize_t n = readlink(path, to, room - 1);

	must(n > 0);
	to[n] = 0;
}

static void apart(void)
{
	key_t key = 0x4e530000 + getpid();
	int id = shmget(key, 4096, IPC_CREAT | 0600);
	mqd_t queue = mq_open("/apart", O_CREAT | O_RDWR, 0600, NULL);
	char before[60], after[60], text[400];
	pid_t child;

	must(id >= 0 && queue >= 0);
	must(write_text("/proc/sys/kernel/msgmax", "4000\n") == 5);
	link_of("/proc/self/ns/ipc", before, sizeof(before));
	ok(strncmp(before, "ipc:[", 5) == 0, "a namespace has a name: %s", before);
	if (in_child(&child)) {
		must(unshare(CLONE_NEWIPC) == 0);
		link_of("/proc/self/ns/ipc", after, sizeof(after));
		must(strcmp(before, after) != 0);
		must(shmget(key, 4096, 0) < 0 && errno == ENOENT);
		must(shmget(key, 4096, IPC_CREAT | 0600) == 0);
		must(msgget(IPC_PRIVATE, 0600) == 0 && semget(IPC_PRIVATE, 1, 0600) == 0);
		must(mq_open("/apart", O_RDWR) < 0 && errno == ENOENT);
		must(mq_open("/apart", O_CREAT | O_RDWR, 0600, NULL) >= 0);
		must(mq_send(queue, "x", 1, 0) == 0);
		must(read_text("/proc/sys/kernel/msgmax", text, sizeof(text)) > 0 && strcmp(text, "8192\n") == 0);
		must(mkdir("m", 0755) == 0 && mount("none", "m", "mqueue", 0, NULL) == 0);
		must(read_text("m/apart", text, sizeof(text)) > 0 && strncmp(text, "QSIZE:0 ", 8) == 0);
		must(umount("m") == 0);
		_exit(0);
	}
	is_exited(child, 0, "a child has one of its own");
	is_int(shmget(key, 4096, 0), id, "ours is as it was");
	struct mq_attr attributes;
	must(mq_getattr(queue, &attributes) == 0);
	is_int(attributes.mq_curmsgs, 1, "descriptors lead into it from anywhere");
	must(write_text("/proc/sys/kernel/msgmax", "8192\n") == 5);
	must(shmctl(id, IPC_RMID, NULL) == 0 && mq_unlink("/apart") == 0);
}

static int is_apart(void *argument)
{
	int first = shmget(IPC_PRIVATE, 4096, 0600);

	return argument ? first != 0 : 0;
}

static void cloned(void)
{
	char *stack = map_pages(8);
	pid_t child = clone(is_apart, stack + 8 * PAGE, CLONE_NEWIPC | SIGCHLD, stack);

	is_exited(child, 0, "clone makes one");
	fails(clone(is_apart, stack + 8 * PAGE, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, NULL), EINVAL,
	      "but shares nothing to be undone across");
	if (in_child(&child)) {
		become_user(1000);
		_exit(unshare(CLONE_NEWIPC) ? errno : 0);
	}
	is_exited(child, EPERM, "not for everybody");
}

static void entered(void)
{
	struct gate made = gate_make(), go = gate_make();
	char theirs[60], now[60], path[60];
	int own, file, id;
	pid_t child;

	must((own = open("/proc/self/ns/ipc", O_RDONLY)) >= 0);
	if (in_child(&child)) {
		must(unshare(CLONE_NEWIPC) == 0);
		must(shmget(77, 4096, IPC_CREAT | 0600) >= 0);
		gate_open(&made);
		gate_wait(&go);
		_exit(0);
	}
	gate_wait(&made);
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)child);
	must((file = open(path, O_RDONLY)) >= 0);
	link_of(path, theirs, sizeof(theirs));
	gate_open(&go);
	is_exited(child, 0, "who made it is gone");
	is_int(raw(SYS_setns, file, CLONE_NEWNS), -EINVAL, "it is none of mounts");
	id = semget(IPC_PRIVATE, 1, 0600);
	struct sembuf up = {0, 3, SEM_UNDO};
	must(id >= 0 && semop(id, &up, 1) == 0);
	is_int(raw(SYS_setns, file, CLONE_NEWIPC), 0, "setns enters it");
	link_of("/proc/self/ns/ipc", now, sizeof(now));
	is_str(now, theirs, "that of the file");
	int segment = shmget(77, 4096, 0);
	ok(segment >= 0, "which kept it, with what is in it");
	char *p = shmat(segment, NULL, 0);
	must(p != (void *)-1);
	p[0] = 'x';
	close(file);
	is_int(raw(SYS_setns, own, 0), 0, "and back");
	is_int(semctl(id, 0, GETVAL), 0, "leaving has undone what was to be undone");
	fails(shmget(77, 4096, 0), ENOENT, "what was there is not here");
	is_int(p[0], 'x', "but what is attached stays attached");
	is_int(shmdt(p), 0, "until it is detached");
	if (in_child(&child)) {
		become_user(1000);
		_exit((int)-raw(SYS_setns, own, 0));
	}
	is_exited(child, EPERM, "not for everybody");
	must(semctl(id, 0, IPC_RMID) == 0);
}

/* One whose maker is gone lives on in the place where its file is bound. */
static void bound(void)
{
	struct gate made = gate_make(), go = gate_make();
	char path[60];
	pid_t child;
	int file;

	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	must(mount("bound", "/tmp", "tmpfs", 0, NULL) == 0);
	must((file = creat("/tmp/ipc", 0600)) >= 0 && close(file) == 0);
	if (in_child(&child)) {
		must(unshare(CLONE_NEWIPC) == 0 && msgget(78, IPC_CREAT | 0600) >= 0);
		gate_open(&made);
		gate_wait(&go);
		_exit(0);
	}
	gate_wait(&made);
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)child);
	is_int(mount(path, "/tmp/ipc", NULL, MS_BIND, NULL), 0, "it is bound to a file");
	gate_open(&go);
	is_exited(child, 0, "who made it is gone");
	must((file = open("/tmp/ipc", O_RDONLY)) >= 0);
	is_int(umount2("/tmp/ipc", MNT_DETACH), 0, "the place is free again");
	is_int(raw(SYS_setns, file, 0), 0, "setns enters it");
	close(file);
	ok(msgget(78, 0) >= 0, "what was made in it is there");
}

/* Namespaces made and left in numbers, with things in them. */
static void many(void)
{
	pid_t children[4];

	for (int i = 0; i < 4; i++) {
		if (in_child(&children[i])) {
			for (int round = 0; round < 40; round++) {
				must(unshare(CLONE_NEWIPC) == 0);
				int id = shmget(IPC_PRIVATE, 2 * PAGE, 0600), set = semget(IPC_PRIVATE, 3, 0600);
				int queue = msgget(IPC_PRIVATE, 0600);
				char *p = shmat(id, NULL, 0);
				struct sembuf up = {1, 1, SEM_UNDO};
				struct {
					long type;
					char text[10];
				} message = {1, "text"};
				must(p != (void *)-1 && semop(set, &up, 1) == 0 && msgsnd(queue, &message, 10, 0) == 0);
				struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 8};
				mqd_t mq = mq_open("/many", O_CREAT | O_RDWR, 0600, &small);
				must(mq >= 0 && mq_send(mq, "x", 1, 0) == 0);
				*p = 1;
				if (round % 2)
					must(shmdt(p) == 0 && mq_close(mq) == 0);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++)
		is_exited(children[i], 0, "child %d has had its forty", i);
	if (is_namu()) {
		is_int(proc_number("/proc/namu/resources", "slab_ipc_namespace"), 0, "no namespace is left");
		is_int(proc_number("/proc/namu/resources", "slab_mqueue"), 0, "and no queue");
		is_int(proc_number("/proc/namu/resources", "slab_shm"), 0, "and no segment");
	} else {
		skip("no namespace is left", "Linux does not say");
	}
}

static const struct tap_case cases[] = {
	{"apart", apart, 0}, {"cloned", cloned, 0}, {"entered", entered, 0}, {"bound", bound, 0}, {"many", many, 0}};

TAP_MAIN(cases)
