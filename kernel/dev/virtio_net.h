/* The network card of virtio (virtio 1.2, 5.1). */
#ifndef NAMU_DEV_VIRTIO_NET_H
#define NAMU_DEV_VIRTIO_NET_H

/* Find the first one, if the start record says that there is a network, and hand it to the stack (net/card.h). Null, or
 * what is wrong. */
const char *virtio_net_init(void);

#endif
