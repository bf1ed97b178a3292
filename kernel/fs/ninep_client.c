/* The client of a 9P server: requests on the way, see ninep_client.h. */
#include "fs/ninep_client.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

#define TAGS_ALL ((1ull << NINEP_TAGS) - 1)

static struct list clients = LIST_INIT(clients); /* filled at boot, only read afterwards */
static struct slab_cache fid_cache = SLAB_CACHE("ninep_fid", struct ninep_fid);

static void request_init(struct ninep_request *request)
{
	atomic_init(&request->is_done, false);
	request->replied = 0;
	waitq_init(&request->done);
}

void ninep_register(struct ninep_client *client)
{
	spin_init(&client->lock, "9p", LOCK_DEVICE);
	mutex_init(&client->session);
	waitq_init(&client->room);
	list_init(&client->link);
	list_init(&client->fids_free);
	list_init(&client->fids_to_clunk);
	client->tags_free = TAGS_ALL;
	list_append(&clients, &client->link);
}

struct ninep_client *ninep_find(const char *tag_name)
{
	struct ninep_client *client;

	list_for_each (client, &clients, link) {
		if (strcmp(client->tag_name, tag_name) == 0)
			return client;
	}
	return NULL;
}

/* Hand a request whose tag is set to the device, or end it at once when there is none any more. */
static void send_locked(struct ninep_client *client, struct ninep_request *request)
{
	if (client->is_broken) {
		atomic_store_explicit(&request->is_done, true, memory_order_release);
		return;
	}
	client->pending[request->tag] = request;
	client->transport->send(client, request);
}

/* Clunks that waited for a tag. */
static void send_clunks_locked(struct ninep_client *client)
{
	while (client->tags_free && !list_is_empty(&client->fids_to_clunk)) {
		struct ninep_fid *fid = list_first(&client->fids_to_clunk, struct ninep_fid, link);
		struct ninep_writer writer;

		list_remove(&fid->link);
		if (client->is_broken) {
			list_append(&client->fids_free, &fid->link);
			client->fids_live--;
			continue;
		}
		fid->request.tag = (uint16_t)__builtin_ctzll(client->tags_free);
		client->tags_free &= client->tags_free - 1;
		ninep_begin(&writer, fid->out, sizeof(fid->out), NINEP_CLUNK);
		ninep_put_u32(&writer, fid->number);
		(void)ninep_finish(&writer, fid->request.tag, 0);
		fid->request.out_bytes = writer.bytes;
		send_locked(client, &fid->request);
	}
}

static void free_tag_locked(struct ninep_client *client, uint16_t tag)
{
	client->tags_free |= 1ull << tag;
	send_clunks_locked(client);
	if (client->tags_free)
		waitq_wake_one(&client->room);
}

static void replied_locked(struct ninep_client *client, uint16_t tag, uint32_t bytes)
{
	struct ninep_request *request = tag < 2 * NINEP_TAGS ? client->pending[tag] : NULL;

	if (!request) {
		log_line("9p share %s: a reply that nobody asked for", client->tag_name);
		return;
	}
	client->pending[tag] = NULL;
	request->replied = bytes;
	atomic_store_explicit(&request->is_done, true, memory_order_release);
	if (request->finish)
		request->finish(request);
	else
		waitq_wake_all(&request->done);
}

void ninep_interrupt(struct ninep_client *client)
{
	uint16_t tag;
	uint32_t bytes;

	spin_lock(&client->lock);
	while (!client->is_broken && client->transport->take_reply(client, &tag, &bytes))
		replied_locked(client, tag, bytes);
	spin_unlock(&client->lock);
}

void ninep_break(struct ninep_client *client)
{
	spin_lock(&client->lock);
	if (!client->is_broken) {
		log_line("9p share %s: its server is gone", client->tag_name);
		client->is_broken = true;
		for (uint16_t tag = 0; tag < 2 * NINEP_TAGS; tag++) {
			if (client->pending[tag])
				replied_locked(client, tag, 0);
		}
		waitq_wake_all(&client->room);
	}
	spin_unlock(&client->lock);
}

static bool take_tag(struct ninep_client *client, uint16_t *tag)
{
	bool is_taken;

	spin_lock(&client->lock);
	is_taken = client->tags_free || client->is_broken;
	if (client->tags_free) {
		*tag = (uint16_t)__builtin_ctzll(client->tags_free);
		client->tags_free &= client->tags_free - 1;
	} else {
		*tag = NINEP_NO_TAG;
	}
	spin_unlock(&client->lock);
	return is_taken;
}

static bool is_done(struct ninep_request *request)
{
	return atomic_load_explicit(&request->is_done, memory_order_acquire);
}

static int wait_done_request(struct ninep_client *client, struct ninep_request *request, enum wait_mode mode)
{
	return waitq_wait(&request->done, WAIT_SHARE, client, TIME_NEVER, mode, is_done(request));
}

/* The thread is being killed: have the server give the request up, and stay until it has. */
static void give_up(struct ninep_client *client, struct ninep_request *request)
{
	struct ninep_flush *flush = &client->flushes[request->tag];
	struct ninep_writer writer;

	memset(flush, 0, sizeof(*flush));
	request_init(&flush->request);
	flush->request.out = flush->out;
	flush->request.in = flush->in;
	flush->request.in_room = NINEP_DATA_AT;
	flush->request.tag = (uint16_t)(NINEP_TAGS + request->tag);
	ninep_begin(&writer, flush->out, sizeof(flush->out), NINEP_FLUSH);
	ninep_put_u16(&writer, request->tag);
	(void)ninep_finish(&writer, flush->request.tag, 0);
	flush->request.out_bytes = writer.bytes;
	spin_lock(&client->lock);
	send_locked(client, &flush->request);
	spin_unlock(&client->lock);
	(void)wait_done_request(client, &flush->request, WAIT_UNINTERRUPTIBLE);
	(void)wait_done_request(client, request, WAIT_UNINTERRUPTIBLE);
}

int ninep_exchange(struct ninep_client *client, struct ninep_request *request, struct ninep_writer *writer)
{
	enum wait_mode mode = request->is_unkillable ? WAIT_UNINTERRUPTIBLE : WAIT_KILLABLE;
	int error = waitq_wait(&client->room, WAIT_SHARE, client, TIME_NEVER, mode, take_tag(client, &request->tag));

	if (error)
		return -EINTR;
	if (request->tag == NINEP_NO_TAG)
		return -EIO;
	request_init(request);
	error = ninep_finish(writer, request->tag, request->out_data_bytes);
	request->out_bytes = writer->bytes;
	if (!error) {
		spin_lock(&client->lock);
		send_locked(client, request);
		spin_unlock(&client->lock);
		if (wait_done_request(client, request, mode))
			give_up(client, request);
	}
	/* Whoever woke us holds the lock until it is done with the request. */
	spin_lock(&client->lock);
	if (!error && !request->replied)
		error = client->is_broken ? -EIO : -EINTR;
	free_tag_locked(client, request->tag);
	spin_unlock(&client->lock);
	return error;
}

/* The size and the version that both sides speak. */
static int read_version(struct ninep_client *client, const struct ninep_request *request)
{
	char version[sizeof(NINEP_VERSION_TEXT) + 8];
	struct ninep_reader reader;
	uint32_t size;
	int error =
		ninep_open_reply(&reader, request->in, request->in_room, request->replied, NINEP_VERSION, NINEP_NO_TAG);

	if (error)
		return error;
	size = ninep_get_u32(&reader);
	if (ninep_get_text(&reader, version, sizeof(version)) < 0 || ninep_close_reply(&reader))
		return -EIO;
	if (strcmp(version, NINEP_VERSION_TEXT) != 0 || size < 4096 || size > NINEP_MSIZE)
		return -EPROTONOSUPPORT;
	client->data_bytes = size - (NINEP_MSIZE - NINEP_DATA_BYTES);
	return 0;
}

/* The first message of a session has no tag; that of the queue is 0, which nobody else uses yet. */
static int agree(struct ninep_client *client)
{
	struct ninep_request request = {.is_unkillable = true, .in_room = 40};
	struct ninep_writer writer;
	uint8_t *buffer = kzalloc(80);
	int error = 0;

	if (!buffer)
		return -ENOMEM;
	request_init(&request);
	request.out = buffer;
	request.in = buffer + 40;
	ninep_begin(&writer, request.out, 40, NINEP_VERSION);
	ninep_put_u32(&writer, NINEP_MSIZE);
	ninep_put_text(&writer, NINEP_VERSION_TEXT);
	(void)ninep_finish(&writer, NINEP_NO_TAG, 0);
	request.out_bytes = writer.bytes;
	spin_lock(&client->lock);
	send_locked(client, &request);
	spin_unlock(&client->lock);
	(void)wait_done_request(client, &request, WAIT_UNINTERRUPTIBLE);
	spin_lock(&client->lock);
	error = request.replied ? 0 : -EIO;
	spin_unlock(&client->lock);
	if (!error)
		error = read_version(client, &request);
	kfree(buffer);
	return error;
}

int ninep_start(struct ninep_client *client)
{
	int error = 0;

	mutex_lock(&client->session);
	if (!client->is_started) {
		error = agree(client);
		client->is_started = !error;
	}
	mutex_unlock(&client->session);
	return error;
}

/* -- fids -- */

static void clunked(struct ninep_request *request)
{
	struct ninep_fid *fid = container_of(request, struct ninep_fid, request);
	struct ninep_client *client = fid->client;

	list_append(&client->fids_free, &fid->link);
	client->fids_live--;
	free_tag_locked(client, request->tag);
}

struct ninep_fid *ninep_fid_create(struct ninep_client *client)
{
	struct ninep_fid *fid = NULL, *fresh;

	spin_lock(&client->lock);
	if (!list_is_empty(&client->fids_free)) {
		fid = list_first(&client->fids_free, struct ninep_fid, link);
		list_remove(&fid->link);
		client->fids_live++;
	}
	spin_unlock(&client->lock);
	if (!fid) {
		fresh = slab_alloc(&fid_cache);
		if (!fresh)
			return NULL;
		list_init(&fresh->link);
		fresh->client = client;
		spin_lock(&client->lock);
		fresh->number = client->fid_count++;
		client->fids_live++;
		spin_unlock(&client->lock);
		fid = fresh;
	}
	refcount_init(&fid->refs, 1);
	return fid;
}

void ninep_fid_put(struct ninep_fid *fid)
{
	struct ninep_client *client;

	if (!fid || !refcount_put(&fid->refs))
		return;
	client = fid->client;
	fid->request =
		(struct ninep_request){.out = fid->out, .in = fid->in, .in_room = NINEP_DATA_AT, .finish = clunked};
	request_init(&fid->request);
	spin_lock(&client->lock);
	list_append(&client->fids_to_clunk, &fid->link);
	send_clunks_locked(client);
	spin_unlock(&client->lock);
}

void ninep_fid_drop(struct ninep_fid *fid)
{
	struct ninep_client *client = fid->client;

	spin_lock(&client->lock);
	list_append(&client->fids_free, &fid->link);
	client->fids_live--;
	spin_unlock(&client->lock);
}

int ninep_fid_put_wait(struct ninep_fid *fid)
{
	struct ninep_request *request = &fid->request;
	struct ninep_reader reader;
	struct ninep_writer writer;
	int error;

	*request =
		(struct ninep_request){.out = fid->out, .in = fid->in, .in_room = NINEP_DATA_AT, .is_unkillable = true};
	ninep_begin(&writer, fid->out, sizeof(fid->out), NINEP_CLUNK);
	ninep_put_u32(&writer, fid->number);
	error = ninep_exchange(fid->client, request, &writer);
	if (!error)
		error = ninep_open_reply(&reader, fid->in, NINEP_DATA_AT, request->replied, NINEP_CLUNK, request->tag);
	ninep_fid_drop(fid);
	return error;
}

uint64_t ninep_fids_live(void)
{
	struct ninep_client *client;
	uint64_t live = 0;

	list_for_each (client, &clients, link)
		live += client->fids_live;
	return live;
}
