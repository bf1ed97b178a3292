/*
 * Options of a mounted proc (proc(5), "Mount options"): hidepid hides processes that the reader may not look into, gid
 * names a group from which nothing is hidden.
 */
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/inspect.h"
#include "proc/procfs_file.h"

/* Values of hidepid. */
#define HIDE_NOTHING  0
#define HIDE_CONTENTS 1 /* directories are there, but closed */
#define HIDE_NAMES    2
#define HIDE_UNTRACED 4 /* by the rules of ptrace alone, whatever the group */

/* superblock->private_data of a proc. Lock key: (a) atomic. */
struct proc_options {
	_Atomic uint32_t hide; /* (a) */
	_Atomic uint32_t gid;  /* (a) */
};

struct words {
	uint32_t hide, gid;
	bool has_hide, has_gid;
};

static bool number_of(const char *text, size_t bytes, uint32_t *number)
{
	const char *end;
	uint64_t value;

	if (bytes == 0 || bytes > 10 || *text < '0' || *text > '9')
		return false;
	value = string_to_u64(text, &end, 10);
	*number = (uint32_t)value;
	return end == text + bytes && value < UINT32_MAX;
}

static bool hide_of(const char *text, size_t bytes, uint32_t *hide)
{
	static const struct {
		const char *name;
		uint32_t value;
	} names[] = {{"off", HIDE_NOTHING},
		     {"noaccess", HIDE_CONTENTS},
		     {"invisible", HIDE_NAMES},
		     {"ptraceable", HIDE_UNTRACED}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strlen(names[i].name) == bytes && memcmp(names[i].name, text, bytes) == 0) {
			*hide = names[i].value;
			return true;
		}
	}
	return number_of(text, bytes, hide) && (*hide <= HIDE_NAMES || *hide == HIDE_UNTRACED);
}

/* "name=": what stands behind it in the word, or null. */
static const char *value_of(const char *word, size_t bytes, const char *name, size_t *value_bytes)
{
	size_t length = strlen(name);

	if (bytes < length || memcmp(word, name, length) != 0)
		return NULL;
	*value_bytes = bytes - length;
	return word + length;
}

static int parse_word(const char *word, size_t bytes, struct words *words)
{
	size_t value_bytes;
	const char *value = value_of(word, bytes, "hidepid=", &value_bytes);

	if (value) {
		words->has_hide = true;
		return hide_of(value, value_bytes, &words->hide) ? 0 : -EINVAL;
	}
	value = value_of(word, bytes, "gid=", &value_bytes);
	if (!value)
		return -EINVAL;
	words->has_gid = true;
	return number_of(value, value_bytes, &words->gid) ? 0 : -EINVAL;
}

static int parse(const char *data, struct words *words)
{
	int error = 0;

	*words = (struct words){0};
	while (data && *data && !error) {
		const char *comma = strchr(data, ',');
		size_t bytes = comma ? (size_t)(comma - data) : strlen(data);

		if (bytes)
			error = parse_word(data, bytes, words);
		data += bytes + (comma ? 1 : 0);
	}
	return error;
}

const char *const proc_option_names[] = {"hidepid=", "gid=", NULL};

bool proc_option_is_right(const char *option)
{
	struct words words;

	return parse(option, &words) == 0;
}

int proc_options_set(struct superblock *superblock, const char *data)
{
	struct proc_options *options = superblock->private_data;
	struct words words;
	int error = parse(data, &words);

	if (error)
		return error;
	if (!options) {
		options = kzalloc(sizeof(*options));
		if (!options)
			return -ENOMEM;
		superblock->private_data = options;
	}
	if (words.has_hide)
		atomic_store_explicit(&options->hide, words.hide, memory_order_relaxed);
	if (words.has_gid)
		atomic_store_explicit(&options->gid, words.gid, memory_order_relaxed);
	return 0;
}

void proc_options_destroy(struct superblock *superblock)
{
	kfree(superblock->private_data);
}

void proc_options_text(const struct superblock *superblock, char *to, size_t room)
{
	static const char *const names[] = {"off", "noaccess", "invisible", "", "ptraceable"};
	const struct proc_options *options = superblock->private_data;
	size_t used = 0;

	to[0] = 0;
	if (!options)
		return;
	if (options->gid)
		used = (size_t)string_format(to, room, ",gid=%u", options->gid);
	if (options->hide && used < room)
		string_format(to + used, room - used, ",hidepid=%s", names[options->hide]);
}

/* Is a process hidden where `least` of hidepid hides? */
static bool is_hidden(const struct superblock *superblock, struct thread *thread, uint32_t least)
{
	const struct proc_options *options = superblock->private_data;
	uint32_t hide = options ? options->hide : HIDE_NOTHING;

	if (likely(hide < least))
		return false;
	if (hide != HIDE_UNTRACED && cred_in_group(current_cred(), options->gid))
		return false;
	return !thread_may_inspect(thread, INSPECT_BY_FS_IDS);
}

bool proc_hides_contents(const struct superblock *superblock, struct thread *thread)
{
	return is_hidden(superblock, thread, HIDE_CONTENTS);
}

bool proc_hides_name(const struct superblock *superblock, struct thread *thread)
{
	return is_hidden(superblock, thread, HIDE_NAMES);
}
