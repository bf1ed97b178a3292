/* Tracers that are killed at random times while what they trace forks, makes threads, executes and ends. */
#include "ptrace.h"

#define ROUNDS 60

static uint64_t state = 88172645463325252ull;

static unsigned random_below(unsigned most)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % most);
}

static int quit(void *argument)
{
	(void)argument;
	return 0;
}

/* A short busy life; its children end by themselves whatever becomes of it. */
static void live(unsigned seed)
{
	char *argv[] = {"/tests/help/status", "5", NULL};
	struct thread t;
	pid_t child;

	for (int i = 0; i < 6; i++) {
		child = fork();
		if (child == 0) {
			if ((seed + (unsigned)i) % 3 == 0)
				execv(argv[0], argv);
			if ((seed + (unsigned)i) % 3 == 1)
				raise(SIGTERM);
			_exit(1);
		}
		if ((seed + (unsigned)i) % 4 == 0) {
			thread_start(&t, quit, NULL);
			if (seed % 2)
				thread_join(&t);
		}
		if (seed % 3 == 0 && child > 0)
			waitpid(child, NULL, 0);
	}
	while (wait(NULL) > 0)
		continue;
	if (seed % 5 == 0)
		execv(argv[0], argv);
	_exit(3);
}

#define OPTIONS                                                                                                        \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_TRACEEXIT)

static void trace_all(pid_t target, unsigned seed)
{
	long how = seed % 2 ? PTRACE_SYSCALL : PTRACE_CONT;
	int status;
	long pid;

	raw(SYS_ptrace, seed % 4 < 2 ? PTRACE_SEIZE : PTRACE_ATTACH, target, 0, seed % 4 < 2 ? OPTIONS : 0);
	while ((pid = raw(SYS_wait4, -1, &status, ALL, 0)) > 0) {
		int event = status >> 16, signal = status >> 8 & 0xff;
		if ((status & 0xff) != 0x7f)
			continue;
		if (seed % 4 >= 2)
			trace(PTRACE_SETOPTIONS, pid, 0, OPTIONS | (seed % 8 < 4 ? PTRACE_O_EXITKILL : 0));
		if (event || signal == SYSGOOD || signal == SIGSTOP || signal == SIGTRAP)
			signal = 0;
		trace(how, pid, 0, signal);
	}
	_exit(0);
}

static void lives(void)
{
	int good = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		pid_t target, tracer;
		unsigned seed = random_below(1000);
		struct gate gate = gate_make();
		if (in_child(&target)) {
			close(gate.fd[1]);
			setpgid(0, 0);
			gate_wait(&gate);
			live(seed);
		}
		/* here too: the tracer may have stopped it before it came so far */
		setpgid(target, target);
		if (in_child(&tracer)) {
			close(gate.fd[1]);
			trace_all(target, seed);
		}
		close(gate.fd[0]);
		close(gate.fd[1]);
		sleep_ms(random_below(30));
		raw(SYS_kill, tracer, SIGKILL);
		reap(tracer);
		/* a child whose first stop the tracer did not live to see stands; all others go on to their end */
		int turns = 0;
		while (raw(SYS_wait4, target, 0, WNOHANG | ALL, 0) != target && turns++ < 4000) {
			raw(SYS_kill, -target, SIGCONT);
			sleep_ms(5);
		}
		good += turns < 4000;
	}
	is_int(good, ROUNDS, "every tracee comes to its end");
}

/* A tracer that dies with many tracees in all kinds of stops. */
static void crowds(void)
{
	enum { CROWD = 20 };
	pid_t targets[CROWD], tracer;
	struct gate gate = gate_make();

	for (int i = 0; i < CROWD; i++) {
		if (in_child(&targets[i]))
			for (;;)
				raw(SYS_getppid);
	}
	if (in_child(&tracer)) {
		for (int i = 0; i < CROWD; i++) {
			must(trace(PTRACE_SEIZE, targets[i], 0, i % 2 ? PTRACE_O_EXITKILL : 0) == 0);
			if (i % 3)
				must(trace(PTRACE_INTERRUPT, targets[i], 0, 0) == 0);
			if (i % 3 == 2) {
				must(wait_stop(targets[i]) == EVENT(PTRACE_EVENT_STOP));
				must(trace(i % 4 < 2 ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, targets[i], 0, 0) == 0);
			}
		}
		gate_open(&gate);
		pause();
	}
	must(gate_wait(&gate));
	raw(SYS_kill, tracer, SIGKILL);
	close(gate.fd[0]);
	close(gate.fd[1]);
	is_int(reap(tracer), SIGKILL, "the tracer is killed");
	int right = 0;
	for (int i = 0; i < CROWD; i++) {
		if (!(i % 2))
			raw(SYS_kill, targets[i], SIGTERM);
		int status = reap(targets[i]) & 0x7f;
		/* one that was stepping is ended by its next step on Linux */
		right += status == (i % 2 ? SIGKILL : SIGTERM) || (status == SIGTRAP && i % 3 == 2 && !(i % 2));
	}
	is_int(right, CROWD, "each ends as it shall");
}

/* What Namu counts, but for its caches: the lines of /proc/namu/resources that must be what they were. */
static void exact_counts(char *to, size_t room)
{
	static char text[8192];
	size_t length = 0;

	to[0] = 0;
	must(read_text("/proc/namu/resources", text, sizeof(text)) > 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "kept_", 5) != 0 && strncmp(line, "pages_", 6) != 0 && length < room)
			length += (size_t)snprintf(to + length, room - length, "%s\n", line);
	}
}

static void resources_return(void)
{
	static char before[4096], after[4096];

	if (!is_namu()) {
		skip("resource counts return to the start", "only Namu tells them");
		return;
	}
	lives();
	crowds();
	/* The last to go may still be at it on another processor. */
	do {
		exact_counts(before, sizeof(before));
		sleep_ms(20);
		exact_counts(after, sizeof(after));
	} while (strcmp(after, before) != 0);
	lives();
	crowds();
	for (int i = 0; i < 2000; i++) {
		exact_counts(after, sizeof(after));
		if (strcmp(after, before) == 0)
			break;
		sleep_ms(5);
	}
	is_str(after, before, "every count is back where it was");
}

static const struct tap_case cases[] = {
	{"lives", lives, 120},
	{"crowds", crowds, 0},
	{"resources_return", resources_return, 300},
};

TAP_MAIN(cases)
