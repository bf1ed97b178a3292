/*
 * Job control: sessions and their controlling terminals, the foreground group, reading and writing from the background
 * (credentials(7), tty_ioctl(4)).
 */

#include "dev/pty.h"
#include "dev/tty_device.h"
#include "proc/group.h"
#include "proc/pid.h"
#include "proc/procfs.h"

/* References that were taken off a terminal, to be dropped when tree_lock has been let go. */
struct dropped {
	struct pid *session, *foreground, *old_foreground;
};

static void dropped_put(struct dropped *dropped)
{
	if (dropped->session)
		pid_put(dropped->session);
	if (dropped->foreground)
		pid_put(dropped->foreground);
	if (dropped->old_foreground)
		pid_put(dropped->old_foreground);
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

int64_t tty_foreground(struct tty *tty, bool asker_must_own)
{
	int64_t number = -ENOTTY;

	spin_lock(&tree_lock);
	if (!asker_must_own || current_process()->tty == tty)
		number = tty->foreground ? tty->foreground->number : 0;
	spin_unlock(&tree_lock);
	return number;
}

int64_t tty_session(struct tty *tty, bool asker_must_own)
{
	int64_t number = -ENOTTY;

	spin_lock(&tree_lock);
	if (tty->session && (!asker_must_own || current_process()->tty == tty))
		number = tty->session->number;
	spin_unlock(&tree_lock);
	return number;
}

struct tty *tty_own(void)
{
	spin_lock(&tree_lock);
	struct tty *tty = current_process()->tty;
	if (tty)
		tty_get(tty);
	spin_unlock(&tree_lock);
	return tty;
}

/* The process has a terminal again: what an earlier one had in the foreground is no longer its business. tree_lock is
 * held. */
static struct pid *forget_old_foreground(struct process *process)
{
	struct pid *old = process->tty_old_foreground;

	process->tty_old_foreground = NULL;
	return old;
}

int tty_make_controlling(struct tty *tty, bool steal)
{
	struct dropped dropped = {NULL, NULL, NULL};
	struct process *self = current_process();
	int error = 0;

	spin_lock(&tree_lock);
	if (self->is_session_leader && tty->session == self->session) {
		spin_unlock(&tree_lock);
		return 0;
	}
	if (tty->is_gone) {
		error = -EIO;
	} else if (!self->is_session_leader || self->tty ||
		   (tty->session && !(steal && current_has_cap(21 /* CAP_SYS_ADMIN */)))) {
		error = -EPERM;
	} else {
		dropped = tty_detach(tty);
		pid_get(self->session);
		tty->session = self->session;
		pid_get(self->group);
		tty->foreground = self->group;
		dropped.old_foreground = forget_old_foreground(self);
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

static void hang_up_and_continue(struct pid *group, bool continues)
{
	struct signal_info info;

	signal_info_kernel(&info, SIGHUP);
	signal_send_group(group, &info);
	if (continues) {
		signal_info_kernel(&info, SIGCONT);
		signal_send_group(group, &info);
	}
}

/* The leader of the session learns that its terminal is gone, and remembers what ran in the foreground: that is told
 * when the leader ends. tree_lock is held. */
static void tell_leader(struct tty *tty, struct dropped *dropped)
{
	struct signal_info info;
	struct process *process;

	list_for_each (process, &tty->session->session, session_link) {
		if (!process->is_session_leader || process->tty != tty)
			continue;
		signal_info_kernel(&info, SIGHUP);
		signal_send_process_locked(process, &info);
		signal_info_kernel(&info, SIGCONT);
		signal_send_process_locked(process, &info);
		dropped->old_foreground = forget_old_foreground(process);
		if (tty->foreground) {
			pid_get(tty->foreground);
			process->tty_old_foreground = tty->foreground;
		}
	}
}

static void hang_up(struct tty *tty, bool for_good)
{
	struct dropped dropped = {NULL, NULL, NULL};

	spin_lock(&tree_lock);
	if (for_good)
		tty->is_gone = true;
	if (tty->session) {
		struct pid *old_foreground;
		tell_leader(tty, &dropped);
		old_foreground = dropped.old_foreground;
		dropped = tty_detach(tty);
		dropped.old_foreground = old_foreground;
	}
	spin_unlock(&tree_lock);
	dropped_put(&dropped);
	spin_lock(&tty->lock);
	tty->hang_ups++;
	tty->termios = tty->first_termios;
	tty_flush_input(tty);
	tty->is_stopped = false;
	tty->is_stopped_by_call = false;
	tty->is_exclusive = false;
	spin_unlock(&tty->lock);
	waitq_wake_all(&tty->readers);
	waitq_wake_all(&tty->writers);
}

void tty_hang_up(struct tty *tty)
{
	hang_up(tty, false);
}

void tty_end_for_good(struct tty *tty)
{
	hang_up(tty, true);
}

int tty_hang_up_own(void)
{
	struct tty *tty;

	if (!current_has_cap(26 /* CAP_SYS_TTY_CONFIG */))
		return -EPERM;
	tty = tty_own();
	if (tty) {
		tty_hang_up(tty);
		tty_put(tty);
	}
	return 0;
}

/* The session loses its terminal, which lives on for those who have it open: its foreground group is hung up, and
 * continued unless the leader ends. */
static void session_loses(struct process *leader, struct tty *tty, bool continues)
{
	struct dropped dropped = {NULL, NULL, NULL};

	spin_lock(&tree_lock);
	if (tty->session == leader->session)
		dropped = tty_detach(tty);
	spin_unlock(&tree_lock);
	if (dropped.foreground)
		hang_up_and_continue(dropped.foreground, continues);
	dropped_put(&dropped);
}

static void leader_ended(struct process *leader)
{
	struct pid *old_foreground;
	struct tty *tty;

	spin_lock(&tree_lock);
	tty = leader->tty && leader->tty->session == leader->session ? leader->tty : NULL;
	if (tty)
		tty_get(tty);
	spin_unlock(&tree_lock);
	if (tty)
		session_loses(leader, tty, false);
	spin_lock(&tree_lock);
	old_foreground = forget_old_foreground(leader);
	spin_unlock(&tree_lock);
	if (old_foreground && !tty)
		hang_up_and_continue(old_foreground, true);
	if (old_foreground)
		pid_put(old_foreground);
	if (tty)
		tty_put(tty);
}

int tty_give_up_controlling(void)
{
	struct process *self = current_process();
	struct tty *tty = tty_own();

	if (!tty)
		return -ENOTTY;
	if (self->is_session_leader) {
		session_loses(self, tty, true);
	} else {
		spin_lock(&tree_lock);
		self->tty = NULL;
		spin_unlock(&tree_lock);
	}
	tty_put(tty);
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
		*device = tty->device;
		if (tty->foreground)
			*foreground = tty->foreground->number;
	}
	spin_unlock(&tree_lock);
}

/* /proc/tty/drivers: name, where the devices are, major and minor numbers, kind. */
static const char tty_drivers[] = "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
				  "/dev/console         /dev/console    5       1 system:console\n"
				  "/dev/ptmx            /dev/ptmx       5       2 system\n"
				  "pty_slave            /dev/pts      136 0-1048575 pty:slave\n"
				  "pty_master           /dev/ptm      128 0-1048575 pty:master\n";

void tty_job_init(void)
{
	session_leader_ended = leader_ended;
	procfs_tty_hook = describe_terminal;
	procfs_tty_drivers = tty_drivers;
	procfs_pty_count_hook = pty_count;
}
