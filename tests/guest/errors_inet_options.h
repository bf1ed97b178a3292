/* The options that errors_inet.c sets and asks for: a name and an expression each. */
#ifndef ERRORS_INET_OPTIONS_H
#define ERRORS_INET_OPTIONS_H

/* clang-format off */
#define OPTION_ROWS(ROW)                                                                                      \
	ROW("set SO_DEBUG", change(fd, SOL_SOCKET, SO_DEBUG, 1, 4))                                              \
	ROW("set SO_REUSEADDR", change(fd, SOL_SOCKET, SO_REUSEADDR, 1, 4))                                      \
	ROW("set SO_REUSEPORT", change(fd, SOL_SOCKET, SO_REUSEPORT, 1, 4))                                      \
	ROW("set SO_REUSEADDR of three bytes", change(fd, SOL_SOCKET, SO_REUSEADDR, 1, 3))                       \
	ROW("set SO_REUSEADDR of no bytes", change(fd, SOL_SOCKET, SO_REUSEADDR, 1, 0))                          \
	ROW("set SO_REUSEADDR of less", change(fd, SOL_SOCKET, SO_REUSEADDR, 1, -1))                             \
	ROW("set SO_REUSEADDR of more", change(fd, SOL_SOCKET, SO_REUSEADDR, 1, 8))                              \
	ROW("set SO_REUSEADDR from nowhere", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, BAD, 4))       \
	ROW("set SO_TYPE", change(fd, SOL_SOCKET, SO_TYPE, 1, 4))                                                \
	ROW("set SO_ERROR", change(fd, SOL_SOCKET, SO_ERROR, 1, 4))                                              \
	ROW("set SO_KEEPALIVE", change(fd, SOL_SOCKET, SO_KEEPALIVE, 1, 4))                                      \
	ROW("set SO_PASSCRED", change(fd, SOL_SOCKET, SO_PASSCRED, 1, 4))                                        \
	ROW("set SO_LINGER of four bytes", change(fd, SOL_SOCKET, SO_LINGER, 1, 4))                              \
	ROW("set SO_RCVTIMEO of four bytes", change(fd, SOL_SOCKET, SO_RCVTIMEO, 1, 4))                          \
	ROW("set SO_RCVTIMEO of a million", set_time(fd, 0, 1000000))                                         \
	ROW("set SO_RCVTIMEO of less", set_time(fd, -1, 0))                                                   \
	ROW("set SO_PRIORITY", change(fd, SOL_SOCKET, SO_PRIORITY, 7, 4))                                        \
	ROW("set SO_RCVLOWAT", change(fd, SOL_SOCKET, SO_RCVLOWAT, -1, 4))                                       \
	ROW("set SO_SNDLOWAT", change(fd, SOL_SOCKET, SO_SNDLOWAT, 1, 4))                                        \
	ROW("set SO_MARK", change(fd, SOL_SOCKET, SO_MARK, 1, 4))                                                \
	ROW("set SO_BINDTODEVICE", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "nix", 4))            \
	ROW("set SO_BINDTODEVICE of nothing", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0))    \
	ROW("set SO_BINDTODEVICE from nowhere", raw(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, BAD, 4)) \
	ROW("set an unknown one", change(fd, SOL_SOCKET, 999, 1, 4))                                             \
	ROW("set one of an unknown level", change(fd, 99, 1, 1, 4))                                              \
	ROW("set IP_TTL", change(fd, IPPROTO_IP, IP_TTL, 9, 4))                                                  \
	ROW("set IP_TTL of 0", change(fd, IPPROTO_IP, IP_TTL, 0, 4))                                             \
	ROW("set IP_TTL of 256", change(fd, IPPROTO_IP, IP_TTL, 256, 4))                                         \
	ROW("set IP_TTL of a byte", change(fd, IPPROTO_IP, IP_TTL, 9, 1))                                        \
	ROW("set IP_TTL of no bytes", change(fd, IPPROTO_IP, IP_TTL, 9, 0))                                      \
	ROW("set IP_TTL from nowhere", raw(SYS_setsockopt, fd, IPPROTO_IP, IP_TTL, BAD, 4))                   \
	ROW("set IP_TOS", change(fd, IPPROTO_IP, IP_TOS, 257, 4))                                                \
	ROW("set IP_MTU_DISCOVER", change(fd, IPPROTO_IP, IP_MTU_DISCOVER, 6, 4))                                \
	ROW("set IP_MULTICAST_TTL", change(fd, IPPROTO_IP, IP_MULTICAST_TTL, 256, 4))                            \
	ROW("set IP_MULTICAST_TTL of the system", change(fd, IPPROTO_IP, IP_MULTICAST_TTL, -1, 4))               \
	ROW("set IP_MULTICAST_LOOP", change(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 5, 4))                            \
	ROW("set IP_MULTICAST_ALL", change(fd, IPPROTO_IP, IP_MULTICAST_ALL, 2, 4))                              \
	ROW("set IP_MULTICAST_IF of two bytes", change(fd, IPPROTO_IP, IP_MULTICAST_IF, 0, 2))                   \
	ROW("set IP_MULTICAST_IF of nobody", change(fd, IPPROTO_IP, IP_MULTICAST_IF, 0x01020304, 4))             \
	ROW("set IP_ADD_MEMBERSHIP of a part", change(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, 0, 4))                  \
	ROW("set IP_ADD_MEMBERSHIP of no group", change(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, 0x0100007f, 12))      \
	ROW("set IP_DROP_MEMBERSHIP of no group", change(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, 0x0100007f, 12))    \
	ROW("set IP_PKTINFO", change(fd, IPPROTO_IP, IP_PKTINFO, 1, 4))                                          \
	ROW("set IP_RECVERR", change(fd, IPPROTO_IP, IP_RECVERR, 1, 4))                                          \
	ROW("set IP_RECVERR of three bytes", change(fd, IPPROTO_IP, IP_RECVERR, 1, 3))                           \
	ROW("set IP_MINTTL", change(fd, IPPROTO_IP, IP_MINTTL, 256, 4))                                          \
	ROW("set IP_TRANSPARENT", change(fd, IPPROTO_IP, IP_TRANSPARENT, 1, 4))                                  \
	ROW("set IP_MTU", change(fd, IPPROTO_IP, 14, 1, 4))                                                      \
	ROW("set an unknown one of IPv4", change(fd, IPPROTO_IP, 999, 1, 4))                                     \
	ROW("set IPV6_V6ONLY", change(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, 4))                                      \
	ROW("set IPV6_V6ONLY of a byte", change(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, 1))                            \
	ROW("set IPV6_UNICAST_HOPS", change(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256, 4))                        \
	ROW("set IPV6_UNICAST_HOPS of less", change(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, -2, 4))                 \
	ROW("set IPV6_MULTICAST_HOPS", change(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 256, 4))                    \
	ROW("set IPV6_MULTICAST_LOOP", change(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 2, 4))                      \
	ROW("set IPV6_MULTICAST_IF of nobody", change(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, 999, 4))              \
	ROW("set IPV6_JOIN_GROUP of a part", change(fd, IPPROTO_IPV6, 20, 0, 4))                                 \
	ROW("set IPV6_JOIN_GROUP of no group", change(fd, IPPROTO_IPV6, 20, 0, 20))                              \
	ROW("set IPV6_LEAVE_GROUP of no group", change(fd, IPPROTO_IPV6, 21, 0, 20))                             \
	ROW("set IPV6_TCLASS", change(fd, IPPROTO_IPV6, IPV6_TCLASS, 256, 4))                                    \
	ROW("set IPV6_RECVPKTINFO", change(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, 4))                            \
	ROW("set an unknown one of IPv6", change(fd, IPPROTO_IPV6, 999, 1, 4))                                   \
	ROW("set TCP_NODELAY", change(fd, IPPROTO_TCP, 1, 1, 4))                                                 \
	ROW("set TCP_NODELAY of a byte", change(fd, IPPROTO_TCP, 1, 1, 1))                                       \
	ROW("set TCP_MAXSEG", change(fd, IPPROTO_TCP, 2, 1, 4))                                                  \
	ROW("set TCP_KEEPIDLE", change(fd, IPPROTO_TCP, 4, 0, 4))                                                \
	ROW("set TCP_KEEPINTVL", change(fd, IPPROTO_TCP, 5, 32768, 4))                                           \
	ROW("set TCP_KEEPCNT", change(fd, IPPROTO_TCP, 6, 128, 4))                                               \
	ROW("set TCP_SYNCNT", change(fd, IPPROTO_TCP, 7, 0, 4))                                                  \
	ROW("set TCP_USER_TIMEOUT", change(fd, IPPROTO_TCP, 18, -1, 4))                                          \
	ROW("set TCP_CONGESTION", raw(SYS_setsockopt, fd, IPPROTO_TCP, 13, "nix", 3))                         \
	ROW("set TCP_INFO", change(fd, IPPROTO_TCP, 11, 1, 4))                                                   \
	ROW("set an unknown one of TCP", change(fd, IPPROTO_TCP, 999, 1, 4))                                     \
	ROW("set NETLINK_PKTINFO", change(fd, 270, 3, 1, 4))                                                     \
	ROW("set NETLINK_PKTINFO of a byte", change(fd, 270, 3, 1, 1))                                           \
	ROW("set NETLINK_PKTINFO from nowhere", raw(SYS_setsockopt, fd, 270, 3, BAD, 4))                      \
	ROW("set NETLINK_ADD_MEMBERSHIP of 0", change(fd, 270, 1, 0, 4))                                         \
	ROW("set NETLINK_ADD_MEMBERSHIP of many", change(fd, 270, 1, 999, 4))                                    \
	ROW("set an unknown one of netlink", change(fd, 270, 999, 1, 4))                                         \
	ROW("get SO_TYPE", get(fd, SOL_SOCKET, SO_TYPE, 4))                                                   \
	ROW("get SO_TYPE of no bytes", get(fd, SOL_SOCKET, SO_TYPE, 0))                                       \
	ROW("get SO_TYPE of less", get(fd, SOL_SOCKET, SO_TYPE, -1))                                          \
	ROW("get SO_TYPE to nowhere", raw(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, BAD, &four))               \
	ROW("get SO_TYPE of a length nowhere", raw(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, buffer, BAD))     \
	ROW("get SO_ERROR", get(fd, SOL_SOCKET, SO_ERROR, 4))                                                 \
	ROW("get SO_PEERCRED", get(fd, SOL_SOCKET, SO_PEERCRED, 12))                                          \
	ROW("get SO_PEERNAME", get(fd, SOL_SOCKET, SO_PEERNAME, 16))                                          \
	ROW("get SO_PEERGROUPS", get(fd, SOL_SOCKET, SO_PEERGROUPS, 64))                                      \
	ROW("get SO_PEERSEC", get(fd, SOL_SOCKET, SO_PEERSEC, 64))                                            \
	ROW("get SO_BINDTODEVICE of four bytes", get(fd, SOL_SOCKET, SO_BINDTODEVICE, 4))                     \
	ROW("get SO_PASSCRED", get(fd, SOL_SOCKET, SO_PASSCRED, 4))                                           \
	ROW("get SO_COOKIE of four bytes", get(fd, SOL_SOCKET, SO_COOKIE, 4))                                 \
	ROW("get an unknown one", get(fd, SOL_SOCKET, 999, 4))                                                \
	ROW("get one of an unknown level", get(fd, 99, 1, 4))                                                 \
	ROW("get IP_TTL", get(fd, IPPROTO_IP, IP_TTL, 4))                                                     \
	ROW("get IP_TTL of a byte", get(fd, IPPROTO_IP, IP_TTL, 1))                                           \
	ROW("get IP_TTL of less", get(fd, IPPROTO_IP, IP_TTL, -1))                                            \
	ROW("get IP_TTL to nowhere", raw(SYS_getsockopt, fd, IPPROTO_IP, IP_TTL, BAD, &four))                 \
	ROW("get IP_MTU", get(fd, IPPROTO_IP, 14, 4))                                                         \
	ROW("get IP_MULTICAST_TTL", get(fd, IPPROTO_IP, IP_MULTICAST_TTL, 4))                                 \
	ROW("get IP_ADD_MEMBERSHIP", get(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, 12))                              \
	ROW("get an unknown one of IPv4", get(fd, IPPROTO_IP, 999, 4))                                        \
	ROW("get IPV6_V6ONLY", get(fd, IPPROTO_IPV6, IPV6_V6ONLY, 4))                                         \
	ROW("get IPV6_MTU", get(fd, IPPROTO_IPV6, 24, 4))                                                     \
	ROW("get an unknown one of IPv6", get(fd, IPPROTO_IPV6, 999, 4))                                      \
	ROW("get TCP_NODELAY", get(fd, IPPROTO_TCP, 1, 4))                                                    \
	ROW("get TCP_INFO", get(fd, IPPROTO_TCP, 11, 8))                                                      \
	ROW("get TCP_CONGESTION", get(fd, IPPROTO_TCP, 13, 3))                                                \
	ROW("get an unknown one of TCP", get(fd, IPPROTO_TCP, 999, 4))                                        \
	ROW("get NETLINK_PKTINFO", get(fd, 270, 3, 4))                                                        \
	ROW("get NETLINK_PKTINFO of a byte", get(fd, 270, 3, 1))                                              \
	ROW("get NETLINK_LIST_MEMBERSHIPS of a byte", get(fd, 270, 9, 1))                                     \
	ROW("get an unknown one of netlink", get(fd, 270, 999, 4))                                            \
	ROW("splice from it", raw(SYS_splice, fd, 0, tube[1], 0, 4, 2))                                       \
	ROW("splice to it", raw(SYS_splice, tube[0], 0, fd, 0, 40, 2))                                        \
	ROW("splice from it at an offset", raw(SYS_splice, fd, &four, tube[1], 0, 4, 2))                      \
	ROW("sendfile from it", raw(SYS_sendfile, tube[1], fd, 0, 4))                                         \
	ROW("sendfile to it", raw(SYS_sendfile, fd, plain, 0, 40))
/* clang-format on */

#endif
