/* The last of the chain: data, constant data that must be relocated, zeroed memory, and a large table. */
#include <stdio.h>

static int doubled(int value)
{
	return value * 2;
}

static int (*const steps[])(int) = {doubled, doubled, doubled};
static int zeroed[10000];
int chain_shared = 7;
const char *chain_name = "chain";

__attribute__((constructor)) static void begin(void)
{
	puts("chain_third begins");
}

int chain_third(int value)
{
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		value = steps[i](value);
	zeroed[value % 10000]++;
	return value + zeroed[5] + chain_shared;
}
