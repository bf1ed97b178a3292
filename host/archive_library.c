/* Loading libarchive. */
#include "archive_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "say.h"

static struct archive_library functions;

static bool find(void *library, const char *name, void *to)
{
	void *found = dlsym(library, name);

	memcpy(to, &found, sizeof(found));
	return found;
}

const struct archive_library *archive_library(void)
{
	static bool is_loaded;
	void *library = is_loaded ? NULL : dlopen(ARCHIVE_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (is_loaded)
		return &functions;
	is_loaded = library != NULL;
#define ARCHIVE_FIND(name) is_loaded = is_loaded && find(library, #name, &functions.name);
	ARCHIVE_FUNCTIONS(ARCHIVE_FIND)
#undef ARCHIVE_FIND
	if (!is_loaded)
		say("libarchive is missing, it reads archives and their compressions (Debian: apt-get install "
		    "libarchive13)");
	return is_loaded ? &functions : NULL;
}

const char *archive_library_name(void)
{
	void *library = dlopen(ARCHIVE_LIBRARY, RTLD_LAZY | RTLD_LOCAL);

	if (library)
		(void)dlclose(library);
	return library ? ARCHIVE_LIBRARY : NULL;
}
