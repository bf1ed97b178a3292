/* sigaction and masks: how a handler is called, what is blocked meanwhile, what the flags change. */
#include "guest.h"

#include <ucontext.h>

static volatile int calls, depth, deepest, blocked_inside, last_signo;
static volatile siginfo_t last_info;

static void on_info(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	calls++;
	last_signo = signo;
	last_info = *info;
	blocked_inside = uc != NULL;
}

static void on_plain(int signo)
{
	sigset_t now;

	calls++;
	last_signo = signo;
	sigprocmask(SIG_SETMASK, NULL, &now);
	blocked_inside = 0;
	for (int i = 1; i < 32; i++)
		blocked_inside |= sigismember(&now, i) ? 1 << i : 0;
}

static void install(int signo, void (*handler)(int), int flags, int also_block)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&action.sa_mask);
	if (also_block)
		sigaddset(&action.sa_mask, also_block);
	must(sigaction(signo, &action, NULL) == 0);
}

static int mask_bits(void)
{
	sigset_t now;
	int bits = 0;

	must(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
	for (int i = 1; i < 32; i++)
		bits |= sigismember(&now, i) ? 1 << i : 0;
	return bits;
}

static void plain_handler(void)
{
	install(SIGUSR1, on_plain, 0, 0);
	must(raise(SIGUSR1) == 0);
	is_int(calls, 1, "a handler runs before raise returns");
	is_int(last_signo, SIGUSR1, "with the signal's number");
	is_int(blocked_inside, 1 << SIGUSR1, "the signal itself is blocked meanwhile");
	is_int(mask_bits(), 0, "and not afterwards");
	must(raise(SIGUSR1) == 0);
	is_int(calls, 2, "the handler stays installed");
}

static void handler_mask(void)
{
	install(SIGUSR1, on_plain, 0, SIGTERM);
	must(raise(SIGUSR1) == 0);
	is_int(blocked_inside, 1 << SIGUSR1 | 1 << SIGTERM, "sa_mask is blocked too");
	install(SIGUSR1, on_plain, SA_NODEFER, SIGTERM);
	must(raise(SIGUSR1) == 0);
	is_int(blocked_inside, 1 << SIGTERM, "SA_NODEFER: the signal itself is not");
}

static void reset_hand(void)
{
	struct sigaction action;

	install(SIGUSR1, on_plain, SA_RESETHAND, 0);
	must(raise(SIGUSR1) == 0);
	is_int(calls, 1, "SA_RESETHAND: the handler runs");
	must(sigaction(SIGUSR1, NULL, &action) == 0);
	ok(action.sa_handler == SIG_DFL, "once");
}

static void queries(void)
{
	struct sigaction action;

	install(SIGUSR1, on_plain, SA_RESTART | SA_NODEFER, SIGHUP);
	must(sigaction(SIGUSR1, NULL, &action) == 0);
	ok(action.sa_handler == on_plain, "sigaction tells the handler");
	is_int(action.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO), SA_RESTART | SA_NODEFER, "the flags");
	ok(sigismember(&action.sa_mask, SIGHUP) && !sigismember(&action.sa_mask, SIGINT), "and the mask");
}

static void refused(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		unsigned long mask;
	} action = {SIG_IGN, 0, NULL, 0};

	is_int(raw(SYS_rt_sigaction, SIGKILL, &action, 0, 8), -EINVAL, "SIGKILL cannot be ignored");
	is_int(raw(SYS_rt_sigaction, SIGSTOP, &action, 0, 8), -EINVAL, "nor SIGSTOP");
	is_int(raw(SYS_rt_sigaction, SIGKILL, 0, &action, 8), 0, "but asked about");
	is_int(raw(SYS_rt_sigaction, 0, &action, 0, 8), -EINVAL, "signal 0");
	is_int(raw(SYS_rt_sigaction, 65, &action, 0, 8), -EINVAL, "signal 65");
	is_int(raw(SYS_rt_sigaction, SIGUSR1, &action, 0, 16), -EINVAL, "a wrong size of the set");
	is_int(raw(SYS_rt_sigprocmask, SIG_BLOCK, &action.mask, 0, 4), -EINVAL, "the same for sigprocmask");
	is_int(raw(SYS_rt_sigprocmask, 7, &action.mask, 0, 8), -EINVAL, "an unknown way to change the mask");
	is_int(raw(SYS_rt_sigprocmask, 7, 0, 0, 8), 0, "which is no matter without a set");
}

static void masks(void)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGKILL);
	sigaddset(&set, SIGSTOP);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	is_int(mask_bits(), 1 << SIGUSR1, "SIG_BLOCK; SIGKILL and SIGSTOP cannot be blocked");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	must(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	is_int(mask_bits(), 1 << SIGUSR1 | 1 << SIGUSR2, "a second one is added");
	ok(sigismember(&old, SIGUSR1) && !sigismember(&old, SIGUSR2), "the old mask is told");
	must(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	is_int(mask_bits(), 1 << SIGUSR1, "SIG_UNBLOCK");
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	is_int(mask_bits(), 1 << SIGUSR2, "SIG_SETMASK");
}

static void pending(void)
{
	sigset_t set;

	install(SIGUSR1, on_plain, 0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	for (int i = 0; i < 5; i++)
		must(raise(SIGUSR1) == 0);
	is_int(calls, 0, "a blocked signal waits");
	must(sigpending(&set) == 0);
	ok(sigismember(&set, SIGUSR1), "sigpending tells it");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	is_int(calls, 1, "five of a standard signal are one when it is let through");
	must(sigpending(&set) == 0);
	ok(!sigismember(&set, SIGUSR1), "and none is left");
}

static void ignoring_discards(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	must(raise(SIGUSR1) == 0);
	must(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	must(sigpending(&set) == 0);
	ok(!sigismember(&set, SIGUSR1), "to ignore a signal discards a pending one");
	must(signal(SIGUSR1, SIG_DFL) != SIG_ERR);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	must(raise(SIGCHLD) == 0);
	must(sigpending(&set) == 0);
	ok(sigismember(&set, SIGCHLD), "a signal whose default is to be ignored stays pending while blocked");
}

static void defaults(void)
{
	static const struct {
		int signo, want; /* the signal that ends the process; 0: ignored */
	} rows[] = {{SIGHUP, SIGHUP},
		    {SIGQUIT, SIGQUIT},
		    {SIGILL, SIGILL},
		    {SIGTRAP, SIGTRAP},
		    {SIGABRT, SIGABRT},
		    {SIGBUS, SIGBUS},
		    {SIGFPE, SIGFPE},
		    {SIGUSR1, SIGUSR1},
		    {SIGSEGV, SIGSEGV},
		    {SIGUSR2, SIGUSR2},
		    {SIGPIPE, SIGPIPE},
		    {SIGALRM, SIGALRM},
		    {SIGTERM, SIGTERM},
		    {SIGSTKFLT, SIGSTKFLT},
		    {SIGCHLD, 0},
		    {SIGCONT, 0},
		    {SIGURG, 0},
		    {SIGXCPU, SIGXCPU},
		    {SIGXFSZ, SIGXFSZ},
		    {SIGVTALRM, SIGVTALRM},
		    {SIGPROF, SIGPROF},
		    {SIGWINCH, 0},
		    {SIGIO, SIGIO},
		    {SIGPWR, SIGPWR},
		    {SIGSYS, SIGSYS},
		    {34, 34},
		    {64, 64}};

	for (size_t i = 0; i < count_of(rows); i++) {
		pid_t pid;
		if (in_child(&pid)) {
			raw(SYS_kill, getpid(), rows[i].signo);
			_exit(0);
		}
		is_int(reap(pid) & 0x7f, rows[i].want, "the default of signal %d", rows[i].signo);
	}
}

static void on_nested(int signo)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (calls++ < 4)
		raise(signo);
	depth--;
}

static void nesting(void)
{
	install(SIGUSR1, on_nested, SA_NODEFER, 0);
	must(raise(SIGUSR1) == 0);
	is_int(calls, 5, "with SA_NODEFER a handler interrupts itself");
	is_int(deepest, 5, "five deep");
	calls = depth = deepest = 0;
	install(SIGUSR1, on_nested, 0, 0);
	must(raise(SIGUSR1) == 0);
	is_int(calls, 5, "without it each waits for the one before");
	is_int(deepest, 1, "one deep");
}

static void both_at_once(void)
{
	sigset_t set;

	install(SIGUSR1, on_plain, 0, SIGUSR2);
	install(SIGUSR2, on_plain, 0, SIGUSR1);
	sigfillset(&set);
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	must(raise(SIGUSR2) == 0 && raise(SIGUSR1) == 0);
	sigemptyset(&set);
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	is_int(calls, 2, "two pending signals are both delivered");
	is_int(mask_bits(), 0, "and the mask is as it was");
}

static void info_of_kill(void)
{
	struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};
	pid_t pid, me = getpid();

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(kill(getpid(), SIGUSR1) == 0);
	is_int(last_info.si_code, SI_USER, "kill: si_code");
	is_int(last_info.si_pid, getpid(), "si_pid");
	is_int(last_info.si_uid, getuid(), "si_uid");
	is_int(blocked_inside, 1, "a context is given");
	must(raw(SYS_tgkill, getpid(), getpid(), SIGUSR1) == 0);
	is_int(last_info.si_code, SI_TKILL, "tgkill: si_code");
	if (in_child(&pid)) {
		become_user(1000);
		_exit(kill(me, SIGUSR1) == -1 && errno == EPERM ? 0 : 1);
	}
	is_exited(pid, 0, "another user may not");
	if (in_child(&pid))
		_exit(kill(me, SIGUSR1) == 0 ? 0 : 1);
	must(reap(pid) == 0);
	is_int(last_info.si_pid, pid, "the sender's pid");
}

static const struct tap_case cases[] = {
	{"plain_handler", plain_handler, 0},
	{"handler_mask", handler_mask, 0},
	{"reset_hand", reset_hand, 0},
	{"queries", queries, 0},
	{"refused", refused, 0},
	{"masks", masks, 0},
	{"pending", pending, 0},
	{"ignoring_discards", ignoring_discards, 0},
	{"defaults", defaults, 0},
	{"nesting", nesting, 0},
	{"both_at_once", both_at_once, 0},
	{"info_of_kill", info_of_kill, 0},
};

TAP_MAIN(cases)
