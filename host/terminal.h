/*
 * The host's terminal while a guest has it: raw, and given back as it was however this process ends.
 *
 * Three things give it back: terminal_leave(), exit() (which calls it), and a guardian process that outlives a kill of
 * this one. The guardian touches the terminal only when it still is in the very mode that was set here.
 */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

struct terminal_size {
	uint32_t rows;
	uint32_t columns;
};

/* Makes the terminal raw; false, with a line said, when that cannot be done. */
bool terminal_enter(int fd);

/* Sets raw mode again after the process was stopped and continued. */
void terminal_reenter(void);

/* Gives the terminal back. Safe to call at any time, any number of times. */
void terminal_leave(void);

/* Its size now; 24 rows of 80 when it does not say. */
struct terminal_size terminal_size(int fd);

#endif
