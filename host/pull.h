/* Fetching an image from a registry, with skopeo, into an OCI layout that is thrown away afterwards. */
#ifndef HOST_PULL_H
#define HOST_PULL_H

struct pulled {
	char *layout; /* its directory */
	int lock;     /* on it, for as long as it is in use */
};

/* Fetches it into a new directory within `directory`. 0, or -1 with a line said and nothing left. */
int pull_begin(struct pulled *pulled, const char *directory, const char *full);

/* Removes the layout. A signal that came meanwhile has its effect then. */
void pull_end(struct pulled *pulled);

#endif
