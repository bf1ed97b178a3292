/* The calls of errors_sockets.c: a name and an expression each. */
#ifndef ERRORS_SOCKETS_ROWS_H
#define ERRORS_SOCKETS_ROWS_H

/* clang-format off */
#define ROWS(ROW)                                                                                             \
	ROW("read", raw(SYS_read, fd, buffer, 4))                                                             \
	ROW("read of nothing", raw(SYS_read, fd, buffer, 0))                                                  \
	ROW("read to nowhere", raw(SYS_read, fd, BAD, 4))                                                     \
	ROW("write", raw(SYS_write, fd, "abc", 3))                                                            \
	ROW("write of nothing", raw(SYS_write, fd, buffer, 0))                                                \
	ROW("write from nowhere", raw(SYS_write, fd, BAD, 4))                                                 \
	ROW("readv of no parts", raw(SYS_readv, fd, &part, 0))                                                \
	ROW("pread", raw(SYS_pread64, fd, buffer, 4, 0))                                                      \
	ROW("pwrite", raw(SYS_pwrite64, fd, buffer, 4, 0))                                                    \
	ROW("lseek", raw(SYS_lseek, fd, 0, SEEK_SET))                                                         \
	ROW("ftruncate", raw(SYS_ftruncate, fd, 0))                                                           \
	ROW("fsync", raw(SYS_fsync, fd))                                                                      \
	ROW("mmap", map(fd))                                                                                  \
	ROW("fchdir", raw(SYS_fchdir, fd))                                                                    \
	ROW("getdents", raw(SYS_getdents64, fd, buffer, 64))                                                  \
	ROW("fcntl F_GETPIPE_SZ", raw(SYS_fcntl, fd, F_GETPIPE_SZ, 0))                                        \
	ROW("fcntl F_SETLEASE", raw(SYS_fcntl, fd, F_SETLEASE, F_RDLCK))                                      \
	ROW("flock", raw(SYS_flock, fd, 2))                                                                   \
	ROW("bind", raw(SYS_bind, fd, &fresh, sizeof(fresh)))                                                 \
	ROW("bind to a name in use", raw(SYS_bind, fd, &used, sizeof(used)))                                  \
	ROW("bind to a name of the kernel's", raw(SYS_bind, fd, &fresh, 2))                                   \
	ROW("bind to a family", raw(SYS_bind, fd, &other, sizeof(other)))                                     \
	ROW("bind to nowhere", raw(SYS_bind, fd, BAD, 10))                                                    \
	ROW("bind to nothing", raw(SYS_bind, fd, &fresh, 0))                                                  \
	ROW("bind to half a name", raw(SYS_bind, fd, &fresh, 1))                                              \
	ROW("bind to a long name", raw(SYS_bind, fd, &fresh, 129))                                            \
	ROW("listen", raw(SYS_listen, fd, 5))                                                                 \
	ROW("accept", close_made(raw(SYS_accept, fd, 0, 0)))                                                  \
	ROW("accept4, an unknown flag", raw(SYS_accept4, fd, 0, 0, 1))                                        \
	ROW("accept to nowhere", close_made(raw(SYS_accept, fd, BAD, BAD)))                                   \
	ROW("connect to a stream", raw(SYS_connect, fd, &listens, sizeof(listens)))                           \
	ROW("connect to a datagram", raw(SYS_connect, fd, &receives, sizeof(receives)))                       \
	ROW("connect to what does not listen", raw(SYS_connect, fd, &used, sizeof(used)))                     \
	ROW("connect to a file", raw(SYS_connect, fd, &file, sizeof(file)))                                   \
	ROW("connect to no name", raw(SYS_connect, fd, &fresh, sizeof(fresh)))                                \
	ROW("connect to an abstract name of nobody", raw(SYS_connect, fd, &nobody, sizeof(nobody)))           \
	ROW("connect to no family", raw(SYS_connect, fd, &unspecified, sizeof(unspecified)))                  \
	ROW("connect to another family", raw(SYS_connect, fd, &other, sizeof(other)))                         \
	ROW("connect to nowhere", raw(SYS_connect, fd, BAD, 10))                                              \
	ROW("connect to nothing", raw(SYS_connect, fd, &fresh, 0))                                            \
	ROW("connect to a family alone", raw(SYS_connect, fd, &fresh, 2))                                     \
	ROW("getsockname", name(SYS_getsockname, fd, 110))                                                    \
	ROW("getsockname without room", name(SYS_getsockname, fd, 0))                                         \
	ROW("getsockname of a negative room", name(SYS_getsockname, fd, -1))                                  \
	ROW("getpeername", name(SYS_getpeername, fd, 110))                                                    \
	ROW("getpeername to nowhere", raw(SYS_getpeername, fd, BAD, BAD))                                     \
	ROW("shutdown for reading", raw(SYS_shutdown, fd, 0))                                                 \
	ROW("shutdown for writing", raw(SYS_shutdown, fd, 1))                                                 \
	ROW("shutdown of all", raw(SYS_shutdown, fd, 2))                                                      \
	ROW("shutdown of more", raw(SYS_shutdown, fd, 3))                                                     \
	ROW("send", raw(SYS_sendto, fd, "abc", 3, 0, 0, 0))                                                   \
	ROW("send of nothing", raw(SYS_sendto, fd, "abc", 0, 0, 0, 0))                                        \
	ROW("send from nowhere", raw(SYS_sendto, fd, BAD, 3, 0, 0, 0))                                        \
	ROW("send of an urgent byte", raw(SYS_sendto, fd, "abc", 3, 1, 0, 0))                                 \
	ROW("send with MSG_MORE", raw(SYS_sendto, fd, "abc", 3, 0x8000, 0, 0))                                \
	ROW("send of too much", raw(SYS_sendto, fd, lots, sizeof(lots), 0x40, 0, 0))                          \
	ROW("sendto a stream", raw(SYS_sendto, fd, "abc", 3, 0, &listens, sizeof(listens)))                   \
	ROW("sendto a datagram", raw(SYS_sendto, fd, "abc", 3, 0, &receives, sizeof(receives)))               \
	ROW("sendto no name", raw(SYS_sendto, fd, "abc", 3, 0, &fresh, sizeof(fresh)))                        \
	ROW("sendto another family", raw(SYS_sendto, fd, "abc", 3, 0, &other, sizeof(other)))                 \
	ROW("sendto nowhere", raw(SYS_sendto, fd, "abc", 3, 0, BAD, 10))                                      \
	ROW("sendto a negative length", raw(SYS_sendto, fd, "abc", 3, 0, &fresh, -1))                         \
	ROW("recv", raw(SYS_recvfrom, fd, buffer, 4, 0x40, 0, 0))                                             \
	ROW("recv of nothing", raw(SYS_recvfrom, fd, buffer, 0, 0x40, 0, 0))                                  \
	ROW("recv to nowhere", raw(SYS_recvfrom, fd, BAD, 4, 0x40, 0, 0))                                     \
	ROW("recv of an urgent byte", raw(SYS_recvfrom, fd, buffer, 4, 0x41, 0, 0))                           \
	ROW("recv by a look", raw(SYS_recvfrom, fd, buffer, 4, 0x42, 0, 0))                                   \
	ROW("recvfrom nowhere", raw(SYS_recvfrom, fd, buffer, 4, 0x40, BAD, BAD))                             \
	ROW("sendmsg", message(SYS_sendmsg, fd, 1))                                                           \
	ROW("sendmsg of no parts", message(SYS_sendmsg, fd, 0))                                               \
	ROW("sendmsg of too many parts", message(SYS_sendmsg, fd, 1025))                                      \
	ROW("sendmsg from nowhere", raw(SYS_sendmsg, fd, BAD, 0))                                             \
	ROW("recvmsg", message(SYS_recvmsg, fd, 1))                                                           \
	ROW("recvmsg of too many parts", message(SYS_recvmsg, fd, 1025))                                      \
	ROW("recvmsg to nowhere", raw(SYS_recvmsg, fd, BAD, 0))                                               \
	ROW("sendmsg to a negative name", name_of_message(SYS_sendmsg, fd, -1))                               \
	ROW("sendmsg to a name of a byte", name_of_message(SYS_sendmsg, fd, 1))                               \
	ROW("recvmsg to a negative name", name_of_message(SYS_recvmsg, fd, -1))                               \
	ROW("recvmsg to a name of a byte", name_of_message(SYS_recvmsg, fd, 1))                               \
	ROW("a control message of no length", control(fd, SOL_SOCKET, 0, 4, 0, 0))                            \
	ROW("one longer than all", control(fd, SOL_SOCKET, SCM_RIGHTS, 4, 8, 1))                              \
	ROW("one of an unknown level", control(fd, 77, 1, 4, 0, 0))                                           \
	ROW("one of an unknown type", control(fd, SOL_SOCKET, 77, 4, 0, 0))                                   \
	ROW("a descriptor", control(fd, SOL_SOCKET, SCM_RIGHTS, 4, 0, 1))                                     \
	ROW("a bad descriptor", control(fd, SOL_SOCKET, SCM_RIGHTS, 4, 0, -1))                                \
	ROW("no descriptor", control(fd, SOL_SOCKET, SCM_RIGHTS, 0, 0, 1))                                    \
	ROW("a part of a descriptor", control(fd, SOL_SOCKET, SCM_RIGHTS, 3, 0, 1))                           \
	ROW("descriptors, 253", control(fd, SOL_SOCKET, SCM_RIGHTS, 1012, 0, 1))                              \
	ROW("descriptors, 254", control(fd, SOL_SOCKET, SCM_RIGHTS, 1016, 0, 1))                              \
	ROW("credentials", credentials(fd, getpid(), 0))                                                      \
	ROW("credentials of a part", control(fd, SOL_SOCKET, SCM_CREDENTIALS, 8, 0, 0))                       \
	ROW("credentials of nobody", credentials(fd, 0x7fffffff, 0))                                          \
	ROW("credentials of no user", credentials(fd, getpid(), -1))                                          \
	ROW("a control message from nowhere", control_at(fd, BAD, 64))                                        \
	ROW("too much of it", control_at(fd, lots, 200000))                                                   \
	ROW("sendmmsg, the first from nowhere", messages(SYS_sendmmsg, fd, 0))                                \
	ROW("sendmmsg, the second from nowhere", messages(SYS_sendmmsg, fd, 1))                               \
	ROW("recvmmsg, the first to nowhere", messages(SYS_recvmmsg, fd, 0))                                  \
	ROW("recvmmsg, the second to nowhere", messages(SYS_recvmmsg, fd, 1))                                 \
	ROW("recv of errors", raw(SYS_recvfrom, fd, buffer, 4, 0x2040, 0, 0))                                 \
	ROW("recv of all", raw(SYS_recvfrom, fd, buffer, 4, 0x140, 0, 0))                                     \
	ROW("sendmmsg of none", raw(SYS_sendmmsg, fd, BAD, 0, 0))                                             \
	ROW("recvmmsg of none", raw(SYS_recvmmsg, fd, BAD, 0, 0, 0))                                          \
	ROW("recvmmsg for a bad time", raw(SYS_recvmmsg, fd, BAD, 1, 0, bad_time))                            \
	ROW("FIONREAD", count(fd, FIONREAD))                                                                  \
	ROW("SIOCOUTQ", count(fd, TIOCOUTQ))                                                                  \
	ROW("SIOCATMARK", count(fd, 0x8905))                                                                  \
	ROW("FIONREAD to nowhere", raw(SYS_ioctl, fd, FIONREAD, BAD))                                         \
	ROW("FIONBIO from nowhere", raw(SYS_ioctl, fd, FIONBIO, BAD))                                         \
	ROW("TCGETS", raw(SYS_ioctl, fd, 0x5401, buffer))                                                     \
	ROW("an unknown ioctl", raw(SYS_ioctl, fd, 0x1234, buffer))                                           \
	ROW("setsockopt SO_REUSEADDR", set(fd, SO_REUSEADDR, 1))                                              \
	ROW("setsockopt SO_KEEPALIVE", set(fd, SO_KEEPALIVE, 1))                                              \
	ROW("setsockopt SO_BROADCAST", set(fd, SO_BROADCAST, 1))                                              \
	ROW("setsockopt SO_DONTROUTE", set(fd, SO_DONTROUTE, 1))                                              \
	ROW("setsockopt SO_OOBINLINE", set(fd, SO_OOBINLINE, 1))                                              \
	ROW("setsockopt SO_PASSCRED", set(fd, SO_PASSCRED, 1))                                                \
	ROW("setsockopt SO_TYPE", set(fd, SO_TYPE, 1))                                                        \
	ROW("setsockopt SO_DOMAIN", set(fd, SO_DOMAIN, 1))                                                    \
	ROW("setsockopt SO_PROTOCOL", set(fd, SO_PROTOCOL, 1))                                                \
	ROW("setsockopt SO_ERROR", set(fd, SO_ERROR, 1))                                                      \
	ROW("setsockopt SO_ACCEPTCONN", set(fd, SO_ACCEPTCONN, 1))                                            \
	ROW("setsockopt SO_PEERCRED", set(fd, SO_PEERCRED, 1))                                                \
	ROW("setsockopt SO_SNDLOWAT", set(fd, SO_SNDLOWAT, 1))                                                \
	ROW("setsockopt SO_RCVLOWAT", set(fd, SO_RCVLOWAT, -1))                                               \
	ROW("setsockopt SO_SNDBUF", set(fd, SO_SNDBUF, -1))                                                   \
	ROW("setsockopt SO_RCVBUF", set(fd, SO_RCVBUF, 1))                                                    \
	ROW("setsockopt SO_PRIORITY", set(fd, SO_PRIORITY, 6))                                                \
	ROW("setsockopt SO_LINGER of four bytes", set(fd, SO_LINGER, 1))                                      \
	ROW("setsockopt SO_RCVTIMEO of four bytes", set(fd, SO_RCVTIMEO, 1))                                  \
	ROW("setsockopt SO_ZEROCOPY", set(fd, SO_ZEROCOPY, 1))                                                \
	ROW("setsockopt SO_BINDTODEVICE of nowhere", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, BAD, 4)) \
	ROW("setsockopt of an unknown name", set(fd, 999, 1))                                                 \
	ROW("setsockopt of two bytes", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, buffer, 2))          \
	ROW("setsockopt of a negative length", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, buffer, -1)) \
	ROW("setsockopt from nowhere", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, BAD, 4))             \
	ROW("setsockopt of another level", raw(SYS_setsockopt, fd, 6, 1, buffer, 4))                          \
	ROW("getsockopt SO_TYPE", get(fd, SO_TYPE, 4))                                                        \
	ROW("getsockopt SO_ERROR", get(fd, SO_ERROR, 4))                                                      \
	ROW("getsockopt SO_ACCEPTCONN", get(fd, SO_ACCEPTCONN, 4))                                            \
	ROW("getsockopt SO_PEERCRED", get(fd, SO_PEERCRED, 12))                                               \
	ROW("getsockopt SO_PEERCRED of a part", get(fd, SO_PEERCRED, 5))                                      \
	ROW("getsockopt SO_PEERGROUPS", get(fd, SO_PEERGROUPS, 64))                                           \
	ROW("getsockopt SO_PEERNAME", get(fd, SO_PEERNAME, 1))                                                \
	ROW("getsockopt SO_PEERNAME of much", get(fd, SO_PEERNAME, 120))                                      \
	ROW("getsockopt SO_PEERSEC", get(fd, SO_PEERSEC, 64))                                                 \
	ROW("getsockopt SO_LINGER", get(fd, SO_LINGER, 8))                                                    \
	ROW("getsockopt SO_RCVTIMEO", get(fd, SO_RCVTIMEO, 16))                                               \
	ROW("getsockopt SO_PEEK_OFF", get(fd, SO_PEEK_OFF, 4))                                                \
	ROW("getsockopt SO_COOKIE of four bytes", get(fd, SO_COOKIE, 4))                                      \
	ROW("getsockopt SO_COOKIE", get(fd, SO_COOKIE, 8))                                                    \
	ROW("getsockopt of an unknown name", get(fd, 999, 4))                                                 \
	ROW("getsockopt of no bytes", get(fd, SO_TYPE, 0))                                                    \
	ROW("getsockopt of a negative length", get(fd, SO_TYPE, -1))                                          \
	ROW("getsockopt to nowhere", raw(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, BAD, &four))                \
	ROW("getsockopt of a length nowhere", raw(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, buffer, BAD))      \
	ROW("getsockopt of another level", raw(SYS_getsockopt, fd, 6, 1, buffer, &four))                      \
	ROW("splice from it", raw(SYS_splice, fd, 0, tube[1], 0, 4, 2))                                       \
	ROW("splice to it", raw(SYS_splice, tube[0], 0, fd, 0, 4, 2))                                         \
	ROW("splice from it at an offset", raw(SYS_splice, fd, &four, tube[1], 0, 4, 2))                      \
	ROW("sendfile from it", raw(SYS_sendfile, tube[1], fd, 0, 4))                                         \
	ROW("sendfile to it", raw(SYS_sendfile, fd, plain, 0, 4))
/* clang-format on */

#endif
