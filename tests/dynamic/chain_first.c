/* The first of a chain of libraries, each of which needs the next. */
#include <stdio.h>

int chain_second(int value);

__attribute__((constructor)) static void begin(void)
{
	puts("chain_first begins");
}

__attribute__((destructor)) static void end(void)
{
	puts("chain_first ends");
}

int chain_first(int value)
{
	return chain_second(value) + 1;
}
