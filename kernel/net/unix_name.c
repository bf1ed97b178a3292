/*
 * Names of sockets (unix(7)): nodes in the tree of files, abstract names, and those that the kernel chooses.
 *
 * A node leads to its socket through inode->pipe, which unix_lock guards; the socket holds the node's place until its
 * description ends.
 */
#include <linux/stat.h>

#include "choice/choice.h"
#include "fs/attributes.h"
#include "fs/names.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/unix.h"

#define BUCKETS        64u
#define AUTOBIND_NAMES 0x100000u /* five hexadecimal digits */
#define FNV_OFFSET     2166136261u
#define FNV_PRIME      16777619u

static struct slab_cache address_cache = SLAB_CACHE("unix_address", struct unix_address);

/* Abstract names by hash. Lock key: (u) unix_lock. */
static struct {
	struct list bucket[BUCKETS]; /* (u) */
	bool is_ready;               /* (u) */
} names;

void unix_address_put(struct unix_address *address)
{
	if (address && refcount_put(&address->refs))
		slab_free(&address_cache, address);
}

static uint32_t hash_of(const uint8_t *data, uint32_t bytes, int type)
{
	uint32_t hash = FNV_OFFSET ^ (uint32_t)type;

	for (uint32_t i = UNIX_FAMILY_BYTES; i < bytes; i++)
		hash = (hash ^ data[i]) * FNV_PRIME;
	return hash;
}

static struct unix_address *address_create(const uint8_t *data, uint32_t bytes, int type)
{
	struct unix_address *address = slab_alloc(&address_cache);

	if (!address)
		return NULL;
	refcount_init(&address->refs, 1);
	list_init(&address->link);
	address->bytes = bytes;
	address->hash = hash_of(data, bytes, type);
	memcpy(address->data, data, bytes);
	return address;
}

/* -- abstract names -- */

static struct list *bucket_locked(uint32_t hash)
{
	if (unlikely(!names.is_ready)) {
		for (unsigned i = 0; i < BUCKETS; i++)
			list_init(&names.bucket[i]);
		names.is_ready = true;
	}
	return &names.bucket[hash % BUCKETS];
}

static struct unix_address *find_locked(const uint8_t *data, uint32_t bytes, int type)
{
	uint32_t hash = hash_of(data, bytes, type);
	struct unix_address *address;

	list_for_each (address, bucket_locked(hash), link) {
		if (address->hash == hash && address->bytes == bytes && address->owner->socket.type == type &&
		    memcmp(address->data, data, bytes) == 0)
			return address;
	}
	return NULL;
}

/* Give it the name, unless somebody has it: 0 or -EADDRINUSE. The bind_mutex is held. */
static int take_name(struct unix_socket *self, struct unix_address *address)
{
	int error = -EADDRINUSE;

	spin_lock(&unix_lock);
	if (!find_locked(address->data, address->bytes, self->socket.type)) {
		address->owner = self;
		list_append(bucket_locked(address->hash), &address->link);
		self->address = address;
		error = 0;
	}
	spin_unlock(&unix_lock);
	return error;
}

static int bind_abstract(struct unix_socket *self, const uint8_t *data, uint32_t bytes)
{
	struct unix_address *address = address_create(data, bytes, self->socket.type);
	int error = -ENOMEM;

	if (address)
		error = take_name(self, address);
	if (error)
		unix_address_put(address);
	return error;
}

static int autobind_locked(struct unix_socket *self)
{
	uint32_t first;
	int error = -EADDRINUSE;

	first = (uint32_t)choice_random_u64(STREAM_RANDOM);
	for (uint32_t i = 0; error == -EADDRINUSE && i < AUTOBIND_NAMES; i++) {
		uint8_t data[UNIX_FAMILY_BYTES + 8] = {AF_UNIX};
		string_format((char *)data + UNIX_FAMILY_BYTES + 1, 6, "%05x", (first + i) % AUTOBIND_NAMES);
		error = bind_abstract(self, data, UNIX_FAMILY_BYTES + 6);
	}
	return error == -EADDRINUSE ? -ENOSPC : error;
}

int unix_autobind(struct unix_socket *self)
{
	int error;

	if (__atomic_load_n(&self->address, __ATOMIC_ACQUIRE))
		return 0;
	mutex_lock(&self->bind_mutex);
	error = self->address ? 0 : autobind_locked(self);
	mutex_unlock(&self->bind_mutex);
	return error;
}

/* -- names in the tree of files -- */

int unix_check_address(const struct socket_address *address)
{
	if (address->bytes <= UNIX_FAMILY_BYTES || address->bytes > UNIX_ADDRESS_BYTES)
		return -EINVAL;
	return address->family == AF_UNIX ? 0 : -EINVAL;
}

/* The path with a zero behind it, which an address need not have. */
static const char *path_of(const struct socket_address *address, char text[UNIX_ADDRESS_BYTES])
{
	uint32_t bytes = address->bytes - UNIX_FAMILY_BYTES;

	memcpy(text, address->data + UNIX_FAMILY_BYTES, bytes);
	text[bytes] = 0;
	return text;
}

static int bind_path(struct unix_socket *self, const char *text)
{
	uint8_t data[UNIX_ADDRESS_BYTES + 1] = {AF_UNIX};
	uint32_t bytes = (uint32_t)strlen(text) + 1;
	struct unix_address *address;
	int error;

	memcpy(data + UNIX_FAMILY_BYTES, text, bytes);
	address = address_create(data, bytes + UNIX_FAMILY_BYTES, self->socket.type);
	if (!address)
		return -ENOMEM;
	error = names_make_socket(text, self->socket.file->inode->mode, &self->place);
	if (error) {
		unix_address_put(address);
		return error == -EEXIST ? -EADDRINUSE : error;
	}
	spin_lock(&unix_lock);
	self->place.dentry->inode->pipe = self;
	self->address = address;
	spin_unlock(&unix_lock);
	return 0;
}

/* It has a name: a second one is refused, but a name that somebody has is told first. */
static int refuse_second(const char *text)
{
	struct path path;

	if (path_lookup_at(AT_CWD, text, 0, &path) != 0)
		return -EINVAL;
	path_put(&path);
	return -EADDRINUSE;
}

int unix_bind(struct socket *socket, const struct socket_address *address)
{
	struct unix_socket *self = unix_of(socket);
	char text[UNIX_ADDRESS_BYTES];
	bool is_abstract;
	int error;

	if (address->bytes == UNIX_FAMILY_BYTES && address->family == AF_UNIX)
		return unix_autobind(self);
	error = unix_check_address(address);
	if (error)
		return error;
	path_of(address, text);
	is_abstract = !text[0];
	mutex_lock(&self->bind_mutex);
	if (self->address)
		error = is_abstract ? -EINVAL : refuse_second(text);
	else if (is_abstract)
		error = bind_abstract(self, address->data, address->bytes);
	else
		error = bind_path(self, text);
	mutex_unlock(&self->bind_mutex);
	return error;
}

void unix_unbind(struct unix_socket *self)
{
	struct path place = {0};

	mutex_lock(&self->bind_mutex);
	spin_lock(&unix_lock);
	if (self->address && self->address->owner == self) {
		list_remove(&self->address->link);
		self->address->owner = NULL;
	}
	if (self->place.dentry) {
		place = self->place;
		self->place = (struct path){0};
		place.dentry->inode->pipe = NULL;
	}
	spin_unlock(&unix_lock);
	mutex_unlock(&self->bind_mutex);
	if (place.dentry)
		path_put(&place);
}

/* -- looking up -- */

static struct unix_socket *find_path(const char *text, int type)
{
	struct unix_socket *found = NULL;
	struct inode *inode;
	struct path path;
	int error = path_lookup_at(AT_CWD, text, LOOKUP_FOLLOW, &path);

	if (error)
		return err_ptr(error);
	inode = path_inode(&path);
	error = inode_permission(inode, MAY_WRITE);
	if (!error && !S_ISSOCK(inode->mode))
		error = -ECONNREFUSED;
	if (!error) {
		spin_lock(&unix_lock);
		found = inode->pipe;
		if (found)
			unix_get(found);
		spin_unlock(&unix_lock);
		error = found ? 0 : -ECONNREFUSED;
	}
	if (found && found->socket.type != type) {
		unix_put(found);
		error = -EPROTOTYPE;
	} else if (found) {
		attributes_accessed(&path, inode);
	}
	path_put(&path);
	return error ? err_ptr(error) : found;
}

struct unix_socket *unix_find(const struct socket_address *address, int type)
{
	struct unix_socket *found = NULL;
	struct unix_address *name;
	char text[UNIX_ADDRESS_BYTES];
	int error = unix_check_address(address);

	if (error)
		return err_ptr(error);
	if (path_of(address, text)[0])
		return find_path(text, type);
	spin_lock(&unix_lock);
	name = find_locked(address->data, address->bytes, type);
	if (name) {
		found = name->owner;
		unix_get(found);
	}
	spin_unlock(&unix_lock);
	return found ? found : err_ptr(-ECONNREFUSED);
}

/* -- telling -- */

void unix_name_of(struct unix_socket *self, struct socket_address *address)
{
	const struct unix_address *name = __atomic_load_n(&self->address, __ATOMIC_ACQUIRE);

	address->bytes = name ? name->bytes : 0;
	if (name)
		memcpy(address->data, name->data, name->bytes);
}

int unix_name(struct socket *socket, bool of_peer, struct socket_address *address)
{
	struct unix_socket *self = unix_of(socket), *whose = self;

	if (of_peer) {
		whose = unix_peer_get(self);
		if (!whose)
			return -ENOTCONN;
	}
	unix_name_of(whose, address);
	if (!address->bytes) {
		address->bytes = UNIX_FAMILY_BYTES;
		address->family = AF_UNIX;
	}
	if (of_peer)
		unix_put(whose);
	return 0;
}
