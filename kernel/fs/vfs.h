/*
 * The virtual file system: inode (the file), dentry (a name in a directory), mount (a tree put on a directory), path
 * (dentry in a mount). A name that leads to nothing is remembered too (negative dentry: inode == null).
 *
 * The trees in memory (tmpfs, and the writable tree over the image) are their own dentry tree: their dentries stay as
 * long as the file has a name. A node over the image is made when it is first looked up and reads the image until it is
 * changed.
 *
 * Locks. directory inode->mutex: its names (look-up misses, create, remove, rename, readdir). dentry tree links and
 * reference counts: one spin lock per dentry's directory is not worth it here: vfs_lock (LOCK_DENTRY) guards hash,
 * parent, name, children, mounts. Order: rename mutex, parent directory's mutex, child's mutex, vfs_lock.
 */
#ifndef NAMU_FS_VFS_H
#define NAMU_FS_VFS_H

#include "fs/cred.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "sched/mutex.h"
#include "vm/memobj.h"

struct acl;
struct inode;
struct path;
struct dentry;
struct file;
struct mount;
struct mount_namespace;
struct peer_group;
struct superblock;
struct uio;

#define NAME_MAX_BYTES 255
#define PATH_MAX_BYTES 4096 /* with the final zero */
#define SYMLINKS_MAX   40

struct timestamp {
	int64_t sec;
	uint32_t nsec;
};
struct timestamp timestamp_now(void);

/* Called by readdir for every entry; false stops (buffer full). `next` is the cookie behind the entry. */
struct dir_sink {
	bool (*entry)(struct dir_sink *sink, const char *name, size_t name_bytes, uint64_t ino, uint8_t type,
		      uint64_t next);
};

/* Attributes that shall become others, for inode_ops.setattr. */
#define ATTRIBUTE_MODE  0x01u
#define ATTRIBUTE_UID   0x02u
#define ATTRIBUTE_GID   0x04u
#define ATTRIBUTE_ATIME 0x08u
#define ATTRIBUTE_MTIME 0x10u
struct attribute_change {
	unsigned what; /* ATTRIBUTE_* */
	uint32_t mode; /* permission bits */
	uint32_t uid, gid;
	struct timestamp atime, mtime;
	bool times_are_now;
};

/*
 * What a file system does. Null entries: not supported (the vfs answers EPERM, EINVAL or ENOTDIR as Linux does).
 * Directory operations are called with the directory's mutex held and arguments checked: names valid, permission
 * granted, target exists or not.
 */
struct inode_ops {
	/* Fill the negative dentry by its name: d_inode set by dentry_instantiate, or left negative. 0 or -errno. */
	int (*lookup)(struct inode *dir, struct dentry *dentry);
	int (*create)(struct inode *dir, struct dentry *dentry, uint32_t mode);
	int (*mkdir)(struct inode *dir, struct dentry *dentry, uint32_t mode);
	int (*mknod)(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t device);
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *target);
	int (*link)(struct inode *dir, struct dentry *dentry, struct inode *inode);
	/* These three end or move the name itself (dentry_remove, dentry_move) and keep link counts and times. The
	 * mutexes of all inodes that lose or gain a name are held. */
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	/* flags: RENAME_NOREPLACE was checked; RENAME_EXCHANGE 2 swaps; RENAME_WHITEOUT 4 leaves a device of number 0.
	 */
	int (*rename)(struct inode *from_dir, struct dentry *from, struct inode *to_dir, struct dentry *to,
		      unsigned flags);
	/* A file without a name (O_TMPFILE). */
	int (*tmpfile)(struct inode *dir, uint32_t mode, struct inode **inode);
	/* The sink does not sleep. Call it for entries from cookie *position on (0 the first; . and .. are the vfs's),
	 * leave the next cookie there. */
	int (*readdir)(struct inode *dir, struct dir_sink *sink, uint64_t *position);
	/* Where a symbolic link leads: text with its zero into `to`; length or -errno. */
	ssize_t (*readlink)(struct inode *inode, char *to, size_t room);
	/* A link that leads to a place rather than a text (/proc/PID/fd/N, exe, cwd): *path with references. */
	int (*follow)(struct inode *inode, struct dentry *dentry, struct path *path);
	/* Before attributes are changed or contents written: take over from the image. And when data goes to `size`. 0
	 * or -errno. */
	int (*prepare_write)(struct inode *inode);
	int (*truncate)(struct inode *inode, uint64_t size);
	/* Refresh attributes that are computed (proc). */
	int (*getattr)(struct inode *inode);
	/* Attributes are about to change in the inode: change them where the file really is. The mutex is held. */
	int (*setattr)(struct inode *inode, const struct attribute_change *change);
	/* Cached dentry still right? (proc: the process may be gone). Asked of the dentry's own inode. Null: always. */
	bool (*revalidate)(struct dentry *dentry);
	int (*permission)(struct inode *inode, unsigned mask); /* null: the mode bits */
	int64_t (*getxattr)(struct inode *inode, const char *name, void *value, size_t room);
	int (*setxattr)(struct inode *inode, const char *name, const void *value, size_t bytes, int flags);
	int64_t (*listxattr)(struct inode *inode, char *names, size_t room);
	int (*removexattr)(struct inode *inode, const char *name);
	/* The last reference and the last name are gone: free private data. */
	void (*evict)(struct inode *inode);
};

/*
 * Lock key: (a) atomic; (i) immutable; (m) the inode's mutex; (l) vfs_lock; (n) notify_lock (fs/notify.h); (p) the
 * lock of fs/acl.c.
 */
struct inode {
	struct refcount refs;                        /* (a) */
	struct superblock *superblock;               /* (i) */
	const struct inode_ops *ops;                 /* (i) */
	const struct file_ops *file_ops;             /* (i) what open gives; null for links */
	uint64_t ino;                                /* (i) */
	uint32_t mode;                               /* (m) type and permission bits, S_IF* */
	uint32_t uid, gid;                           /* (m) */
	uint32_t nlink;                              /* (m) */
	uint64_t device;                             /* (i) of a device node: makedev number as Linux encodes it */
	uint64_t size;                               /* (m) of directories, links; regular files: memobj's */
	struct timestamp atime, mtime, ctime, btime; /* (m) */
	struct mutex mutex;                          /* (i) */
	struct memobj *object;                       /* (i) contents of a regular file, or null */
	void *private_data; /* (i) the file system's; what it names is guarded as that file system says */
	void *pipe;  /* (m) a FIFO's struct pipe while it is open, a struct mqueue (ipc/); a bound socket's (net/unix.h)
		      */
	void *locks; /* (l) record locks, flocks */
	struct notify_mark *marks; /* (n) who wants to hear of it */
	int32_t writers;           /* (m) opened for writing; negative: executed, writing is ETXTBSY */
	int32_t readers;           /* (a) of a regular file: opened for reading alone */
	uint64_t version;          /* (m) changes of a directory */
	struct dentry *dentry;     /* (l) of a directory: its one name, or null while it has none in memory */
	const char *link_text; /* (i) where a symbolic link leads, when that is kept in memory; null: ops->readlink */
	uint32_t image_blocks; /* (i) units of 512 bytes that its contents take in the image: st_blocks counts them */
	struct acl *acl, *default_acl; /* (p) access control lists, or null (fs/acl.h) */
	bool has_file_caps;            /* (m) it may have the attribute security.capability */
	bool is_linkable;              /* (m) O_TMPFILE without O_EXCL: may get a name though it has none */
	bool names_are_complete; /* (l) of a directory: all its names are dentries, so what is not hashed is not there
				  */
};

/*
 * Lock key: (a) atomic; (i) immutable; (l) vfs_lock.
 */
struct dentry {
	struct refcount refs; /* (a) a child holds its parent; a named node of a memory tree holds itself (is_pinned) */
	struct inode *inode;  /* (l) null: negative */
	struct dentry *parent;         /* (l) itself at a root */
	struct list children;          /* (l) */
	struct list sibling;           /* (l) on parent->children */
	struct list hash_link;         /* (l) */
	struct superblock *superblock; /* (i) */
	uint32_t hash;                 /* (l) */
	bool is_pinned;                /* (l) */
	bool is_unlinked;              /* (l) the name is gone: "(deleted)" */
	bool is_mountpoint;            /* (l) something is mounted here, in some mount */
	uint8_t name_bytes;            /* (l) */
	char *name;                    /* (l) ended by zero; inline_name or allocated */
	char inline_name[40];          /* (l) */
	uint64_t private_word;         /* (l) the file system's; in the trees in memory the readdir cookie */
	struct list unused_link;       /* (l) on the list of names kept without a reference */
	bool is_on_unused;             /* (l) */
};

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

/* Lock key: (a) atomic; (i) immutable; (l) vfs_lock. */
struct superblock {
	struct refcount refs;          /* (a) */
	const struct filesystem *type; /* (i) */
	struct dentry *root;           /* (i) */
	uint64_t device;               /* (i) st_dev */
	void *private_data;            /* (i) */
	_Atomic uint64_t next_ino;     /* (a) */
	_Atomic uint64_t pages_used;   /* (a) of tmpfs */
	_Atomic uint64_t page_limit;   /* (a) */
	_Atomic uint64_t inodes_used;  /* (a) */
	_Atomic uint64_t inode_limit;  /* (a) */
	_Atomic uint32_t writers;      /* (a) descriptions open for writing */
	uint32_t flags;                /* (l) MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME as they were asked for */
	bool is_readonly;              /* (l) */
	bool has_acls;                 /* (i) files may have access control lists */
	bool keeps_names;              /* (i) names that nobody uses stay in memory for a while, negative ones too */
	bool is_changed_by_others; /* (i) outside of this kernel: a name that is not there may be at the next look */
};

/* A superblock with one reference and a device number of its own, its root still to be set; null: no memory. */
struct superblock *superblock_create(const struct filesystem *type);
/* Make `inode` (its reference is taken over, even on failure) the root: 0 or -ENOMEM. */
int superblock_set_root(struct superblock *superblock, struct inode *inode);
void superblock_get(struct superblock *superblock);
/* The last one ends all names of the tree, calls type->destroy, then frees it. */
void superblock_put(struct superblock *superblock);

struct statfs_info {
	uint64_t type, block_bytes, blocks, blocks_free, files, files_free, name_max;
};

struct filesystem {
	const char *name; /* as in /proc/filesystems */
	/* A new tree. `data` are mount options. *superblock with one reference. */
	int (*mount)(const struct filesystem *type, const char *source, const char *data,
		     struct superblock **superblock);
	void (*statfs)(struct superblock *superblock, struct statfs_info *info);
	/* Other options for a tree that is there: 0, or -errno and nothing is changed. Null: it has none. */
	int (*reconfigure)(struct superblock *superblock, const char *data);
	/* For fsconfig(2): the names of its options, ended by null, one that needs a value with "=" behind it; and
	 * would mount and reconfigure take this one? Both null: it has none. */
	const char *const *option_names;
	bool (*option_is_right)(const char *option);
	/* Its options as /proc/mounts shows them, each with a comma before it; ended by zero. */
	void (*options_text)(const struct superblock *superblock, char *to, size_t room);
	/* For handles (fs/handle.h), both or none: the inode will be found by its number as long as it has a name, 0 or
	 * -ENOMEM; and to find it: *dentry with a reference, or null and *inode with one. 0, -ESTALE, -ENOMEM,
	 * -EUCLEAN.
	 */
	int (*make_handle)(struct inode *inode);
	int (*find_handle)(struct superblock *superblock, uint64_t ino, uint64_t parent_ino, struct dentry **dentry,
			   struct inode **inode);
	void (*destroy)(struct superblock *superblock);
	bool is_nodev;  /* no device behind it */
	bool is_single; /* there is one tree of it for all mounts */
	struct list link;
};
void filesystem_register(struct filesystem *type);
const struct filesystem *filesystem_find(const char *name);
/* In order of registration, for /proc/filesystems. */
void filesystem_for_each(void (*visit)(const struct filesystem *type, void *arg), void *arg);

/*
 * A tree of files put on a place. Its part in propagation (group, master) is explained in fs/mount_peers.h.
 * Lock key: (a) atomic; (i) immutable; (l) vfs_lock, and changed under mount_mutex too: either is enough to read;
 * (m) mount_mutex (fs/mount.h).
 */
struct mount {
	struct refcount refs;          /* (a) one is its tree's; a child has one on its parent */
	struct superblock *superblock; /* (i) */
	struct dentry *root;           /* (i) */
	struct mount *parent;          /* (l) null: the root of a tree, or in none */
	struct dentry *mountpoint;     /* (l) in the parent */
	struct list hash_link;         /* (l) by mount point */
	struct list children;          /* (l) what is mounted in it, in order of mounting */
	struct list sibling;           /* (l) on parent->children */
	struct list link;              /* (l) on its namespace's list, by id ascending */
	struct mount_namespace *space; /* (l) null: in no namespace yet, or no more */
	uint32_t flags;                /* (l) MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, ... */
	uint32_t id;                   /* (i) */
	char *source;                  /* (i) for /proc/mounts */
	_Atomic uint32_t writers;      /* (a) descriptions open for writing: it cannot become read-only */
	uint8_t expiry;                /* (l) MNT_EXPIRE: 2 marked; each walk onto it takes one away */
	bool is_unbindable;            /* (m) */
	bool is_new_peer;              /* (m) its group was made for the change under way */
	struct peer_group *group;      /* (m) null: not shared */
	struct peer_group *master;     /* (m) null: not a slave */
	struct list group_link;        /* (m) on group->members */
	struct list master_link;       /* (m) on master->receivers */
	struct mount *twin;            /* (m) its copy, while a tree is copied */
	struct path left;              /* (m) the place it was taken from, whose references are still to be given up */
};

/* Per-process view: root, working directory, umask, and the namespace of mounts in which they lie. Shared by CLONE_FS.
 * Lock key: (a) atomic; (l) its lock. */
struct fs_context {
	struct refcount refs;          /* (a) */
	struct spinlock lock;          /* (l) rank LOCK_FILES */
	struct path root, cwd;         /* (l) */
	struct mount_namespace *space; /* (l) */
	uint32_t umask;                /* (l) */
};
struct fs_context *fs_context_copy(struct fs_context *from); /* null: no memory */
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
void fs_context_set_cwd(struct fs_context *context, const struct path *path); /* takes own references */
void fs_context_set_root(struct fs_context *context, const struct path *path);
/* Root and working directory, where they are `from`, become `to` (pivot_root). */
void fs_context_move(struct fs_context *context, const struct path *from, const struct path *to);
void fs_context_root(struct fs_context *context, struct path *path); /* with references */
void current_cwd(struct path *path);                                 /* with references */
void current_root(struct path *path);

void path_get(const struct path *path);
void path_put(const struct path *path);
struct inode *path_inode(const struct path *path);

/* Flags of path look-up. */
#define LOOKUP_FOLLOW      0x01u /* follow a symbolic link at the end */
#define LOOKUP_DIRECTORY   0x02u /* the end must be a directory */
#define LOOKUP_EMPTY       0x04u /* an empty path is the start itself (AT_EMPTY_PATH) */
#define LOOKUP_NO_SYMLINKS 0x08u /* ELOOP at any link (RESOLVE_NO_SYMLINKS) */
#define LOOKUP_BENEATH     0x10u
#define LOOKUP_IN_ROOT     0x20u
#define LOOKUP_NO_XDEV     0x40u
#define LOOKUP_NO_MAGIC    0x80u
#define LOOKUP_CACHED      0x100u /* -EAGAIN where a file system would have to be asked (RESOLVE_CACHED) */
#define AT_CWD             (-100) /* AT_FDCWD */

/* A copy of a path from user space; free by path_text_free. err_ptr: -EFAULT, -ENAMETOOLONG, -ENOMEM, (-ENOENT for ""
 * unless may_be_empty). */
char *path_text_from_user(uaddr_t text, bool may_be_empty);
void path_text_free(char *text);

/* What `text` names, from directory descriptor `dirfd` (AT_CWD: the working directory). *path with references. */
int path_lookup_at(int dirfd, const char *text, unsigned flags, struct path *path);
/* The same, for a name that is to be made or removed: *parent with references and its inode's MUTEX HELD, *dentry
 * (maybe negative) with a reference. `last` flags: *trailing_slash. -EEXIST for / and .. where Linux says so. Undone by
 * path_parent_done. */
int path_lookup_parent_at(int dirfd, const char *text, unsigned flags, struct path *parent, struct dentry **dentry,
			  bool *trailing_slash);
void path_parent_done(struct path *parent, struct dentry *dentry);
/* The name of a path as seen from the current root, into `to` (as getcwd; "(deleted)" is appended where it is). Pointer
 * into `to` or err_ptr(-ENAMETOOLONG). */
char *path_text(const struct path *path, char *to, size_t room);

/* Kernel-side opening, for exec and the like: flags O_*. */
struct file *file_open_kernel(const char *text, int flags, uint32_t mode);
struct file *file_open_at(int dirfd, const char *text, int flags, uint32_t mode, unsigned lookup_flags);

/* May the current thread do `mask` (1 execute/search, 2 write, 4 read) to it? By fsuid/fsgid and capabilities. 0 or
 * -EACCES, -EROFS ... */
int inode_permission(struct inode *inode, unsigned mask);
/* Owner or CAP_FOWNER. */
bool inode_owner_or_capable(struct inode *inode);

void inode_get(struct inode *inode);
void inode_put(struct inode *inode);
struct inode *inode_create(struct superblock *superblock,
			   uint32_t mode); /* one reference, fresh ino, times now; null: no memory */
uint64_t inode_size(const struct inode *inode);
void inode_touch(struct inode *inode, bool atime, bool mtime, bool ctime);

struct dentry *dentry_create(struct dentry *parent, const char *name,
			     size_t bytes); /* negative, hashed, one reference; null */
struct dentry *dentry_find(struct dentry *parent, const char *name,
			   size_t bytes);                            /* in the hash, with a reference; null */
void dentry_instantiate(struct dentry *dentry, struct inode *inode); /* takes over the inode's reference */
void dentry_pin(struct dentry *dentry);                              /* a name of a memory tree: stays */
void dentry_unpin(struct dentry *dentry);
/* Put a pinned name behind all others of its directory, with this readdir cookie. */
void dentry_pin_last(struct dentry *dentry, uint64_t cookie);
/* End a name: out of the hash, marked deleted, no longer pinned. `replacement` (null: none) takes its place in the
 * hash. */
void dentry_remove(struct dentry *dentry, struct dentry *replacement);
void dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry);
/* `dentry` takes the name and place of `target`, which ends as by dentry_remove; `replacement` (null: none) takes its
 * old place. */
void dentry_move(struct dentry *dentry, struct dentry *target, struct dentry *replacement);
/* Two names change places. */
void dentry_exchange(struct dentry *a, struct dentry *b);

/* Mounting: the bodies of mount(2) and umount2(2). */
int vfs_mount(const char *type, const char *source, const char *where, uint32_t flags, const char *data);
int vfs_unmount(struct path *where, int flags);

/* Boot: the root tree over the EROFS image at `image` (checked first: -EINVAL with a log line that says what is wrong),
 * then /proc, /dev, /tmp ... */
int vfs_init(const void *image, uint64_t bytes, bool is_readonly);
extern struct fs_context fs_context_boot;

/* Counts for /proc/namu/resources. */
struct vfs_counts {
	uint64_t inodes, dentries, files, mounts;
};
void vfs_counts_read(struct vfs_counts *counts);

#endif
