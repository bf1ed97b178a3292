/* `namu doctor`: one line for each thing that Namu needs, with the remedy where it is missing. */
#include "commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_library.h"
#include "paths.h"
#include "say.h"

/* How much it matters. */
enum weight {
	NEEDED, /* no program can be run without it */
	USEFUL,
};

static bool tell(const char *name, const char *found, enum weight weight, const char *remedy)
{
	if (found)
		printf("ok       %-12s %s\n", name, found);
	else
		printf("%s %-12s %s\n", weight == NEEDED ? "MISSING " : "missing ", name, remedy);
	return found || weight == USEFUL;
}

/* What QEMU says its version is; NULL when it does not start. The caller frees. */
static char *qemu_version(const char *qemu)
{
	char *quoted = must_format("exec '%s' --version 2>/dev/null", qemu);
	FILE *stream = strchr(qemu, '\'') ? NULL : popen(quoted, "re");
	char *line = NULL;
	size_t room = 0;

	free(quoted);
	if (!stream)
		return NULL;
	bool is_read = getline(&line, &room, stream) > 0;

	if (pclose(stream) != 0 || !is_read) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = 0;
	return line;
}

static bool tell_qemu(void)
{
	char *qemu = find_qemu();
	char *version = qemu ? qemu_version(qemu) : NULL;
	bool is_good;

	if (qemu && !version)
		is_good = tell("QEMU", NULL, NEEDED, "it is there but does not start: reinstall qemu-system-x86");
	else
		is_good = tell("QEMU", version, NEEDED, "apt-get install qemu-system-x86");
	free(version);
	free(qemu);
	return is_good;
}

static void tell_kvm(void)
{
	const char *why;
	bool is_usable = kvm_is_usable(&why);

	if (is_usable) {
		(void)tell("KVM", "usable: programs run at the processor's own speed", USEFUL, "");
		return;
	}
	const char *remedy = access("/dev/kvm", F_OK) != 0 ? "turn virtualisation on in the firmware, modprobe kvm"
			     : access("/dev/kvm", R_OK | W_OK) != 0
				     ? "add yourself to the group kvm: usermod -aG kvm $USER"
				     : "none on this machine; programs run without it, more slowly";
	char *text = must_format("%s: %s", why, remedy);

	(void)tell("KVM", NULL, USEFUL, text);
	free(text);
}

static bool tell_data(const char *label, const char *name)
{
	char *path = find_data(name);
	bool is_good = tell(label, path && access(path, R_OK) == 0 ? path : NULL, NEEDED,
			    "run 'make', 'make install', or set NAMU_DATA to its directory");

	free(path);
	return is_good;
}

int command_doctor(char **words)
{
	bool is_good = true;

	if (words[0]) {
		if (strcmp(words[0], "--help") == 0)
			return command_help_for("doctor");
		say("'namu doctor' takes no words");
		return STATUS_NAMU;
	}
	is_good &= tell_qemu();
	tell_kvm();
	is_good &= tell_data("kernel", "namu.elf");
	is_good &= tell_data("root", "root.erofs");
	char *page = find_data("view/template.html");
	char *cache = cache_directory();

	char *skopeo = find_program("skopeo"), *gcc = find_program("gcc");

	(void)tell("libarchive", archive_library_name(), USEFUL,
		   "apt-get install libarchive13 (to use archives and images in layers as roots)");
	(void)tell("skopeo", skopeo, USEFUL, "apt-get install skopeo (to pull images from registries)");
	(void)tell("page", page, USEFUL, "make view (it needs Node's npm; for the page of namu view)");
	(void)tell("gcc", gcc, USEFUL, "apt-get install gcc libc6-dev (to compile the programs of labs)");
	(void)tell("cache", cache, USEFUL, "set XDG_CACHE_HOME to a directory that you may write");
	free(page);
	free(gcc);
	free(skopeo);
	free(cache);
	return fflush(stdout) == 0 && is_good ? 0 : 1;
}
