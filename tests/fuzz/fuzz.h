/*
 * callfuzz: the hostile guest. Random system calls by many processes and threads at once; the kernel must live, and
 * hold nothing afterwards. Every choice is a function of the seed. Nothing here uses errno or other thread-local data
 * once the calls have begun: threads share what the C library believes to be its own.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stddef.h>

#define PAGE            4096L
#define ARENA_PAGES     1024L
#define count_of(array) (sizeof(array) / sizeof((array)[0]))

/* What one thread of the fuzz knows; on its own stack. */
struct self {
	uint64_t random;
	unsigned depth;  /* how many clones lie between it and the first process */
	unsigned clones; /* made by itself */
	char *arena;     /* ARENA_PAGES pages of all kinds of mappings, with some that are none */
	char *stacks;    /* where its children's stacks lie */
	int held_pids[4];
	int is_root;
};

/* The driver, the machine's command, must live as long as the machine. A constant: calls write into all memory. */
#define DRIVER_PID 2

/* What is nobody's stack and nobody's arena, for calls to write into. */
struct shared {
	long words[8];
};
extern struct shared shared;

static inline uint64_t next(struct self *self)
{
	self->random ^= self->random << 13;
	self->random ^= self->random >> 7;
	self->random ^= self->random << 17;
	return self->random * 0x2545f4914f6cdd1dul >> 3;
}

static inline uint64_t below(struct self *self, uint64_t limit)
{
	return next(self) % limit;
}

static inline int one_in(struct self *self, uint64_t n)
{
	return below(self, n) == 0;
}

static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define raw_pick(n, a, b, c, d, e, f, ...) raw_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define raw(...)                           raw_pick(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* One system call with arguments of its grammar or of none (grammar.c). */
void call_at_random(struct self *self);
/* An arena and descriptors of every kind (things.c). */
void things_prepare(struct self *self);
/* Changes behind everybody's back: maps, truncates, fills what pointers lead to. */
void things_disturb(struct self *self);
/* Lives the life of a fuzzing process; does not return (life.c). */
void live(struct self *self, unsigned calls);

#endif
