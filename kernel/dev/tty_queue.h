/*
 * A ring of bytes of fixed size between a terminal's line discipline and what is behind it. No lock of its own: the
 * terminal's guards it.
 */
#ifndef NAMU_DEV_TTY_QUEUE_H
#define NAMU_DEV_TTY_QUEUE_H

#include "lib/string.h"
#include "lib/types.h"

/* Lock key: (i) immutable; (l) the terminal's lock. */
struct tty_queue {
	uint8_t *bytes; /* (i) */
	uint32_t room;  /* (i) a power of two */
	uint32_t head;  /* (l) next byte to take, modulo 2^32 */
	uint32_t tail;  /* (l) where the next byte goes */
};

static inline uint32_t tty_queue_used(const struct tty_queue *queue)
{
	return queue->tail - queue->head;
}

static inline uint32_t tty_queue_free(const struct tty_queue *queue)
{
	return queue->room - tty_queue_used(queue);
}

static inline void tty_queue_clear(struct tty_queue *queue)
{
	queue->head = queue->tail;
}

/* Bytes that lie in one piece from `position` on, at most `bytes`. */
static inline uint32_t tty_queue_piece(const struct tty_queue *queue, uint32_t position, uint32_t bytes)
{
	uint32_t to_end = queue->room - position % queue->room;

	return bytes < to_end ? bytes : to_end;
}

/* As many bytes as there is room for; how many. */
static inline uint32_t tty_queue_put(struct tty_queue *queue, const uint8_t *from, size_t bytes)
{
	uint32_t free = tty_queue_free(queue), done = 0;
	uint32_t count = bytes < free ? (uint32_t)bytes : free;

	while (done < count) {
		uint32_t piece = tty_queue_piece(queue, queue->tail, count - done);
		memcpy(queue->bytes + queue->tail % queue->room, from + done, piece);
		queue->tail += piece;
		done += piece;
	}
	return count;
}

static inline uint32_t tty_queue_take(struct tty_queue *queue, uint8_t *to, size_t bytes)
{
	uint32_t used = tty_queue_used(queue), done = 0;
	uint32_t count = bytes < used ? (uint32_t)bytes : used;

	while (done < count) {
		uint32_t piece = tty_queue_piece(queue, queue->head, count - done);
		memcpy(to + done, queue->bytes + queue->head % queue->room, piece);
		queue->head += piece;
		done += piece;
	}
	return count;
}

#endif
