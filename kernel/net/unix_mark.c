/*
 * Marks in a stream: what goes with certain bytes of it. A stream without any is a plain ring of bytes; these are read
 * here, run by run, whenever there are marks, somebody wants to know the writer, or MSG_PEEK looks behind the head.
 *
 * Descriptions belong to the piece with which they were sent: whoever reads a byte of it gets them, and no byte behind
 * the piece. Bytes of two writers are never read at once by one who asks for the writer. The urgent byte ends a read
 * before it and is left out of the next, unless SO_OOBINLINE puts it in line; one that was read by MSG_OOB leaves a
 * hole.
 */
#include "fs/async.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "net/unix.h"

static struct slab_cache mark_cache = SLAB_CACHE("unix_mark", struct unix_mark);

static struct unix_mark *mark_create(enum unix_mark_kind kind)
{
	struct unix_mark *mark = slab_alloc(&mark_cache);

	if (!mark)
		return NULL;
	list_init(&mark->link);
	mark->kind = (uint8_t)kind;
	return mark;
}

void unix_mark_end(struct unix_mark *mark)
{
	list_remove(&mark->link);
	unix_writer_put(&mark->writer);
	if (mark->rights)
		unix_rights_put(mark->rights);
	slab_free(&mark_cache, mark);
}

static uint64_t tail_of(const struct unix_socket *self)
{
	return self->taken + bytering_used(&self->ring);
}

/* -- putting -- */

/* The writer of the last byte. */
static const struct unix_writer *last_writer(const struct unix_socket *to)
{
	for (struct list *at = to->marks.prev; at != &to->marks; at = at->prev) {
		const struct unix_mark *mark = list_entry(at, struct unix_mark, link);
		if (mark->kind == UNIX_MARK_WRITER)
			return &mark->writer;
	}
	return &to->head_writer;
}

static void marks_give_up(struct unix_marks *marks)
{
	for (unsigned i = 0; i < UNIX_MARK_KINDS; i++) {
		if (marks->of[i])
			slab_free(&mark_cache, marks->of[i]);
		marks->of[i] = NULL;
	}
}

static bool marks_make(struct unix_marks *marks, enum unix_mark_kind kind)
{
	marks->of[kind] = mark_create(kind);
	return marks->of[kind] != NULL;
}

int unix_marks_prepare(struct unix_socket *to, const struct unix_ancillary *ancillary, bool is_urgent,
		       struct unix_marks *marks)
{
	bool has_other_writer = !unix_writer_is(&ancillary->writer, last_writer(to));
	bool is_made = true;

	*marks = (struct unix_marks){0};
	if (has_other_writer)
		is_made = marks_make(marks, UNIX_MARK_WRITER);
	if (is_made && ancillary->rights)
		is_made = marks_make(marks, UNIX_MARK_RIGHTS);
	if (is_made && is_urgent)
		is_made = marks_make(marks, UNIX_MARK_URGENT);
	if (is_made)
		return 0;
	marks_give_up(marks);
	return -ENOMEM;
}

static void mark_put(struct unix_socket *to, struct unix_mark *mark, uint64_t at, uint32_t bytes)
{
	if (!mark)
		return;
	mark->at = at;
	mark->end = at + bytes;
	list_append(&to->marks, &mark->link);
}

void unix_marks_put(struct unix_socket *to, struct unix_ancillary *ancillary, struct unix_marks *marks, ssize_t bytes)
{
	uint64_t at = tail_of(to) - (uint64_t)MAX(bytes, 0l);

	if (bytes <= 0) {
		marks_give_up(marks);
		return;
	}
	if (marks->of[UNIX_MARK_WRITER])
		unix_writer_copy(&marks->of[UNIX_MARK_WRITER]->writer, &ancillary->writer);
	if (marks->of[UNIX_MARK_RIGHTS]) {
		marks->of[UNIX_MARK_RIGHTS]->rights = ancillary->rights;
		ancillary->rights = NULL;
	}
	mark_put(to, marks->of[UNIX_MARK_WRITER], at, (uint32_t)bytes);
	mark_put(to, marks->of[UNIX_MARK_RIGHTS], at, (uint32_t)bytes);
	mark_put(to, marks->of[UNIX_MARK_URGENT], at, (uint32_t)bytes);
	if (marks->of[UNIX_MARK_URGENT]) {
		/* One that nobody has read becomes a byte like the others. */
		if (to->urgent)
			unix_mark_end(to->urgent);
		to->urgent = marks->of[UNIX_MARK_URGENT];
		/* While it is not dead its description is there. */
		if (to->socket.file && !to->is_dead)
			async_urgent(to->socket.file);
	}
}

/* -- reading -- */

enum step { STEP_ON, STEP_STOP };

/* The reader goes past a byte that he does not get. */
static void leave_out(struct unix_reading *reading, struct unix_mark *mark)
{
	struct unix_socket *self = reading->self;

	reading->position++;
	if (reading->is_peek)
		return;
	self->taken++;
	bytering_drop(&self->ring, 1);
	unix_mark_end(mark);
}

/* At the urgent byte, or the hole that it left. */
static enum step at_urgent(struct unix_reading *reading, struct unix_mark *mark)
{
	struct unix_socket *self = reading->self;
	bool is_inline = socket_has(&self->socket, SOCKET_OOBINLINE);

	if (mark->is_hole) {
		if (reading->done && !self->urgent)
			return STEP_STOP;
		leave_out(reading, mark);
		return STEP_ON;
	}
	if (reading->done)
		return STEP_STOP;
	if (!reading->is_peek)
		self->urgent = NULL;
	if (!is_inline)
		leave_out(reading, mark);
	else if (!reading->is_peek)
		unix_mark_end(mark);
	return STEP_ON;
}

static void take_writer(struct unix_reading *reading, struct unix_mark *mark)
{
	struct unix_socket *self = reading->self;

	if (reading->is_peek) {
		reading->writer = &mark->writer;
		return;
	}
	unix_writer_put(&self->head_writer);
	self->head_writer = mark->writer;
	mark->writer = (struct unix_writer){0};
	reading->writer = &self->head_writer;
	unix_mark_end(mark);
}

/* Go past the marks that stand where the reader does: *rights is the one whose piece he is in; *next where the one
 * after them stands. */
static enum step pass_marks(struct unix_reading *reading, struct unix_mark **rights, uint64_t *next)
{
	struct unix_mark *mark, *following;

	list_for_each_safe (mark, following, &reading->self->marks, link) {
		if (mark->at > reading->position) {
			*next = mark->at;
			return STEP_ON;
		}
		if (mark->kind == UNIX_MARK_WRITER)
			take_writer(reading, mark);
		else if (mark->kind == UNIX_MARK_RIGHTS && reading->position < mark->end)
			*rights = mark;
		else if (mark->kind == UNIX_MARK_URGENT && mark->at == reading->position &&
			 at_urgent(reading, mark) == STEP_STOP)
			return STEP_STOP;
	}
	return STEP_ON;
}

static void take_rights(struct unix_reading *reading, struct unix_mark *mark)
{
	reading->ancillary.rights = mark->rights;
	if (!mark->rights) /* it was collected */
		return;
	if (reading->is_peek) {
		refcount_get(&mark->rights->refs);
		return;
	}
	mark->rights = NULL;
	unix_mark_end(mark);
}

/* Is the next byte by the writer of those before? */
static bool is_same_writer(struct unix_reading *reading)
{
	if (!reading->wants_writer)
		return true;
	if (reading->has_writer)
		return unix_writer_is(&reading->ancillary.writer, reading->writer);
	unix_writer_copy(&reading->ancillary.writer, reading->writer);
	reading->has_writer = true;
	return true;
}

static size_t move_run(struct unix_reading *reading, uint64_t bytes)
{
	struct unix_socket *self = reading->self;
	size_t moved = bytering_peek(&self->ring, (uint32_t)(reading->position - self->taken), reading->uio, bytes);

	reading->position += moved;
	reading->done += moved;
	if (!reading->is_peek) {
		bytering_drop(&self->ring, (uint32_t)moved);
		self->taken += moved;
	}
	return moved;
}

void unix_reading_begin(struct unix_reading *reading)
{
	reading->position = reading->self->taken + reading->skip;
	reading->writer = &reading->self->head_writer;
}

int unix_reading_step(struct unix_reading *reading)
{
	while (reading->uio->left) {
		uint64_t next = UINT64_MAX, tail, run;
		struct unix_mark *rights = NULL;
		if (pass_marks(reading, &rights, &next) == STEP_STOP)
			return 1;
		tail = tail_of(reading->self);
		if (reading->position >= tail)
			return 0;
		if (!is_same_writer(reading))
			return 1;
		run = MIN(MIN(tail, next) - reading->position, reading->uio->left);
		if (rights)
			run = MIN(run, rights->end - reading->position);
		if (move_run(reading, run) < run)
			return reading->done ? 1 : -EFAULT;
		if (rights) {
			take_rights(reading, rights);
			return 1;
		}
	}
	return 1;
}

/* -- the urgent byte -- */

uint32_t unix_holes(const struct unix_socket *self)
{
	const struct unix_mark *mark;
	uint32_t holes = 0;

	list_for_each (mark, &self->marks, link)
		holes += mark->is_hole;
	return holes;
}

bool unix_is_at_urgent(struct unix_socket *self)
{
	const struct unix_mark *mark;
	bool is_at = false;

	mutex_lock(&self->mutex);
	list_for_each (mark, &self->marks, link) {
		if (mark->kind != UNIX_MARK_URGENT || mark->at != self->taken)
			continue;
		is_at = !mark->is_hole || !self->urgent || self->urgent->at == mark->at + 1;
	}
	mutex_unlock(&self->mutex);
	return is_at;
}

ssize_t unix_receive_urgent(struct unix_socket *self, struct socket_message *message)
{
	struct unix_mark *mark;
	ssize_t result = -EINVAL;

	if (!message->uio->left)
		return -EINVAL;
	mutex_lock(&self->mutex);
	mark = self->urgent;
	if (mark && !socket_has(&self->socket, SOCKET_OOBINLINE)) {
		result = (ssize_t)bytering_peek(&self->ring, (uint32_t)(mark->at - self->taken), message->uio, 1);
		if (!(message->flags & MSG_PEEK)) {
			self->urgent = NULL;
			mark->is_hole = true;
		}
		if (!result)
			result = -EFAULT;
		message->result_flags |= MSG_OOB;
	}
	mutex_unlock(&self->mutex);
	return result;
}
