/*
 * The client of a 9P server: requests and their replies, and the fids by which the server knows files.
 *
 * A client is the guest's end of one share. The device below it registers it at boot and lives as long as the machine.
 * Any number of threads have requests on the way at a time; each waits for its own reply (WAIT_SHARE), which the
 * device's interrupt brings. A thread that is killed meanwhile asks the server to give the request up (Tflush) and
 * stays until its buffers are free again.
 *
 * A fid is counted: the last reference sends Tclunk, for which nobody waits.
 *
 * Locks: client->lock (rank LOCK_DEVICE) guards requests and fids, and the device's queue with them.
 */
#ifndef NAMU_FS_NINEP_CLIENT_H
#define NAMU_FS_NINEP_CLIENT_H

#include "arch/x86_64/spinlock.h"
#include "fs/ninep_wire.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "mem/page.h"
#include "sched/mutex.h"
#include "sched/waitq.h"

#define NINEP_TAGS       32u /* requests on the way; as many again to give them up */
#define NINEP_DATA_BYTES (512u * 1024)
#define NINEP_MSIZE      (NINEP_DATA_BYTES + 24)
#define NINEP_PAGES      48u /* that one reply is spread over */
#define NINEP_TAG_NAME   37u

struct ninep_client;

/*
 * One request on its way: what is sent lies at out and out_data, the reply goes to in and then to in_data (or to whole
 * pages). All of it belongs to the device until is_done.
 * Lock key: (o) its owner's until it is sent; (l) the client's lock from then on.
 */
struct ninep_request {
	uint8_t *out;                        /* (o) */
	const void *out_data;                /* (o) */
	uint8_t *in;                         /* (o) */
	void *in_data;                       /* (o) */
	struct page **out_pages, **in_pages; /* (o) in place of the data, or null */
	uint32_t out_bytes, out_data_bytes;  /* (o) */
	uint32_t in_room, in_data_room;      /* (o) */
	uint32_t replied;                    /* (l) bytes of the reply; 0: given up */
	uint16_t tag;                        /* (o) */
	bool is_unkillable;                  /* (o) waited for even by a thread that is being killed */
	_Atomic bool is_done;                /* (l) */
	struct waitq done;
	void (*finish)(struct ninep_request *request); /* (o) called with the lock held when nobody waits; null */
};

struct ninep_fid {
	struct ninep_client *client;  /* (i) */
	struct refcount refs;         /* (a) */
	uint32_t number;              /* (i) */
	struct list link;             /* (l) free, or to be clunked */
	struct ninep_request request; /* the clunk, for which there must be memory */
	uint8_t out[12], in[12];
}; /* lock key: (a) atomic; (i) immutable; (l) the client's lock */

/* Filled by dev/. All are called with the client's lock held. */
struct ninep_transport {
	/* Hand the request to the server; its tag is below 2 * NINEP_TAGS and not in use. */
	void (*send)(struct ninep_client *client, struct ninep_request *request);
	/* The next request that is done: 1 with its tag and the bytes of its reply; 0: none. */
	int (*take_reply)(struct ninep_client *client, uint16_t *tag, uint32_t *bytes);
};

struct ninep_flush {
	struct ninep_request request;
	uint8_t out[12], in[12];
};

/* Lock key: (i) immutable; (l) its lock; (m) the session's mutex. */
struct ninep_client {
	char tag_name[NINEP_TAG_NAME];                 /* (i) */
	const struct ninep_transport *transport;       /* (i) */
	void *device;                                  /* (i) */
	struct list link;                              /* (i) on the list of all */
	struct spinlock lock;                          /* (i) */
	struct mutex session;                          /* (i) */
	bool is_started;                               /* (m) the version is agreed */
	bool is_broken;                                /* (l) the device ended: everything is -EIO */
	uint32_t data_bytes;                           /* (m) that one message may carry */
	uint64_t tags_free;                            /* (l) */
	struct ninep_request *pending[2 * NINEP_TAGS]; /* (l) by tag */
	struct waitq room;                             /* a tag has become free */
	struct list fids_free, fids_to_clunk;          /* (l) */
	uint32_t fid_count, fids_live;                 /* (l) ever made; in use */
	struct ninep_flush flushes[NINEP_TAGS];        /* (l) of the request with the same number */
};

/* Boot: the device is there. The caller has filled tag_name, transport and device of a zeroed client. */
void ninep_register(struct ninep_client *client);
/* By its mount tag; null. */
struct ninep_client *ninep_find(const char *tag_name);
/* Replies have come: from the device's interrupt, no lock held. */
void ninep_interrupt(struct ninep_client *client);
/* The device is gone: everybody who waits gets -EIO, and so does everybody from now on. */
void ninep_break(struct ninep_client *client);
/* Agree with the server on the protocol, once: 0, -EIO, -EPROTONOSUPPORT. */
int ninep_start(struct ninep_client *client);

/* Send and wait. 0 when a reply (or an error) has come: look at it by ninep_open_reply. -EINTR: given up by a thread
 * that is being killed; -EIO: there is no server any more. `writer` wrote request->out. */
int ninep_exchange(struct ninep_client *client, struct ninep_request *request, struct ninep_writer *writer);

/* A fid that the server does not know yet, one reference; null: no memory. */
struct ninep_fid *ninep_fid_create(struct ninep_client *client);
static inline void ninep_fid_get(struct ninep_fid *fid)
{
	refcount_get(&fid->refs);
}
/* The last reference sends the clunk. Does not sleep. Null is let pass. */
void ninep_fid_put(struct ninep_fid *fid);
/* The last reference, which the server does not know (the request that would have told it failed). */
void ninep_fid_drop(struct ninep_fid *fid);
/* The last reference, waiting for what the server says to the clunk. */
int ninep_fid_put_wait(struct ninep_fid *fid);
/* Fids that servers know, of all clients: for /proc/namu/resources. */
uint64_t ninep_fids_live(void);

#endif
