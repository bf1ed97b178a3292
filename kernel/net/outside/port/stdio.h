/* lwIP includes a C library's <stdio.h> and uses nothing of it. */
