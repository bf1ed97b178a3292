/* Host folders that the machine sees. */
#include "shares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse.h"
#include "record.h"
#include "say.h"

static char *copy_part(const char *text, size_t bytes)
{
	return must_format("%.*s", (int)bytes, text);
}

static bool is_word(const char *text, size_t bytes, const char *word)
{
	return strlen(word) == bytes && memcmp(text, word, bytes) == 0;
}

bool shares_add(struct shares *shares, const char *host, size_t host_bytes, const char *guest, size_t guest_bytes,
		bool is_readonly)
{
	if (host_bytes == 0 || guest_bytes == 0) {
		say("a host folder needs both its name here and its place in the machine: HOST:GUEST");
		return false;
	}
	if (guest[0] != '/') {
		say("the place of a host folder in the machine, '%.*s', must begin with a slash", (int)guest_bytes,
		    guest);
		return false;
	}
	if (strspn(guest, "/") >= guest_bytes) {
		say("a host folder cannot be put on /: use it as ROOT, with --rw or --live");
		return false;
	}
	/* One place is kept for a root. */
	if (shares->count == SHARES_MOST - 1) {
		say("too many host folders: at most %d", SHARES_MOST - 1);
		return false;
	}
	shares->items[shares->count++] = (struct share){
		.host = copy_part(host, host_bytes),
		.guest = copy_part(guest, guest_bytes),
		.is_readonly = is_readonly,
	};
	return true;
}

/* docker's options of -v: what tells how strictly the two sides agree or how labels are set has no meaning here. */
static bool read_volume_options(const char *options, bool *is_readonly)
{
	static const char *const without_effect[] = {"rw", "z", "Z", "consistent", "cached", "delegated"};

	while (*options) {
		size_t bytes = strcspn(options, ",");
		bool is_known = is_word(options, bytes, "ro");

		*is_readonly |= is_known;
		for (size_t i = 0; i < sizeof(without_effect) / sizeof(without_effect[0]); i++)
			is_known |= is_word(options, bytes, without_effect[i]);
		if (!is_known) {
			say("unknown option '%.*s' of a host folder: ro or rw", (int)bytes, options);
			return false;
		}
		options += bytes + (options[bytes] == ',');
	}
	return true;
}

bool shares_add_volume(struct shares *shares, const char *value)
{
	size_t host_bytes = strcspn(value, ":");
	const char *guest = value + host_bytes + (value[host_bytes] == ':');
	size_t guest_bytes = strcspn(guest, ":");
	bool is_readonly = false;

	if (guest[guest_bytes] == ':' && !read_volume_options(guest + guest_bytes + 1, &is_readonly))
		return false;
	return shares_add(shares, value, host_bytes, guest, guest_bytes, is_readonly);
}

/* What --mount says, as pieces of its value. */
struct mount_words {
	const char *type, *from, *to, *size;
	size_t type_bytes, from_bytes, to_bytes, size_bytes;
	bool is_readonly;
};

static bool read_mount_flag(struct mount_words *words, const char *value, size_t bytes)
{
	char *text = copy_part(value, bytes);
	bool is_good = parse_bool(bytes ? text : "true", &words->is_readonly);

	free(text);
	return is_good;
}

/* One "key=value", or a key alone. */
static bool read_mount_word(struct mount_words *words, const char *word, size_t bytes)
{
	const char *equals = memchr(word, '=', bytes);
	size_t key_bytes = equals ? (size_t)(equals - word) : bytes;
	const char *value = equals ? equals + 1 : word + bytes;
	size_t value_bytes = bytes - (size_t)(value - word);

	if (is_word(word, key_bytes, "type")) {
		words->type = value;
		words->type_bytes = value_bytes;
	} else if (is_word(word, key_bytes, "src") || is_word(word, key_bytes, "source")) {
		words->from = value;
		words->from_bytes = value_bytes;
	} else if (is_word(word, key_bytes, "dst") || is_word(word, key_bytes, "destination") ||
		   is_word(word, key_bytes, "target")) {
		words->to = value;
		words->to_bytes = value_bytes;
	} else if (is_word(word, key_bytes, "tmpfs-size")) {
		words->size = value;
		words->size_bytes = value_bytes;
	} else if (is_word(word, key_bytes, "readonly") || is_word(word, key_bytes, "ro")) {
		return read_mount_flag(words, value, value_bytes);
	} else if (!is_word(word, key_bytes, "consistency")) {
		return false;
	}
	return true;
}

static bool add_tmpfs(struct strlist *tmpfs, const struct mount_words *words)
{
	if (words->to_bytes == 0 || words->to[0] != '/') {
		say("--mount type=tmpfs needs dst=DIR, beginning with a slash");
		return false;
	}
	strlist_addf(tmpfs, "%.*s:%s%s%.*s", (int)words->to_bytes, words->to, words->is_readonly ? "ro," : "",
		     words->size ? "size=" : "", (int)words->size_bytes, words->size ? words->size : "");
	return true;
}

bool shares_add_mount(struct shares *shares, struct strlist *tmpfs, const char *value)
{
	struct mount_words words = {0};

	for (const char *at = value; *at;) {
		size_t bytes = strcspn(at, ",");

		if (!read_mount_word(&words, at, bytes)) {
			say("bad word '%.*s' in --mount: type, src, dst, readonly", (int)bytes, at);
			return false;
		}
		at += bytes + (at[bytes] == ',');
	}
	if (words.type && is_word(words.type, words.type_bytes, "tmpfs"))
		return add_tmpfs(tmpfs, &words);
	if (!words.type || !is_word(words.type, words.type_bytes, "bind")) {
		say("--mount needs type=bind or type=tmpfs");
		return false;
	}
	return shares_add(shares, words.from ? words.from : "", words.from_bytes, words.to ? words.to : "",
			  words.to_bytes, words.is_readonly);
}

void shares_add_root(struct shares *shares, const char *directory, bool is_readonly)
{
	memmove(&shares->items[1], &shares->items[0], shares->count * sizeof(shares->items[0]));
	shares->count++;
	shares->items[0] =
		(struct share){.host = must_copy(directory), .guest = must_copy("/"), .is_readonly = is_readonly};
}

static int share_check(struct share *share)
{
	char *absolute = realpath(share->host, NULL);
	struct stat status;

	if (!absolute || stat(absolute, &status) < 0) {
		if (errno == ENOENT)
			say("no such host folder: %s", share->host);
		else
			say("cannot use the host folder %s: %s", share->host, strerror(errno));
		free(absolute);
		return -1;
	}
	free(share->host);
	share->host = absolute;
	if (!S_ISDIR(status.st_mode)) {
		say("the host folder %s is not a directory", share->host);
		return -1;
	}
	if (access(share->host, R_OK | X_OK) < 0) {
		say("cannot read the host folder %s: %s", share->host, strerror(errno));
		return -1;
	}
	return 0;
}

int shares_check(struct shares *shares)
{
	for (size_t i = 0; i < shares->count; i++) {
		if (share_check(&shares->items[i]) < 0)
			return -1;
	}
	return 0;
}

/* In QEMU's options a comma within a path is doubled. */
static char *comma_doubled(const char *path)
{
	char *result = must_alloc(2 * strlen(path) + 1), *to = result;

	for (; *path; path++) {
		*to++ = *path;
		if (*path == ',')
			*to++ = ',';
	}
	*to = 0;
	return result;
}

void shares_arguments(const struct shares *shares, const char *device, struct strlist *arguments)
{
	for (size_t i = 0; i < shares->count; i++) {
		const struct share *share = &shares->items[i];
		char *path = comma_doubled(share->host);

		/* Files of several of the host's file systems get numbers that do not meet. */
		strlist_add(arguments, "-fsdev");
		strlist_addf(arguments, "local,id=share%zu,path=%s,security_model=none,multidevs=remap%s", i, path,
			     share->is_readonly ? ",readonly=on" : "");
		strlist_add(arguments, "-device");
		strlist_addf(arguments, "%s,fsdev=share%zu,mount_tag=share%zu", device, i, i);
		free(path);
	}
}

void shares_record(const struct shares *shares, struct bytes *record)
{
	for (size_t i = 0; i < shares->count; i++) {
		const struct share *share = &shares->items[i];
		char *item = must_format("share%zu:%s:%s", i, share->is_readonly ? "ro" : "rw", share->guest);

		record_add_text(record, NAMU_START_SHARE, item);
		free(item);
	}
}
