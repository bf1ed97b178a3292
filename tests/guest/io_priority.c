/* ioprio_set and ioprio_get: classes and levels, whom they name, who may, what a child has. */
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>

#include "guest.h"

#define PRIORITY(class, level) ((class) << IOPRIO_CLASS_SHIFT | (level))

static long set(int which, int who, int priority)
{
	return raw(SYS_ioprio_set, which, who, priority);
}

static long get(int which, int who)
{
	return raw(SYS_ioprio_get, which, who);
}

static void kept(void)
{
	static const int right[] = {PRIORITY(IOPRIO_CLASS_RT, 0),   PRIORITY(IOPRIO_CLASS_RT, 7),
				    PRIORITY(IOPRIO_CLASS_BE, 3),   PRIORITY(IOPRIO_CLASS_BE, 7),
				    PRIORITY(IOPRIO_CLASS_IDLE, 0), PRIORITY(IOPRIO_CLASS_NONE, 0)};
	static const int wrong[] = {PRIORITY(IOPRIO_CLASS_NONE, 1), PRIORITY(4, 0), PRIORITY(7, 0)};

	is_int(get(IOPRIO_WHO_PROCESS, 0), 0, "none at first");
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		is_int(set(IOPRIO_WHO_PROCESS, 0, right[i]), 0, "%#x is set", right[i]);
		is_int(get(IOPRIO_WHO_PROCESS, getpid()), right[i], "and told");
	}
	set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_BE, 6));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_int(set(IOPRIO_WHO_PROCESS, 0, wrong[i]), -EINVAL, "%#x is none", wrong[i]);
	is_int(get(IOPRIO_WHO_PROCESS, 0), PRIORITY(IOPRIO_CLASS_BE, 6), "nothing has changed");
	is_int(set(0, 0, 0), -EINVAL, "nobody of that kind");
	is_int(set(4, 0, 0), -EINVAL, "nor of that");
	is_int(get(4, 0), -EINVAL, "who is asked for is checked");
	is_int(set(IOPRIO_WHO_PROCESS, 0x3fffffff, 0), -ESRCH, "no such process");
	is_int(get(IOPRIO_WHO_PGRP, 0x3fffffff), -ESRCH, "no such group");
}

static void inherited(void)
{
	pid_t child;

	must(set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_BE, 2)) == 0);
	if (in_child(&child)) {
		int is_right = get(IOPRIO_WHO_PROCESS, 0) == PRIORITY(IOPRIO_CLASS_BE, 2);
		set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_IDLE, 0));
		_exit(is_right ? 0 : 1);
	}
	is_exited(child, 0, "a child has its parent's");
	is_int(get(IOPRIO_WHO_PROCESS, 0), PRIORITY(IOPRIO_CLASS_BE, 2), "and its own from then on");
}

/* The best of a group; one without a priority has what its nice value and policy give. */
static void grouped(void)
{
	struct gate made = gate_make(), go = gate_make();
	struct sched_param none = {0};
	pid_t child;

	if (in_child(&child)) {
		must(setpgid(0, 0) == 0 && setpriority(PRIO_PROCESS, 0, 10) == 0);
		gate_open(&made);
		gate_wait(&go);
		_exit(get(IOPRIO_WHO_PROCESS, 0) == PRIORITY(IOPRIO_CLASS_RT, 5) ? 0 : 1);
	}
	gate_wait(&made);
	is_int(get(IOPRIO_WHO_PGRP, child), PRIORITY(IOPRIO_CLASS_BE, 6), "by its nice value");
	must(raw(SYS_sched_setscheduler, child, SCHED_IDLE, &none) == 0);
	is_int(get(IOPRIO_WHO_PGRP, child), PRIORITY(IOPRIO_CLASS_IDLE, 6), "by its policy");
	is_int(set(IOPRIO_WHO_PGRP, child, PRIORITY(IOPRIO_CLASS_RT, 5)), 0, "the group's");
	is_int(get(IOPRIO_WHO_PGRP, child), PRIORITY(IOPRIO_CLASS_RT, 5), "is told");
	gate_open(&go);
	is_exited(child, 0, "and the process's");
}

static void rights(void)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(1000);
		int is_right = set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_BE, 0)) == 0 &&
			       set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_IDLE, 0)) == 0 &&
			       set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_BE, 1)) == 0 &&
			       set(IOPRIO_WHO_PROCESS, 0, PRIORITY(IOPRIO_CLASS_RT, 7)) == -EPERM &&
			       set(IOPRIO_WHO_PROCESS, getppid(), 0) == -EPERM &&
			       get(IOPRIO_WHO_PROCESS, getppid()) >= 0;
		_exit(is_right ? 0 : 1);
	}
	is_exited(child, 0, "anybody sets their own but for real time, and looks at others'");
}

static const struct tap_case cases[] = {
	{"kept", kept, 0}, {"inherited", inherited, 0}, {"grouped", grouped, 0}, {"rights", rights, 0}};

TAP_MAIN(cases)
