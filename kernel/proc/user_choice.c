/*
 * Who runs the command: names are looked up in the root's own /etc/passwd and /etc/group, numbers need no file.
 */
#include <linux/fcntl.h>

#include "fs/file.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/init.h"

#define FILE_LIMIT (1u << 20)
#define LIST_LIMIT 1024

/* A piece of text that is not ended by zero. */
struct piece {
	const char *at;
	size_t bytes;
};

static bool piece_equals(struct piece a, struct piece b)
{
	return a.bytes == b.bytes && memcmp(a.at, b.at, a.bytes) == 0;
}

/* Cut off what stands before `separator` (or all); false when nothing is left. */
static bool piece_take(struct piece *from, char separator, struct piece *part)
{
	if (!from->at)
		return false;
	const char *end = memchr(from->at, separator, from->bytes);
	part->at = from->at;
	part->bytes = end ? (size_t)(end - from->at) : from->bytes;
	from->at = end ? end + 1 : NULL;
	from->bytes -= part->bytes + (end ? 1 : 0);
	return true;
}

static bool piece_number(struct piece piece, uint32_t *number)
{
	uint64_t value = 0;

	if (piece.bytes == 0 || piece.bytes > 10)
		return false;
	for (size_t i = 0; i < piece.bytes; i++) {
		if (piece.at[i] < '0' || piece.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(piece.at[i] - '0');
	}
	/* the last number means "none" to the calls that change ids */
	if (value >= UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	return true;
}

/* A whole file as a kmalloc block; an empty piece when it cannot be read. */
static struct piece file_read_all(const char *name, char **block)
{
	struct piece text = {.at = NULL, .bytes = 0};
	struct file *file = file_open_kernel(name, O_RDONLY, 0);

	*block = NULL;
	if (is_err(file))
		return text;
	size_t bytes = MIN(inode_size(file_inode(file)), (uint64_t)FILE_LIMIT);
	*block = kmalloc(bytes + 1);
	ssize_t got = *block ? file_read_kernel(file, *block, bytes, 0) : -1;
	file_put(file);
	if (got > 0)
		text = (struct piece){.at = *block, .bytes = (size_t)got};
	return text;
}

/* What a line of either file begins with: name, password, a number. The rest stays in *line. */
static bool line_begin(struct piece *line, struct piece *name, uint32_t *number)
{
	struct piece password, digits;

	return piece_take(line, ':', name) && piece_take(line, ':', &password) && piece_take(line, ':', &digits) &&
	       piece_number(digits, number);
}

/* What is known of the user. */
struct user {
	struct piece name; /* null: only a number */
	struct piece home;
	uint32_t uid, gid;
	bool is_found;
};

static void find_user(struct piece passwd, struct piece wanted, struct user *user)
{
	struct piece line, name, group, comment, home;
	uint32_t uid, gid;
	bool is_number = piece_number(wanted, &user->uid);

	while (piece_take(&passwd, '\n', &line)) {
		if (!line_begin(&line, &name, &uid) || !piece_take(&line, ':', &group) || !piece_number(group, &gid))
			continue;
		bool is_match = piece_equals(name, wanted);
		if (!is_match && !(is_number && uid == user->uid && !user->is_found))
			continue;
		if (!piece_take(&line, ':', &comment) || !piece_take(&line, ':', &home))
			home = (struct piece){.at = NULL};
		*user = (struct user){.name = name, .home = home, .uid = uid, .gid = gid, .is_found = true};
		if (is_match)
			return;
	}
	user->is_found = user->is_found || is_number;
}

static bool find_group(struct piece groups, struct piece wanted, uint32_t *found)
{
	struct piece line, name;
	uint32_t gid;

	while (piece_take(&groups, '\n', &line)) {
		if (line_begin(&line, &name, &gid) && piece_equals(name, wanted)) {
			*found = gid;
			return true;
		}
	}
	return piece_number(wanted, found);
}

static bool has_member(struct piece members, struct piece user)
{
	struct piece member;

	while (piece_take(&members, ',', &member)) {
		if (piece_equals(member, user))
			return true;
	}
	return false;
}

/* Groups whose lists name the user. Null (with *error 0): none. */
static struct group_list *find_memberships(struct piece groups, struct piece user, int *error)
{
	struct group_list *list = group_list_create(LIST_LIMIT);
	struct piece line, name;
	uint32_t gid;

	*error = list ? 0 : -ENOMEM;
	if (!list)
		return NULL;
	list->count = 0;
	while (piece_take(&groups, '\n', &line) && list->count < LIST_LIMIT) {
		if (line_begin(&line, &name, &gid) && has_member(line, user))
			list->gids[list->count++] = gid;
	}
	if (list->count == 0) {
		group_list_put(list);
		return NULL;
	}
	group_list_sort(list);
	return list;
}

static void set_ids(struct cred *cred, uint32_t uid, uint32_t gid, struct group_list *groups)
{
	cred->uid = cred->euid = cred->suid = cred->fsuid = uid;
	cred->gid = cred->egid = cred->sgid = cred->fsgid = gid;
	group_list_put(cred->groups);
	cred->groups = groups;
	if (uid != 0)
		cred->cap_permitted = cred->cap_effective = cred->cap_ambient = 0;
}

/* "HOME=/home/ann"; what does not fit or is not told leaves "HOME=/". */
static void set_home(struct piece home, char *setting, size_t room)
{
	static const char name[] = "HOME=";
	size_t name_bytes = sizeof(name) - 1;

	if (!home.at || home.bytes == 0 || home.at[0] != '/' || home.bytes >= room - name_bytes ||
	    memchr(home.at, 0, home.bytes))
		home = (struct piece){.at = "/", .bytes = 1};
	memcpy(setting, name, name_bytes);
	memcpy(setting + name_bytes, home.at, home.bytes);
	setting[name_bytes + home.bytes] = 0;
}

int user_choose(const struct start_text *text, struct cred *cred, char *home, size_t room)
{
	struct piece rest = {.at = text->text, .bytes = text->bytes}, wanted, group;
	struct user user = {.uid = 0};
	struct group_list *list = NULL;
	char *passwd_block, *group_block;
	int error = 0;

	struct piece passwd = file_read_all("/etc/passwd", &passwd_block);
	struct piece groups = file_read_all("/etc/group", &group_block);
	piece_take(&rest, ':', &wanted);
	if (wanted.bytes)
		find_user(passwd, wanted, &user);
	if (wanted.bytes && !user.is_found)
		error = -ENOENT;
	else if (piece_take(&rest, '\n', &group))
		error = find_group(groups, group, &user.gid) ? 0 : -ENOENT;
	else if (user.name.at)
		list = find_memberships(groups, user.name, &error);
	if (!error)
		set_ids(cred, user.uid, user.gid, list);
	set_home(user.home, home, room);
	kfree(passwd_block);
	kfree(group_block);
	return error;
}
