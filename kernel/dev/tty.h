/*
 * Terminals: line discipline, window size, job control (termios(3), tty_ioctl(4)). The console is the host's terminal
 * behind the port namu.tty.
 */
#ifndef NAMU_DEV_TTY_H
#define NAMU_DEV_TTY_H

#include "fs/file.h"

struct signal_info;

/* Register /dev/tty and /dev/console. Boot. */
void tty_init(void);
/* Bring the console up with this window. Its port is there. */
void tty_console_init(uint16_t rows, uint16_t columns);
/* The console as three descriptions, made the controlling terminal of the current process's session. 0 or -errno. */
int tty_console_open(struct file *files[3]);

/* From the host: a new size (SIGWINCH), the terminal is gone (SIGHUP), a signal for the foreground group (false: there
 * is no console). */
void tty_console_resize(uint16_t rows, uint16_t columns);
void tty_console_hang_up(void);
bool tty_console_signal(const struct signal_info *info);

/* vhangup(2): the controlling terminal of the current process, if it has one. 0 or -EPERM. */
int tty_hang_up_own(void);

#endif
