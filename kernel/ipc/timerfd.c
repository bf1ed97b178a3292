/*
 * Timers as descriptors (timerfd_create(2)).
 *
 * A periodic timer is not armed again when it expires but when it is read, and the periods gone by are counted then:
 * a timer that nobody reads costs one interrupt.
 */
#include "ipc/timerfd.h"

#include <asm-generic/fcntl.h>
#include <linux/capability.h>
#include <linux/time.h>

#include "choice/choice.h"
#include "fs/anon.h"
#include "fs/poll.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"
#include "sched/timer.h"
#include "vm/uio.h"

#define TIMERFD_ABSOLUTE      1u
#define TIMERFD_CANCEL_ON_SET 2u

/* Lock key: (i) immutable; (l) its lock; (g) timerfds_lock. */
struct timerfd {
	struct spinlock lock; /* (i) rank LOCK_OBJECT */
	struct timer timer;   /* (l) armed and cancelled under it */
	int clock;            /* (i) */
	uint64_t deadline_ns; /* (l) of the next expiration, as now_of counts; 0 when disarmed */
	uint64_t interval_ns; /* (l) */
	bool has_expired;     /* (l) since the last read or setting */
	bool is_absolute;     /* (l) as it was set */
	bool is_cancellable;  /* (l) */
	bool is_cancelled;    /* (l) the clock was set: the next read says so */
	struct waitq wait;    /* (i) */
	struct list link;     /* (g) on `timerfds` when the clock is CLOCK_REALTIME */
};

static struct slab_cache timerfd_cache = SLAB_CACHE("timerfd", struct timerfd);
/* Timers whose clock can be set. */
static struct spinlock timerfds_lock = SPINLOCK_INIT("timerfds", LOCK_INODE);
static struct list timerfds = LIST_INIT(timerfds);

static bool is_realtime(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
}

/* Only an absolute time follows the clock when that is set; a relative one runs on monotonic time whatever its clock.
 */
static bool follows_realtime(const struct timerfd *timerfd)
{
	return timerfd->is_absolute && is_realtime(timerfd->clock);
}

static uint64_t now_of(const struct timerfd *timerfd)
{
	return follows_realtime(timerfd) ? clock_realtime_ns() : clock_monotonic_ns();
}

/* The kernel's timers know monotonic time only. */
static uint64_t to_monotonic(const struct timerfd *timerfd, uint64_t time_ns)
{
	int64_t offset;

	if (!follows_realtime(timerfd))
		return time_ns;
	offset = clock_realtime_offset_ns();
	return offset > 0 && time_ns < (uint64_t)offset ? 0 : time_ns - (uint64_t)offset;
}

static void expired(struct timer *timer)
{
	struct timerfd *timerfd = container_of(timer, struct timerfd, timer);

	spin_lock(&timerfd->lock);
	/* Not if another time, or none, was set while this one expired. */
	bool is_news = timerfd->deadline_ns && !timer->is_armed;
	if (is_news)
		timerfd->has_expired = true;
	spin_unlock(&timerfd->lock);
	if (is_news)
		waitq_wake_key(&timerfd->wait, POLL_IN | POLL_RDNORM, UINT32_MAX);
}

/* Count the expirations up to now and arm the next one. The lock is held. */
static uint64_t take_ticks(struct timerfd *timerfd)
{
	uint64_t now = now_of(timerfd), ticks = 1;

	timerfd->has_expired = false;
	if (!timerfd->interval_ns) {
		timerfd->deadline_ns = 0;
		return ticks;
	}
	if (now > timerfd->deadline_ns)
		ticks += (now - timerfd->deadline_ns) / timerfd->interval_ns;
	timerfd->deadline_ns += ticks * timerfd->interval_ns;
	timer_arm(&timerfd->timer, to_monotonic(timerfd, timerfd->deadline_ns));
	return ticks;
}

static int wait_for_tick(struct file *file, struct timerfd *timerfd)
{
	int error = 0;

	while (!timerfd->has_expired && !timerfd->is_cancelled && !error) {
		struct wait wait = WAIT(WAIT_SLEEP, timerfd, TIME_NEVER);
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		waitq_add(&timerfd->wait, &wait);
		spin_unlock(&timerfd->lock);
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		wait_done(&wait);
		spin_lock(&timerfd->lock);
	}
	return error;
}

static ssize_t timerfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct timerfd *timerfd = file->private_data;
	uint64_t ticks = 0;
	int error;

	if (uio->left < sizeof(ticks))
		return -EINVAL;
	spin_lock(&timerfd->lock);
	error = wait_for_tick(file, timerfd);
	if (timerfd->is_cancelled) {
		timerfd->is_cancelled = false;
		error = -ECANCELED;
	} else if (timerfd->has_expired) {
		ticks = take_ticks(timerfd);
		error = 0;
	}
	spin_unlock(&timerfd->lock);
	if (error)
		return error;
	return uio_copy_out(uio, &ticks, sizeof(ticks)) == sizeof(ticks) ? (ssize_t)sizeof(ticks) : -EFAULT;
}

static uint32_t timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *timerfd = file->private_data;

	poll_wait(table, file, &timerfd->wait);
	return timerfd->has_expired || timerfd->is_cancelled ? POLL_IN : 0;
}

static void timerfd_release(struct file *file)
{
	struct timerfd *timerfd = file->private_data;

	spin_lock(&timerfds_lock);
	list_remove(&timerfd->link);
	spin_unlock(&timerfds_lock);
	timer_cancel(&timerfd->timer);
	slab_free(&timerfd_cache, timerfd);
}

/* Time to the next expiration; a pending periodic one counts from the next that is still to come. The lock is held. */
static void look(const struct timerfd *timerfd, struct timerfd_setting *setting)
{
	uint64_t now = now_of(timerfd), deadline = timerfd->deadline_ns;

	setting->interval_ns = timerfd->interval_ns;
	setting->value_ns = 0;
	if (!deadline)
		return;
	if (deadline <= now && timerfd->interval_ns)
		deadline += ((now - deadline) / timerfd->interval_ns + 1) * timerfd->interval_ns;
	if (deadline > now)
		setting->value_ns = deadline - now;
	else if (!timerfd->has_expired)
		setting->value_ns = 1; /* due, but its interrupt has not come yet: not "disarmed" */
}

static size_t timerfd_fdinfo(struct file *file, char *to, size_t room)
{
	struct timerfd *timerfd = file->private_data;
	struct timerfd_setting setting;

	(void)timerfd_get(file, &setting);
	return (size_t)string_format(to, room,
				     "clockid: %d\nticks: %d\nsettime flags: 0%o\nit_value: (%llu, %llu)\n"
				     "it_interval: (%llu, %llu)\n",
				     timerfd->clock, timerfd->has_expired, timerfd->is_absolute,
				     (unsigned long long)(setting.value_ns / NS_PER_SEC),
				     (unsigned long long)(setting.value_ns % NS_PER_SEC),
				     (unsigned long long)(setting.interval_ns / NS_PER_SEC),
				     (unsigned long long)(setting.interval_ns % NS_PER_SEC));
}

static const struct file_ops timerfd_ops = {
	.name = "[timerfd]",
	.ignores_seek = true,
	.no_splice_read = true,
	.read = timerfd_read,
	.poll = timerfd_poll,
	.fdinfo = timerfd_fdinfo,
	.release = timerfd_release,
};

struct file *timerfd_create(int clock, uint32_t flags)
{
	struct timerfd *timerfd;
	struct file *file;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME &&
	    clock != CLOCK_REALTIME_ALARM && clock != CLOCK_BOOTTIME_ALARM)
		return err_ptr(-EINVAL);
	if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) && !current_has_cap(CAP_WAKE_ALARM))
		return err_ptr(-EPERM);
	timerfd = slab_alloc(&timerfd_cache);
	if (!timerfd)
		return err_ptr(-ENOMEM);
	spin_init(&timerfd->lock, "timerfd", LOCK_OBJECT);
	timer_init(&timerfd->timer, expired);
	timerfd->clock = clock;
	waitq_init(&timerfd->wait);
	list_init(&timerfd->link);
	file = anon_file_create(&timerfd_ops, O_RDWR | (flags & O_NONBLOCK), timerfd);
	if (!file) {
		slab_free(&timerfd_cache, timerfd);
		return err_ptr(-ENOMEM);
	}
	if (is_realtime(clock)) {
		spin_lock(&timerfds_lock);
		list_append(&timerfds, &timerfd->link);
		spin_unlock(&timerfds_lock);
	}
	return file;
}

static uint64_t add_or_never(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) || sum > INT64_MAX ? INT64_MAX : sum;
}

int timerfd_set(struct file *file, uint32_t flags, const struct timerfd_setting *setting,
		struct timerfd_setting *before)
{
	struct timerfd *timerfd = file->private_data;

	if (file->ops != &timerfd_ops || (flags & ~(TIMERFD_ABSOLUTE | TIMERFD_CANCEL_ON_SET)))
		return -EINVAL;
	spin_lock(&timerfd->lock);
	if (before)
		look(timerfd, before);
	timer_disarm(&timerfd->timer);
	timerfd->has_expired = false;
	timerfd->is_cancelled = false;
	timerfd->is_absolute = flags & TIMERFD_ABSOLUTE;
	timerfd->is_cancellable =
		is_realtime(timerfd->clock) && timerfd->is_absolute && (flags & TIMERFD_CANCEL_ON_SET);
	timerfd->interval_ns = setting->interval_ns;
	timerfd->deadline_ns = 0;
	if (setting->value_ns) {
		timerfd->deadline_ns =
			timerfd->is_absolute ? setting->value_ns : add_or_never(now_of(timerfd), setting->value_ns);
		timer_arm(&timerfd->timer, to_monotonic(timerfd, timerfd->deadline_ns));
	}
	spin_unlock(&timerfd->lock);
	return 0;
}

int timerfd_get(struct file *file, struct timerfd_setting *setting)
{
	struct timerfd *timerfd = file->private_data;

	if (file->ops != &timerfd_ops)
		return -EINVAL;
	spin_lock(&timerfd->lock);
	look(timerfd, setting);
	spin_unlock(&timerfd->lock);
	return 0;
}

static void clock_moved(struct timerfd *timerfd)
{
	bool is_news = false;

	spin_lock(&timerfd->lock);
	if (timerfd->is_cancellable) {
		timerfd->is_cancelled = true;
		is_news = true;
	}
	if (timerfd->deadline_ns && follows_realtime(timerfd) && !timerfd->has_expired)
		timer_arm(&timerfd->timer, to_monotonic(timerfd, timerfd->deadline_ns));
	spin_unlock(&timerfd->lock);
	if (is_news)
		waitq_wake_key(&timerfd->wait, POLL_IN | POLL_RDNORM, UINT32_MAX);
}

void timerfd_clock_was_set(void)
{
	struct timerfd *timerfd;

	spin_lock(&timerfds_lock);
	list_for_each (timerfd, &timerfds, link)
		clock_moved(timerfd);
	spin_unlock(&timerfds_lock);
}
