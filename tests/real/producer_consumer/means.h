/* What the files of producer_consumer share: the items, and what a means of communication is. */
#ifndef MEANS_H
#define MEANS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CAPACITY 8 /* items in a bounded buffer */
#define WORDS    8

struct item {
	uint64_t words[WORDS]; /* the first is its number */
};

struct means {
	const char *name;
	void (*open)(void); /* before the fork */
	void (*close)(void);
	/* A buffer that knows its bound itself, */
	void (*put)(const struct item *item);
	void (*get)(struct item *item, uint64_t number);
	/* or a way for messages. send: 0 when there is no room and it may not wait. */
	int (*send)(const struct item *item, int may_wait);
	void (*receive)(struct item *item);
	int has_tokens; /* its bound is kept by tokens */
};

extern const struct means memory_means, named_means, sysv_memory_means, pipe_means, fifo_means, unix_means, tcp_means,
	mqueue_means, msg_means, file_means;

extern uint64_t count; /* items to be produced */
extern int is_bounded;

/* How many items the buffer of a means that has one of its own holds. */
static inline uint64_t slots(void)
{
	return is_bounded ? CAPACITY : count;
}

static inline void fail(const char *what)
{
	perror(what);
	exit(2);
}

/* channel.c: all bytes, waiting if need be; and the tokens of a bounded buffer. */
void write_all(int fd, const void *data, size_t bytes);
void send_token(void);
void receive_token(void);

#endif
