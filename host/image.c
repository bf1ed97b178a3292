/* Making EROFS images with mkfs.erofs. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "paths.h"
#include "say.h"
#include "strlist.h"

#define MAKER_SAID_BYTES 65536

/* The unfinished image, for the signal handler. */
static char unfinished[4096];

static void remove_unfinished(int number)
{
	(void)unlink(unfinished);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* While an image is unfinished, a signal that ends this process takes it along. */
static void guard_unfinished(const char *path)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction action;

		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			continue;
		(void)signal(ending[i], path ? remove_unfinished : SIG_DFL);
	}
	if (path)
		(void)snprintf(unfinished, sizeof(unfinished), "%s", path);
}

static void maker_arguments(struct strlist *arguments, const char *maker, const char *directory, const char *path)
{
	strlist_add(arguments, maker);
	strlist_add(arguments, "--quiet");
	/* No compression is asked for; a file's last part goes into a block of its own and not beside its inode. */
	strlist_add(arguments, "-Enoinline_data");
	strlist_add(arguments, "-x-1");
	/* A user's tree belongs to that user throughout; in the guest it is the system's. */
	if (geteuid() != 0)
		strlist_add(arguments, "--all-root");
	strlist_add(arguments, path);
	strlist_add(arguments, directory);
}

static _Noreturn void maker_child(char *const *arguments, int said, pid_t parent)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || dup2(nowhere, 0) < 0 || dup2(said, 1) < 0 ||
	    dup2(said, 2) < 0) {
		dprintf(said, "cannot start %s: %s\n", arguments[0], strerror(errno));
		_exit(STATUS_NAMU);
	}
	execv(arguments[0], arguments);
	dprintf(2, "cannot execute %s: %s\n", arguments[0], strerror(errno));
	_exit(STATUS_NAMU);
}

/* What the maker complains of: its last line that is not empty. */
static const char *last_line(struct bytes *said)
{
	bytes_add(said, "", 1);
	char *end = said->data + strlen(said->data);

	while (end > said->data && (end[-1] == '\n' || end[-1] == ' '))
		*--end = 0;
	const char *line = strrchr(said->data, '\n');

	return line ? line + 1 : said->data;
}

static int maker_run(char *const *arguments, const char *directory)
{
	struct bytes said = {0};
	pid_t parent = getpid();
	int ends[2];
	int status = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("cannot make a pipe: %s", strerror(errno));
	pid_t pid = fork();

	if (pid < 0)
		die("cannot start a process: %s", strerror(errno));
	if (pid == 0)
		maker_child(arguments, ends[1], parent);
	close(ends[1]);
	(void)bytes_read_fd(&said, ends[0], MAKER_SAID_BYTES);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	const char *complaint = last_line(&said);

	if (!is_good && *complaint)
		say("cannot make an image of %s: %s", directory, complaint);
	else if (!is_good && WIFSIGNALED(status))
		say("cannot make an image of %s: mkfs.erofs was ended by signal %d", directory, WTERMSIG(status));
	else if (!is_good)
		say("cannot make an image of %s: mkfs.erofs failed with status %d", directory, WEXITSTATUS(status));
	free(said.data);
	return is_good ? 0 : -1;
}

int image_make(const char *directory, const char *path)
{
	struct strlist arguments = {0};
	int result = -1;
	char *maker = find_program("mkfs.erofs");
	char *partial = must_format("%s.new-XXXXXX", path);
	mode_t mask = umask(0);

	(void)umask(mask);
	if (!maker) {
		say("mkfs.erofs is missing, it makes the image of a directory (Debian: apt-get install erofs-utils)");
		goto done;
	}
	int fd = mkostemp(partial, O_CLOEXEC);

	if (fd < 0) {
		say("cannot write %s: %s", path, strerror(errno));
		goto done;
	}
	(void)fchmod(fd, 0666 & ~mask);
	close(fd);
	guard_unfinished(partial);
	maker_arguments(&arguments, maker, directory, partial);
	result = maker_run(arguments.items, directory);
	if (result == 0 && rename(partial, path) < 0) {
		say("cannot write %s: %s", path, strerror(errno));
		result = -1;
	}
	if (result < 0)
		(void)unlink(partial);
	guard_unfinished(NULL);
done:
	strlist_free(&arguments);
	free(partial);
	free(maker);
	return result;
}
