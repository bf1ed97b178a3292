/* The second of the chain: it has thread-local storage that the loader lays out before the program starts. */
#include <stdio.h>

int chain_third(int value);

static __thread int calls __attribute__((tls_model("initial-exec"))) = 100;

__attribute__((constructor)) static void begin(void)
{
	puts("chain_second begins");
}

int chain_second(int value)
{
	return chain_third(value) + ++calls;
}
