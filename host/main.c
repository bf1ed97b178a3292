/* The `namu` command: finds the subcommand. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "say.h"

static const struct {
	const char *name;
	int (*run)(char **words);
} commands[] = {
	{"run", command_run},           {"image", command_image}, {"trace", command_trace}, {"stat", command_stat},
	{"export", command_export},     {"view", command_view},   {"lab", command_lab},     {"doctor", command_doctor},
	{"version", command_version},   {"help", command_help},   {"--help", command_help}, {"-h", command_help},
	{"--version", command_version},
};

/* A descriptor missing below 3 would be taken by the next file that is opened, and be mistaken for a stream. */
static void open_missing_streams(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_NAMU);
	}
}

int main(int count, char **words)
{
	open_missing_streams();
	if (count < 2) {
		say("what shall it do? (see 'namu help')");
		return STATUS_NAMU;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[1], commands[i].name) == 0)
			return commands[i].run(words + 2);
	}
	say("no such command: %s (see 'namu help')", words[1]);
	return STATUS_NAMU;
}
