/*
 * From the start record to the command: what its process does in the kernel before it executes it.
 */
#include <asm-generic/errno.h>

#include "fs/file.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "namu/start.h"
#include "proc/command_mounts.h"
#include "proc/exec.h"
#include "proc/group.h"
#include "proc/init.h"

#define WHAT_BYTES         512
#define STATUS_NOT_STARTED (127u << 8)

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* The command cannot be: the host is told why (`about` what, if it is not the command itself), and the machine ends. */
static _Noreturn void fail(int error, const char *about, const struct start_text *text)
{
	char what[WHAT_BYTES];
	size_t at = string_copy(what, about, sizeof(what));
	size_t bytes = MIN((size_t)text->bytes, sizeof(what) - 1 - at);

	memcpy(what + at, text->text, bytes);
	what[at + bytes] = 0;
	log_line("the command cannot be started: %s (error %d)", what, -error);
	if (machine_hooks.failed)
		machine_hooks.failed(-error, what);
	process_exit_group(STATUS_NOT_STARTED);
}

static int take_stdio(void)
{
	struct file *files[3];

	if (!machine_hooks.open_stdio)
		return 0;
	int error = machine_hooks.open_stdio(files);
	for (int i = 0; !error && i < 3; i++)
		error = MIN(fd_open(files[i], false), 0);
	return error;
}

/* A directory that is missing is made, as container runtimes do. */
static int go_to(char *path)
{
	struct path cwd;
	int error = path_lookup_at(AT_CWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &cwd);

	if (error == -ENOENT) {
		error = command_make_directories(path);
		if (!error)
			error = path_lookup_at(AT_CWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &cwd);
	}
	if (error)
		return error;
	fs_context_set_cwd(current_thread()->fs, &cwd);
	path_put(&cwd);
	return 0;
}

static void mount_all(void)
{
	struct start_text text;
	size_t cursor = 0;
	int error;

	while (start_next(&start_record, NAMU_START_SHARE, &cursor, &text)) {
		error = command_mount_share(&text);
		if (error)
			fail(error, "host folder ", &text);
	}
	cursor = 0;
	while (start_next(&start_record, NAMU_START_TMPFS, &cursor, &text)) {
		error = command_mount_tmpfs(&text);
		if (error)
			fail(error, "tmpfs ", &text);
	}
}

/* The user's home directory as a setting; empty when no user is asked for. */
static char user_home[256];

static int become_user(void)
{
	struct cred *cred = cred_copy(current_cred());

	if (!cred)
		return -ENOMEM;
	int error = user_choose(&start_record.user, cred, user_home, sizeof(user_home));
	if (error)
		cred_put(cred);
	else
		cred_commit(cred);
	return error;
}

static int add_all(struct exec_strings *strings, uint32_t kind, uint32_t *count)
{
	struct start_text text;
	size_t cursor = 0;
	int error = 0;

	while (!error && start_next(&start_record, kind, &cursor, &text)) {
		error = exec_strings_add(strings, text.text, text.bytes);
		++*count;
	}
	return error;
}

static bool has_home(void)
{
	struct start_text text;
	size_t cursor = 0;

	while (start_next(&start_record, NAMU_START_ENV, &cursor, &text)) {
		if (text.bytes >= 5 && strncmp(text.text, "HOME=", 5) == 0)
			return true;
	}
	return false;
}

static int fill_strings(struct exec_strings *strings, const void *source)
{
	(void)source;
	int error = add_all(strings, NAMU_START_ARG, &strings->argc);
	if (!error)
		error = add_all(strings, NAMU_START_ENV, &strings->envc);
	if (error || !user_home[0] || has_home())
		return error;
	strings->envc++;
	return exec_strings_add(strings, user_home, strlen(user_home));
}

static void report_started(void)
{
	if (machine_hooks.started)
		machine_hooks.started(current_process()->pid->number);
}

/* The command's own PATH. */
static struct start_text find_path(void)
{
	struct start_text text;
	size_t cursor = 0;

	while (start_next(&start_record, NAMU_START_ENV, &cursor, &text)) {
		if (text.bytes > 5 && strncmp(text.text, "PATH=", 5) == 0)
			return (struct start_text){.text = text.text + 5, .bytes = text.bytes - 5};
	}
	return (struct start_text){.text = default_path, .bytes = sizeof(default_path) - 1};
}

/* `directory`/`name`; an empty directory is the working directory. */
static int try_in(const char *directory, size_t directory_bytes, const struct start_text *name)
{
	char *path = kmalloc(directory_bytes + name->bytes + 3);

	if (!path)
		return -ENOMEM;
	size_t at = 0;
	if (directory_bytes == 0)
		path[at++] = '.';
	memcpy(path + at, directory, directory_bytes);
	at += directory_bytes;
	path[at++] = '/';
	memcpy(path + at, name->text, name->bytes);
	path[at + name->bytes] = 0;
	int error = process_exec_kernel(path, fill_strings, NULL, report_started);
	kfree(path);
	return error;
}

/* As execvp(3): what is not there or not allowed in one directory may be in the next. */
static int execute_by_path(const struct start_text *name)
{
	struct start_text path = find_path();
	const char *at = path.text, *end = path.text + path.bytes;
	int result = -ENOENT;

	for (;;) {
		const char *colon = memchr(at, ':', (size_t)(end - at));
		int error = try_in(at, (size_t)((colon ? colon : end) - at), name);
		if (error == -EACCES)
			result = error;
		else if (error != -ENOENT && error != -ENOTDIR)
			return error;
		if (!colon)
			return result;
		at = colon + 1;
	}
}

static int execute(const struct start_text *name)
{
	if (name->bytes == 0)
		return -ENOENT;
	if (!memchr(name->text, '/', name->bytes))
		return execute_by_path(name);
	char *path = command_text_copy(name->text, name->bytes);
	if (!path)
		return -ENOMEM;
	int error = process_exec_kernel(path, fill_strings, NULL, report_started);
	kfree(path);
	return error;
}

_Noreturn void command_main(void *arg)
{
	struct start_text name = {.text = "", .bytes = 0};
	size_t cursor = 0;
	int error;

	(void)arg;
	process_new_session();
	error = take_stdio();
	if (error)
		fail(error, "standard input and output", &name);
	mount_all();
	command_write_resolver();
	if (start_record.cwd.text) {
		char *cwd = command_text_copy(start_record.cwd.text, start_record.cwd.bytes);
		error = cwd ? go_to(cwd) : -ENOMEM;
		kfree(cwd);
		if (error)
			fail(error, "working directory ", &start_record.cwd);
	}
	if (start_record.user.text && (error = become_user()))
		fail(error == -ENOENT ? -EINVAL : error, "no such user or group in the root: ", &start_record.user);
	(void)start_next(&start_record, NAMU_START_ARG, &cursor, &name);
	error = execute(&name);
	fail(error, "", &name);
}
