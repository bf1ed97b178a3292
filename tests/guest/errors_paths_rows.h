/* The calls of errors_paths.c: a name and an expression each. */
#ifndef ERRORS_PATHS_ROWS_H
#define ERRORS_PATHS_ROWS_H

/* clang-format off */
#define ROWS(ROW) \
	ROW("open to read", opened(raw(SYS_open, path, O_RDONLY | O_NONBLOCK))) \
	ROW("open to write", opened(raw(SYS_open, path, O_WRONLY | O_NONBLOCK))) \
	ROW("open to do both", opened(raw(SYS_open, path, O_RDWR | O_NONBLOCK))) \
	ROW("open, O_TRUNC", opened(raw(SYS_open, path, O_WRONLY | O_TRUNC | O_NONBLOCK))) \
	ROW("open, O_CREAT", opened(raw(SYS_open, path, O_RDWR | O_CREAT | O_NONBLOCK, 0644))) \
	ROW("open, O_CREAT and O_EXCL", opened(raw(SYS_open, path, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0644))) \
	ROW("open, O_CREAT and O_NOFOLLOW", opened(raw(SYS_open, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644))) \
	ROW("open, O_DIRECTORY", opened(raw(SYS_open, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK))) \
	ROW("open, O_NOFOLLOW", opened(raw(SYS_open, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))) \
	ROW("open, O_PATH", opened(raw(SYS_open, path, O_PATH))) \
	ROW("open, O_PATH and O_NOFOLLOW", opened(raw(SYS_open, path, O_PATH | O_NOFOLLOW))) \
	ROW("open, O_PATH and O_DIRECTORY", opened(raw(SYS_open, path, O_PATH | O_DIRECTORY))) \
	ROW("open, O_NOATIME", opened(raw(SYS_open, path, O_RDONLY | O_NOATIME | O_NONBLOCK))) \
	ROW("open, O_TMPFILE", opened(raw(SYS_open, path, O_RDWR | TMPFILE_, 0600))) \
	ROW("open, O_TMPFILE to read", opened(raw(SYS_open, path, O_RDONLY | TMPFILE_, 0600))) \
	ROW("creat", opened(raw(SYS_creat, path, 0644))) \
	ROW("openat2, no symbolic links", open2(path, O_RDONLY, 4)) \
	ROW("openat2, beneath", open2(path, O_RDONLY, 8)) \
	ROW("openat2, in the root", open2(path, O_RDONLY, 16)) \
	ROW("openat2, no other mounts", open2(path, O_RDONLY, 1)) \
	ROW("openat2, no magic links", open2(path, O_RDONLY, 2)) \
	ROW("openat2, O_PATH and another flag", open2(path, O_PATH | O_APPEND, 0)) \
	ROW("stat", raw(SYS_stat, path, buffer)) \
	ROW("stat to nowhere", raw(SYS_stat, path, BAD)) \
	ROW("lstat", raw(SYS_lstat, path, buffer)) \
	ROW("statx", raw(332, AT_FDCWD, path, 0, 0x7ff, buffer)) \
	ROW("access", raw(SYS_access, path, 0)) \
	ROW("access to read", raw(SYS_access, path, 4)) \
	ROW("access to write", raw(SYS_access, path, 2)) \
	ROW("access to execute", raw(SYS_access, path, 1)) \
	ROW("access by an unknown mode", raw(SYS_access, path, 8)) \
	ROW("faccessat2, not following", raw(439, AT_FDCWD, path, 4, 0x100)) \
	ROW("faccessat2 of an empty path", raw(439, AT_FDCWD, path, 4, 0x1000)) \
	ROW("readlink", raw(SYS_readlink, path, buffer, 100)) \
	ROW("readlink into nothing", raw(SYS_readlink, path, buffer, 0)) \
	ROW("readlink to nowhere", raw(SYS_readlink, path, BAD, 100)) \
	ROW("statfs", raw(SYS_statfs, path, buffer)) \
	ROW("statfs to nowhere", raw(SYS_statfs, path, BAD)) \
	ROW("chdir", raw(SYS_chdir, path)) \
	ROW("chroot", raw(SYS_chroot, path)) \
	ROW("mkdir", raw(SYS_mkdir, path, 0755)) \
	ROW("rmdir", raw(SYS_rmdir, path)) \
	ROW("mknod of a FIFO", raw(SYS_mknod, path, S_IFIFO | 0600, 0)) \
	ROW("mknod of a file", raw(SYS_mknod, path, S_IFREG | 0600, 0)) \
	ROW("mknod of a device", raw(SYS_mknod, path, S_IFCHR | 0600, 0x103)) \
	ROW("mknod of a directory", raw(SYS_mknod, path, S_IFDIR | 0600, 0)) \
	ROW("mknod of an unknown kind", raw(SYS_mknod, path, 0170000 | 0600, 0)) \
	ROW("unlink", raw(SYS_unlink, path)) \
	ROW("unlinkat, AT_REMOVEDIR", raw(SYS_unlinkat, AT_FDCWD, path, 0x200)) \
	ROW("symlink", raw(SYS_symlink, "to", path)) \
	ROW("symlink to nothing", raw(SYS_symlink, "", path)) \
	ROW("symlink to it", raw(SYS_symlink, path, "made")) \
	ROW("link from it", raw(SYS_link, path, "made")) \
	ROW("link to it", raw(SYS_link, "source", path)) \
	ROW("link of a directory", raw(SYS_link, "folder", path)) \
	ROW("linkat from it, following", raw(SYS_linkat, AT_FDCWD, path, AT_FDCWD, "made", 0x400)) \
	ROW("rename from it", raw(SYS_rename, path, "made")) \
	ROW("rename of a file to it", raw(SYS_rename, "source", path)) \
	ROW("rename of a directory to it", raw(SYS_rename, "folder", path)) \
	ROW("rename of nothing to it", raw(SYS_rename, "none", path)) \
	ROW("rename to itself", raw(SYS_rename, path, path)) \
	ROW("rename onto a file", raw(SYS_rename, path, "source")) \
	ROW("rename onto a directory", raw(SYS_rename, path, "folder")) \
	ROW("renameat2, RENAME_NOREPLACE", raw(316, AT_FDCWD, "source", AT_FDCWD, path, 1)) \
	ROW("renameat2, RENAME_EXCHANGE", raw(316, AT_FDCWD, "source", AT_FDCWD, path, 2)) \
	ROW("renameat2, RENAME_EXCHANGE with a directory", raw(316, AT_FDCWD, "folder", AT_FDCWD, path, 2)) \
	ROW("chmod", raw(SYS_chmod, path, 0755)) \
	ROW("chown to oneself", raw(SYS_chown, path, 1000, 1000)) \
	ROW("chown to nobody", raw(SYS_chown, path, -1, -1)) \
	ROW("chown to root", raw(SYS_chown, path, 0, 0)) \
	ROW("lchown", raw(SYS_lchown, path, 1000, 1000)) \
	ROW("truncate", raw(SYS_truncate, path, 3)) \
	ROW("truncate to a negative size", raw(SYS_truncate, path, -1)) \
	ROW("truncate to the end of all", raw(SYS_truncate, path, 0x7fffffffffffffff)) \
	ROW("utime to now", raw(SYS_utime, path, 0)) \
	ROW("utime at nowhere", raw(SYS_utime, path, BAD)) \
	ROW("utimes to now", raw(SYS_utimes, path, 0)) \
	ROW("utimensat", set_times(path, 3, 0)) \
	ROW("utimensat, not following", set_times(path, 3, 0x100)) \
	ROW("utimensat of too many nanoseconds", set_times(path, 1000000000, 0)) \
	ROW("utimensat of negative nanoseconds", set_times(path, -1, 0)) \
	ROW("inotify_add_watch", watch(path, IN_OPEN)) \
	ROW("inotify_add_watch, IN_ONLYDIR", watch(path, IN_OPEN | IN_ONLYDIR)) \
	ROW("inotify_add_watch, IN_DONT_FOLLOW", watch(path, IN_OPEN | IN_DONT_FOLLOW)) \
	ROW("execve", raw(SYS_execve, path, 0, 0))
/* clang-format on */

#endif
