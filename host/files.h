/* Growing byte buffers and files without a name. */
#ifndef HOST_FILES_H
#define HOST_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* A growing run of bytes; a zeroed struct is empty. The owner frees `data`. */
struct bytes {
	char *data;
	size_t count;
	size_t room;
};

/* Adds a copy of the data. */
void bytes_add(struct bytes *bytes, const void *data, size_t count);

/* Reads a descriptor to its end. 0, -EFBIG when there is more than `most`, or another negative errno. */
int bytes_read_fd(struct bytes *bytes, int fd, size_t most);

/* A new file in memory without a name in any file system; closed on exec. Ends the process when there can be none. */
int memory_file(const char *label);

/* The path under which a process that inherits the descriptor can open its file again. The caller frees. */
char *descriptor_path(int fd);

/* Sets or clears close-on-exec. */
void set_inherited(int fd, bool is_inherited);

#endif
