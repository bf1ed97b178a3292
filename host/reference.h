/* Names of images in registries, as docker writes them. */
#ifndef HOST_REFERENCE_H
#define HOST_REFERENCE_H

#include <stdbool.h>

#define REFERENCE_PREFIX "docker://"

/*
 * The full form of a reference ("debian" is "docker.io/library/debian:latest"), REFERENCE_PREFIX taken off; NULL when
 * it is none. The caller frees.
 */
char *reference_full(const char *text);

/* The form to show: without what docker.io adds. Part of the text. */
const char *reference_short(const char *full);

/*
 * Whether a word that is no path clearly means a registry's image: it begins with REFERENCE_PREFIX, or names a host, a
 * tag or a digest. A single word could be a mistyped path or command as well.
 */
bool reference_is_clear(const char *text);

/* Whether its registry is on this host, where docker asks for no certificate. */
bool reference_is_local(const char *full);

#endif
