/*
 * Where the machine's memory and the root's image lie. A small image is loaded into memory by the firmware, as an
 * initrd. A large one is not copied: the image's file is a second piece of memory behind the first, mapped by QEMU for
 * reading only, so that its pages are the host's page cache, and come in only when they are looked at.
 */
#ifndef HOST_LAYOUT_H
#define HOST_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct layout {
	uint64_t memory_bytes; /* of the machine without a mapped image */
	bool is_mapped;
	uint64_t image_start; /* guest-physical, of a mapped image */
	uint64_t image_bytes; /* the whole pages that are mapped */
};

/*
 * Chooses for an image of `bytes` behind `fd` and the memory that was asked for (0: none was), on a machine whose low
 * memory ends at `low_end`, from where on it lies above 4 GiB. 0, or -1 with a line said: it is too little.
 */
int layout_choose(struct layout *layout, int fd, uint64_t bytes, uint64_t asked, uint64_t low_end);

#endif
