/* sched_setattr and sched_getattr: sizes, flags, policies, what is kept, who may. */
#include "guest.h"

#include <sys/resource.h>

#define RESET_ON_FORK 1u
#define KEEP_POLICY   8u
#define KEEP_PARAMS   16u
#define FIRST_SIZE    48u

/* struct sched_attr of linux/sched/types.h, with room for what later kernels may add. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t clamp_least, clamp_most;
	uint64_t more[64];
};

static long set(pid_t pid, const struct attributes *wanted)
{
	return raw(SYS_sched_setattr, pid, wanted, 0);
}

static struct attributes get(void)
{
	struct attributes now = {0};

	must(raw(SYS_sched_getattr, 0, &now, sizeof(now), 0) == 0);
	return now;
}

static void sizes(void)
{
	struct attributes a = {.size = FIRST_SIZE, .nice = 3};
	char text[FIRST_SIZE + 16];

	is_int(set(0, &a), 0, "the first size");
	a.size = 0;
	is_int(set(0, &a), 0, "no size is the first");
	a.size = FIRST_SIZE - 8;
	is_int(set(0, &a), -E2BIG, "a smaller one");
	ok(a.size >= FIRST_SIZE, "the kernel tells its own size (%u)", a.size);
	a.size = sizeof(a);
	is_int(set(0, &a), 0, "a larger one that ends in zeroes");
	a.more[63] = 1;
	is_int(set(0, &a), -E2BIG, "one that does not");
	ok(a.size < sizeof(a), "and again");
	a.size = 5000;
	is_int(set(0, &a), -E2BIG, "more than a page");
	memset(text, 'x', sizeof(text));
	is_int(raw(SYS_sched_getattr, 0, text, FIRST_SIZE, 0), 0, "read the first size");
	is_int(((struct attributes *)text)->size, FIRST_SIZE, "which is told");
	is_int(((struct attributes *)text)->nice, 3, "the nice level");
	ok(text[FIRST_SIZE] == 'x', "nothing behind it is written");
	is_int(raw(SYS_sched_getattr, 0, text, FIRST_SIZE - 1, 0), -EINVAL, "read less");
	is_int(raw(SYS_sched_getattr, 0, text, 5000, 0), -EINVAL, "read more than a page");
	ok(get().size >= FIRST_SIZE && get().size < sizeof(a), "with more room the kernel's size is told");
}

static void wrong(void)
{
	struct attributes a = {.size = FIRST_SIZE};

	is_int(raw(SYS_sched_setattr, 0, &a, 1), -EINVAL, "set: flags");
	is_int(raw(SYS_sched_getattr, 0, &a, sizeof(a), 1), -EINVAL, "get: flags");
	is_int(raw(SYS_sched_setattr, 0, 0, 0), -EINVAL, "set: nothing");
	is_int(raw(SYS_sched_getattr, 0, 0, sizeof(a), 0), -EINVAL, "get: nowhere");
	is_int(raw(SYS_sched_setattr, 0, 8, 0), -EFAULT, "set: a bad address");
	is_int(raw(SYS_sched_getattr, 0, 8, sizeof(a), 0), -EFAULT, "get: a bad address");
	is_int(set(-1, &a), -EINVAL, "a negative id");
	is_int(set(4000000, &a), -ESRCH, "nobody");
	is_int(raw(SYS_sched_getattr, 4000000, &a, sizeof(a), 0), -ESRCH, "nobody asked");
	a.policy = 4;
	is_int(set(0, &a), -EINVAL, "a policy that never came");
	a.policy = 0x80000000;
	is_int(set(0, &a), -EINVAL, "a negative policy");
	a.policy = SCHED_FIFO;
	is_int(set(0, &a), -EINVAL, "FIFO without a level");
	a.priority = 100;
	is_int(set(0, &a), -EINVAL, "a level too high");
	a.policy = SCHED_OTHER;
	a.priority = 1;
	is_int(set(0, &a), -EINVAL, "an ordinary thread with a level");
	a.priority = 0;
	a.flags = 1u << 20;
	is_int(set(0, &a), -EINVAL, "an unknown flag");
	is_int(raw(SYS_sched_getscheduler, 0), SCHED_OTHER, "nothing has changed");
}

static void policies(void)
{
	struct attributes a = {.size = FIRST_SIZE, .policy = SCHED_RR, .priority = 7};

	is_int(set(0, &a), 0, "RR");
	is_int(get().policy, SCHED_RR, "told");
	is_int(get().priority, 7, "with its level");
	is_int(get().nice, 0, "without a nice level");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_BATCH, .nice = 100};
	is_int(set(0, &a), 0, "BATCH, far too nice");
	is_int(get().policy, SCHED_BATCH, "told");
	is_int(get().nice, 19, "as nice as can be");
	is_int(getpriority(PRIO_PROCESS, 0), 19, "getpriority says the same");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_IDLE, .nice = -5};
	is_int(set(0, &a), 0, "IDLE");
	is_int(get().policy, SCHED_IDLE, "told");
	is_int(get().nice, 19, "the nice level stays as it was");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_OTHER, .nice = -100, .flags = RESET_ON_FORK};
	is_int(set(0, &a), 0, "ordinary, favoured");
	is_int(get().nice, -20, "as far as can be");
	is_int((long)get().flags, RESET_ON_FORK, "with the flag");
}

static void kept(void)
{
	struct attributes a = {.size = FIRST_SIZE, .policy = SCHED_FIFO, .priority = 9, .flags = RESET_ON_FORK};

	is_int(set(0, &a), 0, "FIFO");
	a = (struct attributes){.size = FIRST_SIZE, .priority = 5, .flags = KEEP_POLICY};
	is_int(set(0, &a), 0, "keep the policy");
	is_int(get().policy, SCHED_FIFO, "it is kept");
	is_int(get().priority, 5, "the level is new");
	is_int((long)get().flags, RESET_ON_FORK, "the flag goes with the policy");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_RR, .priority = 3, .flags = KEEP_PARAMS};
	is_int(set(0, &a), 0, "keep the parameters");
	is_int(get().policy, SCHED_FIFO, "the policy is one of them");
	is_int(get().priority, 5, "the level is kept");
	is_int((long)get().flags, 0, "the flag is not");
	a.policy = SCHED_OTHER;
	is_int(set(0, &a), -EINVAL, "another kind of policy does not go with the level that is kept");
	a.policy = 4;
	is_int(set(0, &a), -EINVAL, "nor does one that never came");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_OTHER, .nice = 4};
	is_int(set(0, &a), 0, "ordinary");
	a = (struct attributes){.size = FIRST_SIZE, .nice = 8, .flags = KEEP_POLICY | KEEP_PARAMS};
	is_int(set(0, &a), 0, "keep everything");
	is_int(get().policy, SCHED_OTHER, "the policy is kept");
	is_int(get().nice, 4, "the nice level too");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_FIFO, .priority = 2, .flags = KEEP_PARAMS};
	is_int(set(0, &a), 0, "a level that would go with the policy");
	is_int(get().policy, SCHED_OTHER, "changes nothing");
	a.priority = 0;
	is_int(set(0, &a), -EINVAL, "none");
}

static void rights(void)
{
	struct attributes a = {.size = FIRST_SIZE, .nice = 5};
	struct rlimit none = {0, 0};

	must(setrlimit(RLIMIT_NICE, &none) == 0 && setrlimit(RLIMIT_RTPRIO, &none) == 0);
	become_user(1000);
	is_int(set(0, &a), 0, "a user may be nicer");
	a.nice = 4;
	is_int(set(0, &a), -EPERM, "and not less so");
	a.nice = 5;
	a.policy = SCHED_BATCH;
	is_int(set(0, &a), 0, "BATCH");
	a.policy = SCHED_FIFO;
	a.priority = 1;
	is_int(set(0, &a), -EPERM, "no real-time level");
	a = (struct attributes){.size = FIRST_SIZE, .nice = 19};
	is_int(set(getppid(), &a), -EPERM, "nor another user's process");
	a = (struct attributes){.size = FIRST_SIZE, .policy = SCHED_IDLE, .nice = 5};
	is_int(set(0, &a), 0, "IDLE");
	a.policy = SCHED_OTHER;
	is_int(set(0, &a), -EPERM, "from which there is no way back without a right");
}

static const struct tap_case cases[] = {
	{"sizes", sizes, 0}, {"wrong", wrong, 0}, {"policies", policies, 0}, {"kept", kept, 0}, {"rights", rights, 0},
};

TAP_MAIN(cases)
