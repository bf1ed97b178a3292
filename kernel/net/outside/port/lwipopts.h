/*
 * Which parts of lwIP are built, and how large its windows are. All of it runs under one sleeping lock
 * (net/outside/outside.h), so it needs no protection of its own; memory comes from the kernel's slabs.
 */
#ifndef NAMU_LWIP_OPTIONS_H
#define NAMU_LWIP_OPTIONS_H

#define NO_SYS                1
#define SYS_LIGHTWEIGHT_PROT  0
#define LWIP_SOCKET           0
#define LWIP_NETCONN          0
#define LWIP_STATS            0
#define LWIP_NETIF_HOSTNAME   0
#define LWIP_TIMERS           1
#define LWIP_NETIF_LOOPBACK   0
#define LWIP_HAVE_LOOPIF      0
#define LWIP_SINGLE_NETIF     1
#define LWIP_CHECKSUM_ON_COPY 0

#define LWIP_IPV4          1
#define LWIP_IPV6          0
#define LWIP_ARP           1
#define LWIP_ICMP          1
#define LWIP_DHCP          0
#define LWIP_DNS           0
#define LWIP_IGMP          0
#define LWIP_RAW           1
#define LWIP_UDP           1
#define LWIP_TCP           1
#define LWIP_ALTCP         0
#define IP_FRAG            1
#define IP_REASSEMBLY      1
#define IP_REASS_MAX_PBUFS 64
#define ARP_QUEUEING       1

#define MEM_ALIGNMENT         8
#define MEM_LIBC_MALLOC       1
#define MEMP_MEM_MALLOC       1
#define mem_clib_malloc       kmalloc
#define mem_clib_free         kfree
#define mem_clib_calloc(n, b) kzalloc((size_t)(n) * (b))
#include "mem/slab.h"

/* Of several sockets that share a port one gets what comes; sockets know who (net/inet_outside.h). */
#define SO_REUSE           1
#define LWIP_TCP_KEEPALIVE 1

#define TCP_MSS            1460
#define LWIP_WND_SCALE     1
#define TCP_RCV_SCALE      3
#define TCP_WND            262144
#define TCP_SND_BUF        131072
#define TCP_SND_QUEUELEN   512
#define TCP_SNDLOWAT       (TCP_SND_BUF / 4)
#define TCP_QUEUE_OOSEQ    1
#define TCP_LISTEN_BACKLOG 0
#define TCP_OVERSIZE       TCP_MSS
#define LWIP_TCP_SACK_OUT  1
#define PBUF_POOL_BUFSIZE  1536

#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

#endif
