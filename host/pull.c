/* The use of skopeo. */
#include "pull.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paths.h"
#include "program.h"
#include "reference.h"
#include "say.h"
#include "strlist.h"

#define LAYOUT_PREFIX "pull-"
/* Between the making of a directory and its lock. */
#define LEFTOVER_LIFE_S 60
#define OPEN_MOST       32

static volatile bool is_interrupted;
static volatile sig_atomic_t interrupted_by;
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void note_signal(int number)
{
	interrupted_by = number;
	is_interrupted = true;
}

/* Without SA_RESTART: whoever waits for skopeo hears it at once. */
static void catch_signals(bool is_on)
{
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction action;

		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			continue;
		action = (struct sigaction){.sa_handler = is_on ? note_signal : SIG_DFL};
		(void)sigaction(ending[i], &action, NULL);
	}
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	(void)remove(path);
	return 0;
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
}

/* The lock that says that a pull is alive; -1 when somebody has it. */
static int layout_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* What killed pulls left. */
static void remove_leftovers(const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	struct stat status;

	while (stream && (entry = readdir(stream))) {
		char *path = must_format("%s/%s", directory, entry->d_name);
		bool is_layout = strncmp(entry->d_name, LAYOUT_PREFIX, strlen(LAYOUT_PREFIX)) == 0;
		int lock = -1;

		if (is_layout && stat(path, &status) == 0 && time(NULL) - status.st_mtime > LEFTOVER_LIFE_S &&
		    (lock = layout_lock(path)) >= 0) {
			remove_tree(path);
			close(lock);
		}
		free(path);
	}
	if (stream)
		(void)closedir(stream);
}

static int fetch(const char *skopeo, const char *full, const char *layout)
{
	struct strlist arguments = {0};
	struct program_end end;

	strlist_add(&arguments, skopeo);
	strlist_add(&arguments, "copy");
	strlist_add(&arguments, "--quiet");
	strlist_add(&arguments, "--override-os=linux");
	strlist_add(&arguments, "--override-arch=amd64");
	if (reference_is_local(full))
		strlist_add(&arguments, "--src-tls-verify=false");
	strlist_addf(&arguments, REFERENCE_PREFIX "%s", full);
	strlist_addf(&arguments, "oci:%s:image", layout);
	program_run(&end, arguments.items, &is_interrupted);
	if (!end.is_good && !is_interrupted)
		say("cannot pull %s: %s", reference_short(full), end.complaint);
	free(end.said);
	strlist_free(&arguments);
	return end.is_good && !is_interrupted ? 0 : -1;
}

int pull_begin(struct pulled *pulled, const char *directory, const char *full)
{
	char *skopeo = find_program("skopeo");

	*pulled = (struct pulled){0};
	if (!skopeo) {
		say("skopeo is missing, it fetches images from registries (Debian: apt-get install skopeo)");
		return -1;
	}
	remove_leftovers(directory);
	pulled->layout = must_format("%s/" LAYOUT_PREFIX "XXXXXX", directory);
	if (!mkdtemp(pulled->layout)) {
		say("cannot write %s: %s", directory, strerror(errno));
		free(pulled->layout);
		free(skopeo);
		return -1;
	}
	pulled->lock = layout_lock(pulled->layout);
	/* It may take a while; somebody who watches wants to know why nothing happens. */
	if (isatty(STDERR_FILENO) || say_is_verbose())
		say("pulling %s", reference_short(full));
	catch_signals(true);
	int result = fetch(skopeo, full, pulled->layout);

	free(skopeo);
	if (result < 0)
		pull_end(pulled);
	return result;
}

void pull_end(struct pulled *pulled)
{
	remove_tree(pulled->layout);
	free(pulled->layout);
	if (pulled->lock >= 0)
		close(pulled->lock);
	catch_signals(false);
	if (is_interrupted)
		(void)raise(interrupted_by);
}
