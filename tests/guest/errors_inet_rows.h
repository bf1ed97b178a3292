/* The calls of errors_inet.c: a name and an expression each. */
#ifndef ERRORS_INET_ROWS_H
#define ERRORS_INET_ROWS_H

/* clang-format off */
#define ROWS(ROW)                                                                                             \
	ROW("read", raw(SYS_read, fd, buffer, 64))                                                            \
	ROW("read of nothing", raw(SYS_read, fd, buffer, 0))                                                  \
	ROW("read to nowhere", raw(SYS_read, fd, BAD, 64))                                                    \
	ROW("write", raw(SYS_write, fd, words, 40))                                                           \
	ROW("write of nothing", raw(SYS_write, fd, words, 0))                                                 \
	ROW("write from nowhere", raw(SYS_write, fd, BAD, 40))                                                \
	ROW("write of a byte", raw(SYS_write, fd, words, 1))                                                  \
	ROW("readv of no parts", raw(SYS_readv, fd, &part, 0))                                                \
	ROW("pread", raw(SYS_pread64, fd, buffer, 4, 0))                                                      \
	ROW("lseek", raw(SYS_lseek, fd, 0, SEEK_SET))                                                         \
	ROW("fsync", raw(SYS_fsync, fd))                                                                      \
	ROW("bind", raw(SYS_bind, fd, &fresh, sizeof(fresh)))                                                 \
	ROW("bind to any", raw(SYS_bind, fd, &any, sizeof(any)))                                              \
	ROW("bind to a name in use", raw(SYS_bind, fd, &used, sizeof(used)))                                  \
	ROW("bind to an address of others", raw(SYS_bind, fd, &alien, sizeof(alien)))                         \
	ROW("bind to a group", raw(SYS_bind, fd, &group, sizeof(group)))                                      \
	ROW("bind to a broadcast", raw(SYS_bind, fd, &broadcast, sizeof(broadcast)))                          \
	ROW("bind to IPv6", raw(SYS_bind, fd, &fresh6, sizeof(fresh6)))                                       \
	ROW("bind to a group of IPv6", raw(SYS_bind, fd, &group6, sizeof(group6)))                            \
	ROW("bind to IPv6 of others", raw(SYS_bind, fd, &alien6, sizeof(alien6)))                             \
	ROW("bind to IPv4 in IPv6", raw(SYS_bind, fd, &mapped, sizeof(mapped)))                               \
	ROW("bind to netlink", raw(SYS_bind, fd, &nobody, sizeof(nobody)))                                        \
	ROW("bind to netlink's other port", raw(SYS_bind, fd, &stranger, sizeof(stranger)))               \
	ROW("bind to no family", raw(SYS_bind, fd, &unspecified, sizeof(unspecified)))                        \
	ROW("bind to no family with an address", raw(SYS_bind, fd, &unspecified_own, sizeof(unspecified_own))) \
	ROW("bind to another family", raw(SYS_bind, fd, &other, sizeof(other)))                               \
	ROW("bind to nowhere", raw(SYS_bind, fd, BAD, 16))                                                    \
	ROW("bind to nothing", raw(SYS_bind, fd, &fresh, 0))                                                  \
	ROW("bind to half a name", raw(SYS_bind, fd, &fresh, 8))                                              \
	ROW("bind to half a name of IPv6", raw(SYS_bind, fd, &fresh6, 23))                                    \
	ROW("bind to a long name", raw(SYS_bind, fd, &fresh, 129))                                            \
	ROW("bind to a negative length", raw(SYS_bind, fd, &fresh, -1))                                       \
	ROW("listen", raw(SYS_listen, fd, 5))                                                                 \
	ROW("listen for less than nobody", raw(SYS_listen, fd, -1))                                           \
	ROW("accept", close_made(raw(SYS_accept, fd, 0, 0)))                                                  \
	ROW("accept4, an unknown flag", raw(SYS_accept4, fd, 0, 0, 1))                                        \
	ROW("accept to nowhere", close_made(raw(SYS_accept, fd, BAD, BAD)))                                   \
	ROW("connect to what listens", raw(SYS_connect, fd, &listens, sizeof(listens)))                       \
	ROW("connect to a datagram socket", raw(SYS_connect, fd, &receives, sizeof(receives)))                \
	ROW("connect to an address of others", raw(SYS_connect, fd, &alien, sizeof(alien)))                   \
	ROW("connect to a broadcast", raw(SYS_connect, fd, &broadcast, sizeof(broadcast)))                    \
	ROW("connect to IPv6", raw(SYS_connect, fd, &receives6, sizeof(receives6)))                           \
	ROW("connect to IPv6 of others", raw(SYS_connect, fd, &alien6, sizeof(alien6)))                       \
	ROW("connect to netlink", raw(SYS_connect, fd, &nobody, sizeof(nobody)))                                  \
	ROW("connect to no family", raw(SYS_connect, fd, &unspecified, sizeof(unspecified)))                  \
	ROW("connect to a family alone", raw(SYS_connect, fd, &unspecified, 2))                               \
	ROW("connect to another family", raw(SYS_connect, fd, &other, sizeof(other)))                         \
	ROW("connect to nowhere", raw(SYS_connect, fd, BAD, 16))                                              \
	ROW("connect to nothing", raw(SYS_connect, fd, &fresh, 0))                                            \
	ROW("connect to a byte", raw(SYS_connect, fd, &fresh, 1))                                             \
	ROW("connect to half a name", raw(SYS_connect, fd, &listens, 8))                                      \
	ROW("connect to a long name", raw(SYS_connect, fd, &listens, 129))                                    \
	ROW("getsockname", name(SYS_getsockname, fd, 28))                                                     \
	ROW("getsockname without room", name(SYS_getsockname, fd, 0))                                         \
	ROW("getsockname of a negative room", name(SYS_getsockname, fd, -1))                                  \
	ROW("getsockname to nowhere", raw(SYS_getsockname, fd, BAD, BAD))                                     \
	ROW("getpeername", name(SYS_getpeername, fd, 28))                                                     \
	ROW("getpeername of a negative room", name(SYS_getpeername, fd, -1))                                  \
	ROW("getpeername to nowhere", raw(SYS_getpeername, fd, BAD, BAD))                                     \
	ROW("shutdown for reading", raw(SYS_shutdown, fd, 0))                                                 \
	ROW("shutdown for writing", raw(SYS_shutdown, fd, 1))                                                 \
	ROW("shutdown of all", raw(SYS_shutdown, fd, 2))                                                      \
	ROW("shutdown of more", raw(SYS_shutdown, fd, 3))                                                     \
	ROW("shutdown of less", raw(SYS_shutdown, fd, -1))                                                    \
	ROW("send", raw(SYS_sendto, fd, words, 40, 0, 0, 0))                                                  \
	ROW("send of nothing", raw(SYS_sendto, fd, words, 0, 0, 0, 0))                                        \
	ROW("send from nowhere", raw(SYS_sendto, fd, BAD, 40, 0, 0, 0))                                       \
	ROW("send of an urgent byte", raw(SYS_sendto, fd, words, 40, MSG_OOB, 0, 0))                          \
	ROW("send with an unknown flag", raw(SYS_sendto, fd, words, 40, 0x80000, 0, 0))                       \
	ROW("send of too much", raw(SYS_sendto, fd, lots, sizeof(lots), MSG_DONTWAIT, 0, 0))                  \
	ROW("sendto a stream", raw(SYS_sendto, fd, words, 40, 0, &listens, sizeof(listens)))                  \
	ROW("sendto a datagram socket", raw(SYS_sendto, fd, words, 40, 0, &receives, sizeof(receives)))       \
	ROW("sendto port 0", raw(SYS_sendto, fd, words, 40, 0, &fresh, sizeof(fresh)))                        \
	ROW("sendto an address of others", raw(SYS_sendto, fd, words, 40, 0, &alien, sizeof(alien)))          \
	ROW("sendto a broadcast", raw(SYS_sendto, fd, words, 40, 0, &broadcast, sizeof(broadcast)))           \
	ROW("sendto IPv6", raw(SYS_sendto, fd, words, 40, 0, &receives6, sizeof(receives6)))                  \
	ROW("sendto IPv6 of others", raw(SYS_sendto, fd, words, 40, 0, &alien6, sizeof(alien6)))              \
	ROW("sendto half a name of IPv6", raw(SYS_sendto, fd, words, 40, 0, &receives6, 23))                  \
	ROW("sendto netlink", raw(SYS_sendto, fd, words, 40, 0, &nobody, sizeof(nobody)))                         \
	ROW("sendto netlink's nobody", raw(SYS_sendto, fd, words, 40, 0, &stranger, sizeof(stranger)))    \
	ROW("sendto no family", raw(SYS_sendto, fd, words, 40, 0, &unspecified_own, sizeof(unspecified_own))) \
	ROW("sendto another family", raw(SYS_sendto, fd, words, 40, 0, &other, sizeof(other)))                \
	ROW("sendto half a name", raw(SYS_sendto, fd, words, 40, 0, &receives, 8))                            \
	ROW("sendto a family", raw(SYS_sendto, fd, words, 40, 0, &receives, 2))                               \
	ROW("sendto nowhere", raw(SYS_sendto, fd, words, 40, 0, BAD, 16))                                     \
	ROW("sendto a negative length", raw(SYS_sendto, fd, words, 40, 0, &receives, -1))                     \
	ROW("sendto a long name", raw(SYS_sendto, fd, words, 40, 0, &receives, 129))                          \
	ROW("recv", raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT, 0, 0))                                    \
	ROW("recv of nothing", raw(SYS_recvfrom, fd, buffer, 0, MSG_DONTWAIT, 0, 0))                          \
	ROW("recv to nowhere", raw(SYS_recvfrom, fd, BAD, 64, MSG_DONTWAIT, 0, 0))                            \
	ROW("recv of an urgent byte", raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT | MSG_OOB, 0, 0))        \
	ROW("recv by a look", raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT | MSG_PEEK, 0, 0))               \
	ROW("recv of errors", raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT | MSG_ERRQUEUE, 0, 0))           \
	ROW("recv of all", raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT | MSG_WAITALL, 0, 0))               \
	ROW("recvfrom nowhere", raw(SYS_recvfrom, fd, buffer, 64, MSG_DONTWAIT, BAD, BAD))                    \
	ROW("recvfrom a negative room", name_of_sender(fd, -1))                                               \
	ROW("sendmsg", message(SYS_sendmsg, fd, 1, 0))                                                        \
	ROW("sendmsg of no parts", message(SYS_sendmsg, fd, 0, 0))                                            \
	ROW("sendmsg of too many parts", message(SYS_sendmsg, fd, 1025, 0))                                   \
	ROW("sendmsg from nowhere", raw(SYS_sendmsg, fd, BAD, 0))                                             \
	ROW("sendmsg to a negative name", message(SYS_sendmsg, fd, 1, -1))                                    \
	ROW("sendmsg to a short name", message(SYS_sendmsg, fd, 1, 7))                                        \
	ROW("recvmsg", message(SYS_recvmsg, fd, 1, 0))                                                        \
	ROW("recvmsg of too many parts", message(SYS_recvmsg, fd, 1025, 0))                                   \
	ROW("recvmsg to a negative name", message(SYS_recvmsg, fd, 1, -1))                                    \
	ROW("recvmsg to nowhere", raw(SYS_recvmsg, fd, BAD, 0))                                               \
	ROW("a control message of no length", control(fd, 0, 0, 0, 0, 4))                                     \
	ROW("one longer than all", control(fd, SOL_SOCKET, 1, 4, 8, 4))                                       \
	ROW("one of an unknown level", control(fd, 77, 1, 4, 0, 4))                                           \
	ROW("one of an unknown type", control(fd, SOL_SOCKET, 77, 4, 0, 4))                                   \
	ROW("descriptors", control(fd, SOL_SOCKET, SCM_RIGHTS, 4, 0, 0))                                      \
	ROW("credentials of a part", control(fd, SOL_SOCKET, SCM_CREDENTIALS, 4, 0, 0))                       \
	ROW("a mark", control(fd, SOL_SOCKET, SO_MARK, 4, 0, 0))                                              \
	ROW("a mark of a byte", control(fd, SOL_SOCKET, SO_MARK, 1, 0, 0))                                    \
	ROW("IP_TTL", control(fd, IPPROTO_IP, IP_TTL, 4, 0, 9))                                               \
	ROW("IP_TTL of 0", control(fd, IPPROTO_IP, IP_TTL, 4, 0, 0))                                          \
	ROW("IP_TTL of 256", control(fd, IPPROTO_IP, IP_TTL, 4, 0, 256))                                      \
	ROW("IP_TTL of two bytes", control(fd, IPPROTO_IP, IP_TTL, 2, 0, 9))                                  \
	ROW("IP_TOS of a byte", control(fd, IPPROTO_IP, IP_TOS, 1, 0, 9))                                     \
	ROW("IP_TOS of 256", control(fd, IPPROTO_IP, IP_TOS, 4, 0, 256))                                      \
	ROW("IP_PKTINFO of a part", control(fd, IPPROTO_IP, IP_PKTINFO, 8, 0, 0))                             \
	ROW("IP_PKTINFO", control(fd, IPPROTO_IP, IP_PKTINFO, 12, 0, 0))                                      \
	ROW("an unknown one of IPv4", control(fd, IPPROTO_IP, 99, 4, 0, 0))                                   \
	ROW("IPV6_HOPLIMIT", control(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, 4, 0, 9))                               \
	ROW("IPV6_HOPLIMIT of 256", control(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, 4, 0, 256))                      \
	ROW("IPV6_HOPLIMIT of a byte", control(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, 1, 0, 9))                     \
	ROW("IPV6_PKTINFO of a part", control(fd, IPPROTO_IPV6, IPV6_PKTINFO, 8, 0, 0))                       \
	ROW("an unknown one of IPv6", control(fd, IPPROTO_IPV6, 99, 4, 0, 0))                                 \
	ROW("a control message from nowhere", control_at(fd, BAD, 64))                                        \
	ROW("too much of it", control_at(fd, lots, 200000))                                                   \
	ROW("sendmmsg of none", raw(SYS_sendmmsg, fd, BAD, 0, 0))                                             \
	ROW("sendmmsg from nowhere", raw(SYS_sendmmsg, fd, BAD, 1, 0))                                        \
	ROW("sendmmsg, the second from nowhere", messages(SYS_sendmmsg, fd, 1))                               \
	ROW("sendmmsg, the first from nowhere", messages(SYS_sendmmsg, fd, 0))                                \
	ROW("recvmmsg of none", raw(SYS_recvmmsg, fd, BAD, 0, 0, 0))                                          \
	ROW("recvmmsg to nowhere", raw(SYS_recvmmsg, fd, BAD, 1, MSG_DONTWAIT, 0))                            \
	ROW("recvmmsg, the second to nowhere", messages(SYS_recvmmsg, fd, 1))                                 \
	ROW("recvmmsg for a bad time", raw(SYS_recvmmsg, fd, BAD, 1, 0, bad_time))                            \
	ROW("FIONREAD", count(fd, FIONREAD))                                                                  \
	ROW("SIOCOUTQ", count(fd, TIOCOUTQ))                                                                  \
	ROW("SIOCATMARK", count(fd, 0x8905))                                                                  \
	ROW("FIONREAD to nowhere", raw(SYS_ioctl, fd, FIONREAD, BAD))                                         \
	ROW("SIOCGIFNAME to nowhere", raw(SYS_ioctl, fd, 0x8910, BAD))                                        \
	ROW("TCGETS", raw(SYS_ioctl, fd, 0x5401, buffer))                                                     \
	ROW("an unknown ioctl", raw(SYS_ioctl, fd, 0x1234, buffer))
/* clang-format on */

#endif
