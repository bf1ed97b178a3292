/*
 * The discipline of the real-time clock (adjtimex(2)): how fast it runs, offsets that it shall make up for slowly, what
 * is believed of its errors, and TAI. The rate is applied in small steps of the real-time clock while there is one.
 */
#ifndef NAMU_PROC_DISCIPLINE_H
#define NAMU_PROC_DISCIPLINE_H

#include "lib/types.h"

struct timex;

/* Do what state->modes asks for and fill in the rest. A state of the clock (TIME_*), -EINVAL, or -EPERM without
 * CAP_SYS_TIME. */
int discipline_adjust(struct timex *state);
/* TAI minus real time. */
int64_t clock_tai_offset_ns(void);
/* The clock was stepped: what was to be made up for slowly is forgotten. */
void discipline_reset(void);

#endif
