/* Programs of the host's. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "say.h"

#define SAID_MOST_BYTES (1u << 20)

static _Noreturn void program_child(char *const *arguments, int said, pid_t parent)
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

/* The last line that is not empty. */
static const char *last_line(struct bytes *said)
{
	bytes_add(said, "", 1);
	char *end = said->data + strlen(said->data);

	while (end > said->data && (end[-1] == '\n' || end[-1] == ' '))
		*--end = 0;
	const char *line = strrchr(said->data, '\n');

	return line ? line + 1 : said->data;
}

/* Reads what it says until it ends or is to be stopped. */
static void read_said(struct bytes *said, int fd, pid_t pid, const volatile bool *stop)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (stop && *stop) {
			(void)kill(pid, SIGTERM);
			break;
		}
		if (n > 0 && said->count < SAID_MOST_BYTES)
			bytes_add(said, piece, (size_t)n);
	}
}

static void describe_end(struct program_end *end, struct bytes *said, const char *program, int status)
{
	const char *slash = strrchr(program, '/');

	end->complaint = last_line(said);
	end->said = said->data;
	end->is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (end->is_good)
		end->complaint = "";
	if (end->is_good || *end->complaint)
		return;
	if (WIFSIGNALED(status))
		(void)snprintf(end->text, sizeof(end->text), "%.40s was ended by signal %d",
			       slash ? slash + 1 : program, WTERMSIG(status));
	else
		(void)snprintf(end->text, sizeof(end->text), "%.40s failed with status %d", slash ? slash + 1 : program,
			       WEXITSTATUS(status));
	end->complaint = end->text;
}

void program_run(struct program_end *end, char *const *arguments, const volatile bool *stop)
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
		program_child(arguments, ends[1], parent);
	close(ends[1]);
	read_said(&said, ends[0], pid, stop);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		if (stop && *stop)
			(void)kill(pid, SIGTERM);
	}
	describe_end(end, &said, arguments[0], status);
}
