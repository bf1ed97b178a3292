/* The calls of errors_files.c: a name and an expression each. */
#ifndef ERRORS_FILES_ROWS_H
#define ERRORS_FILES_ROWS_H

/* clang-format off */
#define ROWS(ROW)                                                                                             \
	ROW("read", raw(SYS_read, fd, buffer, 4))                                                             \
	ROW("read of nothing", raw(SYS_read, fd, buffer, 0))                                                  \
	ROW("read to nowhere", raw(SYS_read, fd, BAD, 8))                                                     \
	ROW("read into the kernel", raw(SYS_read, fd, KERNEL, 8))                                             \
	ROW("read of a negative length", raw(SYS_read, fd, buffer, -1))                                       \
	ROW("write", raw(SYS_write, fd, "\1\0\0\0\0\0\0\0", 8))                                               \
	ROW("write of nothing", raw(SYS_write, fd, buffer, 0))                                                \
	ROW("write from nowhere", raw(SYS_write, fd, BAD, 8))                                                 \
	ROW("write of a negative length", raw(SYS_write, fd, buffer, -1))                                     \
	ROW("pread", raw(SYS_pread64, fd, buffer, 8, 0))                                                      \
	ROW("pread before the start", raw(SYS_pread64, fd, buffer, 8, -1))                                    \
	ROW("pread at the end of all", raw(SYS_pread64, fd, buffer, 8, HUGE))                                 \
	ROW("pread to nowhere", raw(SYS_pread64, fd, BAD, 8, 0))                                              \
	ROW("pwrite", raw(SYS_pwrite64, fd, buffer, 8, 0))                                                    \
	ROW("pwrite before the start", raw(SYS_pwrite64, fd, buffer, 8, -1))                                  \
	ROW("pwrite at the end of all", raw(SYS_pwrite64, fd, buffer, 8, HUGE))                               \
	ROW("pwrite from nowhere", raw(SYS_pwrite64, fd, BAD, 8, 0))                                          \
	ROW("readv", raw(SYS_readv, fd, good_vector, 1))                                                      \
	ROW("readv of no parts", raw(SYS_readv, fd, good_vector, 0))                                          \
	ROW("readv of too many parts", raw(SYS_readv, fd, good_vector, 1025))                                 \
	ROW("readv of negative parts", raw(SYS_readv, fd, good_vector, -1))                                   \
	ROW("readv of a bad vector", raw(SYS_readv, fd, BAD, 1))                                              \
	ROW("readv to nowhere", raw(SYS_readv, fd, bad_vector, 1))                                            \
	ROW("readv of a negative part", raw(SYS_readv, fd, long_vector, 1))                                   \
	ROW("writev", raw(SYS_writev, fd, good_vector, 1))                                                    \
	ROW("writev of no parts", raw(SYS_writev, fd, good_vector, 0))                                        \
	ROW("writev of too many parts", raw(SYS_writev, fd, good_vector, 1025))                               \
	ROW("writev of a bad vector", raw(SYS_writev, fd, BAD, 1))                                            \
	ROW("writev from nowhere", raw(SYS_writev, fd, bad_vector, 1))                                        \
	ROW("writev of a negative part", raw(SYS_writev, fd, long_vector, 1))                                 \
	ROW("preadv", raw(SYS_preadv, fd, good_vector, 1, 0, 0))                                              \
	ROW("preadv before the start", raw(SYS_preadv, fd, good_vector, 1, -1, 0))                            \
	ROW("pwritev", raw(SYS_pwritev, fd, good_vector, 1, 0, 0))                                            \
	ROW("pwritev before the start", raw(SYS_pwritev, fd, good_vector, 1, -2, -1))                         \
	ROW("preadv2 at the position", raw(327, fd, good_vector, 1, -1, -1, 0))                               \
	ROW("preadv2, RWF_HIPRI", raw(327, fd, good_vector, 1, 0, 0, 1))                                      \
	ROW("preadv2, RWF_DSYNC", raw(327, fd, good_vector, 1, 0, 0, 2))                                      \
	ROW("preadv2, an unknown flag", raw(327, fd, good_vector, 1, 0, 0, 0x1000))                           \
	ROW("preadv2, the highest flag", raw(327, fd, good_vector, 1, 0, 0, 0x80000000))                      \
	ROW("pwritev2 at the position", raw(328, fd, good_vector, 1, -1, -1, 0))                              \
	ROW("pwritev2, RWF_SYNC", raw(328, fd, good_vector, 1, 0, 0, 4))                                      \
	ROW("pwritev2, RWF_APPEND", raw(328, fd, good_vector, 1, 0, 0, 16))                                   \
	ROW("pwritev2, an unknown flag", raw(328, fd, good_vector, 1, 0, 0, 0x1000))                          \
	ROW("lseek to the start", raw(SYS_lseek, fd, 0, SEEK_SET))                                            \
	ROW("lseek to where it is", raw(SYS_lseek, fd, 0, SEEK_CUR))                                          \
	ROW("lseek to the end", raw(SYS_lseek, fd, 0, SEEK_END))                                              \
	ROW("lseek before the start", raw(SYS_lseek, fd, -1, SEEK_SET))                                       \
	ROW("lseek to the end of all", raw(SYS_lseek, fd, HUGE, SEEK_SET))                                    \
	ROW("lseek beyond it", raw(SYS_lseek, fd, HUGE, SEEK_END))                                            \
	ROW("lseek to data", raw(SYS_lseek, fd, 0, 3))                                                        \
	ROW("lseek to a hole", raw(SYS_lseek, fd, 0, 4))                                                      \
	ROW("lseek to data behind the end", raw(SYS_lseek, fd, 1000, 3))                                      \
	ROW("lseek to a hole behind the end", raw(SYS_lseek, fd, 1000, 4))                                    \
	ROW("lseek to data before the start", raw(SYS_lseek, fd, -1, 3))                                      \
	ROW("lseek by an unknown rule", raw(SYS_lseek, fd, 0, 5))                                             \
	ROW("lseek by a negative rule", raw(SYS_lseek, fd, 0, -1))                                            \
	ROW("fstat", raw(SYS_fstat, fd, buffer))                                                              \
	ROW("fstat to nowhere", raw(SYS_fstat, fd, BAD))                                                      \
	ROW("fstatfs", raw(SYS_fstatfs, fd, buffer))                                                          \
	ROW("fstatfs to nowhere", raw(SYS_fstatfs, fd, BAD))                                                  \
	ROW("fchown of nothing", raw(SYS_fchown, fd, -1, -1))                                                 \
	ROW("ftruncate", raw(SYS_ftruncate, fd, 5))                                                           \
	ROW("ftruncate to a negative size", raw(SYS_ftruncate, fd, -1))                                       \
	ROW("fallocate", raw(SYS_fallocate, fd, 0, 0, 100))                                                   \
	ROW("fallocate of nothing", raw(SYS_fallocate, fd, 0, 0, 0))                                          \
	ROW("fallocate of less", raw(SYS_fallocate, fd, 0, 0, -1))                                            \
	ROW("fallocate before the start", raw(SYS_fallocate, fd, 0, -1, 100))                                 \
	ROW("fallocate beyond the end of all", raw(SYS_fallocate, fd, 0, HUGE, 100))                          \
	ROW("fallocate, KEEP_SIZE", raw(SYS_fallocate, fd, 1, 0, 100))                                        \
	ROW("fallocate, PUNCH_HOLE alone", raw(SYS_fallocate, fd, 2, 0, 100))                                 \
	ROW("fallocate, PUNCH_HOLE", raw(SYS_fallocate, fd, 3, 0, 100))                                       \
	ROW("fallocate, bit 2", raw(SYS_fallocate, fd, 4, 0, 100))                                            \
	ROW("fallocate, COLLAPSE_RANGE", raw(SYS_fallocate, fd, 8, 0, 4096))                                  \
	ROW("fallocate, ZERO_RANGE", raw(SYS_fallocate, fd, 16, 0, 100))                                      \
	ROW("fallocate, INSERT_RANGE", raw(SYS_fallocate, fd, 32, 0, 4096))                                   \
	ROW("fallocate, UNSHARE_RANGE", raw(SYS_fallocate, fd, 64, 0, 100))                                   \
	ROW("fallocate, an unknown mode", raw(SYS_fallocate, fd, 0x1000, 0, 100))                             \
	ROW("fallocate, two modes", raw(SYS_fallocate, fd, 3 | 16, 0, 100))                                   \
	ROW("fsync", raw(SYS_fsync, fd))                                                                      \
	ROW("fdatasync", raw(SYS_fdatasync, fd))                                                              \
	ROW("syncfs", raw(SYS_syncfs, fd))                                                                    \
	ROW("sync_file_range", raw(SYS_sync_file_range, fd, 0, 0, 0))                                         \
	ROW("sync_file_range, an unknown flag", raw(SYS_sync_file_range, fd, 0, 0, 8))                        \
	ROW("sync_file_range before the start", raw(SYS_sync_file_range, fd, -1, 0, 0))                       \
	ROW("sync_file_range of less", raw(SYS_sync_file_range, fd, 0, -1, 0))                                \
	ROW("fadvise", raw(SYS_fadvise64, fd, 0, 0, 0))                                                       \
	ROW("fadvise, the last advice", raw(SYS_fadvise64, fd, 0, 0, 5))                                      \
	ROW("fadvise, an unknown advice", raw(SYS_fadvise64, fd, 0, 0, 6))                                    \
	ROW("fadvise of less", raw(SYS_fadvise64, fd, 0, -1, 0))                                              \
	ROW("readahead", raw(SYS_readahead, fd, 0, 100))                                                      \
	ROW("flock, shared", raw(SYS_flock, fd, LOCK_SH | LOCK_NB))                                           \
	ROW("flock, exclusive", raw(SYS_flock, fd, LOCK_EX | LOCK_NB))                                        \
	ROW("flock, neither", raw(SYS_flock, fd, 0))                                                          \
	ROW("flock, both", raw(SYS_flock, fd, LOCK_EX | LOCK_SH))                                             \
	ROW("flock, given up", raw(SYS_flock, fd, LOCK_UN))                                                   \
	ROW("F_DUPFD", close_made(raw(SYS_fcntl, fd, F_DUPFD, 0)))                                            \
	ROW("F_DUPFD below all", raw(SYS_fcntl, fd, F_DUPFD, -1))                                             \
	ROW("F_DUPFD above all", raw(SYS_fcntl, fd, F_DUPFD, 1 << 30))                                        \
	ROW("F_GETFD", raw(SYS_fcntl, fd, F_GETFD, 0))                                                        \
	ROW("F_SETFD", raw(SYS_fcntl, fd, F_SETFD, 1))                                                        \
	ROW("F_GETFL", raw(SYS_fcntl, fd, F_GETFL, 0))                                                        \
	ROW("F_SETFL", raw(SYS_fcntl, fd, F_SETFL, O_NONBLOCK))                                               \
	ROW("F_SETFL, O_APPEND", raw(SYS_fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK))                          \
	ROW("F_SETFL, O_NOATIME", raw(SYS_fcntl, fd, F_SETFL, 01000000 | O_NONBLOCK))                         \
	ROW("F_GETLK", lock(fd, F_GETLK, F_WRLCK, 0, 0, 0))                                                   \
	ROW("F_GETLK of no lock", lock(fd, F_GETLK, F_UNLCK, 0, 0, 0))                                        \
	ROW("F_GETLK at nowhere", raw(SYS_fcntl, fd, F_GETLK, BAD))                                           \
	ROW("F_SETLK to read", lock(fd, F_SETLK, F_RDLCK, 0, 0, 0))                                           \
	ROW("F_SETLK to write", lock(fd, F_SETLK, F_WRLCK, 0, 0, 0))                                          \
	ROW("F_SETLK to give up", lock(fd, F_SETLK, F_UNLCK, 0, 0, 0))                                        \
	ROW("F_SETLK of an unknown type", lock(fd, F_SETLK, 9, 0, 0, 0))                                      \
	ROW("F_SETLK by an unknown rule", lock(fd, F_SETLK, F_RDLCK, 7, 0, 0))                                \
	ROW("F_SETLK before the start", lock(fd, F_SETLK, F_RDLCK, 0, -1, 0))                                 \
	ROW("F_SETLK of too much", lock(fd, F_SETLK, F_RDLCK, 0, HUGE, HUGE))                                 \
	ROW("F_SETLK of less than there is", lock(fd, F_SETLK, F_RDLCK, 0, 0, -1))                            \
	ROW("F_SETLK at nowhere", raw(SYS_fcntl, fd, F_SETLK, BAD))                                           \
	ROW("F_OFD_GETLK", lock(fd, 36, F_WRLCK, 0, 0, 0))                                                    \
	ROW("F_OFD_SETLK to read", lock(fd, 37, F_RDLCK, 0, 0, 0))                                            \
	ROW("F_OFD_SETLK to write", lock(fd, 37, F_WRLCK, 0, 0, 0))                                           \
	ROW("F_OFD_GETLK with a pid", lock_by_pid(fd, 36))                                                    \
	ROW("F_OFD_SETLK with a pid", lock_by_pid(fd, 37))                                                    \
	ROW("F_GETOWN", raw(SYS_fcntl, fd, F_GETOWN, 0))                                                      \
	ROW("F_SETOWN", raw(SYS_fcntl, fd, F_SETOWN, getpid()))                                               \
	ROW("F_SETOWN to nobody", raw(SYS_fcntl, fd, F_SETOWN, 4000000))                                      \
	ROW("F_SETOWN to the least", raw(SYS_fcntl, fd, F_SETOWN, -2147483647 - 1))                           \
	ROW("F_GETOWN_EX", raw(SYS_fcntl, fd, 16, buffer))                                                    \
	ROW("F_GETOWN_EX at nowhere", raw(SYS_fcntl, fd, 16, BAD))                                            \
	ROW("F_SETOWN_EX", owner(fd, 0, getpid()))                                                            \
	ROW("F_SETOWN_EX of an unknown type", owner(fd, 3, getpid()))                                         \
	ROW("F_SETOWN_EX to nobody", owner(fd, 1, 4000000))                                                   \
	ROW("F_SETOWN_EX at nowhere", raw(SYS_fcntl, fd, 15, BAD))                                            \
	ROW("F_GETSIG", raw(SYS_fcntl, fd, 11, 0))                                                            \
	ROW("F_SETSIG", raw(SYS_fcntl, fd, 10, SIGUSR1))                                                      \
	ROW("F_SETSIG above all", raw(SYS_fcntl, fd, 10, 65))                                                 \
	ROW("F_SETSIG below all", raw(SYS_fcntl, fd, 10, -1))                                                 \
	ROW("F_GETLEASE", raw(SYS_fcntl, fd, 1025, 0))                                                        \
	ROW("F_SETLEASE to read", raw(SYS_fcntl, fd, 1024, F_RDLCK))                                          \
	ROW("F_SETLEASE to write", raw(SYS_fcntl, fd, 1024, F_WRLCK))                                         \
	ROW("F_SETLEASE to give up", raw(SYS_fcntl, fd, 1024, F_UNLCK))                                       \
	ROW("F_SETLEASE of an unknown type", raw(SYS_fcntl, fd, 1024, 9))                                     \
	ROW("F_NOTIFY", raw(SYS_fcntl, fd, 1026, 4))                                                          \
	ROW("F_NOTIFY of nothing", raw(SYS_fcntl, fd, 1026, 0))                                               \
	ROW("F_GETPIPE_SZ", raw(SYS_fcntl, fd, 1032, 0))                                                      \
	ROW("F_SETPIPE_SZ", raw(SYS_fcntl, fd, 1031, 8192))                                                   \
	ROW("F_SETPIPE_SZ to nothing", raw(SYS_fcntl, fd, 1031, 0))                                           \
	ROW("F_SETPIPE_SZ to all", raw(SYS_fcntl, fd, 1031, 0xffffffff))                                      \
	ROW("F_GET_SEALS", raw(SYS_fcntl, fd, 1034, 0))                                                       \
	ROW("F_ADD_SEALS", raw(SYS_fcntl, fd, 1033, 2))                                                       \
	ROW("F_ADD_SEALS, an unknown one", raw(SYS_fcntl, fd, 1033, 0x1000))                                  \
	ROW("fcntl of an unknown command", raw(SYS_fcntl, fd, 99, 0))                                         \
	ROW("FIONREAD", raw(SYS_ioctl, fd, FIONREAD, buffer))                                                 \
	ROW("FIONREAD at nowhere", raw(SYS_ioctl, fd, FIONREAD, BAD))                                         \
	ROW("FIONBIO", raw(SYS_ioctl, fd, FIONBIO, buffer))                                                   \
	ROW("FIONBIO at nowhere", raw(SYS_ioctl, fd, FIONBIO, BAD))                                           \
	ROW("FIOCLEX", raw(SYS_ioctl, fd, FIOCLEX, 0))                                                        \
	ROW("FIGETBSZ", raw(SYS_ioctl, fd, 2, buffer))                                                        \
	ROW("TCGETS", raw(SYS_ioctl, fd, TCGETS, buffer))                                                     \
	ROW("ioctl of an unknown command", raw(SYS_ioctl, fd, 0x12345678, buffer))                            \
	ROW("getdents64", raw(SYS_getdents64, fd, buffer, 4096))                                              \
	ROW("getdents64 into too little", raw(SYS_getdents64, fd, buffer, 8))                                 \
	ROW("getdents64 to nowhere", raw(SYS_getdents64, fd, BAD, 4096))                                      \
	ROW("getdents", raw(SYS_getdents, fd, buffer, 4096))                                                  \
	ROW("getdents into too little", raw(SYS_getdents, fd, buffer, 8))                                     \
	ROW("fchdir", change_directory(fd))                                                                   \
	ROW("dup", close_made(raw(SYS_dup, fd)))                                                              \
	ROW("dup2 to itself", raw(SYS_dup2, fd, fd))                                                          \
	ROW("dup2 to nowhere", raw(SYS_dup2, fd, -1))                                                         \
	ROW("dup2 above all", raw(SYS_dup2, fd, 1 << 30))                                                     \
	ROW("dup3 to itself", raw(SYS_dup3, fd, fd, 0))                                                       \
	ROW("dup3, an unknown flag", raw(SYS_dup3, fd, 400, 1))                                               \
	ROW("dup3 with O_NONBLOCK", raw(SYS_dup3, fd, 400, O_NONBLOCK))                                       \
	ROW("close", raw(SYS_close, fd))                                                                      \
	ROW("mmap to read, shared", map(fd, PROT_READ, MAP_SHARED, 4096, 0))                                  \
	ROW("mmap to write, shared", map(fd, PROT_READ | PROT_WRITE, MAP_SHARED, 4096, 0))                    \
	ROW("mmap to write, private", map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE, 4096, 0))                  \
	ROW("mmap, neither shared nor private", map(fd, PROT_READ, 0, 4096, 0))                               \
	ROW("mmap of nothing", map(fd, PROT_READ, MAP_SHARED, 0, 0))                                          \
	ROW("mmap from within a page", map(fd, PROT_READ, MAP_SHARED, 4096, 100))                             \
	ROW("EPOLL_CTL_ADD", add_to_epoll(helper_epoll, 1, fd))                                               \
	ROW("EPOLL_CTL_DEL", add_to_epoll(helper_epoll, 2, fd))                                               \
	ROW("EPOLL_CTL_MOD", add_to_epoll(helper_epoll, 3, fd))                                               \
	ROW("epoll_ctl, an unknown operation", add_to_epoll(helper_epoll, 9, fd))                             \
	ROW("epoll_ctl of itself", add_to_epoll(fd, 1, fd))                                                   \
	ROW("epoll_ctl at nowhere", raw(SYS_epoll_ctl, helper_epoll, 1, fd, BAD))                             \
	ROW("epoll_ctl on it", add_to_epoll(fd, 1, helper_pipe[0]))                                           \
	ROW("epoll_wait", raw(SYS_epoll_wait, fd, buffer, 1, 0))                                              \
	ROW("epoll_wait of nothing", raw(SYS_epoll_wait, fd, buffer, 0, 0))                                   \
	ROW("splice from it", raw(SYS_splice, fd, 0, helper_pipe[1], 0, 4, 2))                                \
	ROW("splice to it", raw(SYS_splice, helper_pipe[0], 0, fd, 0, 8, 2))                                  \
	ROW("splice, an unknown flag", raw(SYS_splice, fd, 0, helper_pipe[1], 0, 4, 16))                      \
	ROW("splice from an offset", with_offsets(SYS_splice, fd, 0, helper_pipe[1], 0))                      \
	ROW("splice at nowhere", raw(SYS_splice, fd, BAD, helper_pipe[1], 0, 4, 2))                           \
	ROW("tee from it", raw(SYS_tee, fd, helper_pipe[1], 4, 2))                                            \
	ROW("tee to it", raw(SYS_tee, helper_pipe[0], fd, 4, 2))                                              \
	ROW("tee, an unknown flag", raw(SYS_tee, helper_pipe[0], fd, 4, 16))                                  \
	ROW("vmsplice", raw(SYS_vmsplice, fd, good_vector, 1, 2))                                             \
	ROW("vmsplice of too many parts", raw(SYS_vmsplice, fd, good_vector, 1025, 2))                        \
	ROW("vmsplice, an unknown flag", raw(SYS_vmsplice, fd, good_vector, 1, 16))                           \
	ROW("sendfile from it", raw(SYS_sendfile, helper_write, fd, 0, 4))                                    \
	ROW("sendfile to it", raw(SYS_sendfile, fd, helper_read, 0, 8))                                       \
	ROW("sendfile at nowhere", raw(SYS_sendfile, helper_write, fd, BAD, 4))                               \
	ROW("copy_file_range from it", raw(326, fd, 0, helper_write, 0, 4, 0))                                \
	ROW("copy_file_range to it", raw(326, helper_read, 0, fd, 0, 4, 0))                                   \
	ROW("copy_file_range, a flag", raw(326, fd, 0, helper_write, 0, 4, 1))                                \
	ROW("copy_file_range before the start", with_offsets(326, fd, -5, helper_write, 0))                   \
	ROW("inotify_add_watch", raw(SYS_inotify_add_watch, fd, ".", IN_OPEN))                                \
	ROW("inotify_rm_watch", raw(SYS_inotify_rm_watch, fd, 1))                                             \
	ROW("timerfd_gettime", raw(SYS_timerfd_gettime, fd, buffer))                                          \
	ROW("timerfd_gettime at nowhere", raw(SYS_timerfd_gettime, fd, BAD))                                  \
	ROW("timerfd_settime", set_timer(fd, 0, 0))                                                           \
	ROW("timerfd_settime, an unknown flag", set_timer(fd, 8, 0))                                          \
	ROW("timerfd_settime of too many nanoseconds", set_timer(fd, 0, 1000000000))                          \
	ROW("timerfd_settime at nowhere", raw(SYS_timerfd_settime, fd, 0, BAD, 0))                            \
	ROW("signalfd4", raw(SYS_signalfd4, fd, buffer, 8, 0) < 0 ? raw(SYS_signalfd4, fd, buffer, 8, 0) : 0) \
	ROW("signalfd4 of a short set", raw(SYS_signalfd4, fd, buffer, 4, 0))                                 \
	ROW("signalfd4, an unknown flag", raw(SYS_signalfd4, fd, buffer, 8, 1))                               \
	ROW("openat", close_made(raw(SYS_openat, fd, "in", O_RDONLY)))                                        \
	ROW("openat of nothing", close_made(raw(SYS_openat, fd, "", O_RDONLY)))                               \
	ROW("openat of an absolute path", close_made(raw(SYS_openat, fd, "/", O_RDONLY)))                     \
	ROW("openat to make", close_made(raw(SYS_openat, fd, "fresh", O_RDWR | O_CREAT, 0600)))               \
	ROW("openat2", open_how(fd, 0, 0, 0, 24))                                                             \
	ROW("openat2 of a mode without O_CREAT", open_how(fd, 0, 1, 0, 24))                                   \
	ROW("openat2, an unknown flag", open_how(fd, 1ull << 40, 0, 0, 24))                                   \
	ROW("openat2, an unknown rule", open_how(fd, 0, 0, 0x100, 24))                                        \
	ROW("openat2, RESOLVE_BENEATH", open_how(fd, 0, 0, 8, 24))                                            \
	ROW("openat2, RESOLVE_CACHED", open_how(fd, 0, 0, 0x20, 24)) \
	ROW("openat2, RESOLVE_CACHED to make", open_how(fd, O_CREAT | O_RDWR, 0600, 0x20, 24)) \
	ROW("openat2, two rules", open_how(fd, 0, 0, 0x18, 24))                                               \
	ROW("openat2, a short structure", open_how(fd, 0, 0, 0, 16))                                          \
	ROW("openat2, a longer structure", open_how(fd, 0, 0, 0, 32))                                         \
	ROW("openat2 at nowhere", raw(437, fd, "in", BAD, 24))                                                \
	ROW("newfstatat", raw(SYS_newfstatat, fd, "in", buffer, 0))                                           \
	ROW("newfstatat of it", raw(SYS_newfstatat, fd, "", buffer, AT_EMPTY))                                \
	ROW("newfstatat of nothing", raw(SYS_newfstatat, fd, "", buffer, 0))                                  \
	ROW("newfstatat, an unknown flag", raw(SYS_newfstatat, fd, "in", buffer, 1))                          \
	ROW("statx", raw(332, fd, "", AT_EMPTY, 0x7ff, buffer))                                               \
	ROW("statx of a name", raw(332, fd, "in", 0, 0x7ff, buffer))                                          \
	ROW("statx, a reserved bit", raw(332, fd, "", AT_EMPTY, 0x80000000, buffer))                          \
	ROW("statx, both kinds of sync", raw(332, fd, "", AT_EMPTY | 0x6000, 0x7ff, buffer))                  \
	ROW("readlinkat of it", raw(SYS_readlinkat, fd, "", buffer, 100))                                     \
	ROW("readlinkat", raw(SYS_readlinkat, fd, "in", buffer, 100))                                         \
	ROW("faccessat", raw(SYS_faccessat, fd, "in", 4))                                                     \
	ROW("faccessat2 of it", raw(439, fd, "", 4, AT_EMPTY))                                                \
	ROW("faccessat2, an unknown flag", raw(439, fd, "", 4, AT_EMPTY | 1))                                 \
	ROW("faccessat2, an unknown mode", raw(439, fd, "", 8, AT_EMPTY))                                     \
	ROW("mkdirat", raw(SYS_mkdirat, fd, "fresh", 0755))                                                   \
	ROW("mknodat", raw(SYS_mknodat, fd, "fresh", S_IFIFO | 0600, 0))                                      \
	ROW("symlinkat", raw(SYS_symlinkat, "to", fd, "fresh"))                                               \
	ROW("unlinkat", raw(SYS_unlinkat, fd, "in", 0))                                                       \
	ROW("unlinkat of nothing", raw(SYS_unlinkat, fd, "", 0))                                              \
	ROW("unlinkat, an unknown flag", raw(SYS_unlinkat, fd, "in", 1))                                      \
	ROW("renameat", raw(SYS_renameat, fd, "in", fd, "fresh"))                                             \
	ROW("renameat2, an unknown flag", raw(316, fd, "in", fd, "fresh", 8))                                 \
	ROW("renameat2, two flags", raw(316, fd, "in", fd, "fresh", 3))                                       \
	ROW("renameat2, RENAME_EXCHANGE with nothing", raw(316, fd, "in", fd, "fresh", 2))                    \
	ROW("linkat of it", raw(SYS_linkat, fd, "", AT_FDCWD, "fresh", AT_EMPTY))                             \
	ROW("linkat, an unknown flag", raw(SYS_linkat, fd, "", AT_FDCWD, "fresh", 1))                         \
	ROW("linkat into it", raw(SYS_linkat, AT_FDCWD, "source", fd, "fresh", 0))                            \
	ROW("fchmodat", raw(SYS_fchmodat, fd, "in", 0644))                                                    \
	ROW("fchmodat of nothing", raw(SYS_fchmodat, fd, "", 0644))                                           \
	ROW("fchownat of it", raw(SYS_fchownat, fd, "", -1, -1, AT_EMPTY))                                    \
	ROW("fchownat, an unknown flag", raw(SYS_fchownat, fd, "", -1, -1, 1))                                \
	ROW("utimensat of it", raw(SYS_utimensat, fd, 0, 0, 0))                                               \
	ROW("utimensat of it, by an empty path", raw(SYS_utimensat, fd, "", 0, AT_EMPTY))                     \
	ROW("utimensat of it, with a flag", raw(SYS_utimensat, fd, 0, 0, 0x100))                              \
	ROW("utimensat, an unknown flag", raw(SYS_utimensat, fd, "in", 0, 1))                                 \
	ROW("futimesat of it", raw(SYS_futimesat, fd, 0, 0))
/* clang-format on */

#endif
