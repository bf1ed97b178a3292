/*
 * Descriptor, open file description, file: three things. A descriptor is an index in a table (struct fd_table, with its
 * close-on-exec bit); it names an open file description (struct file: position, status flags), shared by dup, fork and
 * passing; that stands on a file (inode) or on a kernel object (pipe, queue, timer ...). Everything held is a
 * descriptor.
 */
#ifndef NAMU_FS_FILE_H
#define NAMU_FS_FILE_H

#include "fs/vfs.h"
#include "lib/check.h"
#include "sched/waitq.h"

struct poll_table;
struct vm_map_request;
struct page;

/* What an open file description does. Null entries: read/write EINVAL or EBADF as the mode says, poll: always readable
 * and writable. */
struct file_ops {
	const char *name;     /* for /proc/PID/fd links without a path: "pipe", "[eventfd]" ... */
	uint8_t message_kind; /* enum message_kind of what goes through its object; 0: none is traced */
	/* In place of that, where it is not the same for all; the object is private_data. */
	uint8_t (*message_kind_of)(const struct file *file);
	/* `offset` points to the position to use and advance (the file's, or pread's). Count or -errno. O_NONBLOCK is
	 * in file->flags. write of a regular file is called with its inode's mutex held (by file_write, which also does
	 * O_APPEND and RLIMIT_FSIZE). */
	ssize_t (*read)(struct file *file, struct uio *uio, uint64_t *offset);
	ssize_t (*write)(struct file *file, struct uio *uio, uint64_t *offset);
	/* What read would give first at `offset`, without a copy, as memobj_lend (vm/memobj.h) does. Null: it cannot.
	 */
	ssize_t (*lend)(struct file *file, uint64_t offset, size_t most, const void **data, struct page **page);
	/* Sets and returns file->position, whose mutex is held; most are file_seek_within. Null: ESPIPE, and not pread
	 * either. */
	off_t (*seek)(struct file *file, off_t offset, int whence);
	bool ignores_seek;    /* no seek, but lseek answers 0, as Linux does for some objects */
	bool no_splice_read;  /* splice and sendfile do not read it: EINVAL */
	bool sends_sigio;     /* O_ASYNC works: its poll names the queues */
	bool no_splice_write; /* nor write it */
	/* Events now (EPOLLIN ... of linux/eventpoll.h, equal to POLLIN ...); registers on its queues by poll_wait when
	 * table is not null. */
	uint32_t (*poll)(struct file *file, struct poll_table *table);
	int64_t (*ioctl)(struct file *file, uint32_t command,
			 uint64_t argument); /* -ENOTTY for what it does not know */
	/* Fill object, object_offset (and max_prot) of the request, whose other fields are set. 0, -ENODEV, -EACCES. */
	int (*mmap)(struct file *file, struct vm_map_request *request);
	int (*readdir)(struct file *file, struct dir_sink *sink);
	int (*fsync)(struct file *file);
	int64_t (*fallocate)(struct file *file, int mode, uint64_t offset, uint64_t bytes);
	/* For inodes: called at open, before the description is used; may replace file->ops (FIFO, device). When it
	 * fails it leaves file->ops and private_data as they were, and the opener drops the description by file_put. */
	int (*open)(struct inode *inode, struct file *file);
	/* A descriptor was closed (not only the last): record locks. */
	void (*flush)(struct file *file);
	/* Behind that, the descriptor's reference was dropped: the description may be gone. */
	void (*closed)(void);
	/* The last reference went. */
	void (*release)(struct file *file);
	/* Text of /proc/PID/fdinfo/N beyond pos and flags. */
	size_t (*fdinfo)(struct file *file, char *to, size_t room);
	/* What stands in brackets in the link of /proc/PID/fd/N, "pipe:[7]"; null: from name and ino. */
	size_t (*link_text)(struct file *file, char *to, size_t room);
};

/*
 * Lock key: (a) atomic; (i) immutable after open; (m) its position mutex; (l) its lock; (e) see the field.
 */
struct file {
	struct refcount refs;       /* (a) */
	const struct file_ops *ops; /* (i) */
	_Atomic uint32_t flags;     /* (a) O_* status flags and access mode */
	struct path path;           /* (i) empty for objects without a name; file_put drops its references */
	struct inode *inode; /* (i) file_create: null; one reference, dropped by file_put; file_inode() is never null */
	struct mutex position_mutex; /* (i) held by read, write, lseek of seekable files */
	uint64_t position;           /* (m) */
	const struct cred *cred;     /* (i) of the opener */
	void *private_data;          /* (i) the object's */
	uint64_t version;            /* (m) readdir's */
	struct spinlock lock;        /* (i) */
	struct file_async *async;    /* (a) who is signalled, and O_ASYNC: null until asked for, see fs/async.h */
	bool is_seekable;            /* (i) */
	bool is_writer;              /* (i) counted in inode->writers, see file_claim_write */
	bool is_denier;              /* (i) it is being executed: counted there too, see file_deny_write */
	bool was_opened;             /* (i) by open: its end is told to those who watch the file */
	bool is_reader;              /* (i) counted in inode->readers */
	uint32_t seals;              /* (m) memfd */
	struct list *epoll_items;    /* (e) epoll's registrations of it, or null; the lock is epoll_files_mutex */
};

/* Boot: what lower floors call of this one. */
void file_init(void);
/* An open description without a path, one reference; null: no memory (or the system's limit). */
struct file *file_create(const struct file_ops *ops, uint32_t flags, void *private_data);
/* What it does, where that was not known at its making. */
void file_set_ops(struct file *file, const struct file_ops *ops);
/* What to say when there is none: -ENFILE when there are too many, else -ENOMEM. */
int file_refusal(void);
void file_get(struct file *file);
void file_put(struct file *file);
static inline bool file_may_read(const struct file *file)
{
	return (file->flags & 3) != 1; /* not O_WRONLY */
}
static inline bool file_may_write(const struct file *file)
{
	return (file->flags & 3) != 0; /* not O_RDONLY */
}

/* Its inode, or for an object without one the inode that all such share (as Linux's anon_inode). No reference is taken.
 */
struct inode *file_inode(const struct file *file);
/* How many descriptions exist. */
uint64_t file_count(void);
/* Count an opening for writing in inode->writers (undone by file_put): 0, or -ETXTBSY when the file is being executed.
 */
int file_claim_write(struct file *file);
/* A signal to the current thread (SIGPIPE, SIGXFSZ), and the id of the current process for the trace: filled by proc/.
 */
extern void (*file_signal_hook)(int signal);
extern int32_t (*file_process_hook)(void);

/* The calls' bodies, for a description: check access mode, RLIMIT_FSIZE, O_APPEND, position; then ops. */
ssize_t file_read(struct file *file, struct uio *uio, uint64_t *offset); /* offset null: the file's position */
ssize_t file_write(struct file *file, struct uio *uio, uint64_t *offset);
ssize_t file_append(struct file *file, struct uio *uio, uint64_t *offset); /* as if O_APPEND were set (RWF_APPEND) */
/* What they check of a description before they look at buffers: 0, -ESPIPE, -EBADF, -EINVAL. */
int file_check_transfer(const struct file *file, bool is_write, bool has_offset);
/* Bodies of lseek and ioctl (the commands every file has, then ops->ioctl). */
off_t file_seek(struct file *file, off_t offset, int whence);
int64_t file_ioctl(struct file *file, uint32_t command, uint64_t argument);
/* For ops->seek of what has `size` bytes: SEEK_SET, SEEK_CUR, SEEK_END; sets file->position. -EINVAL, -EOVERFLOW. */
off_t file_seek_within(struct file *file, off_t offset, int whence, uint64_t size);
/* Read into kernel memory at `offset`: for exec. Short only at the end. */
ssize_t file_read_kernel(struct file *file, void *to, size_t bytes, uint64_t offset);
/* The file is executed: no writers (ETXTBSY both ways) until file_allow_write, or until the last reference goes. Once a
 * description. */
int file_deny_write(struct file *file);
void file_allow_write(struct file *file);

/* Linux's limit on descriptors of one process unless RLIMIT_NOFILE says less (fs.nr_open). */
#define FD_LIMIT 1048576

/*
 * Lock key: (a) atomic; (l) its lock.
 */
struct fd_table {
	struct refcount refs;    /* (a) threads that share it */
	struct spinlock lock;    /* (l) rank LOCK_FILES */
	uint32_t capacity;       /* (l) */
	uint32_t first_free;     /* (l) no free descriptor below it */
	struct file **files;     /* (l) null: free or reserved */
	uint64_t *used;          /* (l) a bit each: in use or reserved */
	uint64_t *close_on_exec; /* (l) a bit each */
};

struct fd_table *fd_table_create(void);
struct fd_table *fd_table_copy(struct fd_table *from, int *error); /* for fork: every description gains a reference */
void fd_table_get(struct fd_table *table);
void fd_table_put(struct fd_table *table); /* the last closes all */
void fd_table_close_on_exec(struct fd_table *table);

/* The description behind a descriptor of the current thread, with a reference; null: EBADF. O_PATH ones only by
 * fd_get_path. */
struct file *fd_get(int fd);
struct file *fd_get_path(int fd);
/* Is it (still) `file` that the descriptor names? */
bool fd_refers_to(int fd, const struct file *file);
/*
 * The description behind a descriptor for the length of one call: without taking a reference when no other thread
 * shares the table, as then nobody can close it meanwhile. loan.file is null: EBADF (O_PATH ones too).
 */
struct fd_loan {
	struct file *file;
	bool has_reference;
};
#define FILE_O_PATH 010000000u
static inline struct fd_loan fd_borrow(int fd)
{
	struct fd_table *table = current_thread()->files;

	if (likely(refcount_read(&table->refs) == 1)) {
		struct file *file = (uint32_t)fd < table->capacity ? table->files[fd] : NULL;
		if (file && unlikely(file->flags & FILE_O_PATH))
			file = NULL;
		return (struct fd_loan){.file = file, .has_reference = false};
	}
	return (struct fd_loan){.file = fd_get(fd), .has_reference = true};
}
static inline void fd_give_back(struct fd_loan loan)
{
	if (unlikely(loan.has_reference) && loan.file)
		file_put(loan.file);
}

/* Of another table, for /proc. */
struct file *fd_table_get_file(struct fd_table *table, int fd);
int fd_table_next(struct fd_table *table, int fd); /* smallest descriptor in use >= fd, or -1 */

/* The look at itself (lib/check.h). */
void fd_table_check(struct check *check, struct fd_table *table, int32_t pid);

/* Two steps, so that a failure in between leaves nothing: reserve a number, then install. -EMFILE, -ENOMEM. */
int fd_reserve(int lowest);
void fd_install(int fd, struct file *file, bool close_on_exec); /* takes over the reference */
void fd_unreserve(int fd);
/* Both at once; drops the reference on failure. */
int fd_open(struct file *file, bool close_on_exec);
int fd_close(int fd);
int fd_dup(int fd, int lowest, bool close_on_exec);
int fd_dup_to(int fd, int target,
	      bool close_on_exec); /* closes what was there; fd == target is the caller's business */
/* close_range(2), with CLOSE_RANGE_UNSHARE and CLOSE_RANGE_CLOEXEC. */
int fd_close_range(unsigned first, unsigned last, unsigned flags);
/* F_GETFD, F_SETFD: 0 or 1, or -EBADF. */
int fd_close_on_exec(int fd);
int fd_set_close_on_exec(int fd, bool close_on_exec);

#endif
