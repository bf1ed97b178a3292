/*
 * PI futexes as tests use them: the calls, the bits of the word, and what level a thread runs at.
 */
#ifndef PI_H
#define PI_H

#include "guest.h"

#define LOCK_PI         6
#define UNLOCK_PI       7
#define TRYLOCK_PI      8
#define WAIT_REQUEUE_PI 11
#define CMP_REQUEUE_PI  12
#define LOCK_PI2        13
#define PRIVATE         128
#define REALTIME        256
#define WAITERS         0x80000000u
#define OWNER_DIED      0x40000000u
#define TID_MASK        0x3fffffffu

typedef volatile unsigned word_t;

static inline long futex(word_t *word, int operation, unsigned value, const void *time, word_t *other, unsigned third)
{
	return raw(SYS_futex, word, operation, value, time, other, third);
}

static inline unsigned my_tid(void)
{
	return (unsigned)raw(SYS_gettid);
}

/* The 18th field: -1 minus the real-time level it runs at, or 20 and the nice value. */
static inline long priority_of(int tid)
{
	char path[64], text[512];
	char *field;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	if (read_text(path, text, sizeof(text)) <= 0 || !(field = strrchr(text, ')')))
		return 9999;
	for (int i = 2; i < 18; i++)
		field = strchr(field + 1, ' ');
	return strtol(field, NULL, 10);
}

static inline void is_priority(int tid, long want, const char *what)
{
	for (int i = 0; i < 2000 && priority_of(tid) != want; i++)
		sleep_ms(5);
	is_int(priority_of(tid), want, "%s", what);
}

static inline void await(volatile int *flag)
{
	while (!*flag)
		sleep_ms(2);
}

#endif
