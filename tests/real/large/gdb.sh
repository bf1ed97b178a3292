# gdb on programs with threads and children: break points, steps, watch points, threads, both sides of a fork, attaching,
# a core.
cd /tmp && cat >prog.c <<'END'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int total;
static pthread_barrier_t all_here;
static int add(int a, int b)
{
	int sum = a + b;
	total = sum;
	return sum;
}
static void *work(void *p)
{
	pthread_barrier_wait(&all_here);
	add((int)(long)p, 1);
	pthread_barrier_wait(&all_here);
	return p;
}
static void wait_for_debugger(void)
{
	volatile int go_on = 0;
	while (!go_on)
		usleep(1000);
	printf("let go\n");
}
int main(int argc, char **argv)
{
	pthread_t t[3];
	char what = argc > 1 ? argv[1][0] : 'a';
	if (what == 'a')
		return add(2, 3) == 5 ? add(4, 5) : 1;
	if (what == 't') {
		pthread_barrier_init(&all_here, NULL, 4);
		for (long i = 0; i < 3; i++)
			pthread_create(&t[i], NULL, work, (void *)i);
		pthread_barrier_wait(&all_here);
		pthread_barrier_wait(&all_here);
		for (int i = 0; i < 3; i++)
			pthread_join(t[i], NULL);
		return 7;
	}
	if (what == 'f') {
		pid_t pid = fork();
		if (!pid)
			_exit(add(20, 1));
		int status;
		waitpid(pid, &status, 0);
		return add(WEXITSTATUS(status), 1);
	}
	if (what == 'w')
		wait_for_debugger();
	if (what == 'c') {
		pthread_barrier_init(&all_here, NULL, 4);
		for (long i = 0; i < 3; i++)
			pthread_create(&t[i], NULL, work, (void *)i);
		sleep(1);
		abort();
	}
	return 0;
}
END
gcc -g -O0 -pthread -o prog prog.c || exit 1
debug() { timeout 100 gdb -q -nx -batch -ex 'set confirm off' -ex 'set pagination off' -ex 'set debuginfod enabled off' -ex 'set style enabled off' -ex 'set width 0' "$@" 2>&1 </dev/null |
	sed -E 's/0x[0-9a-f]{6,}/ADDR/g; s/(process|LWP|pid) [0-9]+/\1 N/g; s/Thread ADDR/Thread/; s/^(\[Inferior [0-9]+ \(process) [0-9]+/\1 N/' |
	grep -v -E 'libthread_db|host libthread|^$|warning: (Error disabling|could not)|Detached after|debuginfo'; }
echo "== break, step"; debug -ex 'break add' -ex run -ex 'bt' -ex next -ex next -ex 'print total' -ex 'print sum' -ex 'set variable sum = 5' -ex 'finish' -ex continue -ex 'info args' -ex 'stepi 3' -ex 'delete' -ex continue --args ./prog a
echo "== watch"; debug -ex 'break main' -ex run -ex 'watch total' -ex continue -ex continue -ex 'info watchpoints' -ex 'delete' -ex continue --args ./prog a
echo "== condition, call"; debug -ex 'break add if a == 4' -ex run -ex 'print a' -ex 'print add(30, 12)' -ex 'delete' -ex 'print add(30, 12)' -ex continue --args ./prog a
echo "== threads"; debug -ex 'break 19' -ex run -ex 'info threads' -ex 'thread apply all bt 1' -ex 'delete' -ex continue --args ./prog t | sed -E 's/^(\*| ) +[0-9]+ +Thread.*(work|main|clone|wait|futex).*/a thread/; s/^Thread [0-9]+ .* hit/a thread hits/; s/^Thread [0-9].*/Thread:/; s/^\[(New|Switching to) [Tt]hread.*/\1/; s/p=ADDR|p=0x[0-9]/p/g' | grep -E '^(a thread|New|\[Inf|.*Breakpoint [0-9])' | sort | uniq -c
echo "== fork, the child"; debug -ex 'set follow-fork-mode child' -ex 'break add' -ex run -ex 'info args' -ex 'delete' -ex continue --args ./prog f | grep -v -E '^\[(New|Attaching|Detaching|Switching)'
echo "== fork, the parent"; debug -ex 'set follow-fork-mode parent' -ex 'break add' -ex run -ex 'info args' -ex continue --args ./prog f | grep -v -E '^\[(New|Attaching|Detaching)'
echo "== attach"; ./prog w >out.w & pid=$!; until [ "$(cat /proc/$pid/comm)" = prog ]; do sleep 0.05; done; sleep 0.3
debug -p $pid -ex 'break usleep' -ex 'up 10' -ex 'frame function wait_for_debugger' -ex 'set variable go_on = 1' -ex 'print go_on' -ex detach | grep -E '^\$'; wait $pid; echo "status $?"; cat out.w
echo "== core"; ulimit -c unlimited; rm -f core; sh -c "./prog c; exit \$?" >/dev/null 2>&1; echo "status $?"; ls core* >/dev/null && debug ./prog core -ex 'info threads' -ex 'thread apply all bt' -ex 'frame function main' -ex 'print what' | grep -o -E 'signal SIG[A-Z]+|in (main|work|abort|raise|sleep|pthread_barrier_wait)|\$1 = .*' | sort | uniq -c
