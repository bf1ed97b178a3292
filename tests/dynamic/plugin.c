/* Opened while the program runs: its thread-local storage comes to every thread at the first use. */
#include <stdio.h>
#include <stdlib.h>

static __thread int counter = 40;
static __thread char *text;
static __thread char zeroed[5000];

int plugin_count(void)
{
	if (!text)
		text = malloc(16);
	zeroed[4999]++;
	return ++counter + zeroed[4999];
}

__attribute__((destructor)) static void end(void)
{
	puts("plugin ends");
}
