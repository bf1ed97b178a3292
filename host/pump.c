/* Carrying bytes between descriptors without blocking. */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "say.h"

#define BUFFER_BYTES  (256u << 10)
#define CAREFUL_BYTES 4096 /* a pipe that says it is writable takes this much (PIPE_BUF) */
#define HOLE_BYTES    (1 << 20)

void pump_open(struct pump *pump, enum pump_source source, int from, enum pump_sink sink, int to)
{
	*pump = (struct pump){.source = source, .from = from, .sink = sink, .to = to};
	pump->buffer = must_alloc(BUFFER_BYTES);
}

void pump_to_user(struct pump *pump, int to)
{
	struct stat status;

	pump->to = to;
	pump->sink = PUMP_TO_BLOCKING;
	if (fstat(to, &status) < 0) {
		pump->is_sink_gone = true;
		return;
	}
	if (S_ISREG(status.st_mode)) {
		pump->sink = PUMP_TO_FILE;
	} else if (S_ISSOCK(status.st_mode)) {
		pump->sink = PUMP_TO_SOCKET;
	} else if (S_ISFIFO(status.st_mode) || isatty(to)) {
		char *path = descriptor_path(to);
		int again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		free(path);
		if (again >= 0) {
			pump->to = again;
			pump->sink = PUMP_TO_WRITER;
			pump->is_sink_owned = true;
		}
	}
}

void pump_close(struct pump *pump)
{
	if (pump->is_sink_owned)
		close(pump->to);
	free(pump->buffer);
	*pump = (struct pump){0};
}

static size_t pump_room(const struct pump *pump)
{
	return BUFFER_BYTES - pump->count;
}

void pump_prepare(const struct pump *pump, struct pollfd polls[2])
{
	polls[0] = polls[1] = (struct pollfd){.fd = -1};
	if (pump->source == PUMP_FROM_NOTHING)
		return;
	bool is_input_lost = pump->source == PUMP_FROM_READER && pump->is_sink_gone;

	if (pump->source != PUMP_FROM_FILE && !pump->has_ended && !is_input_lost && pump_room(pump) > 0)
		polls[0] = (struct pollfd){.fd = pump->from, .events = POLLIN};
	/* Without bytes to write the sink is still watched: poll() says when its reader has gone. */
	if (!pump->is_sink_gone && pump->sink != PUMP_TO_FILE)
		polls[1] = (struct pollfd){.fd = pump->to, .events = pump->count > 0 ? POLLOUT : 0};
}

/* Gives the space of what was taken back to the host. */
static void pump_drop_taken(const struct pump *pump)
{
	off_t end = pump->offset / HOLE_BYTES * HOLE_BYTES;

	if (end > 0)
		(void)fallocate(pump->from, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, end);
}

static ssize_t pump_read(struct pump *pump, char *to, size_t room)
{
	switch (pump->source) {
	case PUMP_FROM_SOCKET:
		return recv(pump->from, to, room, MSG_DONTWAIT);
	case PUMP_FROM_FILE:
		return pread(pump->from, to, room, pump->offset);
	default:
		return read(pump->from, to, room);
	}
}

/* Puts a return before each line's end among the last `count` bytes of the buffer; there is room for twice as many. */
static size_t pump_add_returns(char *from, size_t count)
{
	size_t returns = 0;

	for (size_t i = 0; i < count; i++)
		returns += from[i] == '\n';
	for (size_t i = count, left = returns; i-- > 0 && left > 0;) {
		from[i + left] = from[i];
		if (from[i] == '\n')
			from[i + --left] = '\r';
	}
	return count + returns;
}

/* Takes from the source once. True when it may have more at once. */
static bool pump_fill_once(struct pump *pump)
{
	if (pump->head > 0 && (pump->count == 0 || pump->head + pump->count == BUFFER_BYTES)) {
		memmove(pump->buffer, pump->buffer + pump->head, pump->count);
		pump->head = 0;
	}
	size_t end = pump->head + pump->count;
	size_t room = BUFFER_BYTES - end;
	ssize_t n = pump_read(pump, pump->buffer + end, pump->adds_returns ? room / 2 : room);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return errno == EINTR;
	if (n <= 0) {
		/* A file's end is only where the machine stands now. A socket's error is its end: the machine died. */
		if (pump->source != PUMP_FROM_FILE)
			pump->has_ended = true;
		return false;
	}
	pump->count += pump->adds_returns ? pump_add_returns(pump->buffer + end, (size_t)n) : (size_t)n;
	pump->taken += (uint64_t)n;
	if (pump->source == PUMP_FROM_FILE) {
		off_t before = pump->offset;

		pump->offset += n;
		if (before / HOLE_BYTES != pump->offset / HOLE_BYTES)
			pump_drop_taken(pump);
	}
	return pump->source != PUMP_FROM_READER;
}

static void pump_fill(struct pump *pump)
{
	while (!pump->has_ended && pump_room(pump) > 0 && pump_fill_once(pump)) {
		if (pump->is_sink_gone)
			pump->count = 0;
	}
	if (pump->is_sink_gone)
		pump->count = 0;
}

static ssize_t pump_write(const struct pump *pump)
{
	const char *from = pump->buffer + pump->head;
	struct pollfd ready = {.fd = pump->to, .events = POLLOUT};

	switch (pump->sink) {
	case PUMP_TO_SOCKET:
		return send(pump->to, from, pump->count, MSG_DONTWAIT | MSG_NOSIGNAL);
	case PUMP_TO_BLOCKING:
		if (poll(&ready, 1, 0) <= 0) {
			errno = EAGAIN;
			return -1;
		}
		return write(pump->to, from, pump->count < CAREFUL_BYTES ? pump->count : CAREFUL_BYTES);
	default:
		return write(pump->to, from, pump->count);
	}
}

static void pump_drain(struct pump *pump)
{
	while (pump->count > 0 && !pump->is_sink_gone) {
		ssize_t n = pump_write(pump);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			if (errno != EPIPE && errno != EIO && errno != ECONNRESET)
				pump->write_error = errno;
			pump->is_sink_gone = true;
			pump->count = 0;
			return;
		}
		pump->head += (size_t)n;
		pump->count -= (size_t)n;
	}
}

void pump_turn(struct pump *pump, const struct pollfd polls[2])
{
	if (pump->source == PUMP_FROM_NOTHING)
		return;
	if (polls[1].revents & (POLLERR | POLLHUP | POLLNVAL)) {
		pump->is_sink_gone = true;
		pump->count = 0;
	}
	if (pump->source == PUMP_FROM_FILE || polls[0].revents)
		pump_fill(pump);
	pump_drain(pump);
}

void pump_take_rest(struct pump *pump)
{
	if (pump->source == PUMP_FROM_NOTHING)
		return;
	pump_fill(pump);
	if (pump->source == PUMP_FROM_FILE && pump_backlog(pump) == 0)
		pump->has_ended = true;
	pump_drain(pump);
}

bool pump_is_done(const struct pump *pump)
{
	if (pump->source == PUMP_FROM_NOTHING)
		return true;
	return pump->has_ended && (pump->count == 0 || pump->is_sink_gone);
}

uint64_t pump_backlog(const struct pump *pump)
{
	struct stat status;

	if (pump->source != PUMP_FROM_FILE || fstat(pump->from, &status) < 0 || status.st_size < pump->offset)
		return 0;
	return (uint64_t)(status.st_size - pump->offset);
}
