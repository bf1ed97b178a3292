/*
 * Programs that begin with #!: the interpreter's path and at most one argument stand in the first line, of which 256
 * bytes count (execve(2), Interpreter scripts). The interpreter may be a script itself.
 */
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/exec.h"

#define LINE_BYTES  256
#define DEPTH_LIMIT 5

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && !is_blank(*at) && *at)
		at++;
	return at;
}

static char *copy_word(const char *from, const char *end)
{
	char *copy = kmalloc((size_t)(end - from) + 1);

	if (copy) {
		memcpy(copy, from, (size_t)(end - from));
		copy[end - from] = 0;
	}
	return copy;
}

/*
 * Where the line ends. A line longer than what was read is accepted if at least the interpreter's path was read whole:
 * what is cut off then is the argument. Null: -ENOEXEC.
 */
static const char *line_end(const char *line, size_t bytes)
{
	const char *limit = line + MIN(bytes, (size_t)LINE_BYTES);
	const char *end = memchr(line, '\n', (size_t)(limit - line));

	if (!end && bytes >= LINE_BYTES) {
		limit--;
		const char *path = skip_blanks(line + 2, limit);
		if (path == limit || skip_word(path, limit) == limit)
			return NULL;
	}
	end = end ? end : limit;
	const char *zero = memchr(line, 0, (size_t)(end - line));
	end = zero ? zero : end;
	while (end > line + 2 && is_blank(end[-1]))
		end--;
	return end;
}

/* The script's own path takes the place of the first argument; before it come interpreter and argument. */
static int push_words(struct exec *exec, const char *script, char *interpreter, char *argument)
{
	int error = 0;

	if (!exec->strings.is_first_dropped) {
		char *own = kstrdup(script);
		if (!own)
			error = -ENOMEM;
		else
			error = exec_strings_prepend(&exec->strings, own);
		exec->strings.is_first_dropped = true;
	}
	if (error) {
		kfree(argument);
		kfree(interpreter);
		return error;
	}
	if (argument)
		error = exec_strings_prepend(&exec->strings, argument);
	int second = exec_strings_prepend(&exec->strings, interpreter);
	return error ? error : second;
}

/* One #! line; exec->head holds it. */
static int resolve_one(struct exec *exec)
{
	const char *line = (const char *)exec->head;
	const char *end = line_end(line, exec->head_bytes);

	if (!end)
		return -ENOEXEC;
	const char *path = skip_blanks(line + 2, end);
	const char *path_end = skip_word(path, end);
	if (path == path_end)
		return -ENOEXEC;
	if (exec->is_name_lost)
		return -ENOENT;
	const char *rest = skip_blanks(path_end, end);
	char *interpreter = copy_word(path, path_end);
	char *argument = rest < end ? copy_word(rest, end) : NULL;
	if (!interpreter || (rest < end && !argument)) {
		kfree(interpreter);
		kfree(argument);
		return -ENOMEM;
	}
	int error = push_words(exec, exec->name, interpreter, argument);
	if (error)
		return error;
	struct file *file = exec_open(AT_CWD, exec->strings.prefix[0], LOOKUP_FOLLOW);
	if (is_err(file))
		return (int)ptr_err(file);
	file_put(exec->file);
	exec->file = file;
	return exec_read_head(exec);
}

int exec_resolve_scripts(struct exec *exec)
{
	for (int depth = 0; exec->head_bytes >= 2 && exec->head[0] == '#' && exec->head[1] == '!'; depth++) {
		int error = resolve_one(exec);
		if (error)
			return error;
		/* the sixth program in the chain is one too many, whatever it is */
		if (depth >= DEPTH_LIMIT)
			return -ELOOP;
	}
	return 0;
}
