/* The page of the old system calls, at its fixed address: what it answers, and what it does to those who misuse it. */
#include "guest.h"

#include <setjmp.h>
#include <sys/time.h>

#define PAGE_AT 0xffffffffff600000ul

static sigjmp_buf back;
static siginfo_t seen;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	seen = *info;
	siglongjmp(back, 1);
}

static int is_there(void)
{
	char line[256];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");

	must(maps != NULL);
	while (fgets(line, sizeof(line), maps))
		found |= strcmp(line, "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  "
				      "[vsyscall]\n") == 0;
	fclose(maps);
	return found;
}

static long call(unsigned long offset, void *a, void *b)
{
	long result;

	__asm__ volatile("call *%1"
			 : "=a"(result)
			 : "r"(PAGE_AT + offset), "D"(a), "S"(b), "d"(0)
			 : "rcx", "r11", "memory");
	return result;
}

static int signal_of(unsigned long offset, void *a)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	memset(&seen, 0, sizeof(seen));
	must(sigaction(SIGSEGV, &action, NULL) == 0);
	if (sigsetjmp(back, 1) == 0)
		call(offset, a, NULL);
	signal(SIGSEGV, SIG_DFL);
	return seen.si_signo;
}

static void answers(void)
{
	struct timeval time = {0, -1};
	struct timezone zone = {-1, -1};
	unsigned cpu = 999, node = 999;
	long seconds = 0, now;

	if (!is_there()) {
		skip("calls of the page", "this system has no vsyscall page");
		return;
	}
	is_int(call(0, &time, &zone), 0, "gettimeofday");
	ok(time.tv_usec >= 0 && time.tv_usec < 1000000, "with microseconds");
	now = call(1024, &seconds, NULL);
	is_int(seconds, now, "time stores what it answers");
	ok(now >= time.tv_sec && now - time.tv_sec < 3600, "and is the same clock");
	ok(call(1024, NULL, NULL) >= now, "time without a place for it");
	is_int(call(2048, &cpu, &node), 0, "getcpu");
	ok(cpu < 999 && node < 999, "a processor and a node");
}

static void misuse(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	if (!is_there()) {
		skip("misuse of the page", "this system has no vsyscall page");
		return;
	}
	is_int(signal_of(0, (void *)8), SIGSEGV, "a bad pointer to gettimeofday");
	is_int(signal_of(1024, (void *)8), SIGSEGV, "a bad pointer to time");
	is_int(signal_of(1025, NULL), SIGSEGV, "not the beginning of a call");
	is_int(signal_of(3072, NULL), SIGSEGV, "a fourth call");
	must(sigaction(SIGSEGV, &action, NULL) == 0);
	memset(&seen, 0, sizeof(seen));
	if (sigsetjmp(back, 1) == 0)
		(void)*(volatile char *)PAGE_AT;
	is_int(seen.si_signo, SIGSEGV, "the page cannot be read");
	signal(SIGSEGV, SIG_DFL);
}

static const struct tap_case cases[] = {{"answers", answers, 0}, {"misuse", misuse, 0}};

TAP_MAIN(cases)
