/*
 * Pseudo-terminals: making and ending pairs, and what the terminal asks of its other side.
 */
#include "dev/pty.h"

#include <asm/ioctls.h>
#include <linux/fcntl.h>

#include "dev/devpts.h"
#include "fs/chardev.h"
#include "fs/open.h"
#include "mem/slab.h"

/* What a master has at hand when its slave's output is thrown away: that much was sent already. */
#define SENT_BYTES (TTY_INPUT_BYTES - 1)

static _Atomic uint32_t count;

uint32_t pty_count(void)
{
	return atomic_load_explicit(&count, memory_order_relaxed);
}

static size_t pty_put(struct tty *tty, const void *data, size_t bytes)
{
	struct pty *pty = pty_of(tty);
	size_t put = tty_queue_put(&pty->shown, data, bytes);

	waitq_wake_all(&pty->readers);
	return put;
}

static size_t pty_room(struct tty *tty)
{
	return tty_queue_free(&pty_of(tty)->shown);
}

static void pty_discard(struct tty *tty)
{
	struct tty_queue *shown = &pty_of(tty)->shown;

	if (tty_queue_used(shown) > SENT_BYTES)
		shown->tail = shown->head + SENT_BYTES;
}

static void pty_note(struct tty *tty, uint8_t set, uint8_t clear)
{
	struct pty *pty = pty_of(tty);

	if (!pty->is_packet)
		return;
	pty->packet_events = (uint8_t)((pty->packet_events & ~clear) | set);
	waitq_wake_all(&pty->readers);
}

static void pty_input_room(struct tty *tty)
{
	waitq_wake_all(&pty_of(tty)->writers);
}

static int pty_opened(struct tty *tty)
{
	struct pty *pty = pty_of(tty);
	int error = 0;

	spin_lock(&tty->lock);
	if (pty->is_locked) {
		error = -EIO;
	} else {
		pty->slave_opens++;
		pty->is_slave_closed = false;
	}
	spin_unlock(&tty->lock);
	return error;
}

static void pty_closed(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&tty->lock);
	if (--pty->slave_opens == 0) {
		pty->is_slave_closed = true;
		waitq_wake_all(&pty->readers);
		waitq_wake_all(&pty->writers);
	}
	spin_unlock(&tty->lock);
}

static void pty_free(struct pty *pty)
{
	kfree(pty->shown.bytes);
	kfree(pty->tty.typed.bytes);
	kfree(pty);
	atomic_fetch_sub_explicit(&count, 1, memory_order_relaxed);
}

static void pty_end(struct tty *tty)
{
	struct pty *pty = pty_of(tty);
	struct devpts *devpts = pty->devpts;

	devpts_give_number(devpts, pty->index);
	pty_free(pty);
	devpts_put(devpts);
}

static const struct tty_backend pty_backend = {
	.put = pty_put,
	.room = pty_room,
	.discard = pty_discard,
	.note = pty_note,
	.input_room = pty_input_room,
	.opened = pty_opened,
	.closed = pty_closed,
	.end = pty_end,
};

/* A pair without a number: the count includes it. Or err_ptr: -ENOSPC, -ENOMEM. */
static struct pty *pty_create(void)
{
	if (atomic_fetch_add_explicit(&count, 1, memory_order_relaxed) >= PTY_MOST) {
		atomic_fetch_sub_explicit(&count, 1, memory_order_relaxed);
		return err_ptr(-ENOSPC);
	}
	struct pty *pty = kzalloc(sizeof(*pty));
	uint8_t *typed = kmalloc(TTY_QUEUE_BYTES);
	uint8_t *shown = kmalloc(TTY_QUEUE_BYTES);
	if (!pty || !typed || !shown) {
		kfree(pty);
		kfree(typed);
		kfree(shown);
		atomic_fetch_sub_explicit(&count, 1, memory_order_relaxed);
		return err_ptr(-ENOMEM);
	}
	pty->tty.typed = (struct tty_queue){.bytes = typed, .room = TTY_QUEUE_BYTES};
	pty->shown = (struct tty_queue){.bytes = shown, .room = TTY_QUEUE_BYTES};
	mutex_init(&pty->master_read_mutex);
	mutex_init(&pty->master_write_mutex);
	waitq_init(&pty->readers);
	waitq_init(&pty->writers);
	pty->is_locked = true;
	return pty;
}

/* A pair with a number and a name in the instance at `root`. Or err_ptr. */
static struct pty *pair_in(const struct path *root)
{
	struct devpts *devpts = devpts_of(root);
	struct pty *pty = pty_create();

	if (is_err(pty))
		return pty;
	int number = devpts_take_number(devpts);
	if (number < 0) {
		pty_free(pty);
		return err_ptr(number);
	}
	pty->index = (uint32_t)number;
	devpts_get(devpts);
	pty->devpts = devpts;
	tty_setup(&pty->tty, &pty_backend, NULL, device_number(MAJOR_PTY_SLAVE, pty->index));
	int error = devpts_add(root, pty, pty->index, &pty->name);
	if (error) {
		tty_put(&pty->tty);
		return err_ptr(error);
	}
	return pty;
}

int pty_open_master(struct file *file)
{
	struct path root;
	int error = devpts_find(&file->path, &root);

	if (error)
		return error;
	struct pty *pty = pair_in(&root);
	path_put(&root);
	if (is_err(pty))
		return (int)ptr_err(pty);
	file->private_data = pty;
	file->ops = &pty_master_ops;
	return 0;
}

struct tty *pty_slave_of(struct inode *inode)
{
	struct pty *pty = devpts_pty(inode);

	if (!pty)
		return NULL;
	tty_get(&pty->tty);
	return &pty->tty;
}

struct file *pty_open_peer(struct file *file, uint32_t flags)
{
	struct pty *pty = file->private_data;
	struct path place;
	int error = devpts_find(&file->path, &place);

	if (error)
		return err_ptr(error);
	if (devpts_of(&place) != pty->devpts) {
		path_put(&place);
		return err_ptr(-ENODEV);
	}
	dentry_get(pty->name);
	dentry_put(place.dentry);
	place.dentry = pty->name;
	return file_open_place(&place, flags, NULL);
}

void pty_master_has_read(struct pty *pty)
{
	tty_room(&pty->tty);
}
