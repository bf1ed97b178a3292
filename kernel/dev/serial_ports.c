/*
 * Reading and writing a port.
 */
#include "dev/serial_ports.h"
#include "lib/string.h"

#define PANIC_DRAIN_TRIES 1000000u

static void slot_give_back(struct serial_port *port, int slot)
{
	virtqueue_submit(&port->input, (uint16_t)slot, port->input.slot_bytes, true);
	virtqueue_notify(&port->input);
}

static bool may_receive(struct serial_port *port)
{
	return virtqueue_has_used(&port->input) &&
	       (!port->may_receive || port->may_receive(port, port->input.slot_bytes));
}

void serial_port_resume(struct serial_port *port)
{
	uint32_t bytes;
	int slot;

	/* The receiver may find room while it is being called, and come here again: whoever is here goes on. */
	while (may_receive(port) && !atomic_exchange(&port->is_receiving, true)) {
		/* What is not taken stays in its slot, so that the host has to wait. */
		while (may_receive(port) && (slot = virtqueue_take_used(&port->input, &bytes)) >= 0) {
			port->received(port, virtqueue_buffer(&port->input, (uint16_t)slot), bytes);
			slot_give_back(port, slot);
		}
		atomic_store(&port->is_receiving, false);
	}
}

void serial_port_interrupt(struct serial_port *port)
{
	if (port->received && port->input.slots) {
		serial_port_resume(port);
	} else if (port->input.slots && virtqueue_has_used(&port->input)) {
		waitq_wake_all(&port->readers);
	}
	if (port->output.slots && virtqueue_has_used(&port->output)) {
		if (port->room)
			port->room(port);
		waitq_wake_all(&port->writers);
	}
}

/* -- reading -- */

static bool at_end(const struct serial_port *port)
{
	return port->taken >= port->end_at;
}

bool serial_port_is_readable(struct serial_port *port)
{
	return port->current_slot >= 0 || virtqueue_has_used(&port->input) || at_end(port);
}

/* Move on to the next slot with bytes in it. The read mutex is held. */
static bool slot_next(struct serial_port *port)
{
	if (port->current_slot >= 0)
		return true;
	spin_lock(&port->lock);
	port->current_slot = virtqueue_take_used(&port->input, &port->current_bytes);
	spin_unlock(&port->lock);
	port->current_offset = 0;
	return port->current_slot >= 0;
}

static void slot_done(struct serial_port *port)
{
	spin_lock(&port->lock);
	slot_give_back(port, port->current_slot);
	spin_unlock(&port->lock);
	port->current_slot = -1;
}

static ssize_t take_bytes(struct serial_port *port, struct uio *uio)
{
	ssize_t done = 0;

	while (uio->left && slot_next(port)) {
		uint8_t *data = virtqueue_buffer(&port->input, (uint16_t)port->current_slot) + port->current_offset;
		size_t part = MIN((uint64_t)(port->current_bytes - port->current_offset), uio->left);
		size_t copied = uio_copy_out(uio, data, part);
		port->current_offset += (uint32_t)copied;
		port->taken += copied;
		done += (ssize_t)copied;
		if (port->current_offset == port->current_bytes)
			slot_done(port);
		if (copied < part)
			return done ? done : -EFAULT;
	}
	return done;
}

ssize_t serial_port_read(struct serial_port *port, struct uio *uio, bool nonblocking)
{
	if (!uio->left)
		return 0;
	for (;;) {
		mutex_lock(&port->read_mutex);
		ssize_t done = take_bytes(port, uio);
		bool is_over = at_end(port);
		mutex_unlock(&port->read_mutex);
		if (done || is_over)
			return done;
		if (nonblocking)
			return -EAGAIN;
		int error = waitq_wait(&port->readers, WAIT_STDIN, port, TIME_NEVER, WAIT_INTERRUPTIBLE,
				       serial_port_is_readable(port));
		if (error)
			return error;
	}
}

void serial_port_set_end(struct serial_port *port, uint64_t bytes)
{
	port->end_at = bytes;
	waitq_wake_all(&port->readers);
}

/* -- writing -- */

bool serial_port_has_room(struct serial_port *port)
{
	return port->is_hung_up || port->output.free_slots || virtqueue_has_used(&port->output);
}

static int slot_for_output(struct serial_port *port)
{
	spin_lock(&port->lock);
	int slot = virtqueue_take_free(&port->output);
	spin_unlock(&port->lock);
	return slot;
}

static void slot_send(struct serial_port *port, int slot, size_t bytes)
{
	spin_lock(&port->lock);
	virtqueue_submit(&port->output, (uint16_t)slot, (uint32_t)bytes, false);
	virtqueue_notify(&port->output);
	spin_unlock(&port->lock);
}

static void slot_release(struct serial_port *port, int slot)
{
	spin_lock(&port->lock);
	port->output.free_slots |= 1ull << slot;
	spin_unlock(&port->lock);
}

static int wait_for_room(struct serial_port *port, enum wait_mode mode)
{
	virtqueue_want_interrupt(&port->output, true);
	int error = waitq_wait(&port->writers, WAIT_STDOUT, port, TIME_NEVER, mode, serial_port_has_room(port));
	virtqueue_want_interrupt(&port->output, false);
	return error;
}

/* One piece into one slot; the write mutex is held. Bytes taken, or -EFAULT, -EAGAIN (no slot), -EPIPE. */
static ssize_t write_piece(struct serial_port *port, struct uio *uio)
{
	if (port->is_hung_up)
		return -EPIPE;
	int slot = slot_for_output(port);
	if (slot < 0)
		return -EAGAIN;
	size_t part = MIN(uio->left, (uint64_t)port->output.slot_bytes);
	size_t copied = uio_copy_in(uio, virtqueue_buffer(&port->output, (uint16_t)slot), part);
	if (!copied) {
		slot_release(port, slot);
		return -EFAULT;
	}
	slot_send(port, slot, copied);
	return (ssize_t)copied;
}

ssize_t serial_port_write(struct serial_port *port, struct uio *uio, bool nonblocking)
{
	ssize_t done = 0, error = 0;

	if (mutex_lock_killable(&port->write_mutex))
		return -ERESTART_CALL;
	while (uio->left && !error) {
		ssize_t piece = write_piece(port, uio);
		if (piece > 0)
			done += piece;
		else if (piece == -EAGAIN && !nonblocking)
			error = wait_for_room(port, WAIT_INTERRUPTIBLE);
		else
			error = piece;
	}
	mutex_unlock(&port->write_mutex);
	return done ? done : error;
}

size_t serial_port_put(struct serial_port *port, const void *data, size_t bytes)
{
	size_t done = 0;

	while (done < bytes && !port->is_hung_up) {
		int slot = slot_for_output(port);
		if (slot < 0)
			break;
		size_t part = MIN(bytes - done, (size_t)port->output.slot_bytes);
		memcpy(virtqueue_buffer(&port->output, (uint16_t)slot), (const char *)data + done, part);
		slot_send(port, slot, part);
		done += part;
	}
	return done;
}

void *serial_port_claim(struct serial_port *port, int *slot, size_t *bytes)
{
	*slot = slot_for_output(port);
	*bytes = port->output.slot_bytes;
	return *slot < 0 ? NULL : virtqueue_buffer(&port->output, (uint16_t)*slot);
}

void serial_port_send(struct serial_port *port, int slot, size_t bytes)
{
	slot_send(port, slot, bytes);
}

void serial_port_hang_up(struct serial_port *port)
{
	port->is_hung_up = true;
	waitq_wake_all(&port->writers);
}

static bool port_is_drained(struct serial_port *port)
{
	spin_lock(&port->lock);
	bool is_drained = virtqueue_is_drained(&port->output);
	spin_unlock(&port->lock);
	return is_drained;
}

void serial_ports_drain(bool may_sleep)
{
	for (unsigned i = 0; i < SERIAL_PORTS; i++) {
		struct serial_port *port = &serial_ports[i];
		if (!port->is_ready || !port->output.slots)
			continue;
		if (may_sleep) {
			virtqueue_want_interrupt(&port->output, true);
			waitq_wait(&port->writers, WAIT_STDOUT, port, TIME_NEVER, WAIT_UNINTERRUPTIBLE,
				   port_is_drained(port));
			continue;
		}
		for (unsigned tries = 0; tries < PANIC_DRAIN_TRIES && !virtqueue_is_drained(&port->output); tries++)
			cpu_relax();
	}
}
