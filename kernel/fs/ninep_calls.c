/* The messages of 9P2000.L, one function each, see ninep_calls.h. */
#include "fs/ninep_calls.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

/* The longest request but for a link's target: two names and what goes with them. */
#define OUT_BYTES 560
#define IN_BYTES  176

/* A request with memory for its message and for a reply of any fixed size. */
struct call {
	struct ninep_request request;
	struct ninep_client *client;
	struct ninep_writer writer;
	struct ninep_reader reader;
	enum ninep_type type;
	uint8_t out[OUT_BYTES];
	uint8_t in[IN_BYTES];
};

static struct slab_cache call_cache = SLAB_CACHE("ninep_call", struct call);

static struct call *call_begin(struct ninep_client *client, enum ninep_type type)
{
	struct call *call = slab_alloc_raw(&call_cache);

	if (!call)
		return NULL;
	call->request = (struct ninep_request){.out = call->out, .in = call->in, .in_room = IN_BYTES};
	call->client = client;
	call->type = type;
	ninep_begin(&call->writer, call->out, sizeof(call->out), type);
	return call;
}

/* One whose first field is a fid, as most. */
static struct call *call_of(const struct ninep_fid *fid, enum ninep_type type)
{
	struct call *call = call_begin(fid->client, type);

	if (call)
		ninep_put_u32(&call->writer, fid->number);
	return call;
}

/* The reply's data go to memory of the caller's; its head is as long as an error's reply. */
static void call_data_to(struct call *call, void *to, uint32_t bytes)
{
	call->request.in_room = NINEP_DATA_AT;
	call->request.in_data = to;
	call->request.in_data_room = bytes;
}

static int call_run(struct call *call)
{
	int error = ninep_exchange(call->client, &call->request, &call->writer);

	if (error)
		return error;
	return ninep_open_reply(&call->reader, call->request.in, call->request.in_room, call->request.replied,
				call->type, call->request.tag);
}

static void call_end(struct call *call)
{
	slab_free(&call_cache, call);
}

/* For replies that say nothing, or nothing that matters here. */
static int call_finish(struct call *call)
{
	int error = call_run(call);

	call_end(call);
	return error;
}

/* A count, and as much data behind it; never more than there was room for. */
static ssize_t call_finish_data(struct call *call)
{
	int error = call_run(call);
	uint32_t count = 0;

	if (!error) {
		count = ninep_get_u32(&call->reader);
		if (ninep_close_reply(&call->reader) || count > call->request.in_data_room ||
		    call->request.replied != NINEP_DATA_AT + count)
			error = -EIO;
	}
	call_end(call);
	return error ? error : (ssize_t)count;
}

/* What the request made of a fresh fid: on an error the server does not know it, unless nobody can tell. */
static int keep_fid(struct ninep_fid *fid, int error, struct ninep_fid **kept)
{
	if (!error)
		*kept = fid;
	else if (error == -EINTR || error == -EIO)
		ninep_fid_put(fid);
	else
		ninep_fid_drop(fid);
	return error;
}

int ninep_call_attach(struct ninep_client *client, struct ninep_fid **root)
{
	struct ninep_fid *fid = ninep_fid_create(client);
	struct call *call = fid ? call_of(fid, NINEP_ATTACH) : NULL;
	struct ninep_qid qid;
	int error = -ENOMEM;

	if (call) {
		ninep_put_u32(&call->writer, NINEP_NO_FID);
		ninep_put_text(&call->writer, "root");
		ninep_put_text(&call->writer, "");
		ninep_put_u32(&call->writer, 0);
		error = call_run(call);
		if (!error) {
			ninep_get_qid(&call->reader, &qid);
			error = ninep_close_reply(&call->reader);
			if (!error && !(qid.type & NINEP_QID_DIR))
				error = -EIO;
		}
		call_end(call);
	}
	return fid ? keep_fid(fid, error, root) : error;
}

int ninep_call_walk(struct ninep_fid *from, const char *name, struct ninep_fid **fid, struct ninep_qid *qid)
{
	struct ninep_fid *fresh = ninep_fid_create(from->client);
	struct call *call = fresh ? call_of(from, NINEP_WALK) : NULL;
	struct ninep_qid found;
	int error = -ENOMEM;

	if (call) {
		ninep_put_u32(&call->writer, fresh->number);
		ninep_put_u16(&call->writer, name != NULL);
		if (name)
			ninep_put_text(&call->writer, name);
		error = call_run(call);
		if (!error)
			error = ninep_read_walk(&call->reader, name != NULL, &found);
		if (!error && name && qid)
			*qid = found;
		call_end(call);
	}
	return fresh ? keep_fid(fresh, error, fid) : error;
}

int ninep_call_getattr(struct ninep_fid *fid, struct ninep_attributes *attributes)
{
	struct call *call = call_of(fid, NINEP_GETATTR);
	int error;

	if (!call)
		return -ENOMEM;
	ninep_put_u64(&call->writer, NINEP_GETATTR_BASIC);
	error = call_run(call);
	if (!error)
		error = ninep_read_attributes(&call->reader, attributes);
	call_end(call);
	return error;
}

int ninep_call_setattr(struct ninep_fid *fid, const struct ninep_change *change)
{
	struct call *call = call_of(fid, NINEP_SETATTR);

	if (!call)
		return -ENOMEM;
	ninep_put_u32(&call->writer, change->valid);
	ninep_put_u32(&call->writer, change->mode);
	ninep_put_u32(&call->writer, change->uid);
	ninep_put_u32(&call->writer, change->gid);
	ninep_put_u64(&call->writer, change->size);
	ninep_put_u64(&call->writer, change->atime.sec);
	ninep_put_u64(&call->writer, change->atime.nsec);
	ninep_put_u64(&call->writer, change->mtime.sec);
	ninep_put_u64(&call->writer, change->mtime.nsec);
	return call_finish(call);
}

int ninep_call_open(struct ninep_fid *fid, uint64_t path, uint32_t flags)
{
	struct call *call = call_of(fid, NINEP_LOPEN);
	struct ninep_qid qid;
	int error;

	if (!call)
		return -ENOMEM;
	ninep_put_u32(&call->writer, flags);
	error = call_run(call);
	if (!error) {
		ninep_get_qid(&call->reader, &qid);
		(void)ninep_get_u32(&call->reader);
		error = ninep_close_reply(&call->reader);
		if (!error && qid.path != path)
			error = -ESTALE;
	}
	call_end(call);
	return error;
}

int ninep_call_create(struct ninep_fid *dir, const char *name, uint32_t flags, uint32_t mode, uint32_t gid)
{
	struct call *call = call_of(dir, NINEP_LCREATE);

	if (!call)
		return -ENOMEM;
	ninep_put_text(&call->writer, name);
	ninep_put_u32(&call->writer, flags);
	ninep_put_u32(&call->writer, mode);
	ninep_put_u32(&call->writer, gid);
	return call_finish(call);
}

int ninep_call_mkdir(struct ninep_fid *dir, const char *name, uint32_t mode, uint32_t gid)
{
	struct call *call = call_of(dir, NINEP_MKDIR);

	if (!call)
		return -ENOMEM;
	ninep_put_text(&call->writer, name);
	ninep_put_u32(&call->writer, mode);
	ninep_put_u32(&call->writer, gid);
	return call_finish(call);
}

int ninep_call_mknod(struct ninep_fid *dir, const char *name, uint32_t mode, uint32_t major, uint32_t minor,
		     uint32_t gid)
{
	struct call *call = call_of(dir, NINEP_MKNOD);

	if (!call)
		return -ENOMEM;
	ninep_put_text(&call->writer, name);
	ninep_put_u32(&call->writer, mode);
	ninep_put_u32(&call->writer, major);
	ninep_put_u32(&call->writer, minor);
	ninep_put_u32(&call->writer, gid);
	return call_finish(call);
}

int ninep_call_symlink(struct ninep_fid *dir, const char *name, const char *target, uint32_t gid)
{
	struct call *call = call_begin(dir->client, NINEP_SYMLINK);
	uint32_t room = OUT_BYTES + (uint32_t)strlen(target);
	uint8_t *out = kmalloc(room);
	int error = -ENOMEM;

	if (call && out) {
		call->request.out = out;
		ninep_begin(&call->writer, out, room, NINEP_SYMLINK);
		ninep_put_u32(&call->writer, dir->number);
		ninep_put_text(&call->writer, name);
		ninep_put_text(&call->writer, target);
		ninep_put_u32(&call->writer, gid);
		error = call_run(call);
	}
	kfree(out);
	if (call)
		call_end(call);
	return error;
}

int ninep_call_link(struct ninep_fid *dir, struct ninep_fid *file, const char *name)
{
	struct call *call = call_of(dir, NINEP_LINK);

	if (!call)
		return -ENOMEM;
	ninep_put_u32(&call->writer, file->number);
	ninep_put_text(&call->writer, name);
	return call_finish(call);
}

int ninep_call_rename(struct ninep_fid *from_dir, const char *from, struct ninep_fid *to_dir, const char *to)
{
	struct call *call = call_of(from_dir, NINEP_RENAMEAT);

	if (!call)
		return -ENOMEM;
	ninep_put_text(&call->writer, from);
	ninep_put_u32(&call->writer, to_dir->number);
	ninep_put_text(&call->writer, to);
	return call_finish(call);
}

int ninep_call_unlink(struct ninep_fid *dir, const char *name, uint32_t flags)
{
	struct call *call = call_of(dir, NINEP_UNLINKAT);

	if (!call)
		return -ENOMEM;
	ninep_put_text(&call->writer, name);
	ninep_put_u32(&call->writer, flags);
	return call_finish(call);
}

ssize_t ninep_call_readlink(struct ninep_fid *fid, char *to, size_t room)
{
	struct call *call = call_of(fid, NINEP_READLINK);
	uint8_t *in = kmalloc(IN_BYTES + NINEP_TEXT_MAX);
	ssize_t result = -ENOMEM;

	if (call && in) {
		call->request.in = in;
		call->request.in_room = IN_BYTES + NINEP_TEXT_MAX;
		result = call_run(call);
		if (!result)
			result = ninep_get_text(&call->reader, to, room);
		if (result >= 0 && (result == 0 || ninep_close_reply(&call->reader)))
			result = -EIO;
	}
	kfree(in);
	if (call)
		call_end(call);
	return result;
}

int ninep_call_statfs(struct ninep_fid *fid, struct ninep_statfs *statfs)
{
	struct call *call = call_of(fid, NINEP_STATFS);
	int error;

	if (!call)
		return -ENOMEM;
	error = call_run(call);
	if (!error)
		error = ninep_read_statfs(&call->reader, statfs);
	call_end(call);
	return error;
}

int ninep_call_fsync(struct ninep_fid *fid, bool data_only)
{
	struct call *call = call_of(fid, NINEP_FSYNC);

	if (!call)
		return -ENOMEM;
	ninep_put_u32(&call->writer, data_only);
	return call_finish(call);
}

static struct call *call_transfer(const struct ninep_fid *fid, enum ninep_type type, uint64_t offset, uint32_t bytes)
{
	struct call *call = call_of(fid, type);

	if (call) {
		ninep_put_u64(&call->writer, offset);
		ninep_put_u32(&call->writer, bytes);
	}
	return call;
}

ssize_t ninep_call_read(struct ninep_fid *fid, uint64_t offset, void *to, uint32_t bytes)
{
	struct call *call = call_transfer(fid, NINEP_READ, offset, bytes);

	if (!call)
		return -ENOMEM;
	call_data_to(call, to, bytes);
	return call_finish_data(call);
}

ssize_t ninep_call_read_pages(struct ninep_fid *fid, uint64_t offset, struct page **pages, unsigned count)
{
	uint32_t bytes = count << PAGE_SHIFT;
	struct call *call = call_transfer(fid, NINEP_READ, offset, bytes);

	if (!call)
		return -ENOMEM;
	call_data_to(call, NULL, bytes);
	call->request.in_pages = pages;
	return call_finish_data(call);
}

static ssize_t call_finish_write(struct call *call)
{
	int error = call_run(call);
	uint32_t count = 0;

	if (!error) {
		count = ninep_get_u32(&call->reader);
		if (ninep_close_reply(&call->reader) || count > call->request.out_data_bytes)
			error = -EIO;
	}
	call_end(call);
	return error ? error : (ssize_t)count;
}

ssize_t ninep_call_write(struct ninep_fid *fid, uint64_t offset, const void *from, uint32_t bytes)
{
	struct call *call = call_transfer(fid, NINEP_WRITE, offset, bytes);

	if (!call)
		return -ENOMEM;
	call->request.out_data = from;
	call->request.out_data_bytes = bytes;
	return call_finish_write(call);
}

ssize_t ninep_call_write_pages(struct ninep_fid *fid, uint64_t offset, struct page **pages, uint32_t bytes)
{
	struct call *call = call_transfer(fid, NINEP_WRITE, offset, bytes);

	if (!call)
		return -ENOMEM;
	call->request.out_pages = pages;
	call->request.out_data_bytes = bytes;
	call->request.is_unkillable = true;
	return call_finish_write(call);
}

ssize_t ninep_call_readdir(struct ninep_fid *fid, uint64_t offset, void *to, uint32_t bytes)
{
	struct call *call = call_transfer(fid, NINEP_READDIR, offset, bytes);

	if (!call)
		return -ENOMEM;
	call_data_to(call, to, bytes);
	return call_finish_data(call);
}

int ninep_call_xattr_walk(struct ninep_fid *fid, const char *name, struct ninep_fid **value, uint64_t *bytes)
{
	struct ninep_fid *fresh = ninep_fid_create(fid->client);
	struct call *call = fresh ? call_of(fid, NINEP_XATTRWALK) : NULL;
	int error = -ENOMEM;

	if (call) {
		ninep_put_u32(&call->writer, fresh->number);
		ninep_put_text(&call->writer, name);
		error = call_run(call);
		if (!error) {
			*bytes = ninep_get_u64(&call->reader);
			error = ninep_close_reply(&call->reader);
		}
		call_end(call);
	}
	return fresh ? keep_fid(fresh, error, value) : error;
}

int ninep_call_xattr_create(struct ninep_fid *fid, const char *name, uint64_t bytes, uint32_t flags)
{
	struct call *call = call_of(fid, NINEP_XATTRCREATE);

	if (!call)
		return -ENOMEM;
	ninep_put_text(&call->writer, name);
	ninep_put_u64(&call->writer, bytes);
	ninep_put_u32(&call->writer, flags);
	return call_finish(call);
}
