/* What the tests of mounts share: a namespace of their own, and a look into /proc/self/mountinfo. */
#ifndef MOUNT_HELP_H
#define MOUNT_HELP_H

#include "guest.h"

#include <sys/mount.h>
#include <sys/statfs.h>

/* Nothing that a test mounts is seen by anybody else. */
static inline void own_mounts(void)
{
	must(unshare(CLONE_NEWNS) == 0);
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

/* An absolute name for `name` in the test's own directory. Valid until the fourth next call. */
static inline const char *here(const char *name)
{
	static char texts[4][512];
	static int turn;
	char *text = texts[turn++ % 4];

	must(getcwd(text, 300) != NULL);
	if (name[0]) {
		strcat(text, "/");
		strcat(text, name);
	}
	return text;
}

/* The line of mountinfo about what is mounted last on `where` (an absolute name); false: nothing is. */
static inline int mount_line(const char *where, char *line, size_t room)
{
	static char all[65536];
	char want[600];
	int is_found = 0;

	must(read_text("/proc/self/mountinfo", all, sizeof(all)) > 0);
	snprintf(want, sizeof(want), " %s ", where);
	for (char *at = all, *end; (end = strchr(at, '\n')); at = end + 1) {
		*end = 0;
		char *place = at;
		for (int field = 0; field < 4 && place; field++)
			place = strchr(place + (field > 0), ' ');
		if (place && strncmp(place, want, strlen(want)) == 0) {
			snprintf(line, room, "%s", at);
			is_found = 1;
		}
	}
	return is_found;
}

static inline int is_mounted(const char *where)
{
	char line[1024];

	return mount_line(where, line, sizeof(line));
}

/* Field `index` from 0 of the line about `where`; "" when there is none. */
static inline const char *mount_field(const char *where, int index)
{
	static char line[1024];
	char *at = line;

	if (!mount_line(where, line, sizeof(line)))
		return "";
	for (; index > 0 && at; index--) {
		at = strchr(at, ' ');
		at += at != NULL;
	}
	if (!at)
		return "";
	at[strcspn(at, " ")] = 0;
	return at;
}

/* The number behind "shared:", "master:" or "propagate_from:" of `where`; 0: it has none. */
static inline int mount_peer(const char *where, const char *kind)
{
	char line[1024], want[40], *end, *found;

	if (!mount_line(where, line, sizeof(line)))
		return 0;
	end = strstr(line, " - ");
	if (end)
		*end = 0;
	snprintf(want, sizeof(want), " %s:", kind);
	found = strstr(line, want);
	return found ? atoi(found + strlen(want)) : 0;
}

static inline int tmpfs_on(const char *where, const char *options)
{
	return mount("test", where, "tmpfs", 0, options);
}

static inline void make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	must(fd >= 0);
	close(fd);
}

static inline int exists(const char *name)
{
	return access(name, F_OK) == 0;
}

#endif
