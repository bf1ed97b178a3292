/*
 * A file that is whole or not there: written under another name beside its own and then renamed. A signal that ends
 * this process takes an unfinished file along.
 */
#ifndef HOST_UNFINISHED_H
#define HOST_UNFINISHED_H

/* Begins the file at `path`; *partial is the name it has meanwhile. The descriptor, or -1 with a line said. One at a
 * time. */
int unfinished_begin(const char *path, char **partial);

/*
 * Ends it: renamed when `result` is 0, removed otherwise. Frees `partial`. The result, or -1 with a line said when it
 * cannot be renamed.
 */
int unfinished_end(char *partial, const char *path, int result);

#endif
