/*
 * A dynamic program: chains of libraries, dlopen, thread-local storage, the auxiliary vector, what is mapped how.
 * What it prints is the same on every kernel that loads programs as Linux does.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8

int chain_first(int value);
extern int chain_shared;
extern const char *chain_name;

static int (*plugin_count)(void);
static __thread int own = 5;
static int initialised = 3;

static void check(int is_so, const char *what)
{
	printf("%s: %s\n", what, is_so ? "yes" : "NO");
}

static void *thread_main(void *arg)
{
	intptr_t sum = 0;

	for (int i = 0; i < 10; i++)
		sum += plugin_count() + ++own + chain_first((int)(intptr_t)arg);
	return (void *)sum;
}

static void libraries(void)
{
	pthread_t threads[THREADS];
	void *result, *plugin;

	printf("chain %d, shared %d, name %s\n", chain_first(3), ++chain_shared, chain_name);
	plugin = dlopen("libplugin.so", RTLD_NOW);
	if (!plugin) {
		printf("dlopen: %s\n", dlerror());
		return;
	}
	plugin_count = (int (*)(void))dlsym(plugin, "plugin_count");
	printf("plugin %d %d\n", plugin_count(), plugin_count());
	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread_main, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		printf("thread %d: %ld\n", i, (long)(intptr_t)result);
	}
	printf("dlclose %d\n", dlclose(plugin));
	check(!dlopen("libnowhere.so", RTLD_NOW) && dlerror(), "a library that is not there fails with a message");
}

static void auxiliary_vector(char **argv)
{
	const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);
	int has_interpreter = 0;

	printf("page %lu, ticks %lu, header %lu, flags %lu, secure %lu\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK),
	       getauxval(AT_PHENT), getauxval(AT_FLAGS), getauxval(AT_SECURE));
	printf("ids %lu %lu %lu %lu, platform %s\n", getauxval(AT_UID), getauxval(AT_EUID), getauxval(AT_GID),
	       getauxval(AT_EGID), (const char *)getauxval(AT_PLATFORM));
	for (unsigned i = 0; headers && i < getauxval(AT_PHNUM); i++)
		has_interpreter |= headers[i].p_type == PT_INTERP;
	check(has_interpreter, "the program headers name an interpreter");
	check(getauxval(AT_BASE) && !memcmp((void *)getauxval(AT_BASE), "\177ELF", 4), "AT_BASE is the interpreter");
	check(vdso && !memcmp(vdso, "\177ELF", 4), "AT_SYSINFO_EHDR is an ELF image");
	check(!strcmp((const char *)getauxval(AT_EXECFN), argv[0]), "AT_EXECFN is the name given");
	check(random && (random[0] | random[1] | random[2] | random[3] | random[4] | random[5]), "AT_RANDOM is random");
	check(getauxval(AT_HWCAP) != 0, "AT_HWCAP says what the processor has");
	Dl_info info;
	check(dladdr((void *)chain_first, &info) && strstr(info.dli_fname, "libchain_first.so"),
	      "dladdr finds the library");
}

/* The lines of maps: nothing may be written and executed; the parts that the loader made read-only stay so. */
static void mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int writable_code = 0, code = 0, vdso = 0, stack = 0;

	while (fgets(line, sizeof(line), maps)) {
		const char *bits = strchr(line, ' ') + 1;
		writable_code |= bits[1] == 'w' && bits[2] == 'x';
		code += bits[2] == 'x' && strstr(line, ".so") != NULL;
		vdso += strstr(line, "[vdso]") != NULL;
		stack += strstr(line, "[stack]") && bits[1] == 'w' && bits[2] == '-';
	}
	fclose(maps);
	check(!writable_code, "nothing is writable and executable");
	printf("libraries with code: %s, vdso %d, stack %d\n", code >= 4 ? "all" : "too few", vdso, stack);
}

/* The figures of smaps whose names begin with `key`, in kB, summed over the code of the library `name`; -1: it is not
 * mapped. */
static long figure(const char *name, const char *key)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	char line[512];
	long sum = -1;
	int is_here = 0;

	while (fgets(line, sizeof(line), smaps)) {
		if (strchr(line, '-') && strstr(line, " r-xp "))
			is_here = strstr(line, name) != NULL;
		else if (strstr(line, "p ") && strchr(line, '-'))
			is_here = 0;
		else if (is_here && !strncmp(line, key, strlen(key)))
			sum = (sum < 0 ? 0 : sum) + atol(strchr(line, ':') + 1);
	}
	fclose(smaps);
	return sum;
}

/* Two processes run the same code: it is in memory once. */
static void shared_once(void)
{
	int ready[2], status, is_ready;
	char byte;

	if (pipe(ready))
		return;
	pid_t pid = fork();
	if (!pid) {
		dup2(ready[1], 1);
		execl("/proc/self/exe", "child", "wait", NULL);
		_exit(1);
	}
	close(ready[1]);
	/* The libraries greet first, each when it begins; the figure comes when all have run. */
	do
		is_ready = read(ready[0], &byte, 1) == 1;
	while (is_ready && (byte < '0' || byte > '9'));
	check(is_ready, "another one runs");
	for (const char *const *name = (const char *const[]){"libchain_third.so", "libchain_first.so", NULL}; *name;
	     name++) {
		long resident = figure(*name, "Rss:"), shared = figure(*name, "Shared_");
		long proportional = figure(*name, "Pss:");
		printf("%s: %s\n", *name,
		       resident > 0 && shared == resident && proportional < resident ? "in memory once" : "COPIED");
	}
	kill(pid, SIGKILL);
	check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "the other one ended");
}

static sigjmp_buf back;

static void caught(int signal)
{
	siglongjmp(back, signal);
}

static void protections(void)
{
	signal(SIGSEGV, caught);
	if (!sigsetjmp(back, 1))
		*(volatile unsigned char *)(uintptr_t)protections = 0;
	else
		puts("code cannot be written");
	if (!sigsetjmp(back, 1))
		((void (*)(void)) & initialised)();
	else
		puts("data cannot be executed");
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page, "\xb8\x2a\x00\x00\x00\xc3", 6);
	if (!sigsetjmp(back, 1))
		((void (*)(void))page)();
	else
		puts("nor a fresh page");
	check(!mprotect(page, 4096, PROT_READ | PROT_EXEC) && ((int (*)(void))page)() == 42, "mprotect makes it code");
	/* The page of the old vsyscalls: it works as it always did, or it is not there. */
	if (!sigsetjmp(back, 1))
		check(((long (*)(long *))0xffffffffff600400)(NULL) > 1500000000, "vsyscall answers or is absent");
	else
		puts("vsyscall answers or is absent: yes");
	signal(SIGSEGV, SIG_DFL);
}

/* Uses the libraries, so that their code is in memory, says so, and waits to be killed. */
static int wait_for_end(void)
{
	printf("%d\n", chain_first(1));
	pause();
	return 1;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && !strcmp(argv[1], "wait"))
		return wait_for_end();
	libraries();
	auxiliary_vector(argv);
	mappings();
	shared_once();
	protections();
	return 0;
}
