/* What lwIP asks a C library's <string.h> for is the kernel's own. */
#include "lib/string.h"
