/*
 * Job control: sessions and their controlling terminals, the foreground group, reading and writing from the background
 * (credentials(7), tty_ioctl(4)).
 */

#include "dev/tty_device.h"
#include "proc/group.h"
#include "proc/pid.h"
#include "proc/procfs.h"

/* References that were taken off a terminal, to be dropped when tree_lock has been let go. */
struct dropped {
	struct pid *session, *foreground;
};

static void dropped_put(struct dropped *dropped)
{
	if (dropped->session)
		pid_put(dropped->session);
	if (dropped->foreground)
		pid_put(dropped->foreground);
}

/* tree_lock is held. */
static struct dropped tty_detach(struct tty *tty)
{
	struct dropped dropped = {.session = tty->session, .foreground = tty->foreground};
	struct process *process;

	if (tty->session) {
		list_for_each (process, &tty->session->session, session_link) {
			if (process->tty == tty)
				process->tty = NULL;
		}
	}
	tty->session = NULL;
	tty->foreground = NULL;
	return dropped;
}

static bool signal_is_held_off(struct process *process, int signal)
{
	spin_lock(&process->signal_lock);
	bool held_off = (current_proc()->blocked & SIGNAL_BIT(signal)) || process->sighand->action[signal].handler == 1;
	spin_unlock(&process->signal_lock);
	return held_off;
}

int tty_check_background(struct tty *tty, int signal)
{
	struct process *self = current_process();
	struct signal_info info;

	if (self->tty != tty)
		return 0;
	spin_lock(&tree_lock);
	struct pid *group = self->group;
	bool is_background = tty->foreground && group != tty->foreground;
	bool is_orphaned = is_background && group_is_orphaned(group);
	if (is_background)
		pid_get(group);
	spin_unlock(&tree_lock);
	if (!is_background)
		return 0;
	int error = -ERESTART_CALL;
	if (signal_is_held_off(self, signal))
		error = signal == SIGTTIN ? -EIO : 0;
	else if (is_orphaned)
		error = -EIO;
	if (error == -ERESTART_CALL) {
		signal_info_kernel(&info, signal);
		signal_send_group(group, &info);
	}
	pid_put(group);
	return error;
}

int tty_set_foreground(struct tty *tty, int32_t number)
{
	struct pid *old = NULL;
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	spin_lock(&tree_lock);
	struct process *self = current_process();
	struct pid *group = number > 0 ? pid_find_locked(number) : NULL;
	if (self->tty != tty || tty->session != self->session) {
		error = -ENOTTY;
	} else if (number < 0) {
		error = -EINVAL;
	} else if (!group || list_is_empty(&group->group)) {
		error = -ESRCH;
	} else if (list_first(&group->group, struct process, group_link)->session != self->session) {
		error = -EPERM;
	} else {
		old = tty->foreground;
		pid_get(group);
		tty->foreground = group;
	}
	spin_unlock(&tree_lock);
	if (old)
		pid_put(old);
	return error;
}

int64_t tty_foreground(struct tty *tty)
{
	int64_t number = -ENOTTY;

	spin_lock(&tree_lock);
	if (current_process()->tty == tty)
		number = tty->foreground ? tty->foreground->number : 0;
	spin_unlock(&tree_lock);
	return number;
}

int64_t tty_session(struct tty *tty)
{
	int64_t number = -ENOTTY;

	spin_lock(&tree_lock);
	if (current_process()->tty == tty && tty->session)
		number = tty->session->number;
	spin_unlock(&tree_lock);
	return number;
}

int tty_make_controlling(struct tty *tty, bool steal)
{
	struct dropped dropped = {NULL, NULL};
	struct process *self = current_process();
	int error = 0;

	spin_lock(&tree_lock);
	if (self->is_session_leader && tty->session == self->session) {
		spin_unlock(&tree_lock);
		return 0;
	}
	if (!self->is_session_leader || self->tty ||
	    (tty->session && !(steal && current_has_cap(21 /* CAP_SYS_ADMIN */)))) {
		error = -EPERM;
	} else {
		dropped = tty_detach(tty);
		pid_get(self->session);
		tty->session = self->session;
		pid_get(self->group);
		tty->foreground = self->group;
		self->tty = tty;
	}
	spin_unlock(&tree_lock);
	dropped_put(&dropped);
	return error;
}

void tty_signal_foreground(struct tty *tty, const struct signal_info *info)
{
	spin_lock(&tree_lock);
	struct pid *group = tty->foreground;
	if (group)
		pid_get(group);
	spin_unlock(&tree_lock);
	if (group) {
		signal_send_group(group, info);
		pid_put(group);
	}
}

/* The session loses its terminal: its foreground group is hung up. */
static void session_hang_up(struct process *leader, struct tty *tty)
{
	struct signal_info info;

	signal_info_kernel(&info, SIGHUP);
	tty_signal_foreground(tty, &info);
	signal_info_kernel(&info, SIGCONT);
	tty_signal_foreground(tty, &info);
	spin_lock(&tree_lock);
	struct dropped dropped = {NULL, NULL};
	if (tty->session == leader->session)
		dropped = tty_detach(tty);
	spin_unlock(&tree_lock);
	dropped_put(&dropped);
}

static void leader_ended(struct process *leader)
{
	struct tty *tty = leader->tty;

	if (tty && tty->session == leader->session)
		session_hang_up(leader, tty);
}

int tty_give_up_controlling(void)
{
	struct process *self = current_process();
	struct tty *tty = self->tty;

	if (!tty)
		return -ENOTTY;
	if (self->is_session_leader) {
		session_hang_up(self, tty);
		return 0;
	}
	spin_lock(&tree_lock);
	self->tty = NULL;
	spin_unlock(&tree_lock);
	return 0;
}

/* For /proc/PID/stat: tty_nr and tpgid. */
static void describe_terminal(struct process *process, uint64_t *device, int32_t *foreground)
{
	*device = 0;
	*foreground = -1;
	spin_lock(&tree_lock);
	struct tty *tty = process->tty;
	if (tty) {
		*device = CONSOLE_DEVICE;
		if (tty->foreground)
			*foreground = tty->foreground->number;
	}
	spin_unlock(&tree_lock);
}

void tty_job_init(void)
{
	session_leader_ended = leader_ended;
	procfs_tty_hook = describe_terminal;
}
