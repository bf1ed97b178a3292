/*
 * The virtio-serial device and its named ports: every byte between the machine and its host (include/namu/start.h).
 *
 * Interrupts only wake: threads, or the receiver that a port's owner registered, which is called with interrupts off
 * and no lock held (interrupts are never taken under a lock, arch/x86_64/cpu.h).
 */
#ifndef NAMU_DEV_VIRTIO_SERIAL_H
#define NAMU_DEV_VIRTIO_SERIAL_H

#include "arch/x86_64/spinlock.h"
#include "dev/virtqueue.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "vm/uio.h"

#define PORT_NAME_BYTES 24

/* Lock key: (a) atomic; (i) set at boot; (l) lock; (m) the writers' mutex; (r) the readers' mutex. */
struct serial_port {
	char name[PORT_NAME_BYTES]; /* (i) "" while unknown */
	uint32_t id;                /* (i) */
	bool is_ready;              /* (i) */
	struct spinlock lock;       /* (i) rank LOCK_DEVICE; the trace's port: LOCK_TRACE */
	struct virtqueue input;     /* (l) from the host */
	struct virtqueue output;    /* (l) to the host */
	struct mutex write_mutex;   /* (i) one writer at a time, so that a write is not torn */
	struct mutex read_mutex;    /* (i) */
	struct waitq readers;       /* bytes came, or the end */
	struct waitq writers;       /* room came */
	int current_slot;           /* (r) being read from; -1: none */
	uint32_t current_bytes;     /* (r) in it */
	uint32_t current_offset;    /* (r) */
	uint64_t taken;             /* (r) bytes ever read */
	uint64_t end_at;            /* (l) the stream ends after so many bytes; UINT64_MAX: not known */
	bool is_hung_up;            /* (l) nobody reads what we write */
	_Atomic bool is_receiving;  /* (a) `received` is being called */
	void (*received)(struct serial_port *port, const uint8_t *data,
			 size_t bytes); /* (i) takes all input, in place of readers */
	/* (i) null, or: may `received` be called with so many bytes? If not, serial_port_resume follows once it may. */
	bool (*may_receive)(struct serial_port *port, size_t bytes);
	void (*room)(struct serial_port *port); /* (i) called when the host took something */
};

/* Find the device among those of virtio_discover, bring it up, learn its ports. 0, or -ENODEV (with a log line). */
int virtio_serial_init(void);
/* By name; null: the host gave no such port. */
struct serial_port *serial_port_find(const char *name);

/* Input for whoever reads: copies what is there, waits for the first byte unless `nonblocking`. 0 at the end of the
 * stream. */
ssize_t serial_port_read(struct serial_port *port, struct uio *uio, bool nonblocking);
bool serial_port_is_readable(struct serial_port *port);
/* Output of all bytes of `uio`; waits for room unless `nonblocking` (then a short count or -EAGAIN). -EPIPE when hung
 * up. */
ssize_t serial_port_write(struct serial_port *port, struct uio *uio, bool nonblocking);
/* Without waiting, from anywhere but under the port's lock: how many bytes were taken. */
size_t serial_port_put(struct serial_port *port, const void *data, size_t bytes);
bool serial_port_has_room(struct serial_port *port);
/* The same without a copy: a buffer of the port's and its size, null when the host has none free; then send that many
 * bytes of it. */
void *serial_port_claim(struct serial_port *port, int *slot, size_t *bytes);
void serial_port_send(struct serial_port *port, int slot, size_t bytes);

/* The receiver that would take no more does now. No lock is held. */
void serial_port_resume(struct serial_port *port);

/* From the control channel. */
void serial_port_set_end(struct serial_port *port, uint64_t bytes);
void serial_port_hang_up(struct serial_port *port);
/* Wait until the host has taken everything; `may_sleep` false: by polling, for a panic, and not for ever. */
void serial_ports_drain(bool may_sleep);

#endif
