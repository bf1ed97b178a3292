/* Unfinished files. */
#include "unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

/* For the signal handler. */
static char unfinished[4096];

static void remove_unfinished(int number)
{
	(void)unlink(unfinished);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void guard(const char *path)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	if (path)
		(void)snprintf(unfinished, sizeof(unfinished), "%s", path);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction action;

		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			continue;
		(void)signal(ending[i], path ? remove_unfinished : SIG_DFL);
	}
}

int unfinished_begin(const char *path, char **partial)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	*partial = must_format("%s.new-XXXXXX", path);
	int fd = mkostemp(*partial, O_CLOEXEC);

	if (fd < 0) {
		say("cannot write %s: %s", path, strerror(errno));
		free(*partial);
		*partial = NULL;
		return -1;
	}
	(void)fchmod(fd, 0666 & ~mask);
	guard(*partial);
	return fd;
}

int unfinished_end(char *partial, const char *path, int result)
{
	if (result == 0 && rename(partial, path) < 0) {
		say("cannot write %s: %s", path, strerror(errno));
		result = -1;
	}
	if (result < 0)
		(void)unlink(partial);
	guard(NULL);
	free(partial);
	return result;
}
