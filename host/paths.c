/* Where things are on this host. */
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

#define SYSTEM_DIRECTORIES "/usr/sbin:/usr/bin:/sbin:/bin"

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static char *find_in(const char *directories, const char *name)
{
	while (directories) {
		size_t bytes = strcspn(directories, ":");
		char *path = must_format("%.*s/%s", (int)bytes, bytes ? directories : ".", name);

		if (is_program(path))
			return path;
		free(path);
		directories = directories[bytes] ? directories + bytes + 1 : NULL;
	}
	return NULL;
}

char *find_program(const char *name)
{
	if (strchr(name, '/'))
		return is_program(name) ? must_copy(name) : NULL;
	char *path = find_in(getenv("PATH"), name);

	return path ? path : find_in(SYSTEM_DIRECTORIES, name);
}

char *find_qemu(void)
{
	const char *chosen = getenv("NAMU_QEMU");

	return find_program(chosen && *chosen ? chosen : "qemu-system-x86_64");
}

static char *data_at(const char *directory, const char *relative, const char *name)
{
	char *path = must_format("%s%s/%s", directory, relative, name);

	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *find_data(const char *name)
{
	const char *chosen = getenv("NAMU_DATA");
	char self[PATH_MAX];

	if (chosen && *chosen)
		return data_at(chosen, "", name);
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (bytes > 0) {
		self[bytes] = 0;
		char *slash = strrchr(self, '/');

		if (slash)
			*slash = 0;
		char *path = data_at(self, "", name);

		if (!path)
			path = data_at(self, "/../share/namu", name);
		if (path)
			return path;
	}
	return data_at(NAMU_PREFIX, "/share/namu", name);
}

/* Makes a directory and those above it that are missing. */
static bool make_directories(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		bool is_made = mkdir(path, 0700) == 0 || errno == EEXIST || errno == EROFS || errno == EACCES;

		*at = '/';
		if (!is_made)
			return false;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

char *cache_directory(void)
{
	const char *base = getenv("XDG_CACHE_HOME");
	char *path = NULL;

	if (base && base[0] == '/') {
		path = must_format("%s/namu", base);
	} else {
		base = getenv("HOME");
		if (!base || base[0] != '/')
			return NULL;
		path = must_format("%s/.cache/namu", base);
	}
	if (make_directories(path) && access(path, W_OK | X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Whether /proc/cpuinfo's flags name hardware virtualisation. */
static bool cpu_has_virtualisation(void)
{
	char *line = NULL;
	size_t room = 0;
	bool is_found = false;
	FILE *file = fopen("/proc/cpuinfo", "re");

	if (!file)
		return false;
	while (!is_found && getline(&line, &room, file) > 0) {
		if (strncmp(line, "flags", 5) != 0)
			continue;
		is_found = strstr(line, " vmx") || strstr(line, " svm");
		/* Every processor of a machine says the same; the first is enough. */
		break;
	}
	free(line);
	(void)fclose(file);
	return is_found;
}

bool kvm_is_usable(const char **why)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		*why = errno == ENOENT   ? "there is no /dev/kvm"
		       : errno == EACCES ? "no permission to open /dev/kvm"
					 : "/dev/kvm cannot be opened";
		return false;
	}
	close(fd);
	if (!cpu_has_virtualisation()) {
		*why = "the processor shows neither vmx nor svm in /proc/cpuinfo";
		return false;
	}
	*why = "";
	return true;
}
