/* The virtio-9p devices (virtio 1.2, 5.14 names only their number): one for each host folder. */
#ifndef NAMU_DEV_VIRTIO_9P_H
#define NAMU_DEV_VIRTIO_9P_H

/* Find the shares on the kernel's command line and register them with fs/ninep_client.h. */
void virtio_9p_init(void);

#endif
