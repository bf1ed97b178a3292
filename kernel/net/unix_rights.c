/*
 * Descriptions on their way (SCM_RIGHTS): counting them, and finding those that nobody can ever receive.
 *
 * A socket may lie in the queue of another, or in its own: closed everywhere, such a ring holds itself. Whenever a
 * socket ends while sockets are on their way, those all of whose references are on their way are looked at: one that is
 * referred to from outside these (a message in the queue of a socket that somebody has) can be received, and so can
 * what lies in its queue; the queues of all others are emptied.
 *
 * flight_mutex guards the counts, and that nobody takes a reference to a description by receiving it while they are
 * compared: what comes into a queue is counted before, what leaves one is counted till after, so that whatever is
 * missing from the queues looks referred to from outside. Order: flight_mutex, a listening socket's mutex, that of a
 * connection on its list.
 */
#include <asm-generic/resource.h>
#include <linux/capability.h>

#include "lib/errno.h"
#include "mem/slab.h"
#include "net/unix.h"
#include "vm/limits.h"
#include "vm/space.h"

/* How many descriptions a user has on the way. Lock key: (f) flight_mutex. */
struct user {
	struct list link; /* (f) */
	uint32_t uid;     /* (f) */
	uint32_t count;   /* (f) */
};

static struct slab_cache user_cache = SLAB_CACHE("unix_user", struct user);
static struct mutex flight_mutex = MUTEX_INIT(flight_mutex);
static struct mutex drop_mutex = MUTEX_INIT(drop_mutex);

/* Lock key: (f) flight_mutex; (u) unix_lock. */
static struct {
	struct list sockets; /* (f) struct unix_socket.flight_link: those on their way */
	struct list users;   /* (f) */
	struct list dropped; /* (u) struct unix_rights whose descriptions are to be put */
} flight = {
	.sockets = LIST_INIT(flight.sockets), .users = LIST_INIT(flight.users), .dropped = LIST_INIT(flight.dropped)};

/* Somebody has to look for rings. */
static _Atomic bool is_wanted;

static struct unix_socket *unix_of_file(const struct file *file)
{
	struct socket *socket = socket_of(file);

	return socket && socket->family == AF_UNIX ? unix_of(socket) : NULL;
}

struct unix_rights *unix_rights_create(uint32_t count)
{
	struct unix_rights *rights = kmalloc(sizeof(*rights) + count * sizeof(struct file *));

	if (!rights)
		return NULL;
	refcount_init(&rights->refs, 1);
	list_init(&rights->link);
	rights->count = 0;
	rights->is_flying = false;
	return rights;
}

/* -- counting -- */

static struct user *user_of(uint32_t uid)
{
	struct user *user;

	list_for_each (user, &flight.users, link) {
		if (user->uid == uid)
			return user;
	}
	user = slab_alloc(&user_cache);
	if (!user)
		return NULL;
	user->uid = uid;
	list_append(&flight.users, &user->link);
	return user;
}

static void user_less(struct user *user, uint32_t count)
{
	user->count -= count;
	if (user->count)
		return;
	list_remove(&user->link);
	slab_free(&user_cache, user);
}

static bool is_too_much(const struct user *user)
{
	return user->count > vm_limit(RLIMIT_NOFILE) && !current_has_cap(CAP_SYS_RESOURCE) &&
	       !current_has_cap(CAP_SYS_ADMIN);
}

static void count_sockets(const struct unix_rights *rights, bool is_flying)
{
	for (uint32_t i = 0; i < rights->count; i++) {
		struct unix_socket *one = unix_of_file(rights->files[i]);
		if (!one)
			continue;
		if (is_flying && !one->flights++)
			list_append(&flight.sockets, &one->flight_link);
		else if (!is_flying && !--one->flights)
			list_remove(&one->flight_link);
	}
}

int unix_rights_fly(struct unix_rights *rights)
{
	struct user *user;
	int error = -ENOMEM;

	mutex_lock(&flight_mutex);
	user = user_of(current_cred()->uid);
	if (user) {
		error = is_too_much(user) ? -ETOOMANYREFS : 0;
		user->count += rights->count;
		if (error)
			user_less(user, rights->count);
	}
	if (!error) {
		rights->uid = user->uid;
		rights->is_flying = true;
		count_sockets(rights, true);
	}
	mutex_unlock(&flight_mutex);
	return error;
}

static void land_locked(struct unix_rights *rights)
{
	if (!rights->is_flying)
		return;
	rights->is_flying = false;
	count_sockets(rights, false);
	user_less(user_of(rights->uid), rights->count);
}

void unix_rights_land(struct unix_rights *rights, bool stays)
{
	mutex_lock(&flight_mutex);
	if (!stays)
		land_locked(rights);
	for (uint32_t i = 0; i < rights->count; i++)
		file_get(rights->files[i]);
	mutex_unlock(&flight_mutex);
}

/* -- the end of them -- */

static struct unix_rights *next_dropped(void)
{
	struct unix_rights *rights = NULL;

	spin_lock(&unix_lock);
	if (!list_is_empty(&flight.dropped)) {
		rights = list_first(&flight.dropped, struct unix_rights, link);
		list_remove(&rights->link);
	}
	spin_unlock(&unix_lock);
	return rights;
}

/* It loses a reference, and may be left with those that are on their way. */
static void note_flight(const struct unix_socket *one)
{
	if (one && __atomic_load_n(&one->flights, __ATOMIC_RELAXED))
		atomic_store(&is_wanted, true);
}

void unix_closing(struct socket *socket)
{
	note_flight(unix_of(socket));
}

/* The end of a description may be that of a socket with others in its queue, and so on: one after another, not one
 * within another, as the kernel's stack ends somewhere. */
void unix_rights_put(struct unix_rights *rights)
{
	if (!rights || !refcount_put(&rights->refs))
		return;
	if (rights->is_flying) {
		mutex_lock(&flight_mutex);
		land_locked(rights);
		mutex_unlock(&flight_mutex);
	}
	spin_lock(&unix_lock);
	list_append(&flight.dropped, &rights->link);
	spin_unlock(&unix_lock);
	if (mutex_is_mine(&drop_mutex))
		return;
	mutex_lock(&drop_mutex);
	while ((rights = next_dropped()) != NULL) {
		for (uint32_t i = 0; i < rights->count; i++) {
			note_flight(unix_of_file(rights->files[i]));
			file_put(rights->files[i]);
		}
		kfree(rights);
	}
	mutex_unlock(&drop_mutex);
	unix_collect_wanted();
}

/* -- rings -- */

typedef void (*visit_socket)(struct unix_socket *one, struct list *list);

static void visit_rights(const struct unix_rights *rights, visit_socket visit, struct list *list)
{
	for (uint32_t i = 0; rights && i < rights->count; i++) {
		struct unix_socket *one = unix_of_file(rights->files[i]);
		if (one && one->is_candidate)
			visit(one, list);
	}
}

/* What lies in one queue. Its mutex is held. */
static void visit_input(struct unix_socket *self, visit_socket visit, struct list *list)
{
	struct unix_message *message;
	struct unix_mark *mark;

	list_for_each (message, &self->messages, link)
		visit_rights(message->ancillary.rights, visit, list);
	list_for_each (mark, &self->marks, link)
		visit_rights(mark->rights, visit, list);
}

/* The same for a socket and the connections that nobody has accepted. */
static void visit_queues(struct unix_socket *self, visit_socket visit, struct list *list)
{
	struct unix_socket *one;

	mutex_lock(&self->mutex);
	visit_input(self, visit, list);
	list_for_each (one, &self->pending, pending_link) {
		mutex_lock(&one->mutex);
		visit_input(one, visit, list);
		mutex_unlock(&one->mutex);
	}
	mutex_unlock(&self->mutex);
}

static void count_inner(struct unix_socket *one, struct list *list)
{
	one->outer_flights--;
}

static void reach(struct unix_socket *one, struct list *list)
{
	one->is_candidate = false;
	list_append(list, &one->collect_link);
}

static void take_input(struct unix_socket *self, struct list *doomed)
{
	struct unix_message *message;
	struct unix_mark *mark;

	list_for_each (message, &self->messages, link) {
		if (message->ancillary.rights)
			list_append(doomed, &message->ancillary.rights->link);
		message->ancillary.rights = NULL;
	}
	list_for_each (mark, &self->marks, link) {
		if (mark->rights)
			list_append(doomed, &mark->rights->link);
		mark->rights = NULL;
	}
}

/* Nobody will ever read this one: what it would have received is given up. */
static void take_queues(struct unix_socket *self, struct list *doomed)
{
	struct unix_socket *one;

	mutex_lock(&self->mutex);
	take_input(self, doomed);
	list_for_each (one, &self->pending, pending_link) {
		mutex_lock(&one->mutex);
		take_input(one, doomed);
		mutex_unlock(&one->mutex);
	}
	mutex_unlock(&self->mutex);
}

/* The sockets whose every reference is on its way; how many of those are not in their own queues. */
static void find_candidates(void)
{
	struct unix_socket *one;

	list_for_each (one, &flight.sockets, flight_link) {
		one->outer_flights = one->flights;
		one->is_candidate = refcount_read(&one->socket.file->refs) == one->flights;
	}
	list_for_each (one, &flight.sockets, flight_link) {
		if (one->is_candidate)
			visit_queues(one, count_inner, NULL);
	}
}

static void reach_from_outside(void)
{
	struct unix_socket *one;
	struct list reached;

	list_init(&reached);
	list_for_each (one, &flight.sockets, flight_link) {
		if (one->is_candidate && one->outer_flights)
			reach(one, &reached);
	}
	while (!list_is_empty(&reached)) {
		one = list_first(&reached, struct unix_socket, collect_link);
		list_remove(&one->collect_link);
		visit_queues(one, reach, &reached);
	}
}

static void collect(void)
{
	struct unix_socket *one;
	struct list doomed;

	list_init(&doomed);
	mutex_lock(&flight_mutex);
	find_candidates();
	reach_from_outside();
	list_for_each (one, &flight.sockets, flight_link) {
		if (one->is_candidate)
			take_queues(one, &doomed);
		one->is_candidate = false;
	}
	mutex_unlock(&flight_mutex);
	while (!list_is_empty(&doomed)) {
		struct unix_rights *rights = list_first(&doomed, struct unix_rights, link);
		list_remove(&rights->link);
		unix_rights_put(rights);
	}
}

void unix_collect_wanted(void)
{
	if (unlikely(atomic_load_explicit(&is_wanted, memory_order_relaxed)) && atomic_exchange(&is_wanted, false))
		collect();
}
